//! The board and the history behind each of its cells.

use super::{OverrideView, ScheduleView};
use crate::ApiError;
use serde::Serialize;
use switchback_core::{ident::Instant, workload::RuntimeKind};
use ts_rs::TS;

/// Services by environments.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// Columns.
    pub environments: Vec<EnvironmentHead>,
    /// Rows.
    pub rows: Vec<BoardRow>,
    /// When it was looked at.
    pub checked_at: Instant,
    /// Overrides that nobody followed up and that stand in no cell: those of the policy, and of targets that are gone.
    pub overrides: Vec<OverrideView>,
    /// It shows the living demo.
    pub demo: bool,
    /// Who looks.
    pub actor: String,
}

/// A column's head.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentHead {
    /// `production`.
    pub name: String,
    /// IANA zone.
    pub zone: String,
    /// Read-only until unlocked.
    pub protected: bool,
}

/// A service's row.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardRow {
    /// `checkout`.
    pub service: String,
    /// Of its first target.
    pub runtime: RuntimeKind,
    /// One per environment it has a target in.
    pub cells: Vec<Cell>,
}

/// One service in one environment.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// `checkout/production`.
    pub target: String,
    /// `production`.
    pub environment: String,
    /// What runs.
    pub current: Option<CurrentRevision>,
    /// The image that serves there although nothing was deployed from here: a workload as its own manifest has it.
    pub foreign: Option<String>,
    /// Whether it does.
    pub health: Health,
    /// Whether there is a way back.
    pub readiness: Readiness,
    /// What is under way.
    pub deploying: Option<Deploying>,
    /// What waits for a person.
    pub stuck: Option<StuckAt>,
    /// Quarantined versions.
    pub quarantined: Vec<String>,
    /// Whether later deploys wait.
    pub paused: Option<Pause>,
    /// What begins by itself.
    pub scheduled: Option<ScheduleView>,
    /// Gates that were passed with a reason, and nobody has said what came of it.
    pub overrides: Vec<OverrideView>,
    /// A line per difference from what was deployed.
    pub drift: Vec<String>,
    /// Newest first, at most 8.
    pub track: Vec<HistoryEntry>,
    /// Why nothing is known.
    pub error: Option<ApiError>,
}

/// A deployment that could not be undone, and that nothing came after.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StuckAt {
    /// Which.
    pub deployment: String,
    /// What could not be undone.
    pub why: String,
}

/// What runs.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CurrentRevision {
    /// 41 for r41.
    pub revision: u32,
    /// `2.14.1`.
    pub version: String,
    /// Who brought it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// How many run; of a workload of a cluster its pods that serve.
    pub instances: usize,
}

/// Whether it runs.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Health {
    /// All instances run.
    Healthy,
    /// Some do not.
    Unhealthy {
        /// Which and why.
        why: String,
    },
    /// All is as it was deployed, and nothing runs: no pods are asked for.
    Idle {
        /// How many.
        why: String,
    },
    /// It cannot be seen.
    NoData {
        /// Why.
        why: String,
    },
    /// Nothing was ever deployed.
    Absent,
}

/// Whether there is a way back.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Readiness {
    /// To this revision.
    #[serde(rename_all = "camelCase")]
    Ready {
        /// Which.
        revision: u32,
        /// From past runs.
        estimate_ms: Option<u64>,
    },
    /// It would not come back.
    NotReady {
        /// Which.
        revision: u32,
        /// Why.
        why: String,
    },
    /// Nothing to go back to yet.
    None,
}

/// What is under way.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Deploying {
    /// Which deployment.
    pub deployment: String,
    /// From this version.
    pub from: Option<String>,
    /// To this one.
    pub to: String,
    /// Steps done.
    pub step: usize,
    /// Of these.
    pub steps: usize,
    /// The action's word.
    pub phase: String,
    /// Somebody is at work on it; else its process died, and it waits to be resumed.
    pub held: bool,
    /// Since.
    pub started_at: Instant,
}

/// Later deploys wait.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Pause {
    /// Since.
    pub since: Instant,
    /// Caused by.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// One page of a target's history, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// Rows.
    pub entries: Vec<HistoryEntry>,
    /// Hand it back to go on.
    pub next: Option<String>,
    /// Deployments in all.
    pub total: u64,
    /// Of these, rollbacks by a person.
    pub rolled_back: u64,
    /// Of these, failed.
    pub failed: u64,
}

/// One week of a target's history.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Week {
    /// Its Monday.
    pub since: Instant,
    /// How many deployments began in it.
    pub deployments: u64,
    /// Of these, rollbacks by a person.
    pub rolled_back: u64,
    /// Of these, failed.
    pub failed: u64,
}

/// One deployment.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Its id.
    pub deployment: String,
    /// `deploy` or `rollback`.
    pub kind: switchback_core::plan::Kind,
    /// Where it arrived.
    pub revision: u32,
    /// What ran before.
    pub from: Option<u32>,
    /// The version.
    pub version: String,
    /// Why, or what was in it.
    pub notes: String,
    /// Who.
    pub by: String,
    /// When it began.
    pub at: Instant,
    /// How long it took.
    pub took_ms: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// The code of the failure that ended it.
    pub failure: Option<String>,
    /// Its release must not ship again.
    pub quarantined: bool,
    /// What going back to it would mean.
    pub way_back: WayBack,
}

/// How a deployment ended.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Outcome {
    /// It has not.
    Running,
    /// Well.
    Succeeded,
    /// Undone.
    #[serde(rename_all = "camelCase")]
    RolledBack {
        /// Why.
        why: String,
        /// From the failure to the old one serving.
        undo_ms: Option<u64>,
    },
    /// A person is needed.
    Stuck {
        /// Why.
        why: String,
    },
    /// Nothing was done.
    Aborted {
        /// Why.
        why: String,
    },
}

/// What going back to a revision would mean.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum WayBack {
    /// It runs.
    RunsNow,
    /// It comes back whole.
    Safe,
    /// It comes back behind so many downs, and no row is lost.
    Downs {
        /// How many.
        downs: usize,
        /// Since when all of them are proven; none when one of them never was.
        proven: Option<Instant>,
        /// Whether a proof of one of them was made on another schema.
        strayed: bool,
    },
    /// It comes back behind so many downs, and rows go.
    Loses {
        /// How many.
        downs: usize,
        /// Since when all of them are proven.
        proven: Option<Instant>,
        /// Whether a proof of one of them was made on another schema.
        strayed: bool,
        /// What goes, with how many rows.
        what: Vec<String>,
    },
    /// Whether it comes back could not be asked.
    NoData {
        /// Why.
        why: String,
    },
    /// It was undone before it served.
    NeverRan,
    /// It must not ship.
    Quarantined,
    /// The same revision stands further down.
    AsBelow,
    /// It cannot come back.
    Impossible {
        /// Why.
        why: String,
    },
}
