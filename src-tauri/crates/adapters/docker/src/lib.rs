//! The Docker adapter: [`Docker`] drives an engine as a `Runtime` and speaks into its containers as a `Commander`.
//!
//! One container per instance, under the instance's name; what was asked for is written into its labels, so that the
//! engine alone tells what is ours. Images are pinned by repository digest, never by the engine's image id, because the
//! id depends on the engine's image store. Deliberately not here: when to do what (the engine crate), and retries.

mod certificates;
mod client;
mod command;
mod credentials;
mod endpoint;
mod found;
mod image;
mod instance;
mod label;
mod logs;
mod observe;
mod port;
mod reach;
mod recipe;
mod ssh;
mod state;
mod trouble;
mod watch;

use async_trait::async_trait;
use futures::stream::BoxStream;
use std::{sync::Arc, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind, LogLine},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{
        Arrival, CommandOutput, Commander, Credentials, Found, InstanceState, LifecycleEvent, Observed,
        ResolvedSecrets, Runtime, Upstream,
    },
    release::{Artifact, ArtifactRequest},
    workload::{DockerSettings, EngineAddress, Publish, Settings, Workload},
};
use switchback_registry::Registries;

/// How long an engine may take to say who it is.
const PING: Duration = Duration::from_secs(5);

/// The Docker runtime: all engines a configuration names, one client each.
#[derive(Default)]
pub struct Docker {
    clients: client::Clients,
    keyring: credentials::Keyring,
    registries: Registries,
}

impl Docker {
    /// A runtime without connections; they are made at first use. `credentials` is asked for registry logins before
    /// Docker's own configuration.
    pub fn new(credentials: Option<Arc<dyn Credentials>>) -> Self {
        let registries = Registries::new(credentials.clone());
        Self { clients: client::Clients::default(), keyring: credentials::Keyring(credentials), registries }
    }

    /// Speaks into the containers of one engine.
    pub fn commander(self: &Arc<Self>, address: EngineAddress) -> DockerCommander {
        DockerCommander { docker: Arc::clone(self), address }
    }
}

fn docker(settings: &Settings) -> Result<&DockerSettings, Failure> {
    match settings {
        Settings::Docker(settings) => Ok(settings),
        Settings::Process(_) | Settings::Kubernetes(_) => {
            Err(Failure::new(FailureKind::Other, "these settings are not for a Docker engine"))
        }
    }
}

#[async_trait]
impl Runtime for Docker {
    async fn ping(&self, settings: &Settings) -> Result<String, Failure> {
        self.clients.get(&docker(settings)?.engine)?.version(PING).await
    }

    async fn resolve(&self, settings: &Settings, request: &ArtifactRequest) -> Result<Artifact, Failure> {
        let client = self.clients.get(&docker(settings)?.engine)?;
        image::resolve(&client, &self.keyring, &self.registries, request).await
    }

    async fn available(&self, workload: &Workload) -> Result<(), Failure> {
        let client = self.clients.get(&docker(&workload.settings)?.engine)?;
        image::available(&client, &self.keyring, &self.registries, &workload.artifact).await
    }

    /// The same container on ports of its own, in the same networks. It may not write where the other does.
    async fn scratch(&self, workload: &Workload, _: &Target, _: &Target) -> Result<Settings, Failure> {
        let settings = docker(&workload.settings)?;
        if let Some(shared) = settings.volumes.iter().find(|volume| !volume.ends_with(":ro")) {
            let said = format!("it writes to {shared}, which a copy would share with what serves");
            return Err(Failure::new(FailureKind::Other, said));
        }
        let publish = settings.publish.iter().map(|one| Publish { port: 0, ..one.clone() }).collect();
        Ok(Settings::Docker(DockerSettings { publish, ..settings.clone() }))
    }

    async fn prepare(&self, workload: &Workload) -> Result<Arrival, Failure> {
        let client = self.clients.get(&docker(&workload.settings)?.engine)?;
        image::prepare(&client, &self.keyring, &workload.artifact).await
    }

    async fn create(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        let settings = docker(&spec.workload.settings)?;
        let client = self.clients.get(&settings.engine)?;
        instance::create(&client, spec, settings, secrets).await.map_err(|failure| trouble::masked(failure, secrets))
    }

    fn carries_secrets(&self) -> bool {
        true
    }

    async fn start(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        let settings = docker(&spec.workload.settings)?;
        let client = self.clients.get(&settings.engine)?;
        let started = match instance::start(&client, spec, settings).await {
            // Somebody deleted it (`docker container prune`), or the engine broke it: going back must not fail for that.
            Ok(None) => self.start_anew(&client, spec, settings, secrets).await,
            Ok(Some(arrival)) => Ok(arrival),
            Err(failure) => Err(failure),
        };
        started.map_err(|failure| trouble::masked(failure, secrets))
    }

    async fn stop(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let settings = docker(&spec.workload.settings)?;
        instance::stop(&self.clients.get(&settings.engine)?, &spec.name, settings.grace).await
    }

    async fn settle(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let settings = docker(&spec.workload.settings)?;
        instance::settle(&self.clients.get(&settings.engine)?, &spec.name).await
    }

    async fn remove(&self, settings: &Settings, name: &InstanceName) -> Result<Arrival, Failure> {
        let settings = docker(settings)?;
        instance::remove(&self.clients.get(&settings.engine)?, name, settings.grace).await
    }

    /// Nothing: an engine's images are its owner's, and the registry has them too.
    async fn tidy(&self, _: &Settings, _: &[Artifact]) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn state(&self, settings: &Settings, name: &InstanceName) -> Result<InstanceState, Failure> {
        let client = self.clients.get(&docker(settings)?.engine)?;
        Ok(match client.inspect(name).await? {
            Some(found) => state::of(&found, client.host()),
            None => InstanceState::Absent,
        })
    }

    async fn reach(&self, settings: &Settings, name: &InstanceName, from: &str) -> Result<Upstream, Failure> {
        reach::reach(&self.clients.get(&docker(settings)?.engine)?, name, from).await
    }

    async fn observe(&self, settings: &Settings, target: &Target) -> Result<Vec<Observed>, Failure> {
        observe::observe(&self.clients.get(&docker(settings)?.engine)?, target).await
    }

    async fn inspect(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure> {
        let settings = docker(settings)?;
        found::inspect(&self.clients.get(&settings.engine)?, &settings.engine, name).await
    }

    async fn foreign(&self, settings: &Settings) -> Result<Vec<Found>, Failure> {
        let settings = docker(settings)?;
        found::foreign(&self.clients.get(&settings.engine)?, &settings.engine).await
    }

    /// Looks only: a container's labels cannot be changed while it runs. It is known by its name from now on, and held
    /// against its content (`instance::start`).
    async fn adopt(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let settings = docker(&spec.workload.settings)?;
        instance::adopt(&self.clients.get(&settings.engine)?, spec, settings).await
    }

    async fn watch(
        &self,
        settings: &Settings,
        target: &Target,
    ) -> Result<BoxStream<'static, Result<LifecycleEvent, Failure>>, Failure> {
        watch::watch(self.clients.get(&docker(settings)?.engine)?, target).await
    }

    async fn comes_and_goes(&self, settings: &Settings, name: &str) -> Result<BoxStream<'static, ()>, Failure> {
        watch::comes_and_goes(self.clients.get(&docker(settings)?.engine)?, name).await
    }

    async fn logs(&self, settings: &Settings, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure> {
        logs::logs(&self.clients.get(&docker(settings)?.engine)?, name, lines).await
    }

    async fn run(&self, _spec: &InstanceSpec, command: &[String], timeout: Duration) -> Result<CommandOutput, Failure> {
        Ok(command::run_here(command, timeout).await)
    }
}

impl Docker {
    async fn start_anew(
        &self,
        client: &client::Client,
        spec: &InstanceSpec,
        settings: &DockerSettings,
        secrets: &ResolvedSecrets,
    ) -> Result<Arrival, Failure> {
        // Without one of its secrets it would be another program under the same name.
        if let Some((_, missing)) = spec.workload.secrets.iter().find(|(key, _)| !secrets.contains_key(*key)) {
            let said = format!("{} has to be made anew, and {} is not to be had", spec.name, missing.name);
            return Err(Failure::new(FailureKind::SecretMissing { name: missing.name.clone() }, said));
        }
        image::prepare(client, &self.keyring, &spec.workload.artifact).await?;
        instance::create(client, spec, settings, secrets).await?;
        instance::start(client, spec, settings).await?.ok_or_else(|| {
            Failure::new(FailureKind::StartRefused, format!("{} was removed while it was started", spec.name))
        })
    }
}

/// Speaks into the containers of one engine.
pub struct DockerCommander {
    docker: Arc<Docker>,
    address: EngineAddress,
}

#[async_trait]
impl Commander for DockerCommander {
    async fn runs(&self, container: &str) -> Result<bool, Failure> {
        let found = self.docker.clients.get(&self.address)?.inspect_named(container).await?;
        Ok(found.is_some_and(|found| state::runs(&found)))
    }

    async fn exec(&self, container: &str, command: &[String], timeout: Duration) -> Result<CommandOutput, Failure> {
        command::exec(&self.docker.clients.get(&self.address)?, container, command, timeout).await
    }
}
