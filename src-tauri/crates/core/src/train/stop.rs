//! How far each car is, read from the train's journal.

use super::{Back, Entry, Event, State};
use crate::ident::{DeploymentId, RevisionNumber};
use serde::Serialize;

/// Where one car stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[ts(rename = "CarStanding")]
pub enum Standing {
    /// Its turn has not come.
    Waiting,
    /// Its turn never came.
    Skipped,
    /// Its deployment is under way.
    Underway,
    /// It runs what it was to run.
    Arrived,
    /// It failed; its own deployment undoes itself.
    Failed,
    /// Its rollback is under way.
    GoingBack,
    /// It stands where it stood before.
    Back,
    /// Somebody moved it on since.
    MovedOn {
        /// What it runs now.
        #[ts(type = "number")]
        revision: RevisionNumber,
    },
    /// It could not be brought back.
    Stuck,
}

/// One car's way so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Where it stands.
    pub standing: Standing,
    /// The deployment that brought it forwards.
    pub deployment: Option<DeploymentId>,
    /// The last rollback that was to bring it back.
    pub undo: Option<DeploymentId>,
    /// Why it failed or is stuck.
    pub why: Option<String>,
}

/// The ways of all cars; `state` is what the entries fold to.
pub fn stops(cars: usize, entries: &[Entry], state: &State) -> Vec<Stop> {
    let none = Stop { standing: Standing::Waiting, deployment: None, undo: None, why: None };
    let mut all = vec![none; cars];
    for Entry { event, .. } in entries {
        match event {
            Event::CarBegan { car, deployment } => {
                at(&mut all, *car, Standing::Underway, |stop| stop.deployment = Some(*deployment));
            }
            Event::CarArrived { car } => at(&mut all, *car, Standing::Arrived, |_| {}),
            Event::CarFailed { car, why, .. } => {
                at(&mut all, *car, Standing::Failed, |stop| stop.why = Some(why.clone()));
            }
            Event::UndoBegan { car, deployment } => {
                at(&mut all, *car, Standing::GoingBack, |stop| stop.undo = Some(*deployment));
            }
            Event::CarBack { car, how } => {
                let standing = match how {
                    Back::NeverLeft | Back::ByItself | Back::RolledBack | Back::Already => Standing::Back,
                    Back::MovedOn { revision } => Standing::MovedOn { revision: *revision },
                };
                at(&mut all, *car, standing, |_| {});
            }
            Event::UndoFailed { car, why, .. } => {
                at(&mut all, *car, Standing::Stuck, |stop| stop.why = Some(why.clone()));
            }
            _ => {}
        }
    }
    match state {
        State::Running { .. } => {}
        State::RollingBack { car: Some(car), .. } => {
            // A stuck one is taken up again.
            if let Some(stop) = all.get_mut(*car).filter(|stop| stop.standing == Standing::Stuck) {
                stop.standing = Standing::GoingBack;
            }
            skip(&mut all);
        }
        _ => skip(&mut all),
    }
    all
}

fn at(all: &mut [Stop], car: usize, standing: Standing, more: impl FnOnce(&mut Stop)) {
    if let Some(stop) = all.get_mut(car) {
        stop.standing = standing;
        more(stop);
    }
}

fn skip(all: &mut [Stop]) {
    for stop in all.iter_mut().filter(|stop| stop.standing == Standing::Waiting) {
        stop.standing = Standing::Skipped;
    }
}
