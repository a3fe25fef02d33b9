//! Executes a plan forwards: precheck, append started, act, append outcome; then the pivot, then tidying up.
//!
//! Backwards is [`crate::undo`]. Every decision is in the state that the journal folds to, so that a process that dies
//! between any two lines leaves enough behind for the next one.

use crate::{act, cover::Cover, engine::Engine, engine::EngineError, lease::Held, undo};
use secrecy::SecretString;
use std::{collections::BTreeMap, sync::Arc};
use switchback_core::{
    deployment::{self, Event, State},
    diagnosis::{self, Cause, Diagnosis, Evidence, RuntimeName, diagnose},
    failure::{EVIDENCE_LINES, Failure, FailureKind},
    ident::{Actor, DeploymentId},
    plan::{Action, InstanceName, Plan, Undo},
    port::{LedgerError, Turn},
    record::consequences,
    schema::OnLoss,
    workload::{RuntimeKind, SecretRef},
};

/// One deployment being executed by this process.
pub struct Run {
    pub(crate) engine: Engine,
    pub(crate) plan: Plan,
    held: Held,
    state: State,
    seq: u32,
    by: Actor,
    cover: tokio::sync::OnceCell<Arc<Cover>>,
    /// What a person said about rows that a way back would lose.
    pub(crate) loss: Option<OnLoss>,
    /// Secrets this run has needed; in memory alone, and gone with it.
    pub(crate) kept: tokio::sync::Mutex<BTreeMap<SecretRef, SecretString>>,
}

impl Run {
    pub(crate) fn new(engine: Engine, plan: Plan, held: Held, state: State, seq: u32, by: Actor) -> Self {
        Self {
            engine,
            plan,
            held,
            state,
            seq,
            by,
            loss: None,
            cover: tokio::sync::OnceCell::new(),
            kept: tokio::sync::Mutex::default(),
        }
    }

    /// Which deployment.
    pub fn id(&self) -> DeploymentId {
        self.plan.deployment
    }

    /// Where it is.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is taken out of what programs say; read from the keychain when it is first needed.
    pub(crate) async fn cover(&self) -> Arc<Cover> {
        let read = async || Arc::new(Cover::of(&self.plan, self.engine.ports.secrets.as_ref()).await);
        self.cover.get_or_init(read).await.clone()
    }

    /// Appends an event, and with it those that follow of themselves, up to the next act: one is no sooner safe on disk
    /// than three. Then holds the state they lead to.
    pub(crate) async fn append(&mut self, event: Event) -> Result<(), EngineError> {
        let (mut turns, mut before, mut next) = (Vec::new(), self.state.clone(), Some(event));
        while let Some(event) = next {
            let event = if quotes(&event) { self.cover().await.event(event) } else { event };
            let state = deployment::next(&self.plan, Some(&before), &event)?;
            let consequences = consequences(&self.plan, &state, &event, &self.by);
            turns.push(Turn { event, state: state.clone(), consequences });
            next = self.of_itself(&state).await?;
            before = state;
        }
        let ports = &self.engine.ports;
        let now = ports.clock.now();
        ports.ledger.append(&self.held.lease, self.plan.deployment, self.seq, &turns, now).await?;
        self.seq += u32::try_from(turns.len()).unwrap_or(u32::MAX);
        self.state = before;
        self.engine.tick(self.plan.deployment);
        Ok(())
    }

    /// The event that follows a state without an act.
    async fn of_itself(&self, state: &State) -> Result<Option<Event>, EngineError> {
        let (pivot, last) = (self.plan.pivot, self.plan.steps.len());
        Ok(match *state {
            State::Planned => Some(match self.abort_asked().await? {
                Some((_, reason)) => Event::Aborted { reason },
                None => Event::StepStarted { step: 0 },
            }),
            State::Running { step, committed: false, .. } if step == pivot => Some(Event::Committed),
            State::Running { step, committed: true, .. } if step == last => Some(Event::Succeeded),
            State::Running { step, started: false, committed: true } => Some(Event::StepStarted { step }),
            State::Running { step, started: false, committed: false } => Some(match self.abort_asked().await? {
                Some((by, reason)) => {
                    let failure = Failure::new(FailureKind::AbortedByPerson { by: by.name }, reason);
                    Event::StepFailed { step, failure, diagnosis: None }
                }
                None => Event::StepStarted { step },
            }),
            State::RollingBack { step: None, .. } => Some(Event::RolledBack),
            State::RollingBack { step: Some(step), started, .. } => match self.plan.steps[step].undo {
                Undo::By { .. } => (!started).then_some(Event::UndoStarted { step }),
                Undo::Nothing => Some(Event::UndoDone { step, result: "nothing to undo".to_owned() }),
            },
            _ => None,
        })
    }

    async fn abort_asked(&self) -> Result<Option<(Actor, String)>, LedgerError> {
        self.engine.ports.ledger.abort_asked(self.plan.deployment).await
    }

    /// Whether the store says that somebody else has the target now. A store that does not answer says nothing.
    pub(crate) async fn taken_over(&self) -> bool {
        let ports = &self.engine.ports;
        matches!(ports.ledger.heartbeat(&self.held.lease, ports.clock.now()).await, Err(LedgerError::Lost { .. }))
    }

    /// Runs it to its end and gives the lease back. An error means that the store is gone or the lease was lost: the
    /// deployment then stands where its journal says, for whoever resumes it.
    pub async fn finish(mut self) -> Result<State, EngineError> {
        let ended = self.drive().await;
        let _ = self.engine.ports.ledger.release(&self.held.lease).await;
        self.engine.tick(self.plan.deployment);
        match ended {
            // Where it refuses for another's sake, the other goes on.
            Err(EngineError::Ledger(
                failed @ (LedgerError::DiskFull | LedgerError::Unreadable { .. } | LedgerError::Other { .. }),
            )) if self.touched() => Err(EngineError::Midway(failed)),
            ended => ended.map(|()| self.state),
        }
    }

    /// Whether it stands where what serves was touched.
    fn touched(&self) -> bool {
        match &self.state {
            State::Running { step, started, .. } => self.plan.touches(step + usize::from(*started)),
            State::RollingBack { cause, .. } => self.plan.touches(cause.step + 1),
            _ => false,
        }
    }

    async fn drive(&mut self) -> Result<(), EngineError> {
        if matches!(self.state, State::Planned) {
            // Beside the first steps, while the old one still serves; whoever needs it before waits for it.
            drop(tokio::task::spawn_blocking(diagnosis::prepare));
        }
        loop {
            if self.held.lost() {
                return Err(LedgerError::Lost { target: self.plan.target.to_string() }.into());
            }
            if let Some(event) = self.of_itself(&self.state).await? {
                self.append(event).await?;
                continue;
            }
            // A step that began under a process that died is not begun again, it is prechecked and then acted on.
            match self.state {
                State::Running { step, .. } => self.forward(step).await?,
                State::RollingBack { step: Some(step), .. } => undo::step(self, step).await?,
                _ => return Ok(()),
            }
        }
    }

    async fn forward(&mut self, step: usize) -> Result<(), EngineError> {
        let action = self.plan.steps[step].action.clone();
        match act::perform(self, step, &action).await? {
            Ok(result) => self.append(Event::StepDone { step, result }).await,
            Err(failure) => {
                let (failure, diagnosis) = self.explain(&action, failure).await;
                self.append(Event::StepFailed { step, failure, diagnosis }).await
            }
        }
    }

    /// Adds the instance's last lines to a failure, without secrets, and what the rules make of them.
    async fn explain(&self, action: &Action, mut failure: Failure) -> (Failure, Option<Diagnosis>) {
        let kind = self.plan.workload.settings.kind();
        if let (true, Some(instance), Ok(runtime)) = (failure.log.is_empty(), speaks(action), self.engine.runtime(kind))
        {
            let settings = &self.plan.workload.settings;
            failure.log = runtime.logs(settings, instance, EVIDENCE_LINES).await.unwrap_or_default();
            failure.events = runtime.reports(settings, instance).await.unwrap_or_default();
        }
        failure = self.cover().await.failure(failure);
        let (exit_code, oom_killed) = match failure.kind {
            FailureKind::Exited { code, out_of_memory, .. } => (code, out_of_memory),
            // Nothing that the program or its image did; the failure says itself what it was.
            FailureKind::AbortedByPerson { .. }
            | FailureKind::Unreachable { .. }
            | FailureKind::DatabaseAway { .. }
            | FailureKind::DatabaseHeld { .. }
            | FailureKind::RegistryUnreachable { .. }
            | FailureKind::RouterRefused { .. }
            | FailureKind::NoAccess { .. }
            | FailureKind::Forbidden { .. }
            | FailureKind::LoginRefused { .. }
            | FailureKind::ForeignTable { .. }
            | FailureKind::WorkloadMissing { .. }
            | FailureKind::WorkloadHeld { .. }
            | FailureKind::Interfered { .. }
            | FailureKind::SecretMissing { .. }
            | FailureKind::MigrationFailed { .. }
            | FailureKind::MigrationLoses { .. }
            | FailureKind::KeychainMissing { .. } => return (failure, None),
            FailureKind::AdmissionRefused { ref said } => {
                let diagnosis = Diagnosis::of_admission(said);
                return (failure, Some(diagnosis));
            }
            _ => (None, false),
        };
        let log: String = failure.log.iter().fold(String::new(), |log, line| log + &line.text + "\n");
        let mut events = failure.events.clone();
        if !matches!(failure.kind, FailureKind::Exited { .. }) {
            events.push(failure.message.clone());
        }
        let runtime = Some(match kind {
            RuntimeKind::Process => RuntimeName::Process,
            RuntimeKind::Docker => RuntimeName::Docker,
            RuntimeKind::Kubernetes => RuntimeName::Kubernetes,
        });
        let mut diagnosis = diagnose(&Evidence { runtime, exit_code, oom_killed, events: &events, log: &log });
        if diagnosis.cause == Cause::Unknown {
            diagnosis = match &failure.kind {
                FailureKind::Unhealthy { last, passes } => Diagnosis::of_probe(last, *passes, runtime),
                FailureKind::SmokeFailed { what } => Diagnosis::of_probe(what, None, runtime),
                _ => diagnosis,
            };
        }
        (failure, Some(diagnosis))
    }
}

/// Whether the event quotes what a program or a runtime said.
fn quotes(event: &Event) -> bool {
    matches!(
        event,
        Event::StepDone { .. }
            | Event::Probed { .. }
            | Event::StepFailed { .. }
            | Event::UndoDone { .. }
            | Event::UndoFailed { .. }
    )
}

/// The instance whose output explains a failure of the action.
fn speaks(action: &Action) -> Option<&InstanceName> {
    match action {
        Action::Create { instance } | Action::Start { instance } | Action::Smoke { instance, .. } => Some(instance),
        Action::Verify { instances } => instances.first(),
        _ => None,
    }
}
