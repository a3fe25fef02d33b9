//! What was found that nobody deployed: drift, and containers to take over.

use crate::{
    args::{Drift, DriftAct, Format, Import, Secrets, Settling},
    import_workload, moves,
    output::{self, answer},
    run::Done,
};
use switchback_api::{
    App, Taking,
    dto::{DriftView, ImportView},
};

/// The exit code when something drifted: a check that said no.
const DRIFTED: u8 = 3;

pub(crate) fn taking(secrets: Secrets) -> Taking {
    Taking { keychain: secrets.keychain, plain: secrets.plain }
}

/// Lists drift, or settles a target's.
pub async fn drift(app: &App, format: Format, asked: Drift) -> Done {
    let (act, view) = match asked.act {
        None => return list(app, format).await,
        Some(DriftAct::Adopt { act, secrets }) => {
            let view = app.plan_adopt(&act.target, &taking(secrets)).await?;
            (act, view)
        }
        Some(DriftAct::Revert { act }) => {
            let view = app.plan_revert(&act.target).await?;
            (act, view)
        }
    };
    let Settling { dry_run, reason, confirm, .. } = act;
    if dry_run {
        answer(format, &view, moves::told);
        return app.possible(&view.plan_hash).await.map(|()| 0);
    }
    for warning in &view.warnings {
        eprintln!("warning: {warning}");
    }
    moves::execute(app, format, &view, &reason, &confirm, None).await
}

async fn list(app: &App, format: Format) -> Done {
    let all = app.drift().await?;
    let none = "everything runs as it was deployed".to_owned();
    answer(format, &all, |all| if all.is_empty() { none } else { all.iter().map(told).collect() });
    // A target that cannot be looked at is worse than one that drifted.
    let unknown = all.iter().find_map(|view| view.error.as_ref());
    Ok(match unknown {
        Some(error) => error.exit_code(),
        None if all.is_empty() => 0,
        None => DRIFTED,
    })
}

fn told(view: &DriftView) -> String {
    let mut text = format!("{} (r{} {})\n", view.target, view.revision, view.version);
    for difference in &view.differences {
        text += &format!("  {difference}\n");
    }
    if let Some(error) = &view.error {
        text += &format!("  no data: {error}\n");
    }
    text
}

/// Lists what can be taken over, or takes it.
pub async fn import(app: &App, format: Format, asked: Import) -> Done {
    if asked.cluster.namespace.is_some() {
        return Box::pin(import_workload::import(app, format, asked)).await;
    }
    let Import { container, target, engine, version, secrets, dry_run, reason, confirm, .. } = asked;
    let (Some(container), Some(target)) = (container, target) else {
        let all = app.importable(engine.as_deref()).await?;
        answer(format, &all, |all| {
            output::table(
                ["CONTAINER", "IMAGE", "DIGEST", "PORTS", "LOOKS SECRET", "ENGINE"],
                all.iter().map(|one| {
                    let digest = one.artifact.clone().unwrap_or_else(|| "unknown".to_owned());
                    let (ports, secret) = (one.publish.join(" "), one.secret_like.join(" "));
                    [one.name.clone(), one.image.clone(), digest, ports, secret, one.engine.clone()]
                }),
            )
        });
        return Ok(0);
    };
    let import = switchback_api::Import { container, target, engine, version, taking: taking(secrets) };
    let view =
        if dry_run { app.import_preview(&import).await? } else { app.import(&import, &reason, &confirm).await? };
    for word in &view.lost {
        eprintln!("warning: {word}: not kept at the next deployment");
    }
    answer(format, &view, imported);
    Ok(0)
}

fn imported(view: &ImportView) -> String {
    if view.deployment.is_none() {
        return view.yaml.clone();
    }
    format!("{} is r1, {} ({}); the policy has it: `switchback export`", view.target, view.version, view.artifact)
}
