//! Progress of a deployment on standard error: a line per step, no bars.

use std::collections::{BTreeMap, BTreeSet};
use switchback_api::{
    App,
    dto::{DeploymentView, StepStatus},
};
use switchback_core::ident::DeploymentId;
use tokio::{
    sync::{broadcast, oneshot},
    task::JoinHandle,
};

/// What prints each step once it has an outcome, beside what runs.
pub struct Following {
    task: JoinHandle<()>,
    end: oneshot::Sender<()>,
}

impl Following {
    /// The first deployment that changes from now on.
    pub fn one(app: &App) -> Self {
        Self::by(|changes| one(app.clone(), changes), app)
    }

    /// One deployment after the other, each with a line of its own before.
    pub fn all(app: &App) -> Self {
        Self::by(|changes| all(app.clone(), changes), app)
    }

    fn by<Told: Future<Output = ()> + Send + 'static>(told: impl FnOnce(Changes) -> Told, app: &App) -> Self {
        let (end, ended) = oneshot::channel();
        Self { task: tokio::spawn(told(Changes { heard: app.changes(), ended })), end }
    }

    /// Prints what is left to tell of what ended.
    pub async fn finish(self) {
        drop(self.end);
        let _ = self.task.await;
    }
}

/// What changes until all is over.
struct Changes {
    heard: broadcast::Receiver<DeploymentId>,
    ended: oneshot::Receiver<()>,
}

impl Changes {
    /// The next one. What came before the end comes before it here too.
    async fn next(&mut self) -> Option<DeploymentId> {
        tokio::select! {
            biased;
            changed = self.heard.recv() => changed.ok(),
            _ = &mut self.ended => None,
        }
    }
}

async fn one(app: App, mut changes: Changes) {
    let mut told = BTreeSet::new();
    let mut current = None;
    while let Some(id) = changes.next().await {
        if current.is_some_and(|known| known != id) {
            continue;
        }
        current = Some(id);
        if let Ok(view) = app.deployment(&id.to_string()).await {
            tell(&view, &mut told);
        }
    }
}

async fn all(app: App, mut changes: Changes) {
    let mut told = BTreeMap::new();
    while let Some(id) = changes.next().await {
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
