//! Properties of the plan and of the deployment machine that hold whatever is planned and whatever fails.

use crate::{
    deployment::{Event, State, fold, next},
    failure::{Failure, FailureKind},
    health::HealthGate,
    ident::{Actor, DeploymentId, Instant, RevisionNumber},
    migration::Way,
    plan::{Action, Before, InstanceName, Kind, Plan, Undo},
    planner::{Intent, Move, Moves, plan},
    release::{Artifact, Digest},
    strategy::{Confirm, Router, Strategy},
    workload::{ProcessSettings, Settings, Workload},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn workload(text: &str, replicas: u16) -> Workload {
    Workload {
        artifact: Artifact::Folder { path: text.into(), digest: Digest::of(text.as_bytes()) },
        config: [("KEY".to_owned(), text.to_owned())].into(),
        secrets: std::collections::BTreeMap::default(),
        settings: Settings::Process(ProcessSettings {
            run: vec!["server".into()],
            port: 8080,
            grace: std::time::Duration::from_secs(1),
        }),
        replicas,
        schema: None,
        health: None,
    }
}

fn planned(strategy: Strategy, old: u16, new: u16) -> Plan {
    moving(strategy, old, new, ["1", "2"].map(|version| one(version, Way::Up)).into())
}

fn moving(strategy: Strategy, old: u16, new: u16, before_app: Vec<Move>) -> Plan {
    let target: crate::name::Target = "checkout/production".parse().unwrap();
    let id = DeploymentId(uuid::Uuid::from_u128(7));
    let earlier = DeploymentId(uuid::Uuid::from_u128(3));
    let before = (old > 0).then(|| Before {
        revision: RevisionNumber(1),
        version: "1".into(),
        workload: workload("one", old),
        instances: (0..old).map(|i| InstanceName::new(&target, RevisionNumber(1), earlier, i)).collect(),
    });
    plan(Intent {
        deployment: id,
        kind: Kind::Deploy,
        target,
        now: Instant::UNIX_EPOCH,
        before,
        leftovers: vec![InstanceName("sb-left-over".into())],
        revision: RevisionNumber(2),
        version: "2".into(),
        workload: workload("two", new),
        strategy,
        health: HealthGate::default(),
        smoke: Vec::new(),
        before_deploy: Vec::new(),
        after_deploy: Vec::new(),
        pause_after_rollback: true,
        schema: Moves { scripts: None, before: before_app, after: Vec::new() },
        surge: None,
    })
}

fn one(version: &str, way: Way) -> Move {
    Move { version: version.to_owned(), way, undoable: true, accepted: Vec::new() }
}

/// What is done up to and with a step, and then what undoes it.
fn there_and_back(plan: &Plan, at: usize) -> impl Iterator<Item = &Action> {
    let there = plan.steps[..=at].iter().map(|step| &step.action);
    let back = plan.steps[..=at].iter().rev().filter_map(|step| match &step.undo {
        Undo::By { action } => Some(action),
        Undo::Nothing => None,
    });
    there.chain(back)
}

/// What is applied, in order, once an action is done.
fn migrate(applied: &mut Vec<String>, action: &Action) {
    match action {
        Action::Migrate { version, way: Way::Up, .. } => applied.push(version.clone()),
        Action::Migrate { version, way: Way::Down, .. } => assert_eq!(applied.pop().as_ref(), Some(version)),
        _ => {}
    }
}

fn strategies() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![
        Just(Strategy::Recreate),
        Just(Strategy::Rolling { router: Router::Tcp { port: 80 } }),
        Just(Strategy::BlueGreen { router: Router::Tcp { port: 80 }, confirm: Confirm::Automatic }),
    ]
}

/// What runs, by name, once an action is done.
fn apply(running: &mut BTreeSet<InstanceName>, action: &Action) {
    match action {
        Action::Start { instance } => drop(running.insert(instance.clone())),
        Action::Stop { instance } | Action::Remove { instance } => drop(running.remove(instance)),
        _ => {}
    }
}

fn failed() -> Event {
    let failure = Failure::new(FailureKind::Other, "no");
    Event::StepFailed { step: 0, failure, diagnosis: None }
}

proptest! {
    #[test]
    fn whatever_step_fails_undoing_leaves_exactly_what_ran_before(strategy in strategies(), old in 0u16..4, new in 1u16..4, at in 0usize..40) {
        let plan = planned(strategy, old, new);
        let at = at % plan.pivot;
        let before: BTreeSet<InstanceName> = plan.before.iter().flat_map(|before| before.instances.clone()).collect();
        let mut running = before.clone();
        for step in &plan.steps[..=at] {
            apply(&mut running, &step.action);
        }
        for step in plan.steps[..=at].iter().rev() {
            if let Undo::By { action } = &step.undo {
                apply(&mut running, action);
            }
        }
        prop_assert_eq!(running, before);
    }

    #[test]
    fn nothing_new_runs_before_the_ups_and_with_nothing_beside_it_nothing_old_before_the_downs(strategy in strategies(), old in 0u16..4, new in 1u16..4, at in 0usize..40) {
        let alone = strategy == Strategy::Recreate;
        let plan = planned(strategy, old, new);
        let at = at % plan.pivot;
        let before: BTreeSet<InstanceName> = plan.before.iter().flat_map(|before| before.instances.clone()).collect();
        let (mut running, mut applied) = (before.clone(), Vec::new());
        for action in there_and_back(&plan, at) {
            apply(&mut running, action);
            migrate(&mut applied, action);
            let news = running.iter().any(|name| plan.instances.contains(name));
            let olds = running.iter().any(|name| before.contains(name));
            prop_assert!(!news || applied.len() == 2, "{running:?} on {applied:?}");
            prop_assert!(!(alone && olds) || applied.is_empty(), "{running:?} on {applied:?}");
        }
        prop_assert!(applied.is_empty());
    }

    #[test]
    fn nothing_runs_while_downs_do_and_traffic_only_goes_to_what_runs(strategy in strategies(), old in 1u16..4, new in 1u16..4, at in 0usize..40) {
        let plan = moving(strategy, old, new, ["2", "1"].map(|version| one(version, Way::Down)).into());
        let at = at % plan.pivot;
        let before: BTreeSet<InstanceName> = plan.before.iter().flat_map(|before| before.instances.clone()).collect();
        let (mut running, mut serves) = (before.clone(), before.clone());
        for action in there_and_back(&plan, at) {
            apply(&mut running, action);
            match action {
                Action::Migrate { .. } => prop_assert!(running.is_empty(), "{running:?}"),
                Action::Switch { to, .. } if !to.is_empty() => serves = to.iter().cloned().collect(),
                _ => {}
            }
            if let Action::Switch { .. } = action {
                prop_assert!(serves.is_subset(&running), "{serves:?} of {running:?}");
            }
        }
        prop_assert_eq!(&running, &before);
        prop_assert_eq!(serves, before);
    }

    #[test]
    fn a_plan_that_goes_through_ends_with_the_new_ones_running_alone(strategy in strategies(), old in 0u16..4, new in 1u16..4) {
        let plan = planned(strategy, old, new);
        let mut running: BTreeSet<InstanceName> = plan.before.iter().flat_map(|before| before.instances.clone()).collect();
        for step in &plan.steps {
            apply(&mut running, &step.action);
        }
        prop_assert_eq!(running, plan.instances.iter().cloned().collect());
    }

    #[test]
    fn the_machine_ends_from_every_failing_step_and_only_legally(strategy in strategies(), old in 0u16..3, new in 1u16..3, at in 0usize..40) {
        let plan = planned(strategy, old, new);
        let at = at % plan.pivot;
        let by = Actor { name: "amara".into(), origin: "test".into() };
        let mut state = next(&plan, None, &Event::Planned { by, reason: "r".into() }).unwrap();
        for step in 0..at {
            state = next(&plan, Some(&state), &Event::StepStarted { step }).unwrap();
            prop_assert!(next(&plan, Some(&state), &Event::Committed).is_err());
            state = next(&plan, Some(&state), &Event::StepDone { step, result: String::new() }).unwrap();
        }
        state = next(&plan, Some(&state), &Event::StepStarted { step: at }).unwrap();
        let Event::StepFailed { failure, diagnosis, .. } = failed() else { unreachable!() };
        state = next(&plan, Some(&state), &Event::StepFailed { step: at, failure, diagnosis }).unwrap();
        for step in (0..=at).rev() {
            prop_assert!(next(&plan, Some(&state), &Event::RolledBack).is_err());
            state = next(&plan, Some(&state), &Event::UndoStarted { step }).unwrap();
            state = next(&plan, Some(&state), &Event::UndoDone { step, result: String::new() }).unwrap();
        }
        state = next(&plan, Some(&state), &Event::RolledBack).unwrap();
        let undone = matches!(state, State::RolledBack { .. });
        prop_assert!(undone);
        prop_assert!(state.ended());
        prop_assert!(next(&plan, Some(&state), &Event::Succeeded).is_err());
    }
}

#[test]
fn an_empty_journal_has_no_state() {
    assert_eq!(fold(&planned(Strategy::Recreate, 1, 1), &[]).unwrap(), None);
}

#[test]
fn looking_twice_at_an_unchanged_world_gives_the_same_hash_and_another_release_another() {
    let one = planned(Strategy::Recreate, 1, 1);
    let mut again = one.clone();
    again.planned_at = Instant::from_second(9).unwrap();
    assert_eq!(one.hash(), again.hash());
    again.version = "3".into();
    assert_ne!(one.hash(), again.hash());
}

#[test]
fn recreate_makes_the_successor_before_it_stops_what_runs() {
    let plan = planned(Strategy::Recreate, 1, 1);
    let place = |wanted: fn(&Action) -> bool| plan.steps.iter().position(|step| wanted(&step.action)).unwrap();
    assert!(place(|a| matches!(a, Action::Create { .. })) < place(|a| matches!(a, Action::Stop { .. })));
}
