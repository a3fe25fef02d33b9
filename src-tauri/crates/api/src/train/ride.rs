//! A train being carried out by this process, under a lease of its own: car after car forwards, and back.
//!
//! Every decision is in the state that its journal folds to, so that a process that dies between any two lines leaves
//! enough behind for the next one. What a car came to stands in its deployment's own journal and is read there.

use super::back;
use crate::{Answer, ApiError, App};
use std::time::Duration;
use switchback_core::{
    deployment,
    ident::{DeploymentId, TrainId},
    plan::{Kind, Plan},
    port::{LedgerError, Topic, TrainRow},
    record::{Consequence, Undone, undone_for},
    train::{Back, Cause, Entry, Event, State, Train, audit, next, told},
};
use switchback_engine::{EngineError, Held};

/// From one look to the next at a deployment that another process brings to its end; it tells nobody here.
const LOOK: Duration = Duration::from_millis(200);

/// A train of this process.
pub(crate) struct Ride {
    pub(super) app: App,
    held: Held,
    pub(super) row: TrainRow,
}

impl Ride {
    pub(super) fn new(app: App, held: Held, row: TrainRow) -> Self {
        Self { app, held, row }
    }

    pub(super) fn id(&self) -> TrainId {
        self.row.train.id
    }

    /// Gives its lease back without doing anything more.
    pub(super) async fn let_go(self) {
        self.app.engine.let_go(self.held).await;
    }

    /// Runs it to its end. An error means that the store is gone or the lease was lost: it then stands where its journal
    /// says, for whoever resumes it.
    pub(super) async fn finish(mut self) -> Answer<TrainRow> {
        let ended = Box::pin(self.drive()).await;
        let (name, row) = (self.id().short(), self.row.clone());
        self.let_go().await;
        ended.map(|()| row).map_err(|error| error.left(&name))
    }

    /// Appends one event, then holds the state it leads to.
    pub(super) async fn append(&mut self, event: Event) -> Answer<()> {
        let TrainRow { train, entries, state, .. } = &self.row;
        let state = next(train.cars.len(), Some(state), &event).map_err(EngineError::Illegal)?;
        let line = audit(train, &event, &self.app.actor);
        let tell = told(train, &state).map(|(topic, subject, body)| self.message(topic, subject, body));
        let (seq, now) = (number(entries.len()), self.app.ports().clock.now());
        let book = &self.app.trainbook;
        book.append_train(&self.held.lease, train.id, seq, &event, now, &line, tell.as_ref()).await?;
        self.note(event, state);
        Ok(())
    }

    fn message(&self, topic: Topic, subject: String, body: String) -> switchback_core::port::Message {
        let Train { id, environment, .. } = &self.row.train;
        self.app.message(topic, environment.to_string(), subject, body, format!("switchback://train/{id}"))
    }

    fn note(&mut self, event: Event, state: State) {
        let at = self.app.ports().clock.now();
        let seq = number(self.row.entries.len());
        self.row.entries.push(Entry { seq, at, event });
        self.row.ended = state.ended().then_some(at);
        self.row.state = state;
    }

    async fn drive(&mut self) -> Answer<()> {
        loop {
            if self.held.lost() {
                return Err(LedgerError::Lost { target: self.id().short() }.into());
            }
            match self.row.state.clone() {
                State::Running { car, deployment: None } if car == self.row.train.cars.len() => {
                    self.append(Event::Succeeded).await?;
                }
                State::Running { car, deployment: None } => self.begin(car).await?,
                State::Running { car, deployment: Some(id) } => self.arrive(car, id).await?,
                State::RollingBack { car: Some(car), deployment, .. } => self.undo(car, deployment).await?,
                State::RollingBack { car: None, cause, .. } => {
                    let event = if self.untouched(&cause) { Event::Aborted } else { Event::RolledBack };
                    self.append(event).await?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Whether the first car failed before it changed anything.
    fn untouched(&self, cause: &Cause) -> bool {
        let never = |entry: &Entry| matches!(entry.event, Event::CarBack { car: 0, how: Back::NeverLeft });
        matches!(cause, Cause::Failed { car: 0, .. }) && self.row.entries.iter().any(never)
    }

    async fn begin(&mut self, car: usize) -> Answer<()> {
        if let Some((_, why)) = self.app.trainbook.train_abort(self.id()).await? {
            return self.append(Event::CarFailed { car, code: "aborted".to_owned(), why }).await;
        }
        let plan = self.row.train.cars[car].clone();
        let event = Event::CarBegan { car, deployment: plan.deployment };
        match self.carry_out(plan, event, self.row.train.reason.clone()).await? {
            Ok(()) => Ok(()),
            Err(refused) => {
                let why = refused.to_string();
                self.append(Event::CarFailed { car, code: refused.code.to_owned(), why }).await
            }
        }
    }

    /// Begins a deployment, with the train's event in the same transaction, and waits for its end. The inner error is why
    /// it could not begin.
    async fn carry_out(&mut self, mut plan: Plan, event: Event, why: String) -> Answer<Result<(), ApiError>> {
        let TrainRow { train, entries, state, .. } = &self.row;
        let state = next(train.cars.len(), Some(state), &event).map_err(EngineError::Illegal)?;
        plan.train = Some(train.id);
        let settings = plan.workload.settings.clone();
        let more = vec![
            Consequence::Train { id: train.id, seq: number(entries.len()), event: event.clone() },
            Consequence::Audit(audit(train, &event, &self.app.actor)),
        ];
        let run = match self.app.engine.begin_with(plan, self.app.actor.clone(), why, more).await {
            Ok(run) => run,
            Err(EngineError::Ledger(
                error @ (LedgerError::Held { .. }
                | LedgerError::Unfinished { .. }
                | LedgerError::InTrain { .. }
                | LedgerError::Conflict { .. }),
            )) => return Ok(Err(error.into())),
            Err(error) => return Err(error.into()),
        };
        self.note(event, state);
        run.finish().await?;
        self.app.tidy(&settings).await;
        Ok(Ok(()))
    }

    async fn arrive(&mut self, car: usize, id: DeploymentId) -> Answer<()> {
        use deployment::State as Deployment;
        let (code, why) = match self.ending(id).await? {
            Deployment::RolledBack { cause } | Deployment::Stuck { cause, .. } => {
                (cause.failure.kind.code().to_owned(), cause.failure.message)
            }
            Deployment::Aborted { reason } => ("aborted".to_owned(), reason),
            _ => return self.append(Event::CarArrived { car }).await,
        };
        self.append(Event::CarFailed { car, code, why }).await
    }

    /// How a deployment ended; one that has not is brought to its end, by us or by whoever has it.
    async fn ending(&self, id: DeploymentId) -> Answer<deployment::State> {
        loop {
            let row = self.app.history.deployment(id).await?;
            if row.state.ended() {
                return Ok(row.state);
            }
            match self.app.engine.resume(id, self.app.actor.clone(), None).await {
                Ok(run) => drop(run.finish().await?),
                Err(EngineError::Ledger(LedgerError::Held { .. })) => tokio::time::sleep(LOOK).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Brings one car back, or finds that it is.
    async fn undo(&mut self, car: usize, deployment: Option<DeploymentId>) -> Answer<()> {
        if let Some(id) = deployment
            && let Some(event) = self.undone_by(car, id).await?
        {
            return self.append(event).await;
        }
        let plan = self.row.train.cars[car].clone();
        let current = self.app.history.target(&plan.target).await?.current.map(|current| current.revision);
        let how = match current {
            _ if current == plan.before.as_ref().map(|before| before.revision) => {
                let began = |entry: &Entry| matches!(entry.event, Event::CarBegan { car: at, .. } if at == car);
                if self.row.entries.iter().any(began) { Back::Already } else { Back::NeverLeft }
            }
            Some(revision) if revision != plan.revision => Back::MovedOn { revision },
            _ => return self.roll_back(car, &plan).await,
        };
        self.append(Event::CarBack { car, how }).await
    }

    async fn roll_back(&mut self, car: usize, plan: &Plan) -> Answer<()> {
        let began = match self.app.plan_back(plan).await {
            Ok(back) => {
                let why = match &self.row.state {
                    State::RollingBack { cause, .. } => format!("{} is undone: {}", self.id().short(), cause.why()),
                    _ => self.row.train.reason.clone(),
                };
                let event = Event::UndoBegan { car, deployment: back.deployment };
                self.carry_out(back, event, why).await?
            }
            Err(error) => Err(error),
        };
        match began {
            Ok(()) => Ok(()),
            Err(error) => {
                let first = error.hint.clone().into_iter().collect();
                let instructions = back::by_hand(&self.row.train, car, first);
                self.append(Event::UndoFailed { car, deployment: None, why: error.to_string(), instructions }).await
            }
        }
    }

    /// What the deployment that was to bring a car back came to. None when it says nothing any more: it is stuck, and
    /// somebody has deployed since.
    async fn undone_by(&self, car: usize, id: DeploymentId) -> Answer<Option<Event>> {
        use deployment::State as Deployment;
        let ledger = &self.app.ports().ledger;
        let (plan, _) = ledger.load(id).await?;
        let failed = |why: String| {
            let instructions = back::by_hand(&self.row.train, car, Vec::new());
            Event::UndoFailed { car, deployment: None, why, instructions }
        };
        Ok(Some(match (plan.kind, self.ending(id).await?) {
            (Kind::Deploy, Deployment::RolledBack { cause }) => {
                let untouched = undone_for(&plan, &cause) == Undone::Untouched;
                Event::CarBack { car, how: if untouched { Back::NeverLeft } else { Back::ByItself } }
            }
            (Kind::Deploy, Deployment::Aborted { .. }) => Event::CarBack { car, how: Back::NeverLeft },
            (_, Deployment::Succeeded) => Event::CarBack { car, how: Back::RolledBack },
            (_, Deployment::Stuck { failure, instructions, .. }) => {
                if !ledger.stuck().await?.iter().any(|(stuck, _)| *stuck == id) {
                    return Ok(None);
                }
                let instructions = back::of_deployment(&self.row.train, car, instructions);
                Event::UndoFailed { car, deployment: Some(id), why: failure.message, instructions }
            }
            (_, Deployment::RolledBack { cause }) => failed(cause.failure.message),
            (_, Deployment::Aborted { reason }) => failed(reason),
            (_, Deployment::Planned | Deployment::Running { .. } | Deployment::RollingBack { .. }) => return Ok(None),
        }))
    }
}

fn number(entries: usize) -> u32 {
    u32::try_from(entries).unwrap_or(u32::MAX)
}
