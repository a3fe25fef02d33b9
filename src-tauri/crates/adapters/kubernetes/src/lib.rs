//! The Kubernetes adapter: [`Kubernetes`] drives workloads of clusters as a `Runtime`.
//!
//! An instance is a workload at a revision, since pods are the cluster's own affair. What an instance needs is in the
//! cluster before the workload moves: an immutable ConfigMap and Secret under the instance's name hold its configuration
//! and secrets, and a second Secret the pod template as it was before. Starting it is one server-side apply of image and
//! references under the field manager `switchback`; the rest of the manifest stays its owner's. Going back applies the
//! old instance's fields again, so that neither `revisionHistoryLimit` nor Git has a say.
//!
//! Deliberately not here: when to do what (the engine crate), and making workloads: their manifest is the team's.

mod answers;
mod apply;
mod check;
mod client;
mod command;
mod condition;
mod configs;
mod crew;
mod differ;
mod feed;
mod found;
mod helm;
mod hub;
mod instance;
mod interfered;
mod kubeconfig;
mod label;
mod line;
mod live;
mod login;
mod logs;
mod memory;
mod owners;
mod path;
mod pods;
mod record;
mod replicas;
mod room;
mod scene;
mod scratch;
mod sets;
mod stack;
mod state;
mod surge;
mod trouble;
mod watch;
mod ways;

use async_trait::async_trait;
use futures::stream::BoxStream;
use std::{path::Path, sync::Arc, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind, LogLine},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{
        Answered, Arrival, Candidates, Clusters, CommandOutput, Credentials, Crew, Found, InstanceState,
        LifecycleEvent, Memory, Observed, ResolvedSecrets, Room, Runtime, WayIn,
    },
    release::{Artifact, ArtifactRequest},
    workload::{KubernetesSettings, Settings, Workload, WorkloadKind},
};
use switchback_registry::Registries;

/// The Kubernetes runtime: all clusters a configuration names, one client each.
#[derive(Default)]
pub struct Kubernetes {
    clients: client::Clients,
    registries: Registries,
    hubs: hub::Hubs,
}

impl Kubernetes {
    /// A runtime without connections; they are made at first use. `credentials` is asked for registry logins before
    /// Docker's own configuration.
    pub fn new(credentials: Option<Arc<dyn Credentials>>) -> Self {
        let registries = Registries::new(credentials);
        Self { clients: client::Clients::default(), registries, hubs: hub::Hubs::default() }
    }

    async fn place(&self, settings: &Settings) -> Result<client::Place, Failure> {
        self.clients.place(kubernetes(settings)?).await
    }
}

fn kubernetes(settings: &Settings) -> Result<&KubernetesSettings, Failure> {
    match settings {
        Settings::Kubernetes(settings) => Ok(settings),
        Settings::Process(_) | Settings::Docker(_) => {
            Err(Failure::new(FailureKind::Other, "these settings are not for a Kubernetes cluster"))
        }
    }
}

#[async_trait]
impl Runtime for Kubernetes {
    async fn ping(&self, settings: &Settings) -> Result<String, Failure> {
        self.place(settings).await?.version().await
    }

    async fn resolve(&self, _: &Settings, request: &ArtifactRequest) -> Result<Artifact, Failure> {
        self.registries.resolve(request).await
    }

    async fn available(&self, workload: &Workload) -> Result<(), Failure> {
        self.registries.available(&workload.artifact).await
    }

    async fn check(&self, workload: &Workload) -> Result<(), Failure> {
        self.registries.warm(&workload.artifact);
        check::check(&self.place(&workload.settings).await?, workload).await
    }

    async fn prepare(&self, workload: &Workload) -> Result<Arrival, Failure> {
        check::check(&self.place(&workload.settings).await?, workload).await?;
        self.registries.expected(&workload.artifact).await?;
        Ok(Arrival::Already)
    }

    async fn create(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        self.registries.expected(&spec.workload.artifact).await?;
        instance::create(&self.place(&spec.workload.settings).await?, spec, secrets).await
    }

    async fn start(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        Box::pin(instance::start(&self.place(&spec.workload.settings).await?, spec, secrets)).await
    }

    async fn scratch(&self, workload: &Workload, target: &Target, apart: &Target) -> Result<Settings, Failure> {
        scratch::make(&self.place(&workload.settings).await?, target, apart).await
    }

    async fn scrap(&self, settings: &Settings, apart: &Target) -> Result<(), Failure> {
        scratch::remove(&self.place(settings).await?, apart).await
    }

    async fn room(&self, workload: &Workload) -> Result<Room, Failure> {
        room::room(&self.place(&workload.settings).await?).await
    }

    async fn raise_surge(&self, settings: &Settings, pods: u32) -> Result<Arrival, Failure> {
        surge::raise(&self.place(settings).await?, pods).await
    }

    async fn restore_surge(&self, settings: &Settings) -> Result<Arrival, Failure> {
        surge::restore(&self.place(settings).await?).await
    }

    async fn stop(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        instance::stop(&self.place(&spec.workload.settings).await?, &spec.name).await
    }

    /// Nothing: a workload outlives whatever it runs on.
    async fn settle(&self, _: &InstanceSpec) -> Result<Arrival, Failure> {
        Ok(Arrival::Already)
    }

    async fn remove(&self, settings: &Settings, name: &InstanceName) -> Result<Arrival, Failure> {
        instance::remove(&self.place(settings).await?, name).await
    }

    /// Nothing: images on nodes are the cluster's to collect.
    async fn tidy(&self, _: &Settings, _: &[Artifact]) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn state(&self, settings: &Settings, name: &InstanceName) -> Result<InstanceState, Failure> {
        state::state(&self.place(settings).await?, name).await
    }

    async fn deleted(&self, settings: &Settings) -> Result<Option<String>, Failure> {
        let place = self.place(settings).await?;
        Ok(place.find().await?.is_none().then(|| place.shown()))
    }

    async fn answers(&self, spec: &InstanceSpec, path: &str) -> Result<Vec<Answered>, Failure> {
        answers::answers(&self.place(&spec.workload.settings).await?, &spec.name, path).await
    }

    async fn observe(&self, settings: &Settings, target: &Target) -> Result<Vec<Observed>, Failure> {
        found::observe(&self.place(settings).await?, target).await
    }

    async fn inspect(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure> {
        found::inspect(&self.place(settings).await?, name).await
    }

    async fn instead(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure> {
        found::instead(&self.place(settings).await?, name).await
    }

    async fn interfered(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Failure>, Failure> {
        interfered::interfered(&self.place(settings).await?, name).await
    }

    async fn try_again(&self, settings: &Settings, name: &InstanceName) -> Result<(), Failure> {
        sets::try_again(&self.place(settings).await?, name).await
    }

    async fn foreign(&self, settings: &Settings) -> Result<Vec<Found>, Failure> {
        found::foreign(&self.place(settings).await?).await
    }

    /// Of a workload that is not ours yet, its own metadata says as which instance it is taken over; its pods stay.
    async fn adopt(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        Box::pin(found::adopt(&self.place(&spec.workload.settings).await?, &self.registries, spec)).await
    }

    async fn reports(&self, settings: &Settings, name: &InstanceName) -> Result<Vec<String>, Failure> {
        logs::reports(&self.place(settings).await?, name).await
    }

    async fn watch(
        &self,
        settings: &Settings,
        target: &Target,
    ) -> Result<BoxStream<'static, Result<LifecycleEvent, Failure>>, Failure> {
        let place = self.place(settings).await?;
        let hub = self.hubs.of(&place);
        watch::watch(place, &hub, target).await
    }

    async fn logs(&self, settings: &Settings, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure> {
        logs::logs(&self.place(settings).await?, name, lines).await
    }

    async fn run(&self, _: &InstanceSpec, command: &[String], timeout: Duration) -> Result<CommandOutput, Failure> {
        Ok(command::run_here(command, timeout).await)
    }
}

#[async_trait]
impl Clusters for Kubernetes {
    async fn ways(&self, kubeconfig: Option<&Path>) -> Result<Vec<WayIn>, Failure> {
        ways::ways(kubeconfig).await
    }

    async fn namespaces(&self, kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Vec<String>, Failure> {
        let all = ways::ways(kubeconfig).await?;
        let way = all.iter().find(|way| context.map_or(way.current, |name| way.context == name));
        let namespace = way.map_or_else(|| "default".to_owned(), |way| way.namespace.clone());
        ways::namespaces(&self.clients.place(&anything(kubeconfig, context, &namespace)).await?).await
    }

    async fn candidates(
        &self,
        kubeconfig: Option<&Path>,
        context: Option<&str>,
        namespace: &str,
    ) -> Result<Candidates, Failure> {
        ways::candidates(&self.clients.place(&anything(kubeconfig, context, namespace)).await?).await
    }

    async fn crew(&self, settings: &KubernetesSettings) -> Result<BoxStream<'static, Crew>, Failure> {
        let place = self.clients.place(settings).await?;
        crew::crew(&place, &self.hubs.of(&place)).await
    }

    async fn memory(&self, settings: &KubernetesSettings) -> Result<Memory, Failure> {
        memory::memory(&self.clients.place(settings).await?, &self.registries).await
    }

    async fn keep(&self, settings: &KubernetesSettings, target: &Target, memory: &Memory) -> Result<(), Failure> {
        memory::keep(&self.clients.place(settings).await?, target, memory).await
    }
}

/// A place without a workload.
fn anything(kubeconfig: Option<&Path>, context: Option<&str>, namespace: &str) -> KubernetesSettings {
    KubernetesSettings {
        kubeconfig: kubeconfig.map(Path::to_owned),
        context: context.map(str::to_owned),
        namespace: namespace.to_owned(),
        workload: WorkloadKind::Deployment,
        name: String::new(),
        container: None,
        port: None,
        take_over: false,
        manifest: None,
    }
}
