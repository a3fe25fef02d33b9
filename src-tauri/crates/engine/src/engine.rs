//! The engine: what a client holds. Starts deployments, resumes those whose process died, and hands out progress.

use crate::{executor::Run, lease, lease::Held, probe};
use std::sync::Arc;
use switchback_core::{
    deployment::{Event, State},
    failure::{Failure, FailureKind},
    ident::{Actor, Clock, DeploymentId, IdSource},
    name::Target,
    plan::Plan,
    port::{Bygone, Clusters, Databases, Ledger, LedgerError, Owner, Runtime, Secrets, Switchboard},
    record::{Audit, Consequence, consequences},
    schema::OnLoss,
    workload::{RuntimeKind, Settings},
};
use tokio::sync::broadcast;

/// The runtimes that are wired in.
pub trait Runtimes: Send + Sync {
    /// The one for a kind; `None` when this build or machine has none.
    fn runtime(&self, kind: RuntimeKind) -> Option<Arc<dyn Runtime>>;
    /// The clusters; `None` when this build has none.
    fn clusters(&self) -> Option<Arc<dyn Clusters>> {
        None
    }
    /// The one that decides about routers in front of targets with these settings.
    fn switchboard(&self, settings: &Settings) -> Arc<dyn Switchboard>;
}

/// All the engine needs from the world.
#[derive(Clone)]
pub struct Ports {
    /// The journal.
    pub ledger: Arc<dyn Ledger>,
    /// The runtimes and routers.
    pub runtimes: Arc<dyn Runtimes>,
    /// The databases.
    pub databases: Arc<dyn Databases>,
    /// The keychain.
    pub secrets: Arc<dyn Secrets>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// This process, as leases name it.
    pub owner: Owner,
}

/// Why a deployment could not be started or resumed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store failed after a deployment had touched what serves: nobody goes on, and a person is needed.
    #[error("it is left in the middle: {0}")]
    Midway(LedgerError),
    /// The journal holds something this version does not understand.
    #[error(transparent)]
    Illegal(#[from] switchback_core::deployment::Illegal),
}

/// Runs deployments of this process. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) ports: Ports,
    pub(crate) http: reqwest::Client,
    changed: broadcast::Sender<DeploymentId>,
}

impl Engine {
    /// An engine over these ports.
    pub fn new(ports: Ports) -> Self {
        let (changed, _) = broadcast::channel(1024);
        Self { ports, http: probe::client(), changed }
    }

    /// The ports it runs against.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Whether a process is certainly gone.
    pub fn is_dead(&self, owner: &Owner) -> bool {
        lease::certainly_dead(owner, &self.ports.owner)
    }

    /// Ticks with a deployment's id after each event this process appends.
    pub fn changes(&self) -> broadcast::Receiver<DeploymentId> {
        self.changed.subscribe()
    }

    pub(crate) fn tick(&self, deployment: DeploymentId) {
        // Nobody listening is fine.
        let _ = self.changed.send(deployment);
    }

    /// Commits the plan and its first event. From its return on, the deployment is finished or undone.
    pub async fn begin(&self, plan: Plan, by: Actor, reason: String) -> Result<Run, EngineError> {
        self.begin_with(plan, by, reason, Vec::new()).await
    }

    /// The same, with what else is written in the transaction that begins it.
    pub async fn begin_with(
        &self,
        plan: Plan,
        by: Actor,
        reason: String,
        more: Vec<Consequence>,
    ) -> Result<Run, EngineError> {
        let held = self.hold(&plan.target, &doing(&plan)).await?;
        let event = Event::Planned { by: by.clone(), reason };
        let state = switchback_core::deployment::next(&plan, None, &event)?;
        let mut follows = consequences(&plan, &state, &event, &by);
        follows.extend(more);
        let now = self.ports.clock.now();
        if let Err(error) = self.ports.ledger.begin(&held.lease, &plan, &event, now, &follows).await {
            let _ = self.ports.ledger.release(&held.lease).await;
            return Err(error.into());
        }
        self.tick(plan.deployment);
        Ok(Run::new(self.clone(), plan, held, state, 1, by))
    }

    /// Takes over a deployment whose process died, or is stuck; `loss` is what a person said about rows that a way back
    /// would lose.
    pub async fn resume(&self, deployment: DeploymentId, by: Actor, loss: Option<OnLoss>) -> Result<Run, EngineError> {
        let mut run = self.taken_over(deployment, by.clone(), loss).await?;
        if !run.state().ended() || matches!(run.state(), State::Stuck { .. }) {
            run.append(Event::Resumed { by, loss }).await?;
        }
        Ok(run)
    }

    /// A deployment under the lease of its target, as its journal has it; nothing is written yet.
    async fn taken_over(&self, deployment: DeploymentId, by: Actor, loss: Option<OnLoss>) -> Result<Run, EngineError> {
        let (plan, _) = self.ports.ledger.load(deployment).await?;
        let held = self.hold(&plan.target, &format!("resuming {}", doing(&plan))).await?;
        // Read again under the lease: its last owner may have gone on until a moment ago.
        let (plan, entries) = self.ports.ledger.load(deployment).await?;
        let Some(state) = switchback_core::deployment::fold(&plan, &entries)? else {
            return Err(LedgerError::NotFound { what: format!("deployment {deployment}") }.into());
        };
        let seq = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let mut run = Run::new(self.clone(), plan, held, state, seq, by);
        let said = entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Resumed { loss, .. } => *loss,
            _ => None,
        });
        run.loss = loss.or(said);
        Ok(run)
    }

    /// Resumes everything that was left unfinished and whose owner is certainly gone; returns what became of each.
    /// Those that another living process runs are left to it.
    pub async fn recover(&self, by: &Actor) -> Result<Vec<(DeploymentId, State)>, EngineError> {
        let mut done = Vec::new();
        for (deployment, _) in self.ports.ledger.unfinished().await? {
            match self.taken_over(deployment, by.clone(), None).await {
                // It ended by itself before its lease was ours. One that is stuck waits for a person.
                Ok(run) if run.state().ended() => drop(run.finish().await?),
                Ok(mut run) => {
                    run.append(Event::Resumed { by: by.clone(), loss: None }).await?;
                    done.push((deployment, run.finish().await?));
                }
                Err(EngineError::Ledger(LedgerError::Held { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Takes up the undoing of what is stuck, where it stopped; returns what became of each. For a person to ask, when
    /// what was in the way is gone.
    pub async fn unstick(&self, by: &Actor, loss: Option<OnLoss>) -> Result<Vec<(DeploymentId, State)>, EngineError> {
        let mut done = Vec::new();
        for (deployment, _) in self.ports.ledger.stuck().await? {
            done.push((deployment, self.resume(deployment, by.clone(), loss).await?.finish().await?));
        }
        Ok(done)
    }

    /// Writes what is older than this history; see [`Ledger::remember`].
    pub async fn remember(&self, target: &Target, bygone: &[Bygone], audit: &Audit) -> Result<(), EngineError> {
        let held = self.hold(target, "what ran before").await?;
        let now = self.ports.clock.now();
        let written = self.ports.ledger.remember(&held.lease, bygone, audit, now).await;
        let released = self.ports.ledger.release(&held.lease).await;
        written?;
        Ok(released?)
    }

    /// Takes the lease on a target and keeps it alive until it is given back or dropped.
    pub async fn hold(&self, target: &Target, message: &str) -> Result<Held, LedgerError> {
        let here = self.ports.owner.clone();
        let asked = here.clone();
        let dead = move |owner: &Owner| lease::certainly_dead(owner, &asked);
        let now = self.ports.clock.now();
        let lease = self.ports.ledger.acquire(target, &here, message, now, &dead).await?;
        Ok(Held::start(self.ports.ledger.clone(), self.ports.clock.clone(), lease))
    }

    /// Gives a lease back. One that is no longer ours is left alone.
    pub async fn let_go(&self, held: Held) {
        // A store that does not answer leaves it to grow stale.
        let _ = self.ports.ledger.release(&held.lease).await;
    }

    pub(crate) fn runtime(&self, kind: RuntimeKind) -> Result<Arc<dyn Runtime>, Failure> {
        self.ports.runtimes.runtime(kind).ok_or_else(|| {
            let endpoint = format!("{kind:?}").to_lowercase();
            Failure::new(FailureKind::Unreachable { endpoint }, "this build has no such runtime")
        })
    }
}

/// What a lease is taken for, for people.
fn doing(plan: &Plan) -> String {
    let train = plan.train.map(|train| format!(" in {}", train.short())).unwrap_or_default();
    format!("{} of {}{train}", plan.kind.word(), plan.version)
}
