//! A rehearsed way back: what runs and what ran before, deployed one after the other to a place apart, and measured.

use crate::{
    ident::{DeploymentId, Instant, RevisionNumber},
    name::Target,
    port::Owner,
    workload::Settings,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest a way back should take.
pub const GOAL: Duration = Duration::from_mins(5);

/// One rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// Its own id.
    pub id: uuid::Uuid,
    /// Whose way back.
    pub target: Target,
    /// The revision that ran.
    pub from: RevisionNumber,
    /// The one it went back to.
    pub to: RevisionNumber,
    /// What the target's runtime needs to know; the place apart is found by it and by [`Drill::apart`].
    pub settings: Settings,
    /// When it began.
    pub at: Instant,
    /// Who had it made.
    pub by: String,
    /// The process that makes it.
    pub owner: Owner,
    /// What came of it; `None` while it is under way.
    pub outcome: Option<Outcome>,
}

/// What came of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[ts(rename = "DrillOutcome")]
pub enum Outcome {
    /// The prior revision served.
    Back {
        /// Milliseconds until what runs now served in the place apart.
        came_up_ms: u64,
        /// Milliseconds from the decision until the prior revision served alone.
        took_ms: u64,
        /// What the health gate saw of it last.
        evidence: String,
    },
    /// It did not come up.
    Failed {
        /// Which revision.
        revision: u32,
        /// Why, with the last lines it printed.
        why: String,
    },
    /// The process that made it died, or was stopped.
    Interrupted,
}

impl Outcome {
    /// Whether a release may rest on it: the prior revision was back within [`GOAL`].
    pub fn holds(&self) -> bool {
        matches!(self, Self::Back { took_ms, .. } if Duration::from_millis(*took_ms) <= GOAL)
    }
}

impl Drill {
    /// The target that stands for the place apart: of the same service, in an environment of the drill's own.
    pub fn apart(service: &crate::name::Service, id: uuid::Uuid) -> Option<Target> {
        let environment = format!("drill-{}", DeploymentId(id).short()).parse().ok()?;
        Some(Target { service: service.clone(), environment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_holds_when_it_is_within_the_goal() {
        let back = |took_ms| Outcome::Back { came_up_ms: 1, took_ms, evidence: String::new() };
        assert!(back(300_000).holds() && !back(300_001).holds());
        assert!(!Outcome::Interrupted.holds());
    }

    #[test]
    fn the_place_apart_is_no_environment_of_anybodys() {
        let id = uuid::Uuid::from_u128(0x1f0c_22aa);
        let apart = Drill::apart(&"checkout".parse().unwrap(), id).unwrap();
        assert_eq!(apart.to_string(), "checkout/drill-1f0c22aa");
    }
}
