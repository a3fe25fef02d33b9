//! A plan as a person sees it before anything changes.

use super::DrillView;
use serde::Serialize;
use switchback_core::{gate::Gate, health::Verdict, plan::Kind, said::Said};
use ts_rs::TS;

/// What a deployment will do.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Hand it back to start exactly this plan.
    pub plan_hash: String,
    /// `checkout/production`.
    pub target: String,
    /// Deploy or rollback.
    pub kind: Kind,
    /// The last drill that went to the same revision.
    pub drill: Option<DrillView>,
    /// Whether a rollback starts all pods at once; `None` where there is no such way.
    pub urgent: Option<bool>,
    /// The environment's name has to be typed.
    pub protected: bool,
    /// What runs.
    pub from_revision: Option<u32>,
    /// Its version.
    pub from_version: Option<String>,
    /// Where it arrives.
    pub to_revision: u32,
    /// Its version.
    pub to_version: String,
    /// Releases between them that a rollback takes back.
    pub undoes_releases: u32,
    /// The artifact.
    pub image: ImageChange,
    /// Changed configuration keys.
    pub config: Vec<Change>,
    /// Of so many on either side.
    pub config_keys: usize,
    /// Changed secrets, by fingerprint.
    pub secrets: Vec<Change>,
    /// Of so many on either side.
    pub secret_keys: usize,
    /// Ports, mounts, limits.
    pub settings: Vec<Change>,
    /// What was checked just now.
    pub checks: Vec<Check>,
    /// What holds it back, asked just now.
    pub gates: Vec<Gate>,
    /// In order.
    pub steps: Vec<PlanStep>,
    /// Median of past runs.
    pub estimate_ms: Option<u64>,
    /// Past runs, newest first.
    pub past_runs_ms: Vec<u64>,
    /// What a person should know.
    #[ts(type = "Array<string>")]
    pub warnings: Vec<Said>,
}

/// The artifact before and after.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ImageChange {
    /// What runs.
    pub before: Option<String>,
    /// What will run.
    pub after: String,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Change {
    /// What.
    pub key: String,
    /// Absent before when `None`.
    pub before: Option<String>,
    /// Absent after when `None`.
    pub after: Option<String>,
}

impl Change {
    /// The key of the pod template that an imported revision brings along: what it was imported from, or `None` for the
    /// workload's own.
    pub const POD_TEMPLATE: &str = "pod template";
}

/// One check.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Check {
    /// `image-pullable`.
    pub id: String,
    /// What it says.
    pub verdict: Verdict,
    /// Why.
    pub evidence: String,
}

/// One step.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PlanStep {
    /// From 1.
    pub number: usize,
    /// The action's word.
    pub action: String,
    /// On what.
    pub detail: String,
    /// The word of its inverse.
    pub undo: Option<String>,
}
