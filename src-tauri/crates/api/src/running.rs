//! A deployment as it is watched: its plan, with what the journal says of each step.

use crate::{
    Answer, ApiError, App,
    app::deployment,
    changes::Changes,
    dto::{
        DeploymentState, DeploymentView, DiagnosisView, Evidence, LogView, Outlook, ProbeView, StepStatus, StepView,
        ToldView,
    },
    history::RUNS,
    word,
};
use switchback_core::{
    deployment::{Cause, Entry, Event, State, evidence},
    diagnosis::Diagnosis,
    failure::Failure,
    ident::Instant,
    plan::{Action, Before, Kind, Plan, Step, Undo},
    port::DeploymentRow,
    record::undone_for,
};

impl App {
    /// One deployment.
    pub async fn deployment(&self, id: &str) -> Answer<DeploymentView> {
        let id = deployment(id)?;
        let (plan, entries) = self.ports().ledger.load(id).await?;
        let row = self.history.deployment(id).await?;
        let target = self.history.target(&plan.target).await?;
        let protected = match self.policy_in_force().await? {
            Some((document, _)) => document.target(&plan.target).is_ok_and(|resolved| resolved.protected),
            None => false,
        };
        let mut view = view(&plan, &entries, &row, protected);
        view.train = self.train_of(&plan).await?;
        view.outlook = self.outlook(&plan, &row.state).await?;
        view.told = self.history.told(id).await?.into_iter().map(ToldView::from).collect();
        if matches!(row.state, State::RolledBack { .. } | State::Stuck { .. }) {
            let quarantine = self.history.quarantine().await?;
            if quarantine.iter().any(|held| held.service == plan.target.service && held.version == plan.version) {
                view.left_open.push("quarantined".to_owned());
            }
            if target.paused.is_some() {
                view.left_open.push("paused".to_owned());
            }
        }
        Ok(view)
    }

    async fn outlook(&self, plan: &Plan, state: &State) -> Answer<Option<Outlook>> {
        if !matches!(state, State::Planned | State::Running { .. }) {
            return Ok(None);
        }
        let (usual_ms, _) = self.estimate(&plan.target, plan.kind).await?;
        let undos_ms = self.history.undos(&plan.target, RUNS).await?;
        Ok(Some(Outlook { usual_ms, undoes: undoes(plan, state), undos_ms }))
    }
}

/// What an abort would do, the first first; `None` past the pivot. A step that is being done has half of its effect.
fn undoes(plan: &Plan, state: &State) -> Option<Vec<StepView>> {
    let begun = match state {
        State::Running { committed: true, .. } => return None,
        State::Running { step, started, .. } => step + usize::from(*started),
        _ => 0,
    };
    let inverse = |(index, step): (usize, &Step)| match &step.undo {
        Undo::By { action } => Some(one(index, action, true)),
        Undo::Nothing => None,
    };
    Some(plan.steps.iter().enumerate().take(begun).rev().filter_map(inverse).collect())
}

fn view(plan: &Plan, entries: &[Entry], row: &DeploymentRow, protected: bool) -> DeploymentView {
    let state = state(plan, row);
    let changes = Changes::between(plan.before.as_ref().map(|before| &before.workload), &plan.workload);
    let cause = cause(&row.state);
    let diagnosis = cause.and_then(|cause| cause.diagnosis.as_ref());
    let lines = diagnosis
        .map(|diagnosis| diagnosis.evidence.iter().map(|line| line.line).collect::<Vec<_>>())
        .unwrap_or_default();
    DeploymentView {
        id: plan.deployment.to_string(),
        target: plan.target.to_string(),
        protected,
        train: None,
        kind: plan.kind,
        revision: plan.revision.0,
        from_version: plan.before.as_ref().filter(|before| ran(plan, before)).map(|before| before.version.clone()),
        to_version: plan.version.clone(),
        runtime: plan.workload.settings.kind(),
        changes: [changes.config, changes.secrets, changes.settings].concat(),
        by: row.by.name.clone(),
        started_at: row.started,
        ended_at: row.ended,
        steps: steps(plan, entries, &row.state),
        probes: entries
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::Probed { finding, .. } => {
                    Some(ProbeView { at: entry.at, verdict: finding.verdict, detail: finding.evidence.clone() })
                }
                _ => None,
            })
            .collect(),
        probes_wanted: plan.health.passes,
        log: evidence(&row.state)
            .iter()
            .enumerate()
            .map(|(index, line)| LogView::new(line, line.text.clone(), lines.contains(&(index + 1))))
            .collect(),
        diagnosis: diagnosis.map(told),
        told: Vec::new(),
        outlook: None,
        left_open: match &state {
            DeploymentState::Stuck { instructions, .. } => instructions.clone(),
            _ => Vec::new(),
        },
        state,
    }
}

/// Whether something of it was there: putting back what somebody deleted begins with nothing. Of what was taken over with a
/// past no instance is known.
fn ran(plan: &Plan, before: &Before) -> bool {
    plan.kind != Kind::Rollback || !before.instances.is_empty()
}

pub(crate) fn cause(state: &State) -> Option<&Cause> {
    match state {
        State::RollingBack { cause, .. } | State::RolledBack { cause } | State::Stuck { cause, .. } => Some(cause),
        _ => None,
    }
}

fn told(diagnosis: &Diagnosis) -> DiagnosisView {
    DiagnosisView {
        cause: diagnosis.cause.as_str().to_owned(),
        summary: diagnosis.summary.clone(),
        params: diagnosis.params.clone(),
        evidence: diagnosis.evidence.iter().map(|line| Evidence { line: line.line, text: line.text.clone() }).collect(),
        ruled_out: diagnosis.ruled_out.iter().map(|cause| cause.as_str().to_owned()).collect(),
        hint: diagnosis.hint.clone(),
        confidence: diagnosis.confidence,
    }
}

fn state(plan: &Plan, row: &DeploymentRow) -> DeploymentState {
    let code = |failure: &Failure| failure.kind.code().to_owned();
    match &row.state {
        State::Planned => DeploymentState::Planned,
        State::Running { step, .. } => match plan.steps.get(*step).map(|step| &step.action) {
            Some(Action::Verify { .. } | Action::Smoke { .. } | Action::Confirm) => {
                DeploymentState::Verifying { step: step + 1 }
            }
            _ => DeploymentState::Running { step: step + 1 },
        },
        State::RollingBack { step, cause, .. } => DeploymentState::RollingBack {
            step: step.map_or(1, |step| step + 1),
            code: code(&cause.failure),
            cause: cause.failure.message.clone(),
        },
        State::Succeeded => DeploymentState::Succeeded,
        State::RolledBack { cause } => DeploymentState::RolledBack {
            undone: undone_for(plan, cause),
            code: code(&cause.failure),
            cause: cause.failure.message.clone(),
            hint: ApiError::from(cause.failure.clone()).hint,
            took_ms: row.turned.zip(row.ended).and_then(|(from, to)| took(from, to)),
        },
        State::Stuck { failure, instructions, .. } => DeploymentState::Stuck {
            code: code(failure),
            cause: failure.message.clone(),
            instructions: instructions.clone(),
        },
        State::Aborted { reason } => DeploymentState::Aborted { cause: reason.clone() },
    }
}

/// In milliseconds; none when the clock was set back in between.
fn took(from: Instant, to: Instant) -> Option<u64> {
    u64::try_from(to.duration_since(from).as_millis()).ok()
}

fn steps(plan: &Plan, entries: &[Entry], state: &State) -> Vec<StepView> {
    let turned = cause(state).map(|cause| cause.step);
    let mut all: Vec<StepView> =
        plan.steps.iter().enumerate().map(|(index, step)| one(index, &step.action, false)).collect();
    let mut began: Vec<Option<Instant>> = vec![None; all.len()];
    let mut undone: Vec<(usize, StepView)> = Vec::new();
    let mut undo_began: Option<Instant> = None;
    for Entry { at, event, .. } in entries {
        match event {
            Event::StepStarted { step } if *step < all.len() => {
                began[*step] = Some(*at);
                all[*step].status = StepStatus::Running;
            }
            Event::StepDone { step, result } if *step < all.len() => {
                all[*step].status = StepStatus::Done;
                all[*step].result = Some(result.clone());
                all[*step].took_ms = began[*step].and_then(|from| took(from, *at));
            }
            Event::StepFailed { step, failure, .. } if *step < all.len() => {
                all[*step].status = StepStatus::Failed;
                all[*step].result = Some(failure.message.clone());
                all[*step].took_ms = began[*step].and_then(|from| took(from, *at));
            }
            Event::UndoStarted { step } => {
                undo_began = Some(*at);
                if let Some(Undo::By { action }) = plan.steps.get(*step).map(|step| &step.undo) {
                    let mut view = one(*step, action, true);
                    view.status = StepStatus::Running;
                    undone.push((*step, view));
                }
            }
            Event::UndoDone { step, result } => {
                if let Some((_, view)) = undone.iter_mut().find(|(index, _)| index == step) {
                    view.status = StepStatus::Done;
                    view.result = Some(result.clone());
                    view.took_ms = undo_began.and_then(|from| took(from, *at));
                }
            }
            Event::UndoFailed { step, failure, .. } => {
                if let Some((_, view)) = undone.iter_mut().find(|(index, _)| index == step) {
                    view.status = StepStatus::Failed;
                    view.result = Some(failure.message.clone());
                }
            }
            _ => {}
        }
    }
    if turned.is_some() || matches!(state, State::Aborted { .. }) {
        for step in all.iter_mut().filter(|step| step.status == StepStatus::Waiting) {
            step.status = StepStatus::Skipped;
        }
    }
    all.extend(undone.into_iter().map(|(_, view)| view));
    for (index, step) in all.iter_mut().enumerate() {
        step.number = index + 1;
    }
    all
}

fn one(index: usize, action: &Action, undo: bool) -> StepView {
    StepView {
        number: index + 1,
        action: word::action(action).to_owned(),
        detail: word::detail(action),
        undo,
        status: StepStatus::Waiting,
        took_ms: None,
        result: None,
    }
}
