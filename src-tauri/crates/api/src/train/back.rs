//! The way back of a train, and of trains whose process died or that were stuck.

use super::Ride;
use crate::{Answer, ApiError, App, RollbackOptions, dto::PlanView};
use switchback_core::{
    ident::TrainId,
    name::Target,
    plan::{Before, Kind, Plan},
    planner,
    port::{LedgerError, TrainRow},
    says::steps,
    train::{Event, State, Train},
};
use switchback_engine::Held;

impl App {
    /// The rollback that brings a car back. No gate is asked: it is the train's own undoing.
    pub(super) async fn plan_back(&self, car: &Plan) -> Answer<Plan> {
        let view = self.view_back(car).await?;
        let plan = self.ports().ledger.proposed(&view.plan_hash).await?;
        self.can(&plan).await?;
        Ok(plan)
    }

    /// The plan that brings a car back to what ran before it; to nothing where nothing did.
    pub(super) async fn view_back(&self, car: &Plan) -> Answer<PlanView> {
        let Some(before) = &car.before else { return self.plan_withdraw(&car.target).await };
        let way = RollbackOptions::default();
        Box::pin(self.plan_rollback(&car.target.to_string(), Some(before.revision.0), way)).await
    }

    /// What taking a first deployment away again would do.
    async fn plan_withdraw(&self, target: &Target) -> Answer<PlanView> {
        let (document, _) = self.document().await?;
        let resolved = document.target(target)?;
        let row = self.history.target(target).await?;
        let Some(Before { revision, version, workload, .. }) = row.current.clone() else {
            return Err(ApiError::new("not_found", format!("nothing runs on {target}")).with("what", target));
        };
        let leftovers = self.leftovers(&row, &workload).await?;
        let protected = resolved.protected;
        let intent = self.intent(Kind::Withdraw, &row, resolved, revision, version, workload, leftovers);
        self.offer(planner::withdraw(intent), protected).await
    }

    /// The lease under which a train is carried out.
    pub(super) async fn hold(&self, train: &Train, what: &str) -> Answer<Held> {
        let name = train.id.short();
        let lock = train.lock().ok_or_else(|| LedgerError::Other { said: format!("{name} is no name") })?;
        Ok(self.engine.hold(&lock, &format!("{name} {what}")).await?)
    }

    /// Takes up a train whose process died, or that is stuck; none when a living process has it, or it has ended.
    pub(super) async fn take_over(&self, train: &Train) -> Answer<Option<Ride>> {
        let held = match self.hold(train, "is resumed").await {
            Err(error) if error.code == "held" => return Ok(None),
            held => held?,
        };
        // Read again under the lease: its last owner may have gone on until a moment ago.
        let row = self.trainbook.train(&train.id.to_string()).await?;
        let left = !row.state.ended() || matches!(row.state, State::Stuck { .. });
        let mut ride = Ride::new(self.clone(), held, row);
        if left {
            ride.append(Event::Resumed { by: self.actor.clone() }).await?;
            return Ok(Some(ride));
        }
        ride.let_go().await;
        Ok(None)
    }

    /// Finishes or undoes trains that processes that died left behind; returns them.
    pub(crate) async fn recover_trains(&self) -> Answer<Vec<TrainId>> {
        let mut rows = self.trainbook.trains(true, u32::MAX).await?;
        rows.retain(|row| !row.state.ended());
        self.take_up(rows).await
    }

    /// Goes on undoing trains that are stuck; what their deployments are stuck in is taken up before.
    pub(crate) async fn unstick_trains(&self) -> Answer<Vec<TrainId>> {
        let mut rows = self.trainbook.trains(true, u32::MAX).await?;
        rows.retain(|row| matches!(row.state, State::Stuck { .. }));
        self.take_up(rows).await
    }

    async fn take_up(&self, rows: Vec<TrainRow>) -> Answer<Vec<TrainId>> {
        let mut done = Vec::new();
        for row in rows {
            if let Some(ride) = self.take_over(&row.train).await? {
                done.push(ride.finish().await?.train.id);
            }
        }
        Ok(done)
    }
}

/// What a person has to do where a rollback of a car did not come to its end.
pub(super) fn by_hand(train: &Train, car: usize, mut first: Vec<String>) -> Vec<String> {
    let Some(plan) = train.cars.get(car) else { return first };
    let (service, environment) = (&plan.target.service, &plan.target.environment);
    let step = match &plan.before {
        Some(before) => {
            let revision = before.revision;
            steps::by_hand(service, format!("switchback rollback {service} {environment} --to {revision}"))
        }
        None => steps::deploy_working(&plan.target),
    };
    first.push(step.into());
    of_deployment(train, car, first)
}

/// What a deployment that is stuck wants, and what the train waits for.
pub(super) fn of_deployment(train: &Train, car: usize, mut first: Vec<String>) -> Vec<String> {
    if !first.iter().any(|line| line.contains("`switchback resume`")) {
        first.push(steps::resume().into());
    }
    let still = train.cars.iter().take(car).rev();
    let still: Vec<String> =
        still.map(|plan| format!("{} {} ({})", plan.target.service, plan.version, plan.revision)).collect();
    if !still.is_empty() {
        first.push(steps::still_new(train.id.short(), still.join(", ")).into());
    }
    first
}
