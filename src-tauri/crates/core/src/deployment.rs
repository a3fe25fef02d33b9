//! The deployment machine: its state is [`next`] folded over the journal, and nothing else.
//!
//! The journal is the truth. A state column anywhere is a cache of this fold. An event that cannot follow is a typed
//! value, [`Illegal`], never a panic and never ignored.

use crate::{
    diagnosis::Diagnosis,
    failure::{Failure, LogLine},
    health::Finding,
    ident::{Actor, Instant},
    plan::Plan,
    schema::{OnLoss, Written},
};
use serde::{Deserialize, Serialize};

/// What happened. Append-only; the order is the sequence number's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase")]
pub enum Event {
    /// The plan is committed: from here on the deployment is finished or undone.
    Planned {
        /// Who wants it.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// A step's act begins.
    StepStarted {
        /// Index into the plan's steps.
        step: usize,
    },
    /// It is done (or was found done).
    StepDone {
        /// Which.
        step: usize,
        /// What came of it, for people.
        result: String,
    },
    /// What the up of a migration wrote and its down would take away, read before anything else could write there.
    Wrote {
        /// Which step.
        step: usize,
        /// By table and column.
        written: Vec<Written>,
    },
    /// One probe of the gate.
    Probed {
        /// Which step.
        step: usize,
        /// What was seen.
        finding: Finding,
    },
    /// It failed; nothing further is done forwards.
    StepFailed {
        /// Which.
        step: usize,
        /// Why, with evidence.
        failure: Failure,
        /// What the rules make of the evidence.
        diagnosis: Option<Diagnosis>,
    },
    /// A person wants it stopped.
    AbortAsked {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// Undoing a step begins.
    UndoStarted {
        /// Which.
        step: usize,
    },
    /// It is undone.
    UndoDone {
        /// Which.
        step: usize,
        /// For people.
        result: String,
    },
    /// It could not be undone.
    UndoFailed {
        /// Which.
        step: usize,
        /// Why.
        failure: Failure,
        /// What a person has to do.
        instructions: Vec<String>,
    },
    /// Another process took it over after the first one died, or a person resumed it.
    Resumed {
        /// Who.
        by: Actor,
        /// What they said about rows that a way back would lose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loss: Option<OnLoss>,
    },
    /// The new revision is the current one; what follows only tidies up.
    Committed,
    /// Finished.
    Succeeded,
    /// Undone fully; what ran before runs.
    RolledBack,
    /// Ended before the first effect.
    Aborted {
        /// Why.
        reason: String,
    },
}

/// Why it goes backwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The step at which it turned.
    pub step: usize,
    /// What failed there.
    pub failure: Failure,
    /// The rules' diagnosis.
    pub diagnosis: Option<Diagnosis>,
}

/// Where a deployment is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum State {
    /// Committed, nothing done yet.
    Planned,
    /// Forwards: `step` is the next to do, or being done when `started`.
    Running {
        /// Index into the plan's steps.
        step: usize,
        /// Its act has begun and its outcome is not known.
        started: bool,
        /// Past the pivot.
        committed: bool,
    },
    /// Backwards: `step` is the next to undo, or being undone when `started`; all below it are still to undo.
    RollingBack {
        /// Index; `None` when all is undone.
        step: Option<usize>,
        /// Its undo has begun and its outcome is not known.
        started: bool,
        /// Why.
        cause: Box<Cause>,
    },
    /// The new revision runs.
    Succeeded,
    /// What ran before runs.
    RolledBack {
        /// Why.
        cause: Box<Cause>,
    },
    /// A person is needed.
    Stuck {
        /// The step that could not be undone.
        #[serde(default)]
        step: usize,
        /// Why it turned.
        cause: Box<Cause>,
        /// What could not be undone, and why.
        failure: Failure,
        /// What to do.
        instructions: Vec<String>,
    },
    /// Nothing was done.
    Aborted {
        /// Why.
        reason: String,
    },
}

impl State {
    /// Whether nothing follows any more. Stuck is an ending too: only a person leads out of it, by resuming it.
    pub fn ended(&self) -> bool {
        matches!(self, Self::Succeeded | Self::RolledBack { .. } | Self::Stuck { .. } | Self::Aborted { .. })
    }
    /// The state's name as it is stored and shown.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running { .. } => "running",
            Self::RollingBack { .. } => "rollingBack",
            Self::Succeeded => "succeeded",
            Self::RolledBack { .. } => "rolledBack",
            Self::Stuck { .. } => "stuck",
            Self::Aborted { .. } => "aborted",
        }
    }
}

/// An event that cannot follow.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{event} cannot follow the state {state}")]
pub struct Illegal {
    /// The state it met.
    pub state: &'static str,
    /// The event, by its debug name.
    pub event: String,
}

/// The one transition function. `None` as the state means: no event yet.
pub fn next(plan: &Plan, state: Option<&State>, event: &Event) -> Result<State, Illegal> {
    let illegal =
        || Illegal { state: state.map_or("none", State::name), event: format!("{event:?}").chars().take(60).collect() };
    let last = plan.steps.len();
    Ok(match (state, event) {
        (None, Event::Planned { .. }) => State::Planned,
        (Some(state), Event::Resumed { .. }) if !state.ended() => state.clone(),
        // What was in the way may be gone: the undo goes on where it stopped.
        (Some(State::Stuck { step, cause, .. }), Event::Resumed { .. }) => {
            State::RollingBack { step: Some(*step), started: false, cause: cause.clone() }
        }
        (Some(State::Planned), Event::StepStarted { step: 0 }) => {
            State::Running { step: 0, started: true, committed: false }
        }
        (Some(State::Planned), Event::StepDone { step: 0, .. }) => {
            State::Running { step: 1, started: false, committed: false }
        }
        (Some(State::Planned), Event::Aborted { reason }) => State::Aborted { reason: reason.clone() },
        (Some(State::Running { step, started: false, committed }), Event::StepStarted { step: at })
            if step == at && *at < last && (*committed || *at < plan.pivot) =>
        {
            State::Running { step: *step, started: true, committed: *committed }
        }
        (Some(State::Running { step, committed, .. }), Event::StepDone { step: at, .. })
            if step == at && *at < last =>
        {
            State::Running { step: step + 1, started: false, committed: *committed }
        }
        (Some(state @ State::Running { step, started: true, committed: false }), Event::Wrote { step: at, .. })
            if step == at =>
        {
            state.clone()
        }
        (Some(State::Running { step, started: true, .. }), Event::Probed { step: at, .. }) if step == at => {
            State::Running { step: *step, started: true, committed: false }
        }
        (Some(State::Running { step, committed: false, .. }), Event::StepFailed { step: at, failure, diagnosis })
            if step == at =>
        {
            let cause = Cause { step: *at, failure: failure.clone(), diagnosis: diagnosis.clone() };
            // The failed step itself is undone too: it may have had half of its effect.
            State::RollingBack { step: Some(*step), started: false, cause: Box::new(cause) }
        }
        // Tidying up after success: what cannot be tidied is left, never a reason to go back.
        (Some(State::Running { step, committed: true, .. }), Event::StepFailed { step: at, .. }) if step == at => {
            State::Running { step: step + 1, started: false, committed: true }
        }
        (Some(State::Running { step, started: false, committed: false }), Event::Committed) if *step == plan.pivot => {
            State::Running { step: *step, started: false, committed: true }
        }
        (Some(state @ State::Running { .. }), Event::AbortAsked { .. }) => state.clone(),
        (Some(State::Running { step, started: false, committed: true }), Event::Succeeded) if *step == last => {
            State::Succeeded
        }
        (Some(State::RollingBack { step: Some(step), started: false, cause }), Event::UndoStarted { step: at })
            if step == at =>
        {
            State::RollingBack { step: Some(*step), started: true, cause: cause.clone() }
        }
        (Some(State::RollingBack { step: Some(step), cause, .. }), Event::UndoDone { step: at, .. }) if step == at => {
            State::RollingBack { step: step.checked_sub(1), started: false, cause: cause.clone() }
        }
        (
            Some(State::RollingBack { step: Some(step), cause, .. }),
            Event::UndoFailed { step: at, failure, instructions },
        ) if step == at => State::Stuck {
            step: *step,
            cause: cause.clone(),
            failure: failure.clone(),
            instructions: instructions.clone(),
        },
        (Some(State::RollingBack { step: None, cause, .. }), Event::RolledBack) => {
            State::RolledBack { cause: cause.clone() }
        }
        _ => return Err(illegal()),
    })
}

/// An event with its place and time in a journal: a deployment's unless said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<E = Event> {
    /// From 0, without gaps.
    pub seq: u32,
    /// When it was appended.
    pub at: Instant,
    /// What happened.
    #[serde(flatten)]
    pub event: E,
}

/// The state a journal folds to; `None` for an empty one.
pub fn fold(plan: &Plan, entries: &[Entry]) -> Result<Option<State>, Illegal> {
    entries.iter().try_fold(None, |state: Option<State>, entry| next(plan, state.as_ref(), &entry.event).map(Some))
}

/// The lines of evidence a failed deployment carries.
pub fn evidence(state: &State) -> &[LogLine] {
    match state {
        State::RollingBack { cause, .. } | State::RolledBack { cause } | State::Stuck { cause, .. } => {
            &cause.failure.log
        }
        _ => &[],
    }
}
