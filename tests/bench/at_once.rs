//! Fifty releases begun at the same moment, each way that somebody can begin them: one process that is asked fifty times,
//! an agent for which all fifty are due, and a script with fifty commands.
//!
//! How long each took is what its journal says; that all ran at once, and none waited until others had ended, shows in
//! what they took together.

use crate::{Done, HUNG, memory};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use switchback_api::App;
use switchback_core::{deployment::State, ident, port::ScheduleState};
use switchback_tests::{
    cli,
    daemon::Daemon,
    measure::{Promises, Times, ratio},
};
use tokio::task::JoinSet;

/// What fifty at once may cost, by the slowest of them.
const WORST: f64 = 1.3;
/// From scheduling until all are due: time for an agent to wake.
const AHEAD: Duration = Duration::from_secs(10);
/// Megabytes that an agent may hold while it runs all of them.
const ROOM: usize = 512;

/// What many releases at once took.
pub struct Crowd {
    /// From the moment all of them were asked for until the last one had ended.
    pub together: Duration,
    each: Times,
    /// From that moment until the last one had begun.
    begun: Duration,
    /// How many were under way at the same time.
    at_once: usize,
}

impl Crowd {
    /// Reads what their journals say; all of them must have succeeded.
    async fn of(app: &App, asked: ident::Instant, ids: &[String]) -> Done<Self> {
        let mut crowd = Self { together: Duration::ZERO, each: Times::default(), begun: Duration::ZERO, at_once: 0 };
        let since = |from: ident::Instant, to: ident::Instant| to.duration_since(from).unsigned_abs();
        let mut all = Vec::new();
        for id in ids {
            let view = app.deployment(id).await?;
            let ended = view.ended_at.ok_or_else(|| format!("{}: {:?}", view.target, view.state))?;
            if view.state != switchback_api::dto::DeploymentState::Succeeded {
                return Err(format!("{}: {:?}", view.target, view.state).into());
            }
            crowd.each.add(since(view.started_at, ended));
            crowd.begun = crowd.begun.max(since(asked, view.started_at));
            crowd.together = crowd.together.max(since(asked, ended));
            all.push((view.started_at, ended));
        }
        let under_way = |at: ident::Instant| all.iter().filter(|(from, to)| *from <= at && at < *to).count();
        crowd.at_once = all.iter().map(|(from, _)| under_way(*from)).max().unwrap_or_default();
        Ok(crowd)
    }

    /// Prints it, and holds it to what many at once may cost.
    pub fn held(&self, way: &str, promises: &mut Promises) {
        let (half, slowest) = (self.each.percentile(50), self.each.percentile(100));
        println!(
            "{way}: {:.2?} together; each by itself: half within {half:.2?}, the slowest {slowest:.2?}; the last began \
             after {:.2?}; {} at the same time",
            self.together, self.begun, self.at_once
        );
        let cost = ratio(self.together, slowest);
        let promise = format!("{way} cost at most {WORST} times the slowest of them (seen: {cost:.2})");
        promises.hold(cost <= WORST, promise);
    }
}

/// One process is asked for all of them.
pub async fn asked(app: &App, services: &[String], version: &'static str) -> Done<Crowd> {
    let (began, mut rolled) = (ident::Instant::now(), JoinSet::new());
    for service in services {
        let (app, target) = (app.clone(), format!("{service}/test"));
        rolled.spawn(async move {
            let plan = app.plan_deploy(&target, version).await?;
            let (id, ended) = app.execute(&plan.plan_hash, "a benchmark", "", None).await?;
            if ended == State::Succeeded { Ok(id.to_string()) } else { Err(format!("{target}: {ended:?}").into()) }
        });
    }
    let mut ids = Vec::new();
    while let Some(ended) = rolled.join_next().await {
        let ended: Done<String> = ended?;
        ids.push(ended?);
    }
    Crowd::of(app, began, &ids).await
}

/// All are due at one instant, and an agent is awake.
pub async fn due(app: &App, folder: &Path, services: &[String], version: &str, promises: &mut Promises) -> Done<Crowd> {
    let mut plans = Vec::new();
    for service in services {
        plans.push(app.plan_deploy(&format!("{service}/test"), version).await?.plan_hash);
    }
    let mut command = Command::new(cli::program()?);
    command.arg("--home").arg(&app.home().path).arg("agent");
    let agent = Daemon::spawn("the agent", &mut command, &folder.join("agent.log"))?;
    let (due, scheduled) = (ident::Instant::now() + AHEAD, Instant::now());
    for plan in &plans {
        app.schedule(plan, "a benchmark", "", Some(due)).await?;
    }
    let asleep = memory(agent.pid())?;
    let ids = loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if scheduled.elapsed() > HUNG {
            return Err(format!("scheduled releases have not ended: {:?}", app.scheduled(true).await?).into());
        }
        let rows = app.scheduled(false).await?;
        if let Some(lapsed) = rows.iter().find(|row| matches!(row.state, ScheduleState::Lapsed { .. })) {
            return Err(format!("{lapsed:?}").into());
        }
        let begun = rows.into_iter().filter_map(|row| match row.state {
            ScheduleState::Started { deployment, .. } => Some(deployment.to_string()),
            _ => None,
        });
        let ids: Vec<String> = begun.collect();
        let mut running = 0;
        for id in &ids {
            running += usize::from(app.deployment(id).await?.ended_at.is_none());
        }
        if ids.len() == services.len() && running == 0 {
            break ids;
        }
    };
    let awake = memory(agent.pid())?;
    let promise = format!("an agent that runs them holds at most {ROOM} MB (seen: {awake}, {asleep} before)");
    promises.hold(awake <= ROOM, promise);
    Crowd::of(app, due, &ids).await
}

/// A script starts a command for each.
pub async fn commanded(app: &App, services: &[String], version: &str) -> Done<Crowd> {
    let (began, mut rolled) = (ident::Instant::now(), JoinSet::new());
    for service in services {
        let mut command = tokio::process::Command::new(cli::program()?);
        command.arg("--home").arg(&app.home().path).args(["--output", "json", "deploy", service, "test", version]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        rolled.spawn(command.output());
    }
    let mut ids = Vec::new();
    while let Some(ended) = rolled.join_next().await {
        let output = ended??;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let view: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        ids.push(view["id"].as_str().unwrap_or_default().to_owned());
    }
    Crowd::of(app, began, &ids).await
}
