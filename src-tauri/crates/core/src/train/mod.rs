//! A release train: several services of one environment, changed one after the other and undone together in reverse.
//!
//! Each car is an ordinary deployment with a journal of its own; the train's journal only says which car is next and
//! what became of each. A train's state is [`next`] folded over it. What a train did is undone by rollbacks, which are
//! ordinary deployments too; a car that failed is undone by its own deployment, and is the first to be looked at on the
//! way back.

mod record;
mod stop;
#[cfg(test)]
mod tests;

pub use record::{audit, told};
pub use stop::{Standing, Stop, stops};

use crate::{
    deployment::Illegal,
    ident::{Actor, DeploymentId, Instant, RevisionNumber, TrainId},
    name::{Environment, Target},
    plan::Plan,
};
use serde::{Deserialize, Serialize};

/// What a train is to do; it does not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Train {
    /// Its id.
    pub id: TrainId,
    /// Where.
    pub environment: Environment,
    /// What each car does, in order; planned before the first begins.
    pub cars: Vec<Plan>,
    /// Who wants it.
    pub by: Actor,
    /// Why.
    pub reason: String,
    /// Since.
    pub at: Instant,
}

impl Train {
    /// What its executor holds a lease on: no target of anybody's, but one of the train's own.
    pub fn lock(&self) -> Option<Target> {
        let service = self.id.short().parse().ok()?;
        Some(Target { service, environment: self.environment.clone() })
    }
}

/// What happened. Append-only; the order is the sequence number's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum Event {
    /// The cars are committed: from here on the train is finished or undone.
    Began,
    /// A car's deployment began; written in its transaction.
    CarBegan {
        /// Index into the train's cars.
        car: usize,
        /// Its deployment.
        deployment: DeploymentId,
    },
    /// It runs what it was to run.
    CarArrived {
        /// Which.
        car: usize,
    },
    /// It does not; nothing further is done forwards.
    CarFailed {
        /// Which.
        car: usize,
        /// The stable word for why.
        code: String,
        /// Why, for people.
        why: String,
    },
    /// A person wants all of it back.
    UndoAsked {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// A rollback of a car began; written in its transaction.
    UndoBegan {
        /// Which car.
        car: usize,
        /// The rollback.
        deployment: DeploymentId,
    },
    /// A car stands where it stood before the train.
    CarBack {
        /// Which.
        car: usize,
        /// How it came there.
        how: Back,
    },
    /// It could not be brought back.
    UndoFailed {
        /// Which.
        car: usize,
        /// The deployment that is stuck; none when a rollback did not begin, or was itself undone.
        deployment: Option<DeploymentId>,
        /// Why.
        why: String,
        /// What a person has to do.
        instructions: Vec<String>,
    },
    /// Another process took it over after the first one died, or a person resumed it.
    Resumed {
        /// Who.
        by: Actor,
    },
    /// All cars run what they were to run.
    Succeeded,
    /// All cars stand where they stood before.
    RolledBack,
    /// Ended before anything was changed.
    Aborted,
}

/// How a car came to stand where it stood before the train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "camelCase")]
pub enum Back {
    /// Its deployment never began.
    NeverLeft,
    /// Its own deployment undid itself.
    ByItself,
    /// The train rolled it back.
    RolledBack,
    /// It stood there when the train came to it: somebody rolled it back by hand.
    Already,
    /// Somebody has moved it on since, so that nothing there is the train's to undo.
    MovedOn {
        /// What it runs now.
        revision: RevisionNumber,
    },
}

/// Why it goes backwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "camelCase")]
pub enum Cause {
    /// A car failed.
    Failed {
        /// Which.
        car: usize,
        /// The stable word for why.
        code: String,
        /// Why, for people.
        why: String,
    },
    /// A person wanted it.
    Asked {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
}

impl Cause {
    /// For people.
    pub fn why(&self) -> &str {
        match self {
            Self::Failed { why, .. } => why,
            Self::Asked { reason, .. } => reason,
        }
    }
}

/// Where a train is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum State {
    /// Forwards.
    Running {
        /// The next car to begin, or under way when it has a deployment.
        car: usize,
        /// The deployment under way.
        deployment: Option<DeploymentId>,
    },
    /// Backwards; all cars below `car` are still to come back.
    RollingBack {
        /// The car to bring back; `None` when all are back.
        car: Option<usize>,
        /// The deployment that does it: its rollback, or its own that undoes itself.
        deployment: Option<DeploymentId>,
        /// Why.
        cause: Cause,
    },
    /// All cars run what they were to run.
    Succeeded,
    /// All cars stand where they stood before.
    RolledBack {
        /// Why.
        cause: Cause,
    },
    /// A person is needed.
    Stuck {
        /// The car that could not be brought back; those below it still run what the train brought.
        car: usize,
        /// The deployment that is stuck.
        deployment: Option<DeploymentId>,
        /// Why it turned.
        cause: Cause,
        /// Why it is stuck.
        why: String,
        /// What to do.
        instructions: Vec<String>,
    },
    /// Nothing was changed.
    Aborted {
        /// Why.
        cause: Cause,
    },
}

impl State {
    /// Whether nothing follows any more, unless a person wants it: stuck can be resumed, success be undone.
    pub fn ended(&self) -> bool {
        !matches!(self, Self::Running { .. } | Self::RollingBack { .. })
    }
    /// The state's name as it is shown.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Running { .. } => "running",
            Self::RollingBack { .. } => "rollingBack",
            Self::Succeeded => "succeeded",
            Self::RolledBack { .. } => "rolledBack",
            Self::Stuck { .. } => "stuck",
            Self::Aborted { .. } => "aborted",
        }
    }
}

/// The one transition function. `None` as the state means: no event yet.
pub fn next(cars: usize, state: Option<&State>, event: &Event) -> Result<State, Illegal> {
    let illegal =
        || Illegal { state: state.map_or("none", State::name), event: format!("{event:?}").chars().take(60).collect() };
    Ok(match (state, event) {
        (None, Event::Began) => State::Running { car: 0, deployment: None },
        (Some(State::Running { car, deployment: None }), Event::CarBegan { car: at, deployment })
            if car == at && *at < cars =>
        {
            State::Running { car: *car, deployment: Some(*deployment) }
        }
        (Some(State::Running { car, deployment: Some(_) }), Event::CarArrived { car: at }) if car == at => {
            State::Running { car: car + 1, deployment: None }
        }
        // The failed car is the first to be looked at on the way back: its own deployment may be stuck.
        (Some(State::Running { car, deployment }), Event::CarFailed { car: at, code, why })
            if car == at && *at < cars =>
        {
            let cause = Cause::Failed { car: *car, code: code.clone(), why: why.clone() };
            State::RollingBack { car: Some(*car), deployment: *deployment, cause }
        }
        (Some(State::Running { car, deployment: None }), Event::Succeeded) if *car == cars => State::Succeeded,
        (Some(State::Succeeded), Event::UndoAsked { by, reason }) => State::RollingBack {
            car: cars.checked_sub(1),
            deployment: None,
            cause: Cause::Asked { by: by.clone(), reason: reason.clone() },
        },
        (
            Some(State::RollingBack { car: Some(car), deployment: None, cause }),
            Event::UndoBegan { car: at, deployment },
        ) if car == at => State::RollingBack { car: Some(*car), deployment: Some(*deployment), cause: cause.clone() },
        (Some(State::RollingBack { car: Some(car), cause, .. }), Event::CarBack { car: at, .. }) if car == at => {
            State::RollingBack { car: car.checked_sub(1), deployment: None, cause: cause.clone() }
        }
        (
            Some(State::RollingBack { car: Some(car), cause, .. }),
            Event::UndoFailed { car: at, deployment, why, instructions },
        ) if car == at => State::Stuck {
            car: *car,
            deployment: *deployment,
            cause: cause.clone(),
            why: why.clone(),
            instructions: instructions.clone(),
        },
        (Some(State::RollingBack { car: None, cause, .. }), Event::RolledBack) => {
            State::RolledBack { cause: cause.clone() }
        }
        (Some(State::RollingBack { car: None, cause: cause @ Cause::Failed { car: 0, .. }, .. }), Event::Aborted) => {
            State::Aborted { cause: cause.clone() }
        }
        (Some(state @ (State::Running { .. } | State::RollingBack { .. })), Event::Resumed { .. }) => state.clone(),
        // What was in the way may be gone: it goes on where it stopped.
        (Some(State::Stuck { car, deployment, cause, .. }), Event::Resumed { .. }) => {
            State::RollingBack { car: Some(*car), deployment: *deployment, cause: cause.clone() }
        }
        _ => return Err(illegal()),
    })
}

/// An event with its place and time in a train's journal.
pub type Entry = crate::deployment::Entry<Event>;
