//! Holding instances against the gate, as often as it takes: a runtime that went away, or ended what it ran, says nothing of
//! them, and pods that find no room at once may find it one by one.

use crate::{
    act::{PATIENCE, SLOWEST, patiently, patiently_for, to_start},
    engine::EngineError,
    executor::Run,
    gate,
    gate::Judged,
};
use std::sync::atomic::{AtomicU32, Ordering};
use switchback_core::{
    deployment::Event,
    failure::{Failure, FailureKind},
    health::{Finding, HealthGate, Probe, Verdict},
    plan::{Action, InstanceName, InstanceSpec},
    port::{Arrival, InstanceState, Runtime},
    workload::Settings,
};
use tokio::time::Instant;

/// How often what its runtime ended is started again while it is verified.
const STOPS: u32 = 3;

/// Holds instances against the gate. With a `step` its probes go into the journal; `eased` replaces the plan's gate.
pub async fn verify(
    run: &mut Run,
    step: Option<usize>,
    instances: &[InstanceName],
    eased: Option<HealthGate>,
) -> Result<Result<String, Failure>, EngineError> {
    let health = eased.unwrap_or_else(|| run.plan.health.clone());
    let runtime = match run.engine.runtime(run.plan.workload.settings.kind()) {
        Ok(runtime) => runtime,
        Err(failure) => return Ok(Err(failure)),
    };
    let specs: Vec<InstanceSpec> = instances.iter().filter_map(|instance| run.plan.spec(instance)).collect();
    if specs.is_empty() {
        return Ok(Ok(String::from("nothing to verify")));
    }
    let (settings, target) = (run.plan.workload.settings.clone(), run.plan.target.clone());
    let (http, cover) = (run.engine.http.clone(), run.cover().await);
    // A runtime that is away is waited for as long as the gate may take, and what it did not tell meanwhile counts
    // neither for the instance nor against it: the gate begins anew, longer by that time.
    let patience = health.within.max(PATIENCE);
    let give_up = Instant::now() + patience * 2;
    let (mut gate, mut away, mut known) = (health.clone(), Instant::now(), None);
    let (mut went, mut stops, mut unseen) = (false, 0, false);
    let judged = loop {
        let tries = AtomicU32::new(0);
        let watched = patiently_for(run, patience, || async {
            tries.fetch_add(1, Ordering::Relaxed);
            // Nobody has to wait for a cluster to stop waiting for it; on the way back there is no stopping.
            if step.is_some() {
                not_aborted(run).await?;
            }
            runtime.watch(&settings, &target).await
        });
        let events = match watched.await {
            Ok(events) => events,
            Err(failure) => return Ok(Err(unknown(failure, known.as_deref()))),
        };
        unseen |= tries.into_inner() > 1;
        if std::mem::take(&mut went)
            && let Err(failure) = start_again(run, runtime.as_ref(), &specs).await
        {
            return Ok(Err(failure));
        }
        gate.within = health.within + away.elapsed();
        // Findings are appended while the gate runs; the channel keeps the journal's borrow out of the gate.
        let (tell, mut told) = tokio::sync::mpsc::channel(64);
        let judging = gate::judge(&http, runtime.as_ref(), &specs, &gate, &cover, events, |finding| {
            let tell = tell.clone();
            async move {
                let (answer, answered) = tokio::sync::oneshot::channel();
                let gone = || Failure::new(FailureKind::Other, "the journal is gone");
                tell.send((finding, answer)).await.map_err(|_| gone())?;
                answered.await.unwrap_or_else(|_| Err(gone()))
            }
        });
        tokio::pin!(judging);
        let mut judged = loop {
            tokio::select! {
                judged = &mut judging => break judged,
                Some((finding, answer)) = told.recv() => {
                    if finding.verdict != Verdict::NoData {
                        known = Some(finding.evidence.clone());
                    }
                    if let Some(step) = step {
                        run.append(Event::Probed { step, finding }).await?;
                        let _ = answer.send(not_aborted(run).await);
                    } else {
                        let _ = answer.send(Ok(()));
                    }
                }
            }
        };
        // How somebody else's change fares is not the release's.
        if matches!(&judged, Judged::Bad(_, failure) if !failure.passing()) {
            judged = gate::interfered(runtime.as_ref(), &specs).await.unwrap_or(judged);
        }
        match judged {
            // The engine went away while we watched: look again once it is back.
            Judged::Bad(_, failure) if failure.passing() && Instant::now() < give_up => {
                (away, went, unseen) = (Instant::now(), true, true);
            }
            // Its controllers and nodes come back later than a cluster itself, which nobody is told of.
            Judged::Bad(instance, failure) if unseen && waited_for(run, &failure) => {
                let kind = FailureKind::Unreachable { endpoint: "the cluster's controllers".to_owned() };
                let message = format!("{}; the cluster was away meanwhile", failure.message);
                break Err((instance, Failure { kind, message, ..failure }));
            }
            // There was no room for all of them at once after all, which nobody could count beforehand.
            Judged::Bad(_, ref failure) if full(failure) && own_rule(run, runtime.as_ref()).await => {
                let said = format!("no room for all pods at once, so the workload's own rule replaces them: {failure}");
                if let Some(step) = step {
                    run.append(Event::Probed { step, finding: Finding::no_data(said) }).await?;
                }
                away = Instant::now();
            }
            // An engine that is told to go ends what it runs before it goes itself, which takes a moment.
            Judged::Stopped(_) if stops < STOPS => {
                stops += 1;
                tokio::time::sleep(SLOWEST).await;
                (away, went) = (Instant::now(), true);
            }
            Judged::Stopped(instance) => {
                let said = "it was stopped again and again, by somebody who asks its runtime for it";
                break Err((instance, Failure::new(FailureKind::Other, said)));
            }
            // What is away is said to be; any other failure stays as it is.
            Judged::Bad(instance, failure) => break Err((instance, unknown(failure, known.as_deref()))),
            Judged::Pass(evidence) => break Ok(evidence),
        }
    };
    Ok(judged.map_err(|(instance, failure)| match specs.len() {
        0 | 1 => failure,
        _ => Failure { message: format!("{instance}: {}", failure.message), ..failure },
    }))
}

/// Whether a gate's time was over before a cluster had brought everything up.
fn waited_for(run: &Run, failure: &Failure) -> bool {
    let ready = matches!(run.plan.health.probe, Probe::Container | Probe::Running);
    let cluster = matches!(run.plan.workload.settings, Settings::Kubernetes(_));
    ready && cluster && matches!(failure.kind, FailureKind::Unhealthy { .. })
}

fn full(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Unplaceable { .. })
}

/// Gives an urgent way up and goes on by the workload's own rule; false where that is what it goes by already.
async fn own_rule(run: &Run, runtime: &dyn Runtime) -> bool {
    let urgent = run.plan.steps.iter().any(|step| matches!(step.action, Action::RaiseSurge { .. }));
    if !urgent {
        return false;
    }
    let restored = patiently(run, || runtime.restore_surge(&run.plan.workload.settings)).await;
    matches!(restored, Ok(Arrival::Done))
}

/// Starts what its runtime ended.
async fn start_again(run: &Run, runtime: &dyn Runtime, specs: &[InstanceSpec]) -> Result<(), Failure> {
    for spec in specs {
        let state = patiently(run, || runtime.state(&spec.workload.settings, &spec.name)).await?;
        if matches!(state, InstanceState::Exited { .. }) {
            let secrets = to_start(run, runtime, spec).await?;
            patiently(run, || runtime.start(spec, &secrets)).await?;
        }
    }
    Ok(())
}

/// A failure when a person asked to stop. A store that does not answer says nothing; the next event tells.
async fn not_aborted(run: &Run) -> Result<(), Failure> {
    let asked = run.engine.ports.ledger.abort_asked(run.plan.deployment).await.ok().flatten();
    asked.map_or(Ok(()), |(by, reason)| Err(Failure::new(FailureKind::AbortedByPerson { by: by.name }, reason)))
}

/// A runtime that is away, said of the gate that waited for it.
fn unknown(failure: Failure, known: Option<&str>) -> Failure {
    if !failure.passing() {
        return failure;
    }
    let known = known.map(|known| format!("; last seen: {known}")).unwrap_or_default();
    Failure { message: format!("whether it is healthy is not known: {}{known}", failure.message), ..failure }
}
