//! The health gate: probes on a beat, exits by event. Whichever speaks first decides.
//!
//! A program that exits is known at once from the runtime's lifecycle stream, subscribed before the instance was
//! started; no probe and no timer has to come round first.

use crate::{act::PATIENCE, cover::Cover, probe};
use futures::{StreamExt as _, stream::BoxStream};
use std::{collections::HashMap, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind, InARow},
    health::{Finding, HealthGate, Probe, Verdict},
    plan::{InstanceName, InstanceSpec},
    port::{InstanceState, Lifecycle, LifecycleEvent, Runtime},
};
use tokio::time::Instant;

/// The runtime's lifecycle events of one target.
pub type Events = BoxStream<'static, Result<LifecycleEvent, Failure>>;

/// A probe that the end of the gate's time cuts off was hardly asked when it had less than this.
const HARDLY: Duration = Duration::from_millis(250);

/// How long the stream's word of an end may come after the state that shows it.
const WORD: Duration = Duration::from_millis(500);

/// How the gate judged.
pub enum Judged {
    /// All instances passed often enough in a row.
    Pass(String),
    /// One is bad: which, and why.
    Bad(InstanceName, Failure),
    /// The runtime ended one, and not because of what it did.
    Stopped(InstanceName),
}

/// Holds instances against the gate. `seen` is called with every finding.
pub async fn judge<F, Fut>(
    http: &reqwest::Client,
    runtime: &dyn Runtime,
    specs: &[InstanceSpec],
    gate: &HealthGate,
    cover: &Cover,
    mut events: Events,
    mut seen: F,
) -> Judged
where
    F: FnMut(Finding) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let began = Instant::now();
    let (mut deadline, first) = (began + gate.within, began + gate.delay);
    // The gate's time begins when the runtime has taken up what it was told, for which it is waited as for one that is away.
    let latest = deadline + gate.within.max(PATIENCE);
    // An exit between the start and our subscription (after a restart of ours) is not in the stream: look once.
    for spec in specs {
        if let Some(failure) = exited_already(runtime, spec).await {
            return Judged::Bad(spec.name.clone(), failure);
        }
    }
    let mut records: HashMap<&InstanceName, Record> =
        specs.iter().map(|spec| (&spec.name, Record::default())).collect();
    let (mut slowest, mut not_yet) = (HARDLY, false);
    let mut beat = tokio::time::interval_at(first, gate.every.max(Duration::from_millis(50)));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            heard = next_heard(&mut events, specs) => {
                // No beat has to come round before it is asked.
                if matches!(heard, Heard::Healthy) && gate.probe == Probe::Container && Instant::now() >= first {
                    beat.reset_immediately();
                }
                if let Some(judged) = heard.weighed(runtime, specs).await {
                    return judged;
                }
            },
            () = tokio::time::sleep_until(deadline) => {
                let bad = specs.iter().find(|spec| records[&spec.name].streak < gate.passes).unwrap_or(&specs[0]);
                let record = &records[&bad.name];
                if not_yet {
                    let kind = FailureKind::Unreachable { endpoint: "the cluster's controllers".to_owned() };
                    return Judged::Bad(bad.name.clone(), Failure::new(kind, record.last()));
                }
                return Judged::Bad(bad.name.clone(), record.unhealthy(gate));
            }
            _ = beat.tick() => {
                for spec in specs {
                    // Nor may it outlast the gate.
                    let asked_at = Instant::now();
                    let patience = gate.timeout.min(deadline.saturating_duration_since(asked_at));
                    if patience.is_zero() {
                        break;
                    }
                    let mut asked = std::pin::pin!(probe::ask(http, runtime, spec, &gate.probe, patience, cover));
                    // A probe that hangs must not hide an exit: the stream is heard while it is asked.
                    let asked = loop {
                        tokio::select! {
                            biased;
                            heard = next_heard(&mut events, specs) => {
                                // What is asked now may have been answered before.
                                if matches!(heard, Heard::Healthy) {
                                    beat.reset_immediately();
                                }
                                if let Some(judged) = heard.weighed(runtime, specs).await {
                                    return judged;
                                }
                            },
                            answer = &mut asked => break answer,
                        }
                    };
                    let finding = match asked {
                        Ok(asked) => {
                            not_yet = asked.not_yet;
                            asked.finding
                        }
                        // The runtime is away. That says nothing against the instance.
                        Err(failure) => {
                            let told = seen(Finding::no_data(failure.message.clone())).await;
                            return Judged::Bad(spec.name.clone(), told.err().unwrap_or(failure));
                        }
                    };
                    if not_yet {
                        deadline = deadline.max((Instant::now() + gate.within).min(latest));
                    }
                    // A stream that swallowed an exit must not cost the whole time allowed.
                    if finding.verdict != Verdict::Pass
                        && let Some(failure) = exited_already(runtime, spec).await
                    {
                        // Why it ended is the stream's to tell, and on its way.
                        return match tokio::time::timeout(WORD, next_heard(&mut events, specs)).await {
                            Ok(Heard::Bad(bad)) => bad.into_verdict(runtime, specs).await,
                            _ => Judged::Bad(spec.name.clone(), failure),
                        };
                    }
                    let (took, cut) = (asked_at.elapsed(), Instant::now() >= deadline);
                    let record = records.entry(&spec.name).or_default();
                    // That no answer came before the gate closed says less than the answer before it, unless it was waited
                    // for longer than any other took.
                    record.take(&finding, !cut || took > slowest);
                    slowest = slowest.max(took);
                    if let Err(failure) = seen(finding).await {
                        return Judged::Bad(spec.name.clone(), failure);
                    }
                }
                if records.values().all(|record| record.streak >= gate.passes) {
                    return Judged::Pass(specs.last().map(|spec| records[&spec.name].last()).unwrap_or_default());
                }
            }
        }
    }
}

/// What the probes of one instance have found so far.
#[derive(Default)]
struct Record {
    /// Passes in a row until now.
    streak: u32,
    /// The most there were.
    longest: u32,
    last: Option<String>,
    /// The last that did not pass.
    failed: Option<String>,
}

impl Record {
    /// One more finding. What `says` nothing is told only where there is nothing else.
    fn take(&mut self, finding: &Finding, says: bool) {
        let pass = finding.verdict == Verdict::Pass;
        self.streak = if pass { self.streak + 1 } else { 0 };
        self.longest = self.longest.max(self.streak);
        if says || self.last.is_none() {
            self.last = Some(finding.evidence.clone());
        }
        if !pass && (says || self.failed.is_none()) {
            self.failed = Some(finding.evidence.clone());
        }
    }

    fn last(&self) -> String {
        self.last.clone().unwrap_or_else(|| "no probe was answered".to_owned())
    }

    /// The failure of a gate whose time is up.
    fn unhealthy(&self, gate: &HealthGate) -> Failure {
        // More than enough of one instance is too little where another was not well meanwhile.
        let (came, wanted) = (self.longest, gate.passes);
        let passes = (1..wanted).contains(&came).then_some(InARow { came, wanted });
        let (which, last) = match &self.failed {
            Some(failed) if came > 0 => ("last that did not pass", failed.clone()),
            _ => ("last", self.last()),
        };
        let counted = passes.map(|passes| format!(": {passes} passes in a row")).unwrap_or_default();
        let message = format!("not healthy within {} s{counted}; {which}: {last}", gate.within.as_secs());
        Failure::new(FailureKind::Unhealthy { last, passes }, message)
    }
}

/// The verdict where somebody else changed what one of them runs. A runtime that cannot say counts as unchanged.
pub async fn interfered(runtime: &dyn Runtime, specs: &[InstanceSpec]) -> Option<Judged> {
    for spec in specs {
        if let Ok(Some(failure)) = runtime.interfered(&spec.workload.settings, &spec.name).await {
            return Some(Judged::Bad(spec.name.clone(), failure));
        }
    }
    None
}

/// Only to be quicker: where it fails, the copies come when they come.
async fn try_again(runtime: &dyn Runtime, specs: &[InstanceSpec], name: &InstanceName) {
    for spec in specs.iter().filter(|spec| spec.name == *name) {
        if let Err(error) = runtime.try_again(&spec.workload.settings, name).await {
            tracing::debug!(%error, instance = %name, "its controller tries again by itself");
        }
    }
}

/// What the stream of events says that matters here.
enum Heard {
    /// An instance of ours is found healthy by its runtime.
    Healthy,
    /// What one of ours runs was changed, perhaps by somebody else.
    Changed,
    /// There is room by now for more of one of ours.
    Room(InstanceName),
    /// The gate is shut.
    Bad(Bad),
}

impl Heard {
    /// What is done about it; the verdict, where it decides.
    async fn weighed(self, runtime: &dyn Runtime, specs: &[InstanceSpec]) -> Option<Judged> {
        match self {
            Self::Healthy => None,
            Self::Changed => interfered(runtime, specs).await,
            Self::Room(instance) => {
                try_again(runtime, specs, &instance).await;
                None
            }
            Self::Bad(bad) => Some(bad.into_verdict(runtime, specs).await),
        }
    }
}

/// Why the stream of events decided.
enum Bad {
    /// An instance of ours exited.
    Exit { instance: InstanceName, code: Option<i64>, out_of_memory: bool },
    /// An instance of ours was ended by its runtime.
    Stopped(InstanceName),
    /// An instance of ours will not come up.
    Failed { instance: InstanceName, failure: Failure },
    /// The stream broke or ended.
    Lost(Failure),
}

impl Bad {
    async fn into_verdict(self, runtime: &dyn Runtime, specs: &[InstanceSpec]) -> Judged {
        match self {
            Self::Exit { instance, code, out_of_memory } => {
                let spec = specs.iter().find(|spec| spec.name == instance).unwrap_or(&specs[0]);
                Judged::Bad(instance, exit(runtime, spec, code, out_of_memory).await)
            }
            Self::Stopped(instance) => Judged::Stopped(instance),
            Self::Failed { instance, failure } => Judged::Bad(instance, failure),
            Self::Lost(failure) => Judged::Bad(specs[0].name.clone(), failure),
        }
    }
}

/// Resolves at the first event of one of `specs` that decides something, or when the stream breaks. May be dropped at
/// any await without losing an event: the last thing it does is to take one.
async fn next_heard(events: &mut Events, specs: &[InstanceSpec]) -> Heard {
    loop {
        match events.next().await {
            Some(Ok(LifecycleEvent { instance, what })) if specs.iter().any(|spec| spec.name == instance) => match what
            {
                Lifecycle::Exited { code, out_of_memory } => {
                    return Heard::Bad(Bad::Exit { instance, code, out_of_memory });
                }
                Lifecycle::Stopped => return Heard::Bad(Bad::Stopped(instance)),
                Lifecycle::Failed { failure } => return Heard::Bad(Bad::Failed { instance, failure }),
                Lifecycle::Health { healthy: true } => return Heard::Healthy,
                Lifecycle::Changed => return Heard::Changed,
                Lifecycle::Room => return Heard::Room(instance),
                Lifecycle::Started | Lifecycle::Health { healthy: false } | Lifecycle::Removed => {}
            },
            Some(Ok(_)) => {}
            Some(Err(failure)) => return Heard::Bad(Bad::Lost(failure)),
            None => {
                let kind = FailureKind::Unreachable { endpoint: "lifecycle events".into() };
                return Heard::Bad(Bad::Lost(Failure::new(kind, "the runtime's events ended")));
            }
        }
    }
}

async fn exited_already(runtime: &dyn Runtime, spec: &InstanceSpec) -> Option<Failure> {
    match runtime.state(&spec.workload.settings, &spec.name).await {
        Ok(InstanceState::Running { .. }) => None,
        Ok(InstanceState::Exited { code, out_of_memory, ran_ms, .. }) => {
            Some(told(code, out_of_memory, ran_ms.unwrap_or_default()))
        }
        Ok(InstanceState::Absent | InstanceState::Created) => {
            Some(Failure::new(FailureKind::Other, format!("{} is not running", spec.name)))
        }
        Err(failure) => Some(failure),
    }
}

/// The failure for an exit that was seen; how long it ran comes from the runtime where it still says so.
async fn exit(runtime: &dyn Runtime, spec: &InstanceSpec, code: Option<i64>, out_of_memory: bool) -> Failure {
    let state = runtime.state(&spec.workload.settings, &spec.name).await;
    match state {
        Ok(InstanceState::Exited { code: exact, out_of_memory: killed, ran_ms, .. }) => {
            told(exact.or(code), killed || out_of_memory, ran_ms.unwrap_or_default())
        }
        _ => told(code, out_of_memory, 0),
    }
}

#[allow(clippy::cast_precision_loss)]
fn told(code: Option<i64>, out_of_memory: bool, after_ms: u64) -> Failure {
    let shown = code.map_or_else(|| "?".to_owned(), |code| code.to_string());
    let after = match after_ms {
        // Not every runtime still says how long it ran.
        0 => String::new(),
        1..100 => format!(" after {after_ms} ms"),
        _ => format!(" after {:.1} s", after_ms as f64 / 1000.0),
    };
    let message = format!("exited ({shown}){after}");
    Failure::new(FailureKind::Exited { code, out_of_memory, after_ms }, message)
}
