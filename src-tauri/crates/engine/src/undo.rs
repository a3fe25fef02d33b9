//! Goes backwards, one step at a time, in reverse. A failed undo is an ending of its own: Stuck, with instructions.

use crate::{act, engine::EngineError, executor::Run, verify};
use std::time::Duration;
use switchback_core::{
    deployment::{Event, State},
    failure::{Failure, FailureKind},
    health::HealthGate,
    plan::{Action, InstanceName, InstanceSpec, Plan, Undo},
    record::blames_release,
    says::steps,
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
    let why = &failure.message;
    let first = match &failure.kind {
        FailureKind::Unreachable { endpoint } => steps::runtime_back(endpoint),
        FailureKind::DatabaseAway { database } => steps::database_back(database, why),
        FailureKind::DatabaseHeld { database } => steps::lock_let_go(database, why),
        FailureKind::PortInUse { port } => steps::port_free(port),
        FailureKind::SecretMissing { name } => steps::secret_back(name, format!("switchback secret set {name}")),
        FailureKind::KeychainMissing { .. } => steps::keychain_open(),
        FailureKind::DiskFull { place } => steps::space_free(place),
        FailureKind::RouterRefused { said } => steps::router_mended(said),
        FailureKind::WorkloadMissing { workload } => steps::manifest_again(workload),
        FailureKind::MigrationLoses { what } => {
            return [steps::schema_loses(what), steps::lose_data(), steps::keep_schema()].map(String::from).into();
        }
        _ => steps::see_why(why),
    };
    let last = match (&run.plan.before, &run.plan.workload.settings) {
        (Some(before), _) => steps::revision_to_run(target, before.revision),
        (None, Settings::Kubernetes(_)) => steps::manifest_to_run(target),
        (None, Settings::Process(_) | Settings::Docker(_)) => {
            let bad = matches!(run.state(), State::RollingBack { cause, .. } if blames_release(&cause.failure.kind));
            if bad { steps::deploy_working(target) } else { steps::deploy_again(target) }
        }
    };
    [first, steps::resume(), last].map(String::from).into()
}
