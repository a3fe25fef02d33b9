//! Release trains: several services of an environment, deployed one after the other and undone together in reverse.
//!
//! Everything is planned and every gate is asked before the first car begins; what has begun is no more cut by a gate than
//! a deployment is. The way back asks none: it is what a deployment's own undoing is, over several services.

mod back;
mod ride;
mod view;

use crate::{
    Answer, ApiError, App, Overriding,
    app::reason,
    deploy::confirmed,
    dto::{PlanView, TrainPlanView},
    gates::{Question, refused},
    says,
};
use ride::Ride;
use serde::Deserialize;
use std::collections::BTreeSet;
use switchback_core::{
    gate::{Gate, GateKind},
    ident::TrainId,
    name::{Environment, Target},
    plan::{Kind, Plan},
    port::{LedgerError, TrainRow},
    train::{Event, State, Train, audit},
};
use ts_rs::TS;

/// Most cars of a train.
const MOST: usize = 50;

/// A service with the version it is to run.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CarWish {
    /// Service.
    pub service: String,
    /// Version.
    pub version: String,
}

impl App {
    /// What a train would do: each car's plan with its gates, and nothing changed.
    pub async fn plan_train(&self, environment: &str, cars: &[CarWish]) -> Answer<TrainPlanView> {
        let environment: Environment = environment.parse()?;
        if cars.is_empty() || cars.len() > MOST {
            return Err(ApiError::new("bad_input", format!("a train has 1 to {MOST} cars"))
                .hint("Name what it takes along, in order: `web@1.2.0 api@3.1.0`."));
        }
        let mut seen = BTreeSet::new();
        let mut plans = Vec::new();
        for car in cars {
            let target = Target { service: car.service.parse()?, environment: environment.clone() };
            if !seen.insert(target.clone()) {
                return Err(
                    ApiError::new("bad_input", format!("{target} is in the train twice")).with("target", target)
                );
            }
            plans.push(Box::pin(self.plan_deploy(&target.to_string(), &car.version)).await?);
        }
        // What fails last is undone by its own deployment; what has arrived before it is taken away again.
        let arrived = plans.len() - 1;
        for plan in plans[..arrived].iter_mut().filter(|plan| plan.from_revision.is_none()) {
            if plan.steps.iter().any(|step| step.action == "migrate") {
                let said = format!("nothing ran on {} before: its migrations could not be undone", plan.target);
                return Err(ApiError::new("bad_input", said)
                    .with("target", &plan.target)
                    .hint("Deploy it on its own first, or put it last in the train."));
            }
            plan.warnings.push(says::withdrawn(&plan.target));
        }
        Ok(train_plan(&environment, plans))
    }

    /// Starts exactly the plans that a person saw, in their order; the train runs on in this process. `confirm` is the
    /// environment's name where it is protected.
    pub async fn start_train(
        &self,
        plans: &[String],
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
    ) -> Answer<TrainId> {
        Ok(go_on(self.begin_train(plans, why, confirm, overriding).await?))
    }

    /// Starts a train and waits for its end; `began` is told its name.
    pub async fn execute_train(
        &self,
        plans: &[String],
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
        began: impl FnOnce(TrainId),
    ) -> Answer<TrainId> {
        let ride = self.begin_train(plans, why, confirm, overriding).await?;
        began(ride.id());
        Ok(ride.finish().await?.train.id)
    }

    async fn begin_train(
        &self,
        hashes: &[String],
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
    ) -> Answer<Ride> {
        let why = reason(why)?;
        let mut plans = Vec::new();
        for hash in hashes {
            plans.push(self.ports().ledger.proposed(hash).await?);
        }
        let environment = coupled(&plans)?;
        let (document, base) = self.document().await?;
        for plan in &plans {
            confirmed(&plan.target, document.target(&plan.target)?.protected, confirm)?;
        }
        if overriding.is_none() {
            self.open_to_all(&plans).await?;
        }
        for plan in &plans {
            self.can(plan).await?;
        }
        // Nothing is noted as passed before it is known that all can begin.
        for plan in &plans {
            self.pass((&document, &base), plan, overriding).await?;
        }
        let (id, at) = (TrainId(self.ports().ids.next()), self.ports().clock.now());
        let train = Train { id, environment, cars: plans, by: self.actor.clone(), reason: why, at };
        let held = self.hold(&train, "runs").await?;
        let line = audit(&train, &Event::Began, &self.actor);
        if let Err(error) = self.trainbook.begin_train(&held.lease, &train, &line).await {
            self.engine.let_go(held).await;
            return Err(error.into());
        }
        let row = self.trainbook.train(&id.to_string()).await?;
        Ok(Ride::new(self.clone(), held, row))
    }

    /// Refuses when any gate of any car is closed; names every one.
    async fn open_to_all(&self, plans: &[Plan]) -> Answer<()> {
        let (document, base) = self.document().await?;
        let mut refusal: Option<ApiError> = None;
        for plan in plans {
            let (document, base, version) = (&document, base.as_path(), Some(plan.version.as_str()));
            let question =
                Question { document, base, target: &plan.target, kind: plan.kind, version, plan: Some(plan) };
            let (gates, _) = self.verdicts(&question).await?;
            let held: Vec<&Gate> = gates.iter().filter(|gate| gate.kind != GateKind::Lock && gate.holds()).collect();
            if held.is_empty() {
                continue;
            }
            let mut error = refused(&held, plan);
            error.causes = error.causes.iter().map(|cause| format!("{}: {cause}", plan.target)).collect();
            match &mut refusal {
                Some(first) => first.causes.extend(error.causes),
                None => refusal = Some(error),
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    /// What bringing back all that a train brought would do, in reverse order.
    pub async fn plan_train_rollback(&self, name: &str) -> Answer<TrainPlanView> {
        let row = self.trainbook.train(name).await?;
        Ok(train_plan(&row.train.environment, self.plans_back(&row).await?))
    }

    /// Brings back all that a train brought, in reverse order; runs on in this process.
    pub async fn rollback_train(&self, name: &str, why: &str, confirm: &str) -> Answer<TrainId> {
        Ok(go_on(self.turn(name, why, confirm).await?))
    }

    /// The same, and waits for its end.
    pub async fn execute_train_rollback(&self, name: &str, why: &str, confirm: &str) -> Answer<TrainId> {
        Ok(self.turn(name, why, confirm).await?.finish().await?.train.id)
    }

    async fn turn(&self, name: &str, why: &str, confirm: &str) -> Answer<Ride> {
        let why = reason(why)?;
        let row = self.trainbook.train(name).await?;
        let views = self.plans_back(&row).await?;
        let mut plans = Vec::new();
        for view in &views {
            plans.push(self.ports().ledger.proposed(&view.plan_hash).await?);
        }
        for view in &views {
            confirmed(&view.target.parse()?, view.protected, confirm)?;
        }
        self.open_to_all(&plans).await?;
        for plan in &plans {
            self.can(plan).await?;
        }
        let held = self.hold(&row.train, "is undone").await?;
        let mut ride = Ride::new(self.clone(), held, row);
        match ride.append(Event::UndoAsked { by: self.actor.clone(), reason: why }).await {
            Ok(()) => Ok(ride),
            Err(error) => {
                ride.let_go().await;
                Err(error)
            }
        }
    }

    /// The rollbacks that would bring back all that a train brought, in reverse order.
    async fn plans_back(&self, row: &TrainRow) -> Answer<Vec<PlanView>> {
        let name = row.train.id.short();
        if !matches!(row.state, State::Succeeded) {
            let hint = match row.state {
                State::Running { .. } | State::RollingBack { .. } => {
                    format!("It has not ended: `switchback train abort {name} --reason WHY` stops and undoes it.")
                }
                State::Stuck { .. } => "`switchback resume` goes on undoing it.".to_owned(),
                _ => "There is nothing of it to bring back.".to_owned(),
            };
            let said = format!("{name} did not arrive: it is {}", row.state.name());
            return Err(ApiError::new("conflict", said).hint(hint));
        }
        let mut views = Vec::new();
        for plan in row.train.cars.iter().rev() {
            let target = &plan.target;
            let current = self.history.target(target).await?.current.map(|current| current.revision);
            let own =
                format!("Bring the others back one by one: `switchback rollback SERVICE {}`.", target.environment);
            if current != Some(plan.revision) {
                let now = current.map_or_else(|| "nothing".to_owned(), |now| now.to_string());
                let said = format!("{target} runs {now} since, not {} as {name} brought it", plan.revision);
                return Err(ApiError::new("conflict", said).with("target", target).hint(own));
            }
            views.push(self.view_back(plan).await?);
        }
        Ok(views)
    }

    /// Asks a train to stop and to undo what it did. Where whoever ran it is gone, this is whoever undoes it.
    pub async fn abort_train(&self, name: &str, why: &str) -> Answer<()> {
        let why = reason(why)?;
        let row = self.trainbook.train(name).await?;
        let (id, short) = (row.train.id, row.train.id.short());
        if !matches!(row.state, State::Running { .. }) {
            let said = format!("{short} is not on its way any more: it is {}", row.state.name());
            return Err(ApiError::new("conflict", said).hint(format!("`switchback train show {short}`")));
        }
        let now = self.ports().clock.now();
        let mut line = self.audit_line("train.abort-requested", short, &why);
        line.environment = Some(row.train.environment.to_string());
        self.trainbook.ask_train_abort(id, &self.actor, &why, now, &line).await?;
        // The car under way by now, which may be another one than a moment ago.
        let row = self.trainbook.train(&id.to_string()).await?;
        if let State::Running { deployment: Some(deployment), .. } = row.state {
            match self.ports().ledger.ask_abort(deployment, &self.actor, &why, now).await {
                // It has just ended; the train does not begin another.
                Ok(()) | Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(ride) = self.take_over(&row.train).await? {
            ride.finish().await?;
        }
        Ok(())
    }
}

/// Lets a train run on in this process.
fn go_on(ride: Ride) -> TrainId {
    let id = ride.id();
    // The journals are what finish it if this task, or the process, dies.
    tokio::spawn(async move {
        if let Err(error) = ride.finish().await {
            tracing::error!(%error, train = %id, "the train stopped where its journal says; it will be resumed");
        }
    });
    id
}

fn train_plan(environment: &Environment, cars: Vec<PlanView>) -> TrainPlanView {
    TrainPlanView {
        environment: environment.to_string(),
        protected: cars.iter().any(|plan| plan.protected),
        open: !cars.iter().flat_map(|plan| &plan.gates).any(Gate::holds),
        cars,
    }
}

/// The one environment of all cars.
fn coupled(plans: &[Plan]) -> Answer<Environment> {
    let bad = |why: &str| ApiError::new("bad_input", why).hint("Look at the train's plan anew.");
    let first = plans.first().ok_or_else(|| bad("a train has at least one car"))?;
    let mut targets = BTreeSet::new();
    for plan in plans {
        if plan.kind != Kind::Deploy || plan.target.environment != first.target.environment {
            return Err(bad("a train deploys to one environment"));
        }
        if !targets.insert(&plan.target) {
            return Err(bad("a service is in the train twice"));
        }
    }
    Ok(first.target.environment.clone())
}
