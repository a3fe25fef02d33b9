//! One act against the runtime or the router. Idempotent: acting on what is done already is done at once.

use crate::{executor::Run, migrate, probe, route::upstreams, undo, verify};
use std::{future::Future, time::Duration};
use switchback_core::{
    deployment::{Event, State},
    failure::{Failure, FailureKind},
    health::Verdict,
    migration::Way,
    plan::{Action, InstanceName, InstanceSpec, Kind},
    port::{Arrival, CommandOutput, InstanceState, ResolvedSecrets, Route, Runtime, SecretError},
};
use tokio::time::Instant;

use crate::engine::EngineError;

/// How long a runtime that went away is waited for before it counts as a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// First wait before it is asked again; doubles up to [`SLOWEST`].
const QUICKEST: Duration = Duration::from_millis(100);
/// Longest wait between two tries.
pub(crate) const SLOWEST: Duration = Duration::from_secs(2);
/// How often a person's answer is looked for. It may come from another process, through the store, which has no events.
const LOOK: Duration = Duration::from_millis(250);

/// Tries again while the runtime is merely away. Sleeping is right here: a socket's return is no event anywhere.
///
/// This machine may have slept as well, and somebody else may have finished the deployment meanwhile: before every
/// further try the store is asked whether the target is still ours. What is answered when it is not matters to nobody,
/// because the store takes no more events from us.
pub async fn patiently<T, F, Fut>(run: &Run, attempt: F) -> Result<T, Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    patiently_for(run, PATIENCE, attempt).await
}

pub(crate) async fn patiently_for<T, F, Fut>(run: &Run, patience: Duration, mut attempt: F) -> Result<T, Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    let give_up = Instant::now() + patience;
    let mut wait = QUICKEST;
    loop {
        match attempt().await {
            Err(failure) if failure.passing() && Instant::now() + wait < give_up => {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(SLOWEST);
                if run.taken_over().await {
                    return Err(failure);
                }
            }
            answer => return answer,
        }
    }
}

fn spec(run: &Run, instance: &InstanceName) -> Result<InstanceSpec, Failure> {
    run.plan
        .spec(instance)
        .ok_or_else(|| Failure::new(FailureKind::Other, format!("{instance} is not part of this plan")))
}

/// The secret values an instance gets, from the keychain; from then on kept in memory as long as the deployment runs.
pub async fn secrets(run: &Run, instance: &InstanceName) -> Result<ResolvedSecrets, Failure> {
    let mut values = ResolvedSecrets::new();
    let mut kept = run.kept.lock().await;
    for (key, reference) in &spec(run, instance)?.workload.secrets {
        if let Some(value) = kept.get(reference) {
            values.insert(key.clone(), value.clone());
            continue;
        }
        let value = run.engine.ports.secrets.get(reference).await.map_err(|error| {
            let kind = match &error {
                SecretError::Missing { .. } => FailureKind::SecretMissing { name: reference.name.clone() },
                other => FailureKind::KeychainMissing { why: other.to_string() },
            };
            Failure::new(kind, format!("{key}: {error}"))
        })?;
        kept.insert(reference.clone(), value.clone());
        values.insert(key.clone(), value);
    }
    Ok(values)
}

/// Before anything changes: where the old instances need the keychain to be started again, their secrets are fetched
/// now, because the keychain may be gone when they are needed. What a person removed stays removed; it is said, as what
/// the way back lacks.
async fn way_back(run: &Run, runtime: &dyn Runtime) -> Result<Option<String>, Failure> {
    if runtime.carries_secrets() || run.plan.kind == Kind::Adopt {
        return Ok(None);
    }
    for instance in run.plan.before.iter().flat_map(|before| &before.instances) {
        match secrets(run, instance).await {
            Err(Failure { kind: FailureKind::SecretMissing { name }, .. }) => return Ok(Some(name)),
            found => drop(found?),
        }
    }
    Ok(None)
}

/// What an instance needs to be started: nothing where one that was made carries it.
pub(crate) async fn to_start(
    run: &Run,
    runtime: &dyn Runtime,
    spec: &InstanceSpec,
) -> Result<ResolvedSecrets, Failure> {
    let found = secrets(run, &spec.name).await;
    if found.is_err() && runtime.carries_secrets() {
        let state = patiently(run, || runtime.state(&spec.workload.settings, &spec.name)).await?;
        if state != InstanceState::Absent {
            return Ok(ResolvedSecrets::new());
        }
    }
    found
}

pub fn told(arrival: Arrival, done: &str, already: &str) -> String {
    match arrival {
        Arrival::Done => done.to_owned(),
        Arrival::Already => already.to_owned(),
    }
}

/// Performs one action. The outer error is the store's; the inner one is the act's.
pub async fn perform(run: &mut Run, step: usize, action: &Action) -> Result<Result<String, Failure>, EngineError> {
    match action {
        Action::Verify { instances } => verify::verify(run, Some(step), instances, None).await,
        Action::Confirm => confirm(run).await,
        Action::Migrate { version, way: Way::Up, .. } if step < run.plan.pivot => {
            let (done, written) = match Box::pin(migrate::up(run, version)).await {
                Ok(done) => done,
                Err(failure) => return Ok(Err(failure)),
            };
            if !written.is_empty() && matches!(run.state(), State::Running { .. }) {
                run.append(Event::Wrote { step, written }).await?;
            }
            Ok(Ok(done))
        }
        other => Ok(simple(run, other).await),
    }
}

async fn simple(run: &Run, action: &Action) -> Result<String, Failure> {
    let runtime = run.engine.runtime(run.plan.workload.settings.kind())?;
    let runtime = runtime.as_ref();
    match action {
        Action::Prepare => {
            Box::pin(migrate::ready(run)).await?;
            if let Some(router) = &run.plan.router {
                let switchboard = run.engine.ports.runtimes.switchboard(&run.plan.workload.settings);
                patiently(run, || switchboard.ready(router, &run.plan.target)).await?;
            }
            let lacks = way_back(run, runtime).await?;
            let lacks = lacks.map(|name| format!("; the way back lacks the secret {name}")).unwrap_or_default();
            let arrival = patiently(run, || runtime.prepare(&run.plan.workload)).await?;
            let brief = run.plan.workload.artifact.brief();
            Ok(told(arrival, &format!("fetched {brief}"), &format!("{brief} is here")) + &lacks)
        }
        Action::Create { instance } => {
            let (spec, secrets) = (spec(run, instance)?, secrets(run, instance).await?);
            let arrival = patiently(run, || runtime.create(&spec, &secrets)).await?;
            Ok(told(arrival, "created", "exists"))
        }
        Action::Start { instance } => {
            let spec = spec(run, instance)?;
            let secrets = to_start(run, runtime, &spec).await?;
            let arrival = patiently(run, || runtime.start(&spec, &secrets)).await?;
            Ok(told(arrival, "started", "runs"))
        }
        Action::Stop { instance } => {
            let spec = undo::hurried(run, spec(run, instance)?);
            drain(run, &spec).await?;
            let arrival = patiently(run, || runtime.stop(&spec)).await?;
            Ok(told(arrival, "stopped", "was stopped"))
        }
        Action::Adopt { instance } => {
            let spec = spec(run, instance)?;
            patiently(run, || runtime.adopt(&spec)).await?;
            Ok(String::from("taken over as it runs"))
        }
        Action::Settle { instance } => {
            let spec = spec(run, instance)?;
            let arrival = patiently(run, || runtime.settle(&spec)).await?;
            Ok(told(arrival, "outlives a restart", "nothing to do"))
        }
        Action::RaiseSurge { pods } => {
            let arrival = patiently(run, || runtime.raise_surge(&run.plan.workload.settings, *pods)).await?;
            Ok(told(arrival, &format!("{pods} pods may start at once"), "they may already"))
        }
        Action::RestoreSurge => {
            let arrival = patiently(run, || runtime.restore_surge(&run.plan.workload.settings)).await?;
            Ok(told(arrival, "the workload's own again", "it is the workload's own"))
        }
        Action::Remove { instance } => {
            let settings = &run.plan.workload.settings;
            let arrival = patiently(run, || runtime.remove(settings, instance)).await?;
            Ok(told(arrival, "removed", "is gone"))
        }
        Action::Switch { to, .. } => switch(run, runtime, to).await,
        Action::Smoke { smoke, instance } => {
            let spec = spec(run, instance)?;
            let cover = run.cover().await;
            let (http, cover) = (&run.engine.http, &cover);
            let asked = patiently(run, || probe::ask(http, runtime, &spec, &smoke.probe, smoke.timeout, cover));
            let finding = asked.await?.finding;
            match finding.verdict {
                Verdict::Pass => Ok(finding.evidence),
                _ => Err(Failure::new(FailureKind::SmokeFailed { what: finding.evidence.clone() }, finding.evidence)),
            }
        }
        Action::Hook { hook } => {
            let name = hook.run.join(" ");
            let at = run.plan.instances.first().map(|instance| spec(run, instance)).transpose()?;
            let Some(at) = at else { return Ok(String::from("no instance")) };
            let output = runtime.run(&at, &hook.run, hook.timeout).await?;
            if output.code == 0 {
                return Ok(format!("{name} exited 0"));
            }
            let tail = output.output.lines().last().map(|line| format!(": {line}")).unwrap_or_default();
            let how = match output.code {
                CommandOutput::LATE => format!("was stopped after {} s", hook.timeout.as_secs()),
                code => format!("exited {code}"),
            };
            Err(Failure::new(FailureKind::HookFailed { what: name.clone() }, format!("{name} {how}{tail}")))
        }
        Action::Migrate { version, way, accepted } => Box::pin(migrate::walk(run, version, *way, accepted)).await,
        Action::Verify { .. } | Action::Confirm => Ok(String::new()),
    }
}

/// Old connections finish before their instance is stopped; one that never does only costs the drain's limit.
async fn drain(run: &Run, spec: &InstanceSpec) -> Result<(), Failure> {
    let Some(router) = &run.plan.router else { return Ok(()) };
    let switchboard = run.engine.ports.runtimes.switchboard(&spec.workload.settings);
    patiently(run, || switchboard.drained(router, &run.plan.target, run.plan.drain())).await
}

async fn switch(run: &Run, runtime: &dyn Runtime, to: &[InstanceName]) -> Result<String, Failure> {
    let Some(router) = &run.plan.router else { return Ok(String::from("no router")) };
    if to.is_empty() {
        // A router has to send it somewhere; what it says last is of no use once that is stopped.
        return Ok(String::from("nothing serves until the switch"));
    }
    let settings = &run.plan.workload.settings;
    let upstreams = patiently(run, || upstreams(runtime, settings, router, to)).await?;
    let shown = upstreams.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let switchboard = run.engine.ports.runtimes.switchboard(settings);
    let route = Route { target: run.plan.target.clone(), upstreams };
    // A router in a container is away while its engine is.
    patiently(run, || switchboard.switch(router, &route)).await?;
    Ok(format!("traffic goes to {shown}"))
}

async fn confirm(run: &mut Run) -> Result<Result<String, Failure>, EngineError> {
    let ledger = run.engine.ports.ledger.clone();
    loop {
        if let Some(by) = ledger.confirmed(run.plan.deployment).await? {
            return Ok(Ok(format!("confirmed by {}", by.name)));
        }
        if let Some((by, reason)) = ledger.abort_asked(run.plan.deployment).await? {
            return Ok(Err(Failure::new(FailureKind::AbortedByPerson { by: by.name }, reason)));
        }
        tokio::time::sleep(LOOK).await;
    }
}
