//! Trains as they are watched.

use crate::{
    Answer, ApiError, App,
    dto::{CarView, TrainOf, TrainState, TrainView},
};
use switchback_core::{
    name::Environment,
    plan::Plan,
    port::TrainRow,
    train::{Cause, State, stops},
};

/// How many are listed.
const LISTED: u32 = 50;

impl App {
    /// The newest trains; `waiting`: only those that wait for somebody, because they have not ended or are stuck.
    pub async fn trains(&self, waiting: bool) -> Answer<Vec<TrainView>> {
        let rows = self.trainbook.trains(waiting, LISTED).await?;
        self.train_views(&rows).await
    }

    /// One train, by its id or its short name.
    pub async fn train(&self, name: &str) -> Answer<TrainView> {
        let row = self.trainbook.train(name).await?;
        let mut views = self.train_views(&[row]).await?;
        views.pop().ok_or_else(|| ApiError::new("internal", "a train without a view"))
    }

    /// The train that a deployment is part of.
    pub(crate) async fn train_of(&self, plan: &Plan) -> Answer<Option<TrainOf>> {
        let Some(id) = plan.train else { return Ok(None) };
        let cars = self.trainbook.train(&id.to_string()).await?.train.cars;
        let car = cars.iter().position(|car| car.target == plan.target).map_or(0, |index| index + 1);
        Ok(Some(TrainOf { id: id.to_string(), name: id.short(), car, cars: cars.len() }))
    }

    async fn train_views(&self, rows: &[TrainRow]) -> Answer<Vec<TrainView>> {
        // Read once for all of them: the window asks with every tick.
        let document = if rows.is_empty() { None } else { self.policy_in_force().await? };
        let guarded = |environment: &Environment| {
            let known = document.as_ref().and_then(|(document, _)| document.environments.get(environment));
            known.is_some_and(|environment| environment.protected)
        };
        let mut views = Vec::new();
        for row in rows {
            let interrupted = match row.train.lock() {
                Some(lock) if !row.state.ended() => !self.held(&self.history.target(&lock).await?),
                _ => false,
            };
            views.push(view(row, guarded(&row.train.environment), interrupted));
        }
        Ok(views)
    }
}

fn view(row: &TrainRow, protected: bool, interrupted: bool) -> TrainView {
    let train = &row.train;
    let stops = stops(train.cars.len(), &row.entries, &row.state);
    let cars = train.cars.iter().zip(stops).enumerate().map(|(index, (plan, stop))| CarView {
        number: index + 1,
        target: plan.target.to_string(),
        service: plan.target.service.to_string(),
        from_revision: plan.before.as_ref().map(|before| before.revision.0),
        from_version: plan.before.as_ref().map(|before| before.version.clone()),
        to_revision: plan.revision.0,
        to_version: plan.version.clone(),
        standing: stop.standing,
        deployment: stop.deployment.map(|id| id.to_string()),
        undo: stop.undo.map(|id| id.to_string()),
        why: stop.why,
    });
    TrainView {
        id: train.id.to_string(),
        name: train.id.short(),
        environment: train.environment.to_string(),
        protected,
        by: train.by.name.clone(),
        reason: train.reason.clone(),
        started_at: train.at,
        ended_at: row.ended,
        state: state(&row.state, train.cars.len()),
        interrupted,
        cars: cars.collect(),
    }
}

fn state(state: &State, cars: usize) -> TrainState {
    match state {
        State::Running { car, .. } => TrainState::Running { car: (car + 1).min(cars) },
        State::RollingBack { car, cause, .. } => {
            TrainState::RollingBack { car: car.map_or(1, |car| car + 1), why: cause.why().to_owned() }
        }
        State::Succeeded => TrainState::Succeeded,
        State::RolledBack { cause } => {
            TrainState::RolledBack { asked: matches!(cause, Cause::Asked { .. }), why: cause.why().to_owned() }
        }
        State::Stuck { car, why, instructions, .. } => {
            TrainState::Stuck { car: car + 1, why: why.clone(), instructions: instructions.clone() }
        }
        State::Aborted { cause } => {
            let code = match cause {
                Cause::Failed { code, .. } => code.clone(),
                Cause::Asked { .. } => String::new(),
            };
            TrainState::Aborted { code, why: cause.why().to_owned() }
        }
    }
}
