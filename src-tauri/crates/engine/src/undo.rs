//! Goes backwards, one step at a time, in reverse. A failed undo is an ending of its own: Stuck, with instructions.

use crate::{act, engine::EngineError, executor::Run, verify};
use std::time::Duration;
use switchback_core::{
    deployment::{Event, State},
    failure::{Failure, FailureKind},
    health::HealthGate,
    plan::{Action, InstanceName, InstanceSpec, Plan, Undo},
    record::blames_release,
    workload::Settings,
};

/// Undoes one step that has begun to be undone.
pub async fn step(run: &mut Run, step: usize) -> Result<(), EngineError> {
    let Undo::By { action } = run.plan.steps[step].undo.clone() else { return Ok(()) };
    let mut outcome = act::perform(run, step, &action).await?;
    if let (Ok(_), Action::Start { instance }) = (&outcome, &action) {
        outcome = came_back(run, instance).await?;
    }
    match outcome {
        Ok(result) => run.append(Event::UndoDone { step, result }).await,
        Err(failure) => {
            let instructions = instructions(run, &failure);
            run.append(Event::UndoFailed { step, failure, instructions }).await
        }
    }
}

/// What an instance that was never found healthy has to end in, at most. It answered nothing that has to come to its end,
/// and where a port is shared nothing serves until it is gone; a second is enough for a program that heeds its signal to
/// close its files.
const UNHEALTHY_GRACE: Duration = Duration::from_secs(1);

/// An instance that is to be stopped, in a hurry where it is undone and its gate never passed. Told from the journal
/// alone, so that whoever resumes does the same.
pub fn hurried(run: &Run, mut spec: InstanceSpec) -> InstanceSpec {
    let State::RollingBack { cause, .. } = run.state() else { return spec };
    // What nobody could see may have served all the time.
    if cause.failure.passing() || !run.plan.instances.contains(&spec.name) || passed(&run.plan, cause.step, &spec.name)
    {
        return spec;
    }
    match &mut spec.workload.settings {
        Settings::Process(settings) => settings.grace = settings.grace.min(UNHEALTHY_GRACE),
        Settings::Docker(settings) => settings.grace = settings.grace.min(UNHEALTHY_GRACE),
        // Its pods are the cluster's to end.
        Settings::Kubernetes(_) => {}
    }
    spec
}

/// Whether an instance was found healthy before a step.
fn passed(plan: &Plan, step: usize, name: &InstanceName) -> bool {
    let before = plan.steps.iter().take(step);
    before
        .filter_map(|step| if let Action::Verify { instances } = &step.action { Some(instances) } else { None })
        .any(|instances| instances.contains(name))
}

/// What ran before must be seen running again: one passed probe of the gate it came with, within its time.
async fn came_back(run: &mut Run, instance: &InstanceName) -> Result<Result<String, Failure>, EngineError> {
    let own = run.plan.spec(instance).and_then(|spec| spec.workload.health);
    let gate = own.map_or_else(|| run.plan.health.clone(), |own| *own);
    let eased = HealthGate { passes: 1, delay: Duration::ZERO, ..gate };
    verify::verify(run, None, std::slice::from_ref(instance), Some(eased)).await
}

/// What a person has to do when an undo failed.
fn instructions(run: &Run, failure: &Failure) -> Vec<String> {
    let target = &run.plan.target;
    let mut all = Vec::new();
    match &failure.kind {
        FailureKind::Unreachable { endpoint } => {
            all.push(format!("Bring the runtime at {endpoint} back: it does not answer."));
        }
        FailureKind::DatabaseAway { database } => {
            all.push(format!("Bring the database {database} back: {}", failure.message));
        }
        FailureKind::DatabaseHeld { database } => {
            all.push(format!("See that nobody holds a lock on {database}: {}", failure.message));
        }
        FailureKind::PortInUse { port } => all.push(format!("Free port {port}: something else listens on it.")),
        FailureKind::SecretMissing { name } => {
            all.push(format!("Give {name} back its value of that day (`switchback secret set {name}`)."));
        }
        FailureKind::KeychainMissing { .. } => all.push("Start and unlock the keychain.".to_owned()),
        FailureKind::DiskFull { place } => all.push(format!("Free space on {place}.")),
        FailureKind::RouterRefused { said } => all.push(format!("Mend the router: {said}")),
        FailureKind::MigrationLoses { what } => {
            all.push(format!("The way back of the schema would lose {what}."));
            all.push(
                "`switchback resume --lose-data` lets them go, and the old app runs on the old schema.".to_owned(),
            );
            all.push(
                "`switchback resume --keep-schema` leaves the schema as it is, and the old app runs on it.".to_owned(),
            );
            return all;
        }
        _ => all.push(format!("See why: {}", failure.message)),
    }
    all.push("Then run `switchback resume`: it goes on undoing where it stopped.".to_owned());
    if let Some(before) = &run.plan.before {
        all.push(format!("Until then {target} may not be served; {} is to run again.", before.revision));
    } else {
        let bad = matches!(run.state(), State::RollingBack { cause, .. } if blames_release(&cause.failure.kind));
        let what = if bad { "a release that works" } else { "it again, once what was in the way is mended" };
        all.push(match run.plan.workload.settings {
            Settings::Kubernetes(_) => {
                format!("Until then {target} may not be served; what its own manifest had is to run again.")
            }
            Settings::Process(_) | Settings::Docker(_) => {
                format!("Nothing ran on {target} before; deploy {what}.")
            }
        });
    }
    all
}
