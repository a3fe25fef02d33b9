//! Ways into clusters, one client each, and a place in a cluster: the namespace and the workload a target names.

use crate::{path, trouble};
use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, StatefulSet},
    core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, Client, Config,
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
    core::{ApiResource, DynamicObject},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    workload::{KubernetesSettings, WorkloadKind},
};
use tokio::sync::Mutex;

/// How long a cluster may take to take a connection.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long a cluster may take to answer one question.
pub(crate) const ANSWERING: Duration = Duration::from_secs(15);

/// Which way in.
pub(crate) type Way = (Option<PathBuf>, Option<String>);

/// A client with what is known of its way.
#[derive(Clone)]
struct Entry {
    client: Client,
    endpoint: String,
    /// The cluster refused the login: the kubeconfig is read anew, as its token may have been renewed.
    refused: Arc<AtomicBool>,
}

/// All clients, made at first use.
#[derive(Default)]
pub(crate) struct Clients(Mutex<HashMap<Way, Entry>>);

impl Clients {
    /// Where a target's workload is.
    pub(crate) async fn place(&self, settings: &KubernetesSettings) -> Result<Place, Failure> {
        let way = (settings.kubeconfig.clone(), settings.context.clone());
        let mut known = self.0.lock().await;
        let usable = known.get(&way).filter(|entry| !entry.refused.load(Ordering::Relaxed));
        let entry = if let Some(entry) = usable {
            entry.clone()
        } else {
            let (client, endpoint) = enter(&way).await?;
            let entry = Entry { client, endpoint, refused: Arc::default() };
            known.insert(way, entry.clone());
            entry
        };
        let Entry { client, endpoint, refused } = entry;
        Ok(Place { client, endpoint, refused, settings: settings.clone() })
    }
}

/// Reads the kubeconfig, runs its login plugin where it has one, and makes a client.
async fn enter((file, context): &Way) -> Result<(Client, String), Failure> {
    let shown = file.as_ref().map_or_else(|| "the kubeconfig".to_owned(), |file| file.display().to_string());
    let no_access = |said: String| Failure::new(FailureKind::NoAccess { endpoint: shown.clone() }, said);
    let read = match file {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    };
    let mut kubeconfig = read.map_err(|error| no_access(error.to_string()))?;
    for login in kubeconfig.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        lend_path(login).await;
    }
    let plugin = plugin(&kubeconfig, context.as_deref());
    let options = KubeConfigOptions { context: context.clone(), ..KubeConfigOptions::default() };
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| no_access(error.to_string()))?;
    config.connect_timeout = Some(CONNECTING);
    let endpoint = config.cluster_url.to_string();
    // A login plugin is run right here, and may think for a while.
    let made = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
    let made = made.map_err(|error| no_access(error.to_string()))?;
    let client = made.map_err(|error| trouble::of_entry(&error, &endpoint, plugin.as_deref()))?;
    Ok((client, endpoint))
}

/// A login plugin is looked for where the person's own shell finds it.
async fn lend_path(login: &mut AuthInfo) {
    let Some(exec) = &mut login.exec else { return };
    let lent = exec.env.get_or_insert_default();
    if lent.iter().any(|variable| variable.get("name").is_some_and(|name| name == "PATH")) {
        return;
    }
    if let Some(path) = path::of_login_shell().await {
        lent.push([("name".to_owned(), "PATH".to_owned()), ("value".to_owned(), path)].into());
    }
}

/// The program that logs in, with what its makers say about getting it.
fn plugin(kubeconfig: &Kubeconfig, context: Option<&str>) -> Option<String> {
    let wanted = context.or(kubeconfig.current_context.as_deref())?;
    let context = kubeconfig.contexts.iter().find(|named| named.name == wanted)?.context.as_ref()?;
    let user = context.user.as_deref()?;
    let login = kubeconfig.auth_infos.iter().find(|named| named.name == user)?.auth_info.as_ref()?;
    let exec = login.exec.as_ref()?;
    let hint = exec.install_hint.as_deref().map(|hint| format!(" ({})", hint.trim())).unwrap_or_default();
    Some(format!("{}{hint}", exec.command.as_deref().unwrap_or_default()))
}

/// A target's workload in its cluster.
#[derive(Clone)]
pub(crate) struct Place {
    client: Client,
    endpoint: String,
    refused: Arc<AtomicBool>,
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

    /// Asks within bounds and tells a failure as ours.
    pub(crate) async fn ask<T>(&self, asked: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Failure> {
        match tokio::time::timeout(ANSWERING, asked).await {
            Ok(answer) => answer.map_err(|error| self.trouble(&error)),
            Err(_) => Err(trouble::away(&self.endpoint, &format!("no answer in {} s", ANSWERING.as_secs()))),
        }
    }

    pub(crate) fn trouble(&self, error: &kube::Error) -> Failure {
        let failure = trouble::of(error, &self.endpoint);
        if matches!(failure.kind, FailureKind::NoAccess { .. }) {
            self.refused.store(true, Ordering::Relaxed);
        }
        failure
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
