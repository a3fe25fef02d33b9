//! The reading side of the store. Keyset pages only; no call's cost grows with the number of rows in the history.

use super::{LedgerError, Owner, Policy, Topic};
use crate::{
    deployment::State,
    ident::{Actor, DeploymentId, Instant, RevisionNumber},
    name::{Service, Target},
    plan::{Before, InstanceName, Kind},
    record::Audit,
    release::{Artifact, Release},
    workload::Workload,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One page and where the next begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Newest first.
    pub rows: Vec<T>,
    /// Hand it back to go on; `None` at the end.
    pub next: Option<String>,
}

/// How many entries of the audit a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matching {
    /// So many.
    pub count: u64,
    /// Whether that is all of them: a search, or a span of time, is counted only up to 1000.
    pub whole: bool,
}

/// How many deployments a target had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// In all.
    pub all: u64,
    /// Of them, rolled back, or stuck.
    pub undone: u64,
    /// Of them, rollbacks that somebody asked for.
    pub rollbacks: u64,
}

/// A target as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRow {
    /// Which.
    pub target: Target,
    /// What runs, as recorded at the last commit.
    pub current: Option<Before>,
    /// When it arrived, by whom.
    pub arrived: Option<(Instant, Actor)>,
    /// Instances of the revision before the current one, kept startable.
    pub kept: Vec<InstanceName>,
    /// Paused since, by, why.
    pub paused: Option<(Instant, String, String)>,
    /// The deployment under way.
    pub running: Option<DeploymentId>,
    /// Who holds the lease, since when, what for.
    pub lease: Option<(Owner, Instant, String)>,
    /// The next free revision number.
    pub next_revision: RevisionNumber,
}

/// A revision's content.
#[derive(Debug, Clone, PartialEq)]
pub struct RevisionRow {
    /// Which.
    pub revision: RevisionNumber,
    /// Its version.
    pub version: String,
    /// Its content.
    pub workload: Workload,
    /// It was current at least once.
    pub ran: bool,
}

/// One deployment in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentRow {
    /// Which.
    pub id: DeploymentId,
    /// Of what.
    pub target: Target,
    /// Which kind.
    pub kind: Kind,
    /// Where it arrives.
    pub revision: RevisionNumber,
    /// What ran before.
    pub from: Option<RevisionNumber>,
    /// The version.
    pub version: String,
    /// The version before.
    pub from_version: Option<String>,
    /// The reason given.
    pub reason: String,
    /// Who.
    pub by: Actor,
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub ended: Option<Instant>,
    /// When it turned back, if it did.
    pub turned: Option<Instant>,
    /// Its state.
    pub state: State,
    /// It ended before anything that serves was touched: it never began.
    pub untouched: bool,
}

/// One week of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekRow {
    /// Its Monday, UTC.
    pub since: Instant,
    /// How many deployments began in it.
    pub deployments: u64,
    /// Of these, manual rollbacks.
    pub rollbacks: u64,
    /// Of these, undone or stuck.
    pub undone: u64,
}

/// One message about a deployment, on its way to one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To where.
    pub channel: String,
    /// What it tells.
    pub topic: Topic,
    /// How often it was tried.
    pub attempts: u64,
    /// How far it came.
    pub state: DeliveryState,
}

/// How far a message came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[ts(rename = "ToldState")]
pub enum DeliveryState {
    /// It is queued.
    Waiting {
        /// When it is tried next.
        next: Instant,
        /// Why it has not arrived yet, if it was tried.
        error: Option<String>,
    },
    /// The channel took it.
    Arrived {
        /// When.
        at: Instant,
    },
    /// It is not tried any more.
    GivenUp {
        /// Since.
        at: Instant,
        /// Why.
        error: String,
    },
}

impl DeliveryState {
    /// Why it has not arrived although it was tried.
    pub fn lost(&self) -> Option<String> {
        match self {
            Self::Arrived { .. } => None,
            Self::Waiting { error, .. } => error.clone(),
            Self::GivenUp { error, .. } => Some(error.clone()),
        }
    }
}

/// A quarantined release.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarantineRow {
    /// Whose.
    pub service: Service,
    /// Which.
    pub version: String,
    /// What it brought ([`crate::workload::Workload::content`]), where that was noted.
    pub content: Option<crate::release::Digest>,
    /// Since.
    pub since: Instant,
    /// Who shipped it when it was found bad, where that is known.
    pub by: Option<String>,
    /// Why.
    pub why: String,
}

/// Which audit entries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditFilter {
    /// Words, matched as prefixes, all of them.
    pub search: String,
    /// Exact actor.
    pub who: Option<String>,
    /// Prefix of the action: `deploy.`.
    pub action: Option<String>,
    /// Exact environment.
    pub environment: Option<String>,
    /// Not before.
    pub since: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
    /// Leave out entries of single steps and probes.
    pub milestones_only: bool,
}

/// One audit entry as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// From 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// The entry.
    pub audit: Audit,
    /// Hash of the entry before; 64 zeros for the first.
    pub prev_hash: String,
    /// Hash of this one.
    pub hash: String,
    /// The key that signed it, if one did.
    pub signed_by: Option<String>,
}

/// What checking the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ChainVerdict {
    /// Every entry follows from the one before, up to the head kept outside the database.
    Intact {
        /// How many.
        entries: i64,
        /// Of them without a signature: written while there was no keychain, or stripped since.
        unsigned: i64,
        /// Hash of the last.
        head: String,
    },
    /// It does not.
    Broken {
        /// The first bad entry.
        seq: i64,
        /// What is wrong with it.
        why: String,
    },
}

/// The reading side.
#[async_trait]
pub trait History: Send + Sync {
    /// The policy in force; `None` before the first apply.
    async fn policy(&self) -> Result<Option<Policy>, LedgerError>;
    /// What the store knows of a target, also of one never deployed.
    async fn target(&self, target: &Target) -> Result<TargetRow, LedgerError>;
    /// What every revision that once ran is made of, of all targets, and every deployment that has not ended: what has to
    /// be kept so that any of them can come back.
    async fn artifacts(&self) -> Result<Vec<Artifact>, LedgerError>;
    /// One revision of a target.
    async fn revision(&self, target: &Target, revision: RevisionNumber) -> Result<RevisionRow, LedgerError>;
    /// Revisions that once ran, newest first, at most `limit`.
    async fn revisions(&self, target: &Target, limit: u32) -> Result<Vec<RevisionRow>, LedgerError>;
    /// What ran when a revision came for the first time; `None` when it was the first.
    async fn before(&self, target: &Target, revision: RevisionNumber) -> Result<Option<RevisionRow>, LedgerError>;
    /// A target's deployments, newest first.
    async fn deployments(
        &self,
        target: &Target,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<DeploymentRow>, LedgerError>;
    /// One deployment.
    async fn deployment(&self, id: DeploymentId) -> Result<DeploymentRow, LedgerError>;
    /// Whether a deployment of the target is here whose id ends so ([`DeploymentId::short`]).
    async fn knows(&self, target: &Target, short: &str) -> Result<bool, LedgerError>;
    /// How many deployments a target had.
    async fn counts(&self, target: &Target) -> Result<Counts, LedgerError>;
    /// A target's weeks that had deployments, newest first.
    async fn weeks(&self, target: &Target) -> Result<Vec<WeekRow>, LedgerError>;
    /// What was told of a deployment, oldest first.
    async fn told(&self, deployment: DeploymentId) -> Result<Vec<Delivery>, LedgerError>;
    /// The last message that was tried on a channel.
    async fn last_told(&self, channel: &str) -> Result<Option<Delivery>, LedgerError>;
    /// How long the last deployments of a kind took that succeeded, milliseconds, newest first, at most `limit`.
    async fn durations(&self, target: &Target, kind: Kind, limit: u32) -> Result<Vec<u64>, LedgerError>;
    /// How long the last ways back took, from the failure until all was undone, milliseconds, newest first, at most `limit`.
    async fn undos(&self, target: &Target, limit: u32) -> Result<Vec<u64>, LedgerError>;
    /// A service's releases, newest first, at most 1000.
    async fn releases(&self, service: &Service) -> Result<Vec<Release>, LedgerError>;
    /// One release.
    async fn release(&self, service: &Service, version: &str) -> Result<Release, LedgerError>;
    /// Quarantined releases.
    async fn quarantine(&self) -> Result<Vec<QuarantineRow>, LedgerError>;
    /// Secrets by name: reference and when it was set.
    async fn secrets(&self) -> Result<Vec<(crate::workload::SecretRef, Instant)>, LedgerError>;
    /// How many entries the audit has.
    async fn audited(&self) -> Result<u64, LedgerError>;
    /// How many entries of the audit match.
    async fn matching(&self, filter: &AuditFilter) -> Result<Matching, LedgerError>;
    /// The audit, newest first.
    async fn audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<AuditRow>, LedgerError>;
    /// Checks the whole chain against the head kept outside the database.
    async fn verify(&self) -> Result<ChainVerdict, LedgerError>;
    /// Fails where what tells of unfinished deployments and trains cannot be read as a whole: "nothing is unfinished" would
    /// be no answer.
    async fn sound(&self) -> Result<(), LedgerError>;
    /// Grows with every write of this or another process: a cheap "has anything changed?".
    async fn generation(&self) -> Result<i64, LedgerError>;
}
