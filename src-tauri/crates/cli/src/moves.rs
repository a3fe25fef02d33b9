//! Commands that move a target: plan, deploy, rollback. Each shows its plan's answer; the last two wait for the end.

use crate::{
    args::{Deploy, Format, Plan, Rollback},
    output::answer,
    run::Done,
    watch,
};
use switchback_api::{ApiError, App, Overriding, dto::PlanView};
use switchback_core::{deployment::State, health::Verdict, ident::DeploymentId};

fn revision(text: Option<&str>) -> Result<Option<u32>, ApiError> {
    text.map(|text| {
        text.parse::<switchback_core::ident::RevisionNumber>().map(|revision| revision.0).map_err(|_| {
            ApiError::new("bad_input", format!("{text:?} is not a revision"))
                .hint("Revisions are written r41; `switchback history` lists them.")
        })
    })
    .transpose()
}

/// What a deployment would do, without doing it.
pub async fn plan(app: &App, format: Format, asked: Plan) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = match &asked.version {
        Some(version) => app.plan_deploy(&target, version).await?,
        None => app.plan_rollback(&target, revision(asked.to.as_deref())?).await?,
    };
    answer(format, &view, told);
    Ok(0)
}

/// A plan as text.
pub fn told(plan: &PlanView) -> String {
    let from = plan.from_revision.map_or_else(
        || "nothing".to_owned(),
        |revision| format!("r{revision} {}", plan.from_version.as_deref().unwrap_or_default()),
    );
    let mut text = format!(
        "{}: {from} -> r{} {}\nimage: {} -> {}\n",
        plan.target,
        plan.to_revision,
        plan.to_version,
        plan.image.before.as_deref().unwrap_or("nothing"),
        plan.image.after
    );
    for (name, changes) in [("config", &plan.config), ("secret", &plan.secrets), ("setting", &plan.settings)] {
        for change in changes {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
            text += &format!("{name}: {} {} -> {}\n", change.key, shown(&change.before), shown(&change.after));
        }
    }
    for check in &plan.checks {
        text += &format!("check: {} {:?} {}\n", check.id, check.verdict, check.evidence);
    }
    for gate in plan.gates.iter().filter(|gate| gate.verdict != Verdict::Pass) {
        text += &format!("gate: {} {:?} {}\n", gate.kind.word(), gate.verdict, gate.told());
    }
    for warning in &plan.warnings {
        text += &format!("warning: {warning}\n");
    }
    for step in &plan.steps {
        let undo = step.undo.as_ref().map(|undo| format!(" (undo: {undo})")).unwrap_or_default();
        text += &format!("{:>4}. {} {}{undo}\n", step.number, step.action, step.detail);
    }
    text
}

/// Deploys a version and waits for the end.
pub async fn deploy(app: &App, format: Format, asked: Deploy) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = app.plan_deploy(&target, &asked.version).await?;
    let overriding = asked.glass.given();
    execute(app, format, &view, &asked.reason, &asked.confirm, overriding.as_ref()).await
}

/// Goes back to a revision and waits for the end.
pub async fn rollback(app: &App, format: Format, asked: Rollback) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = app.plan_rollback(&target, revision(asked.to.as_deref())?).await?;
    if asked.dry_run {
        answer(format, &view, told);
        return Ok(0);
    }
    let overriding = asked.glass.given();
    execute(app, format, &view, &asked.reason, &asked.confirm, overriding.as_ref()).await
}

/// Starts a plan that was shown, tells its progress and waits for its end.
pub async fn execute(
    app: &App,
    format: Format,
    view: &PlanView,
    reason: &str,
    confirm: &str,
    overriding: Option<&Overriding>,
) -> Done {
    eprintln!("{}: {} -> {}", view.target, view.from_version.as_deref().unwrap_or("nothing"), view.to_version);
    let following = tokio::spawn(watch::follow(app.clone(), app.changes()));
    let ended = app.execute(&view.plan_hash, reason, confirm, overriding).await;
    following.abort();
    let (id, state) = ended?;
    ending(app, format, id, &state).await
}

async fn ending(app: &App, format: Format, id: DeploymentId, state: &State) -> Done {
    let view = app.deployment(&id.to_string()).await?;
    let code = match state {
        State::Succeeded => 0,
        State::Stuck { .. } => 5,
        State::Aborted { .. } => 3,
        _ => 4,
    };
    answer(format, &view, |view| {
        let mut text = match state {
            State::Succeeded => format!("{} runs {} (r{})", view.target, view.to_version, view.revision),
            State::RolledBack { cause } => {
                let back = view.from_version.as_ref().map_or_else(
                    || "nothing runs: a person is needed, deploy a release that works".to_owned(),
                    |version| format!("{version} runs again"),
                );
                format!(
                    "{} {} was bad and was rolled back, {back}\n{}",
                    view.target, view.to_version, cause.failure.message
                )
            }
            State::Stuck { failure, instructions, .. } => {
                format!("{} is stuck: {}\n{}", view.target, failure.message, instructions.join("\n"))
            }
            _ => format!("{} was aborted", view.target),
        };
        if let Some(diagnosis) = &view.diagnosis {
            text += &format!("\ncause: {} ({})\n", diagnosis.summary, diagnosis.cause);
            for line in &diagnosis.evidence {
                text += &format!("  {:>4} | {}\n", line.line, line.text);
            }
            text += &diagnosis.hint;
        }
        text
    });
    Ok(code)
}
