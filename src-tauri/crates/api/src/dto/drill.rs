//! Rehearsals as a person sees them.

use serde::Serialize;
use switchback_core::{
    drill::{Drill, GOAL, Outcome},
    ident::Instant,
};
use ts_rs::TS;

/// One rehearsal.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DrillView {
    /// Its id.
    pub id: String,
    /// `checkout/production`.
    pub target: String,
    /// The revision that ran.
    pub from: u32,
    /// The one it went back to.
    pub to: u32,
    /// When.
    #[ts(type = "string")]
    pub at: Instant,
    /// Who had it made.
    pub by: String,
    /// What came of it; null while it is under way.
    pub outcome: Option<Outcome>,
    /// Whether a release may rest on it.
    pub holds: bool,
    /// The longest it should take.
    pub goal_ms: u64,
}

impl DrillView {
    pub(crate) fn of(drill: &Drill) -> Self {
        Self {
            id: drill.id.to_string(),
            target: drill.target.to_string(),
            from: drill.from.0,
            to: drill.to.0,
            at: drill.at,
            by: drill.by.clone(),
            outcome: drill.outcome.clone(),
            holds: drill.outcome.as_ref().is_some_and(Outcome::holds),
            goal_ms: u64::try_from(GOAL.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
