//! Drills: the way back rehearsed in a place apart, by the engine that would do it, and measured against the goal.
//!
//! What runs is deployed there first, then the prior revision takes its place by the target's own strategy. Nobody is
//! served there: no router is switched, no hook and no smoke test is run, no migration. The journal is one of its own and
//! thrown away; what stays is the drill, with what came of it.

use crate::{
    Answer, ApiError, App,
    app::{self, reason},
    deploy::confirmed,
    dto::DrillView,
};
use async_trait::async_trait;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use switchback_core::{
    deployment::{Event, State},
    drill::{Drill, Outcome},
    failure::Failure,
    health::Probe,
    ident::{DeploymentId, RevisionNumber},
    name::Target,
    plan::{Action, Before, Kind, Plan},
    planner::{self, Intent, Moves},
    port::{Ledger, Route, Runtime, Switchboard, Upstream},
    strategy::Router,
    workload::{RuntimeKind, Settings, Workload},
};
use switchback_engine::{Engine, Ports, Runtimes};
use switchback_policy::Resolved;

/// What is being rehearsed.
#[derive(Debug, Clone)]
pub enum Moment {
    /// What runs is deployed to the place apart.
    ComesUp(RevisionNumber),
    /// The way back begins.
    GoesBack(RevisionNumber),
    /// The place apart is removed.
    Clears,
}

/// The runtimes, with nothing in front of their instances.
struct Unserved(Arc<dyn Runtimes>);

impl Runtimes for Unserved {
    fn runtime(&self, kind: RuntimeKind) -> Option<Arc<dyn Runtime>> {
        self.0.runtime(kind)
    }
    fn switchboard(&self, _: &Settings) -> Arc<dyn Switchboard> {
        Arc::new(Nobody)
    }
}

/// A router in front of nobody.
struct Nobody;

#[async_trait]
impl Switchboard for Nobody {
    async fn ready(&self, _: &Router, _: &Target) -> Result<(), Failure> {
        Ok(())
    }
    async fn switch(&self, _: &Router, _: &Route) -> Result<(), Failure> {
        Ok(())
    }
    async fn current(&self, _: &Router, _: &Target) -> Result<Option<Vec<Upstream>>, Failure> {
        Ok(None)
    }
    async fn drained(&self, _: &Router, _: &Target, _: Duration) -> Result<(), Failure> {
        Ok(())
    }
}

/// A revision as it is deployed to the place apart.
struct Copy {
    revision: RevisionNumber,
    version: String,
    workload: Workload,
}

impl App {
    /// The drills of a target, newest first.
    pub async fn drills(&self, target: &str) -> Answer<Vec<DrillView>> {
        let drills = self.drillbook.drills(&app::target(target)?, 50).await?;
        Ok(drills.iter().map(DrillView::of).collect())
    }

    /// Rehearses going back from what runs to `to`, or to the revision before.
    pub async fn drill(
        &self,
        target: &str,
        to: Option<u32>,
        confirm: &str,
        tell: &(dyn Fn(&Moment) + Send + Sync),
    ) -> Answer<DrillView> {
        self.clear_drills().await;
        let target = app::target(target)?;
        let (document, _) = self.document().await?;
        let resolved = document.target(&target)?;
        confirmed(&target, resolved.protected, confirm)?;
        if let Probe::Http { path, .. } = &resolved.health.probe
            && path.starts_with("http://")
        {
            return Err(ApiError::new("bad_input", format!("the health gate asks {path}, which is not the copy's"))
                .hint("Give the gate a path; it is then asked of each instance."));
        }
        let current = self.history.target(&target).await?.current.ok_or_else(|| {
            ApiError::new("not_found", format!("nothing runs on {target}")).hint("Deploy a release first.")
        })?;
        let to = self.prior(&target, Some(current.revision), to).await?;
        let prior = self.history.revision(&target, to).await?;
        let id = self.ports().ids.next();
        let apart = Drill::apart(&target.service, id)
            .ok_or_else(|| ApiError::new("internal", "a drill's own environment cannot be named"))?;
        let mut drill = Drill {
            id,
            target: target.clone(),
            from: current.revision,
            to,
            settings: current.workload.settings.clone(),
            at: self.ports().clock.now(),
            by: self.actor.name.clone(),
            owner: self.ports().owner.clone(),
            outcome: None,
        };
        self.drillbook.begin_drill(&drill, &self.drill_line(&drill, "started")).await?;
        let from = Copy { revision: current.revision, version: current.version, workload: current.workload };
        let back = Copy { revision: to, version: prior.version, workload: prior.workload };
        let outcome = Box::pin(self.rehearse(&target, &apart, id, &resolved, from, back, tell)).await;
        tell(&Moment::Clears);
        let (outcome, error) = match outcome {
            Ok(outcome) => (outcome, None),
            Err(error) => (Outcome::Failed { revision: to.0, why: error.to_string() }, Some(error)),
        };
        drill.outcome = Some(outcome.clone());
        let now = self.ports().clock.now();
        self.drillbook.end_drill(id, &outcome, now, &self.drill_line(&drill, "ended")).await?;
        self.clear(&drill).await?;
        error.map_or_else(|| Ok(DrillView::of(&drill)), Err)
    }

    #[allow(clippy::too_many_arguments)]
    async fn rehearse(
        &self,
        target: &Target,
        apart: &Target,
        id: uuid::Uuid,
        resolved: &Resolved,
        mut from: Copy,
        mut back: Copy,
        tell: &(dyn Fn(&Moment) + Send + Sync),
    ) -> Answer<Outcome> {
        let runtime = self.runtime(from.workload.settings.kind())?;
        for copy in [&mut from, &mut back] {
            copy.workload.settings = runtime.scratch(&copy.workload, target, apart).await?;
            copy.workload.schema = None;
        }
        let ledger = self.journals_apart.open(id).await?;
        let runtimes: Arc<dyn Runtimes> = Arc::new(Unserved(self.ports().runtimes.clone()));
        let engine = Engine::new(Ports { ledger: ledger.clone(), runtimes, ..self.ports().clone() });
        let act = async |kind, before: Option<Before>, copy: &Copy| -> Answer<(Plan, State, u64)> {
            let began = Instant::now();
            let plan = planner::plan(self.apart(kind, apart, resolved.clone(), before, copy));
            let run = engine.begin(plan.clone(), self.actor.clone(), reason("a drill")?).await?;
            let state = run.finish().await?;
            Ok((plan, state, u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)))
        };
        tell(&Moment::ComesUp(from.revision));
        let (plan, state, came_up_ms) = act(Kind::Deploy, None, &from).await?;
        if !matches!(state, State::Succeeded) {
            return Ok(Outcome::Failed { revision: from.revision.0, why: why(&state) });
        }
        let instances = plan.instances;
        let before = Before {
            revision: from.revision,
            version: from.version.clone(),
            workload: from.workload.clone(),
            instances,
        };
        tell(&Moment::GoesBack(back.revision));
        let (plan, state, took_ms) = act(Kind::Rollback, Some(before), &back).await?;
        if !matches!(state, State::Succeeded) {
            return Ok(Outcome::Failed { revision: back.revision.0, why: why(&state) });
        }
        Ok(Outcome::Back { came_up_ms, took_ms, evidence: seen(ledger.as_ref(), &plan).await? })
    }

    fn apart(&self, kind: Kind, apart: &Target, resolved: Resolved, before: Option<Before>, copy: &Copy) -> Intent {
        Intent {
            deployment: DeploymentId(self.ports().ids.next()),
            kind,
            target: apart.clone(),
            now: self.ports().clock.now(),
            before,
            leftovers: Vec::new(),
            revision: copy.revision,
            version: copy.version.clone(),
            workload: copy.workload.clone(),
            strategy: resolved.strategy,
            health: copy.workload.health.clone().map_or(resolved.health, |own| *own),
            smoke: Vec::new(),
            before_deploy: Vec::new(),
            after_deploy: Vec::new(),
            pause_after_rollback: false,
            schema: Moves::default(),
            surge: None,
        }
    }

    /// Clears what drills of processes that died left in the world. What cannot be cleared now is tried again.
    pub(crate) async fn clear_drills(&self) {
        let Ok(open) = self.drillbook.open_drills().await else { return };
        for drill in open.iter().filter(|drill| drill.outcome.is_some() || self.engine.is_dead(&drill.owner)) {
            let ended = Drill { outcome: Some(Outcome::Interrupted), ..drill.clone() };
            let line = self.drill_line(&ended, "ended");
            let told = async {
                if drill.outcome.is_none() {
                    let now = self.ports().clock.now();
                    self.drillbook.end_drill(drill.id, &Outcome::Interrupted, now, &line).await?;
                }
                self.clear(drill).await
            };
            if let Err(error) = told.await {
                tracing::warn!(%error, drill = %drill.id, "what a drill left is still there; it is tried again");
            }
        }
    }

    /// Removes the place apart and the journal of a drill, then notes that they are gone.
    async fn clear(&self, drill: &Drill) -> Answer<()> {
        if let Some(apart) = Drill::apart(&drill.target.service, drill.id) {
            self.runtime(drill.settings.kind())?.scrap(&drill.settings, &apart).await?;
        }
        self.journals_apart.discard(drill.id).await?;
        Ok(self.drillbook.clear_drill(drill.id).await?)
    }

    fn drill_line(&self, drill: &Drill, what: &str) -> switchback_core::record::Audit {
        let subject = format!("{} {} -> {}", drill.target.service, drill.from, drill.to);
        let mut line = self.audit_line(&format!("drill.{what}"), subject, "");
        line.environment = Some(drill.target.environment.to_string());
        line.after = serde_json::to_value(&drill.outcome).unwrap_or_default();
        line
    }
}

/// Why a deployment to the place apart did not succeed, with the last lines of what it deployed.
fn why(state: &State) -> String {
    let cause = match state {
        State::RolledBack { cause } | State::Stuck { cause, .. } => cause,
        other => return format!("{other:?}"),
    };
    let found = cause.diagnosis.as_ref().map(|diagnosis| diagnosis.summary.as_str()).filter(|said| !said.is_empty());
    let lines = cause.failure.log.iter().rev().take(5).rev().map(|line| format!("\n> {}", line.text));
    let summary = found.map(|said| format!(" ({said})")).unwrap_or_default();
    cause.failure.message.clone() + &summary + &lines.collect::<String>()
}

/// What the health gate saw last.
async fn seen(ledger: &dyn Ledger, plan: &Plan) -> Answer<String> {
    let (_, entries) = ledger.load(plan.deployment).await?;
    let verified = entries.into_iter().rev().find_map(|entry| match entry.event {
        Event::StepDone { step, result } if matches!(plan.steps.get(step)?.action, Action::Verify { .. }) => {
            Some(result)
        }
        _ => None,
    });
    Ok(verified.unwrap_or_default())
}
