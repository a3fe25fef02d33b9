//! What serves while downs run: what runs now may need what they take away.

use crate::says;
use switchback_core::{
    migration::Way,
    plan::{Action, Plan, Step},
    said::Said,
};

/// What is said of it in a plan; nothing where nothing served, or no down runs.
pub(crate) fn while_downs(plan: &Plan) -> Option<Said> {
    let down = |step: &Step| matches!(step.action, Action::Migrate { way: Way::Down, .. });
    let first = plan.steps[..plan.pivot].iter().position(down)?;
    let stopped = plan.steps[..first].iter().any(|step| matches!(step.action, Action::Stop { .. }));
    let running = plan.before.as_ref().filter(|before| !before.instances.is_empty())?;
    // Under `recreate` nothing serves meanwhile in any case.
    (plan.router.is_some() || !stopped)
        .then(|| if stopped { says::nothing_serves() } else { says::serves_meanwhile(&running.version) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use switchback_core::{
        health::HealthGate,
        ident::{DeploymentId, Instant, RevisionNumber},
        name::Target,
        plan::{Before, InstanceName, Kind},
        planner::{self, Intent, Move, Moves},
        release::{Artifact, Digest},
        strategy::{Confirm, Router, Strategy},
        workload::{ProcessSettings, Settings, Workload},
    };

    fn workload(text: &str) -> Workload {
        Workload {
            artifact: Artifact::Folder { path: text.into(), digest: Digest::of(text.as_bytes()) },
            config: [].into(),
            secrets: [].into(),
            settings: Settings::Process(ProcessSettings {
                run: vec!["server".into()],
                port: 8080,
                grace: Duration::from_secs(1),
            }),
            replicas: 1,
            schema: None,
            health: None,
        }
    }

    /// What is said of a move of the schema while 2.0 serves, or while nothing does.
    fn said(strategy: Strategy, way: Way, serves: bool) -> Option<Said> {
        let target: Target = "checkout/production".parse().unwrap();
        let (now, then) = [7, 3].map(|id| DeploymentId(uuid::Uuid::from_u128(id))).into();
        let before = serves.then(|| Before {
            revision: RevisionNumber(2),
            version: "2.0".into(),
            workload: workload("two"),
            instances: vec![InstanceName::new(&target, RevisionNumber(2), then, 0)],
        });
        let moves = vec![Move { version: "1".into(), way, undoable: true, accepted: Vec::new() }];
        while_downs(&planner::plan(Intent {
            deployment: now,
            kind: Kind::Rollback,
            target,
            now: Instant::UNIX_EPOCH,
            before,
            leftovers: Vec::new(),
            revision: RevisionNumber(1),
            version: "1.0".into(),
            workload: workload("one"),
            strategy,
            health: HealthGate::default(),
            smoke: Vec::new(),
            before_deploy: Vec::new(),
            after_deploy: Vec::new(),
            pause_after_rollback: true,
            schema: Moves { scripts: None, before: moves, after: Vec::new() },
            surge: None,
        }))
    }

    #[test]
    fn a_rollout_that_still_serves_during_the_downs_is_warned_of_and_what_stops_first_is_not() {
        let router = || Router::Tcp { port: 80 };
        let warned = said(Strategy::Rollout, Way::Down, true).unwrap();
        assert!(warned.starts_with("2.0 serves while the downs run, until its pods are replaced"), "{warned}");
        for strategy in [
            Strategy::Rolling { router: router() },
            Strategy::BlueGreen { router: router(), confirm: Confirm::Automatic },
        ] {
            let warned = said(strategy, Way::Down, true).unwrap();
            assert!(warned.starts_with("nothing serves from before the downs"), "{warned}");
        }
        // Nothing serves meanwhile in any case; an up takes nothing away; nobody served.
        assert_eq!(said(Strategy::Recreate, Way::Down, true), None);
        assert_eq!(said(Strategy::Rollout, Way::Up, true), None);
        assert_eq!(said(Strategy::Rollout, Way::Down, false), None);
    }
}
