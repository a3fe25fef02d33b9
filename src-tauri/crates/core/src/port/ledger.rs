//! The writing side of the store: the journal with what follows from it, and leases.

use crate::{
    deployment::{Entry, Event, State},
    ident::{Actor, DeploymentId, Instant},
    name::{Service, Target},
    plan::Plan,
    record::{Audit, Consequence},
    release::Release,
    workload::SecretRef,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Why the store refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Another owner holds the target.
    #[error("{target} is held by {} since {since}: {message}", owner.label)]
    Held {
        /// Which target.
        target: String,
        /// By whom.
        owner: Owner,
        /// Since when.
        since: Instant,
        /// What for.
        message: String,
    },
    /// Our lease was taken over, or the target has an unfinished deployment.
    #[error("the lease on {target} is no longer ours")]
    Lost {
        /// Which target.
        target: String,
    },
    /// A deployment of this target has not ended.
    #[error("deployment {deployment} of {target} has not ended")]
    Unfinished {
        /// Which target.
        target: String,
        /// Which deployment.
        deployment: DeploymentId,
    },
    /// A release train that has not ended moves the target.
    #[error("{target} is in {train}, which has not ended")]
    InTrain {
        /// Which target.
        target: String,
        /// Which train, by its short name.
        train: String,
    },
    /// Somebody else appended first, or the event cannot follow.
    #[error("conflict: {why}")]
    Conflict {
        /// Why.
        why: String,
    },
    /// No such thing.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// The file is not readable as our database.
    #[error("{path} is not a readable Switchback database: {why}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        why: String,
    },
    /// The audit was written, and none of it is there: the file was lost, or its entries were taken away.
    #[error(
        "{path} holds no entry of the audit, and {entries} or more were written: entry 1 is the first that is missing"
    )]
    Gone {
        /// Which file.
        path: String,
        /// How many at least, by the head kept outside the database or, without it, by what they told of.
        entries: i64,
        /// The head's file.
        head: String,
    },
    /// What a target is said to run is recorded as another's too; each instance is made for one target.
    #[error("{target} is said to run {instance}, which is recorded for {other}")]
    Anothers {
        /// Which target.
        target: String,
        /// What it is said to run.
        instance: String,
        /// Whose it is as well.
        other: String,
    },
    /// The file was written by a newer Switchback.
    #[error("{path} was written by a newer Switchback")]
    Newer {
        /// Which file.
        path: String,
    },
    /// The disk is full.
    #[error("no room left on the disk that holds the history")]
    DiskFull,
    /// Anything else the database said.
    #[error("the store said: {said}")]
    Other {
        /// Its words.
        said: String,
    },
}

/// Who holds a lease: one process on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// For people: `amara, desktop on mbp-amara`.
    pub label: String,
    /// The machine's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Drawn at the process's start, so that a reused pid is not mistaken for it.
    pub session: uuid::Uuid,
}

/// A held target. `epoch` fences: appends under an older epoch are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which target.
    pub target: Target,
    /// Grows with each change of owner.
    pub epoch: i64,
    /// Who.
    pub owner: Owner,
}

/// The policy document: what `switchback.yaml` says, normalised, as one JSON value with its hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The whole document.
    pub document: serde_json::Value,
    /// When it was applied.
    pub at: Instant,
}

/// A deployment that was over before this history knew of it, as something else remembers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bygone {
    /// What it came to.
    pub plan: Plan,
    /// When.
    pub at: Instant,
    /// Who, as far as known.
    pub by: Actor,
    /// What was said about it.
    pub reason: String,
}

/// An event of a journal with what it leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// What happened.
    pub event: Event,
    /// The state that follows from it.
    pub state: State,
    /// What else follows from it.
    pub consequences: Vec<Consequence>,
}

/// The writing side. Every method is one `BEGIN IMMEDIATE` transaction that also appends the audit.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Takes the lease, or takes over a stale one: its heartbeat is older than 15 s, or `dead` says that its owner's
    /// process is gone. A take-over is audited.
    async fn acquire(
        &self,
        target: &Target,
        owner: &Owner,
        message: &str,
        now: Instant,
        dead: &(dyn for<'a> Fn(&'a Owner) -> bool + Send + Sync),
    ) -> Result<Lease, LedgerError>;
    /// Says that the owner lives. Every 5 s. Fails with `Lost` after a take-over.
    async fn heartbeat(&self, lease: &Lease, now: Instant) -> Result<(), LedgerError>;
    /// Gives it back. A lease that is no longer ours is left alone.
    async fn release(&self, lease: &Lease) -> Result<(), LedgerError>;

    /// Commits plan and first event, with its consequences, together. Refuses while the target has an unfinished one
    /// or while the plan's `before` is not the target's current revision any more.
    async fn begin(
        &self,
        lease: &Lease,
        plan: &Plan,
        event: &Event,
        now: Instant,
        consequences: &[Consequence],
    ) -> Result<(), LedgerError>;
    /// Appends events from `seq` on, all of them or none.
    async fn append(
        &self,
        lease: &Lease,
        deployment: DeploymentId,
        seq: u32,
        turns: &[Turn],
        now: Instant,
    ) -> Result<(), LedgerError>;
    /// Writes what is older than this history, oldest first, as revisions that ran, and says so in the audit. What runs
    /// stays to be recorded. Refused where the target has a history already.
    async fn remember(&self, lease: &Lease, bygone: &[Bygone], audit: &Audit, now: Instant) -> Result<(), LedgerError>;
    /// Asks a running deployment to stop and undo; the executor, wherever it runs, sees it through [`Ledger::abort_asked`].
    async fn ask_abort(
        &self,
        deployment: DeploymentId,
        by: &Actor,
        reason: &str,
        now: Instant,
    ) -> Result<(), LedgerError>;
    /// Whether somebody asked; who and why.
    async fn abort_asked(&self, deployment: DeploymentId) -> Result<Option<(Actor, String)>, LedgerError>;
    /// A person's yes to a deployment that waits in a Confirm step.
    async fn confirm(&self, deployment: DeploymentId, by: &Actor, now: Instant) -> Result<(), LedgerError>;
    /// Whether somebody confirmed.
    async fn confirmed(&self, deployment: DeploymentId) -> Result<Option<Actor>, LedgerError>;

    /// The plan and all events.
    async fn load(&self, deployment: DeploymentId) -> Result<(Plan, Vec<Entry>), LedgerError>;
    /// Deployments that have not ended.
    async fn unfinished(&self) -> Result<Vec<(DeploymentId, Target)>, LedgerError>;
    /// Stuck deployments that are the newest of their target which did anything, oldest first.
    async fn stuck(&self) -> Result<Vec<(DeploymentId, Target)>, LedgerError>;

    /// Stores a plan a person is looking at, by its hash, for at most an hour.
    async fn propose(&self, plan: &Plan, now: Instant) -> Result<(), LedgerError>;
    /// The proposed plan.
    async fn proposed(&self, hash: &str) -> Result<Plan, LedgerError>;

    /// Adds a release. The same content again is fine; another content under the same version is a conflict.
    async fn add_release(&self, release: &Release, audit: &Audit) -> Result<(), LedgerError>;
    /// Replaces the policy document.
    async fn apply(&self, policy: &Policy, audit: &Audit) -> Result<(), LedgerError>;
    /// Notes that a secret has a new value (its reference only).
    async fn note_secret(&self, secret: &SecretRef, now: Instant, audit: &Audit) -> Result<(), LedgerError>;
    /// Notes that a secret is gone.
    async fn forget_secret(&self, name: &str, audit: &Audit) -> Result<(), LedgerError>;
    /// Writes an audit entry that changes nothing else.
    async fn note(&self, audit: &Audit) -> Result<(), LedgerError>;
    /// Lets a quarantined release out.
    async fn clear_quarantine(&self, service: &Service, version: &str, audit: &Audit) -> Result<(), LedgerError>;
    /// Ends a target's pause.
    async fn release_pause(&self, target: &Target, audit: &Audit) -> Result<(), LedgerError>;

    /// Messages not yet delivered on a channel: `(outbox id, message)`, oldest first, at most 100.
    async fn outbox(&self, now: Instant) -> Result<Vec<(i64, String, super::Message)>, LedgerError>;
    /// Which channels new messages are queued for, with their topics.
    async fn set_channels(&self, channels: &[(String, Vec<super::Topic>)]) -> Result<(), LedgerError>;
    /// Queues a message for every channel, whatever topics it wants, so that it is known whether it arrives.
    async fn tell_all(&self, message: &super::Message, now: Instant, audit: &Audit) -> Result<(), LedgerError>;
    /// A message was delivered, or failed and is due again at `retry` (`None`: given up, which is audited).
    async fn delivered(
        &self,
        outbox: i64,
        outcome: Result<(), (String, Option<Instant>)>,
        now: Instant,
    ) -> Result<(), LedgerError>;
}
