//! Progress of a deployment on standard error: a line per step, no bars.

use std::collections::{BTreeMap, BTreeSet};
use switchback_api::{
    App,
    dto::{DeploymentView, StepStatus},
};
use switchback_core::ident::DeploymentId;

/// Prints each step once it has an outcome, until dropped.
pub async fn follow(app: App, mut changes: tokio::sync::broadcast::Receiver<DeploymentId>) {
    let mut told = BTreeSet::new();
    let mut current = None;
    while let Ok(id) = changes.recv().await {
        if current.is_some_and(|known| known != id) {
            continue;
        }
        current = Some(id);
        if let Ok(view) = app.deployment(&id.to_string()).await {
            tell(&view, &mut told);
        }
    }
}

/// The same of one deployment after the other, each with a line of its own before.
pub async fn follow_all(app: App, mut changes: tokio::sync::broadcast::Receiver<DeploymentId>) {
    let mut told = BTreeMap::new();
    while let Ok(id) = changes.recv().await {
        let Ok(view) = app.deployment(&id.to_string()).await else { continue };
        let steps = told.entry(id).or_insert_with(|| {
            let car = view.train.as_ref().map(|train| format!("car {} of {}: ", train.car, train.cars));
            let from = view.from_version.as_deref().unwrap_or("nothing");
            eprintln!("{}{}: {from} -> {}", car.unwrap_or_default(), view.target, view.to_version);
            BTreeSet::new()
        });
        tell(&view, steps);
    }
}

/// Stands among the numbers of told steps, which begin at 1, for having said that a person is waited for.
const WAITING: usize = 0;

/// Prints the steps that were not told yet.
pub fn tell(view: &DeploymentView, told: &mut BTreeSet<usize>) {
    for step in &view.steps {
        let mark = match step.status {
            StepStatus::Done => "done  ",
            StepStatus::Failed => "failed",
            StepStatus::Running if step.action == "confirm" && told.insert(WAITING) => {
                eprintln!(
                    "  waits for a person: `switchback confirm {0}`, or `switchback abort {0} --reason WHY`",
                    view.id
                );
                continue;
            }
            _ => continue,
        };
        if told.insert(step.number) {
            let undo = if step.undo { "undo " } else { "" };
            let result = step.result.as_deref().unwrap_or_default();
            eprintln!(
                "  {mark} {undo}{} {} ({}) {result}",
                step.action,
                step.detail,
                crate::output::took(step.took_ms)
            );
        }
    }
}
