//! Ways into clusters, one client each, and a place in a cluster: the namespace and the workload a target names.

use crate::{
    line::Line,
    login::{self, Login, Way},
    trouble,
};
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, StatefulSet},
    core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, Client,
    core::{ApiResource, DynamicObject},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use switchback_core::{
    failure::{Failure, FailureKind},
    workload::{KubernetesSettings, WorkloadKind},
};

/// How long a cluster may take to answer one question.
pub(crate) const ANSWERING: Duration = Duration::from_secs(15);

/// A client with the login it renews.
#[derive(Clone)]
struct Entry {
    client: Client,
    login: Arc<Login>,
    line: Arc<Line>,
}

/// One way in: since when it is tried, and what came of it.
struct Door {
    began: Instant,
    entered: Shared<BoxFuture<'static, Result<Entry, Failure>>>,
}

/// All clients, made at first use.
#[derive(Default)]
pub(crate) struct Clients(Mutex<HashMap<Way, Door>>);

impl Clients {
    /// Where a target's workload is.
    pub(crate) async fn place(&self, settings: &KubernetesSettings) -> Result<Place, Failure> {
        let way = (settings.kubeconfig.clone(), settings.context.clone());
        let (began, entered) = self.door(&way);
        let left = (began + ANSWERING).saturating_duration_since(Instant::now());
        // A login plugin that waits for somebody is asked once, and holds up nobody but who goes this way.
        let entered = tokio::time::timeout(left, entered).await;
        let Entry { client, login, line } = entered.unwrap_or_else(|_| Err(login::unanswered(&way, ANSWERING)))?;
        Ok(Place { client, endpoint: login.endpoint().to_owned(), line, settings: settings.clone() })
    }

    /// The way in as it is tried or stands; tried anew where it failed, or leads elsewhere by now.
    fn door(&self, way: &Way) -> (Instant, Shared<BoxFuture<'static, Result<Entry, Failure>>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = |door: &&Door| match door.entered.peek() {
            None => true,
            Some(Ok(entry)) => !entry.login.has_moved(),
            Some(Err(_)) => false,
        };
        if let Some(door) = known.get(way).filter(usable) {
            return (door.began, door.entered.clone());
        }
        let entered = enter(way.clone()).boxed().shared();
        // It goes on when nobody waits for it any more.
        tokio::spawn(entered.clone());
        let door = Door { began: Instant::now(), entered: entered.clone() };
        let began = door.began;
        known.insert(way.clone(), door);
        (began, entered)
    }
}

async fn enter(way: Way) -> Result<Entry, Failure> {
    let login = Login::enter(way).await?;
    Ok(Entry { client: login.client(), login, line: Arc::new(Line::new(ANSWERING)) })
}

/// A target's workload in its cluster.
#[derive(Clone)]
pub(crate) struct Place {
    client: Client,
    endpoint: String,
    line: Arc<Line>,
    pub(crate) settings: KubernetesSettings,
}

impl Place {
    pub(crate) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = kube::core::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), &self.settings.namespace)
    }

    pub(crate) fn everywhere<K>(&self) -> Api<K>
    where
        K: kube::Resource,
        K::DynamicType: Default,
    {
        Api::all(self.client.clone())
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// How it is come to.
    pub(crate) fn way(&self) -> Way {
        (self.settings.kubeconfig.clone(), self.settings.context.clone())
    }

    /// Another place in the same cluster.
    pub(crate) fn at(&self, settings: KubernetesSettings) -> Self {
        Self { settings, ..self.clone() }
    }

    pub(crate) fn records(&self) -> Api<ConfigMap> {
        self.api()
    }

    pub(crate) fn secrets(&self) -> Api<Secret> {
        self.api()
    }

    /// The kind of the workload.
    pub(crate) fn resource(&self) -> ApiResource {
        match self.settings.workload {
            WorkloadKind::Deployment => ApiResource::erase::<Deployment>(&()),
            WorkloadKind::StatefulSet => ApiResource::erase::<StatefulSet>(&()),
            WorkloadKind::DaemonSet => ApiResource::erase::<DaemonSet>(&()),
        }
    }

    pub(crate) fn workloads(&self) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.settings.namespace, &self.resource())
    }

    /// Asks within bounds when its turn has come (see [`Line`]), and tells a failure as ours. What is asked asks nothing this
    /// way itself: it would wait for a turn while it has one.
    pub(crate) async fn ask<T>(&self, asked: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Failure> {
        // It is large, and would be kept once more for each layer it goes through.
        let asked = Box::pin(asked);
        let Some(_turn) = self.line.turn().await else { return Err(self.silent()) };
        let answer = self.ask_at_once(asked).await;
        if !answer.as_ref().is_err_and(|failure| matches!(failure.kind, FailureKind::Unreachable { .. })) {
            self.line.hears();
        }
        answer
    }

    /// Asks within bounds, whoever else asks: for what somebody behind the cluster answers in their own time.
    pub(crate) async fn ask_at_once<T>(
        &self,
        asked: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(ANSWERING, asked).await {
            Ok(answer) => answer.map_err(|error| self.trouble(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    fn silent(&self) -> Failure {
        trouble::away(&self.endpoint, &format!("no answer in {} s", ANSWERING.as_secs()))
    }

    pub(crate) fn trouble(&self, error: &kube::Error) -> Failure {
        trouble::of(error, &self.endpoint)
    }

    pub(crate) async fn version(&self) -> Result<String, Failure> {
        let info = self.ask(self.client.apiserver_version()).await?;
        Ok(format!("Kubernetes {}", info.git_version.trim_start_matches('v')))
    }

    /// The workload as people write it, with its namespace.
    pub(crate) fn shown(&self) -> String {
        format!("{} in {}", self.settings.reference(), self.settings.namespace)
    }

    pub(crate) fn missing(&self) -> Failure {
        let (workload, namespace) = (self.settings.reference(), &self.settings.namespace);
        let said = format!("there is no {workload} in the namespace {namespace} of {}", self.endpoint);
        Failure::new(FailureKind::WorkloadMissing { workload }, said)
    }
}
