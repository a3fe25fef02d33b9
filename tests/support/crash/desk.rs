//! A desk: store, runtimes and routers wired into an engine, as the application does, for one target.

use super::{
    ledger::{CrashLedger, Moment, Strike},
    nothing_kept::NothingKept,
    schema,
    tally::{Tallied, Tally},
    world::World,
};
use std::{collections::BTreeSet, str::FromStr, sync::Arc};
use switchback_core::{
    deployment::State,
    ident::{Actor, Clock, DeploymentId, IdSource, Instant},
    plan::{Kind, Plan},
    planner::{self, Intent},
    port::{History as _, Ledger, Owner, Runtime, Switchboard},
    workload::{RuntimeKind, Settings},
};
use switchback_docker::Docker;
use switchback_engine::{Engine, EngineError, Ports, Runtimes};
use switchback_gateway::{Nginx, Routers};
use switchback_kubernetes::Kubernetes;
use switchback_process::{Process, TcpSwitch};
use switchback_store::Store;
use uuid::Uuid;

/// What a person asks of a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Deploy a version.
    Deploy(String),
    /// Go back to the revision before.
    Rollback,
}

impl std::fmt::Display for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deploy(version) => write!(f, "deploy:{version}"),
            Self::Rollback => f.write_str("rollback"),
        }
    }
}

impl FromStr for Act {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("deploy", version)) => Ok(Self::Deploy(version.to_owned())),
            None if text == "rollback" => Ok(Self::Rollback),
            _ => Err(format!("{text}: neither deploy:VERSION nor rollback")),
        }
    }
}

struct Adapters {
    process: Arc<dyn Runtime>,
    docker: Arc<dyn Runtime>,
    kubernetes: Arc<dyn Runtime>,
    world: World,
}

impl Runtimes for Adapters {
    fn runtime(&self, kind: RuntimeKind) -> Option<Arc<dyn Runtime>> {
        Some(match kind {
            RuntimeKind::Process => self.process.clone(),
            RuntimeKind::Docker => self.docker.clone(),
            RuntimeKind::Kubernetes => self.kubernetes.clone(),
        })
    }
    fn switchboard(&self, _: &Settings) -> Arc<dyn Switchboard> {
        let daemon = vec![self.world.supervisor.clone(), "tcp-switch".to_owned()];
        let switch = TcpSwitch::new(self.world.home.join("state"), daemon);
        Arc::new(Routers::new(Box::new(switch), Nginx::new(None)))
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

struct RandomIds;

impl IdSource for RandomIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// One process at work on a home. Two of them on one home are two programs on one database.
pub struct Desk {
    /// What it works on.
    pub world: World,
    /// Its store, unwrapped.
    pub store: Arc<Store>,
    /// Its effects.
    pub tally: Tally,
    engine: Engine,
    by: Actor,
}

impl Desk {
    /// Opens the home; with a `strike`, something happens at its moment.
    pub async fn open(world: World, strike: Option<(Moment, Strike)>) -> Self {
        let store = Arc::new(Store::open(&world.home.join("history.db"), None).await.expect("a store"));
        let tally = Tally(world.home.join("effects"));
        let supervisor = vec![world.supervisor.clone(), "supervise".to_owned()];
        let process = Arc::new(Process::new(world.home.join("state"), supervisor));
        let adapters = Adapters {
            process: Arc::new(Tallied::new(process, tally.clone())),
            docker: Arc::new(Tallied::new(Arc::new(Docker::new(None)), tally.clone())),
            kubernetes: Arc::new(Tallied::new(Arc::new(Kubernetes::new(None)), tally.clone())),
            world: world.clone(),
        };
        let plain: Arc<dyn Ledger> = store.clone();
        let ledger = match strike {
            Some((moment, strike)) => Arc::new(CrashLedger::new(plain, moment, strike)),
            None => plain,
        };
        let pid = std::process::id();
        let label = format!("the desk of process {pid}");
        let ports = Ports {
            ledger,
            runtimes: Arc::new(adapters),
            databases: Arc::new(switchback_database::Servers::new(Arc::new(switchback_process::LocalPrograms))),
            secrets: Arc::new(NothingKept),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            owner: Owner { label, host: "here".to_owned(), pid, session: Uuid::now_v7() },
        };
        let by = Actor { name: "amara".to_owned(), origin: "desk".to_owned() };
        Self { world, store, tally, engine: Engine::new(ports), by }
    }

    /// The runtime of the target.
    pub fn runtime(&self) -> Arc<dyn Runtime> {
        let kind = self.world.settings().kind();
        self.engine.ports().runtimes.runtime(kind).expect("both are wired")
    }

    /// Plans an act from what is there now, as the application does.
    pub async fn plan(&self, act: &Act) -> Plan {
        let World { target, .. } = &self.world;
        let row = self.store.target(target).await.expect("the target");
        let (kind, revision, version, workload) = match act {
            Act::Deploy(version) => {
                let workload = self.world.releases[version].clone();
                (Kind::Deploy, row.next_revision, version.clone(), workload)
            }
            Act::Rollback => {
                let current = row.current.as_ref().map(|current| current.revision);
                let prior = self.store.revisions(target, 2).await.expect("revisions");
                let prior = prior.into_iter().find(|prior| Some(prior.revision) != current).expect("a prior revision");
                (Kind::Rollback, prior.revision, prior.version, prior.workload)
            }
        };
        let present: BTreeSet<_> = row.current.iter().flat_map(|current| current.instances.clone()).collect();
        let observed = self.runtime().observe(&workload.settings, target).await.expect("what is there");
        let leftovers = observed.into_iter().map(|it| it.name).filter(|name| !present.contains(name)).collect();
        let schema = schema::moves(&self.world.home, &version).await;
        planner::plan(Intent {
            deployment: DeploymentId(Uuid::now_v7()),
            kind,
            target: target.clone(),
            now: Instant::now(),
            before: row.current,
            leftovers,
            revision,
            version,
            workload,
            strategy: self.world.strategy.clone(),
            health: self.world.health.clone(),
            smoke: Vec::new(),
            before_deploy: self.world.hooks.clone(),
            after_deploy: Vec::new(),
            pause_after_rollback: false,
            schema,
            surge: None,
        })
    }

    /// Does an act to its end.
    pub async fn act(&self, act: &Act) -> Result<State, EngineError> {
        self.execute(self.plan(act).await).await
    }

    /// Executes a plan to its end.
    pub async fn execute(&self, plan: Plan) -> Result<State, EngineError> {
        let run = self.engine.begin(plan, self.by.clone(), "a test".to_owned()).await?;
        run.finish().await
    }

    /// The newest deployment there is.
    pub async fn last(&self) -> Option<DeploymentId> {
        let page = self.store.deployments(&self.world.target, None, 1).await.expect("a page");
        page.rows.first().map(|row| row.id)
    }

    /// Takes up what dead processes left; returns the endings.
    pub async fn recover(&self) -> Result<Vec<State>, EngineError> {
        Ok(self.engine.recover(&self.by).await?.into_iter().map(|(_, state)| state).collect())
    }
}
