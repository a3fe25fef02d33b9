//! What became of a deployment: as text, and as the exit code of whoever waited for it.

use switchback_api::{
    ApiError,
    dto::{DeploymentState, DeploymentView, StepStatus},
};
use switchback_core::{plan::Kind, record::Undone, workload::RuntimeKind};

/// How many of a program's last lines are shown when none of them names the cause.
const LAST_LINES: usize = 5;

/// The contract's code.
pub fn code(view: &DeploymentView) -> u8 {
    match &view.state {
        DeploymentState::Succeeded => 0,
        DeploymentState::Stuck { .. } => 5,
        DeploymentState::Aborted { .. } => 1,
        // Nothing was rolled back, because nothing had been done: what hindered it says the code.
        DeploymentState::RolledBack { undone: Undone::Untouched, code, .. } => ApiError::exit_code_of(code),
        _ => 4,
    }
}

/// A few lines: what runs now, why, the evidence, the way out.
pub fn became(view: &DeploymentView) -> String {
    let DeploymentView { target, to_version, .. } = view;
    let mut text = match &view.state {
        DeploymentState::Succeeded if view.kind == Kind::Withdraw => {
            format!("{target}: {to_version} is taken away again")
        }
        DeploymentState::Succeeded => format!("{target} runs {to_version} (r{})", view.revision),
        DeploymentState::RolledBack { undone: how, cause, hint, .. } => {
            let hint = hint.as_ref().filter(|_| *how != Undone::Bad).map(|hint| format!("\n{hint}"));
            format!("{}\n{cause}{}", undone(view, *how), hint.unwrap_or_default())
        }
        DeploymentState::Stuck { cause, instructions, .. } => {
            format!("{target} is stuck: {cause}\n{}", instructions.join("\n"))
        }
        DeploymentState::Aborted { cause } => format!("{target} {to_version} was aborted: {cause}"),
        DeploymentState::RollingBack { cause, .. } => format!("{target} {to_version} is being undone: {cause}"),
        DeploymentState::Planned => format!("{target} {to_version} is planned"),
        DeploymentState::Running { step } | DeploymentState::Verifying { step } => {
            format!("{target} {to_version} is under way, step {step} of {}", view.steps.len())
        }
    };
    // A success may still have left something undone.
    for step in view.steps.iter().filter(|step| step.status == StepStatus::Failed) {
        if view.state == DeploymentState::Succeeded {
            text +=
                &format!("\nwarning: {} {} failed: {}", step.action, step.detail, step.result.as_deref().unwrap_or(""));
        }
    }
    for step in view.steps.iter().filter(|step| step.undo && step.action == "migrate") {
        text += &format!("\nundo: {}", step.result.as_deref().unwrap_or(&step.detail));
    }
    if let Some(diagnosis) = &view.diagnosis {
        text += &format!("\ncause: {} ({})", diagnosis.summary, diagnosis.cause);
        for line in &diagnosis.evidence {
            text += &format!("\n  {:>4} | {}", line.line, line.text);
        }
        text += &format!("\n{}", diagnosis.hint);
    }
    // Where no line says why, a person may see it in the last ones.
    let names = |view: &DeploymentView| view.diagnosis.iter().any(|one| one.evidence.iter().any(|at| at.line > 0));
    if view.state != DeploymentState::Succeeded && !names(view) {
        for line in view.log.iter().skip(view.log.len().saturating_sub(LAST_LINES)) {
            text += &format!("\n  > {}", line.text);
        }
    }
    text + &format!("\ndeployment {}", view.id)
}

fn undone(view: &DeploymentView, how: Undone) -> String {
    let DeploymentView { target, to_version, .. } = view;
    let back = |rest: &str| match &view.from_version {
        // What was to be put back as it was recorded was another thing by then.
        Some(version) if view.kind == Kind::Rollback && version == to_version => {
            format!("what was there before {rest}")
        }
        Some(version) => format!("{version} {rest}"),
        None if by_its_manifest(view) => format!("what its own manifest has {rest}"),
        None => format!("nothing runs: a person is needed, {}", needed(view)),
    };
    match how {
        // What ran here once is not bad because the way to it failed.
        Undone::Bad if view.kind == Kind::Rollback => {
            format!("{target}: going back to {to_version} failed and was undone, {}", back("runs again"))
        }
        Undone::Bad => format!("{target} {to_version} was bad and was rolled back, {}", back("runs again")),
        Undone::Hindered => format!("{target} {to_version} was hindered and undone, {}", back("runs again")),
        Undone::Untouched => format!("{target} {to_version} was not deployed, nothing was changed, {}", back("stays")),
    }
}

/// Whether a workload is undone to what it was before anything was deployed to it.
fn by_its_manifest(view: &DeploymentView) -> bool {
    let gone = matches!(&view.state, DeploymentState::RolledBack { code, .. } if code == "workload_missing");
    view.runtime == RuntimeKind::Kubernetes && !gone
}

/// What a person has to do where there is nothing to go back to.
fn needed(view: &DeploymentView) -> &'static str {
    match &view.state {
        DeploymentState::RolledBack { undone: Undone::Bad, .. } => "deploy a release that works",
        DeploymentState::RolledBack { code, .. } if code == "router_refused" => "mend the router and deploy it again",
        _ => "mend what was in the way and deploy it again",
    }
}
