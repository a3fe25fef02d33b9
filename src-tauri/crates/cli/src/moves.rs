//! Commands that move a target: plan, deploy, rollback. Each shows its plan's answer; the last two wait for the end.

use crate::{
    args::{Deploy, Format, Plan, Rollback},
    ending::{became, code},
    output::{self, answer, changes, line},
    run::Done,
    schedule,
    signals::Signals,
    train, watch,
};
use std::{collections::BTreeSet, pin::Pin};
use switchback_api::{
    ApiError, App, Overriding, RollbackOptions,
    dto::{PlanView, Resumed},
};
use switchback_core::{deployment::State, health::Verdict, ident::DeploymentId, plan::Kind, schema::OnLoss};

pub fn revision(text: Option<&str>) -> Result<Option<u32>, ApiError> {
    text.map(|text| {
        text.parse::<switchback_core::ident::RevisionNumber>().map(|revision| revision.0).map_err(|_| {
            ApiError::new("bad_input", format!("{text:?} is not a revision"))
                .hint("Revisions are written r41; `switchback history` lists them.")
        })
    })
    .transpose()
}

/// What a deployment would do, without doing it. What hinders it now says the exit code; a gate is told and is none: it
/// may be open by the time the plan is started.
pub async fn plan(app: &App, format: Format, asked: Plan) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = match &asked.version {
        Some(version) => app.plan_deploy(&target, version).await?,
        None => app.plan_rollback(&target, revision(asked.to.as_deref())?, RollbackOptions::default()).await?,
    };
    answer(format, &view, told);
    app.possible(&view.plan_hash).await.map(|()| 0)
}

/// A plan as text.
pub fn told(plan: &PlanView) -> String {
    let none = if plan.image.before.is_some() { "what its own manifest has" } else { "nothing" };
    let from = plan.from_revision.map_or_else(
        || none.to_owned(),
        |revision| format!("r{revision} {}", plan.from_version.as_deref().unwrap_or_default()),
    );
    let withdraws = plan.kind == Kind::Withdraw;
    let to =
        if withdraws { "nothing of ours".to_owned() } else { format!("r{} {}", plan.to_revision, plan.to_version) };
    let image = match plan.image.before.as_deref() {
        before if withdraws => format!("{} -> nothing of ours", before.unwrap_or("nothing")),
        Some(before) if before == plan.image.after => format!("{before}, as it is"),
        before => format!("{} -> {}", before.unwrap_or("nothing"), plan.image.after),
    };
    let mut text = format!("{}: {from} -> {to}\nimage: {image}\n", plan.target);
    let changed = changes([("config", &plan.config), ("secret", &plan.secrets), ("setting", &plan.settings)]);
    if changed.is_empty() && !withdraws && plan.image.before.as_ref() == Some(&plan.image.after) {
        text += "nothing changes: image, config, secrets and settings stay as they are\n";
    }
    text += &changed;
    for check in &plan.checks {
        text += &format!("check: {} {:?} {}\n", check.id, check.verdict, line(&check.evidence));
    }
    for gate in plan.gates.iter().filter(|gate| gate.verdict != Verdict::Pass) {
        text += &format!("gate: {} {:?} {}\n", gate.kind.word(), gate.verdict, line(&gate.told()));
    }
    for warning in &plan.warnings {
        text += &format!("warning: {}\n", line(warning));
    }
    for step in &plan.steps {
        let undo = step.undo.as_ref().map(|undo| format!(" (undo: {undo})")).unwrap_or_default();
        text += &format!("{:>4}. {} {}{undo}\n", step.number, step.action, step.detail);
    }
    text + &format!("plan {}", plan.plan_hash)
}

/// Deploys a version and waits for the end.
pub async fn deploy(app: &App, format: Format, asked: Deploy) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = app.plan_deploy(&target, &asked.version).await?;
    if asked.later.asked() {
        let later = schedule::later(app, format, &view, &asked.reason, &asked.confirm, &asked.later);
        return Box::pin(later).await;
    }
    let overriding = asked.glass.given();
    execute(app, format, &view, &asked.reason, &asked.confirm, overriding.as_ref()).await
}

/// Goes back to a revision and waits for the end.
pub async fn rollback(app: &App, format: Format, asked: Rollback) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let way = RollbackOptions { lose_data: asked.lose_data, urgent: asked.urgent };
    let view = app.plan_rollback(&target, revision(asked.to.as_deref())?, way).await?;
    if asked.dry_run {
        answer(format, &view, told);
        return app.possible(&view.plan_hash).await.map(|()| 0);
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
    let following = watch::Following::one(app);
    let ended = interruptible(app, Box::pin(app.execute(&view.plan_hash, reason, confirm, overriding))).await;
    following.finish().await;
    let (id, _) = ended?;
    let view = app.deployment(&id.to_string()).await?;
    answer(format, &view, became);
    Ok(code(&view))
}

/// Ctrl-C, or a CI job that is cancelled, stops a deployment and undoes what it did; a second one leaves it where its
/// journal says.
async fn interruptible(
    app: &App,
    mut deployment: Pin<Box<impl Future<Output = Result<(DeploymentId, State), ApiError>>>>,
) -> Result<(DeploymentId, State), ApiError> {
    let mut changes = app.changes();
    let (mut begun, mut asked) = (None, false);
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            ended = &mut deployment => return ended,
            Ok(id) = changes.recv() => begun = Some(id),
            () = signals.next() => match begun {
                Some(id) if !asked => {
                    asked = true;
                    eprintln!("interrupted: what was done is being undone; once more to leave it as it is");
                    // Beside the deployment: it may hold what this one waits for.
                    let app = app.clone();
                    tokio::spawn(async move {
                        if let Err(error) = app.abort(&id.to_string(), "interrupted at the command line").await {
                            eprintln!("it could not be told to stop: {error}");
                        }
                    });
                }
                Some(id) => {
                    let hint = "`switchback resume` finishes or undoes it.";
                    return Err(ApiError::new("unfinished", format!("deployment {id} is left as it is")).hint(hint));
                }
                None => return Err(ApiError::new("aborted", "interrupted before anything was started")),
            },
        }
    }
}

/// Takes up what is left unfinished or stuck, and says what became of each, and what somebody else is at. Exits as who had
/// begun it would have.
pub async fn resume(app: &App, format: Format, loss: Option<OnLoss>) -> Done {
    let Resumed { mut deployments, trains, under_way } = app.resume(loss).await?;
    let mut rides = Vec::new();
    for id in &trains {
        let ride = app.train(id).await?;
        // What a train began on its way back is told as what was found.
        for car in &ride.cars {
            deployments.extend([&car.deployment, &car.undo].into_iter().flatten().cloned());
        }
        rides.push(ride);
    }
    let mut views = Vec::new();
    let mut seen = BTreeSet::new();
    for id in deployments.into_iter().filter(|id| seen.insert(id.clone())) {
        views.push(app.deployment(&id).await?);
    }
    // The document is of what was taken up.
    for left in under_way.iter().filter(|_| format == Format::Json) {
        output::error(format, left);
    }
    answer(format, &views, |views| {
        if views.is_empty() && rides.is_empty() && under_way.is_empty() {
            return "nothing is unfinished or stuck".to_owned();
        }
        let left = under_way.iter().map(|left| format!("{left}\n{}", left.hint.as_deref().unwrap_or_default()));
        let told = views.iter().map(became).chain(rides.iter().map(train::shown)).chain(left);
        told.collect::<Vec<_>>().join("\n\n")
    });
    // What became of a car its train says.
    let alone = views.iter().filter(|view| view.train.is_none() || rides.is_empty()).map(code);
    // Whoever is at something brings it to its end.
    let left = under_way.iter().filter(|left| left.code == "unfinished").map(ApiError::exit_code);
    let codes = alone.chain(rides.iter().map(train::code)).chain(left);
    let urgency = |code: &u8| match code {
        5 => 3,
        4 => 2,
        0 => 0,
        _ => 1,
    };
    Ok(codes.max_by_key(urgency).unwrap_or(0))
}
