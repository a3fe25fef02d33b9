//! The runtime port for supervised commands: each method reads like the port's own text.
//!
//! Holds no state: all of it is in the state directory, so that desktop, command line and agent are equals.

use crate::{
    command,
    control::{self, Standing},
    found, journal,
    launch::{self, Answer},
    layout::{self, Layout},
    loopback, post, release,
    status::{self, Status},
    supervisor::Orders,
    trouble, watch,
};
use async_trait::async_trait;
use futures::stream::BoxStream;
use secrecy::ExposeSecret as _;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use switchback_core::{
    failure::{Failure, FailureKind, LogLine},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{
        Arrival, CommandOutput, Found, InstanceState, Lifecycle, LifecycleEvent, Observed, ResolvedSecrets, Runtime,
        Upstream,
    },
    release::{Artifact, ArtifactRequest},
    workload::{ProcessSettings, Settings, Workload},
};

/// Supervised commands on this machine.
#[derive(Debug, Clone)]
pub struct Process {
    layout: Layout,
    supervisor: Vec<String>,
}

impl Process {
    /// The runtime over a state directory. `supervisor` is the program with first arguments that runs
    /// [`crate::supervise`] on the directory given as its last argument.
    pub fn new(state_dir: PathBuf, supervisor: Vec<String>) -> Self {
        Self { layout: Layout::new(state_dir), supervisor }
    }

    fn standing_spec(&self, name: &InstanceName) -> Result<Option<(PathBuf, InstanceSpec)>, Failure> {
        let dir = self.layout.instance(name)?;
        Ok(status::read_spec(&dir)?.map(|spec| (dir, spec)))
    }

    /// Stops and returns once the end is written and told.
    async fn halt(&self, dir: &Path, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let standing = control::look(&self.layout, &spec.name, dir).await?;
        if !matches!(standing, Standing::Known(Status::Running { .. })) {
            return Ok(Arrival::Already);
        }
        let ours = control::stop(&self.layout, &spec.name, dir, spec.workload.settings.grace()).await?;
        if ours && let Some(Status::Exited { code, out_of_memory, .. }) = Status::read(dir)? {
            self.tell(spec, Lifecycle::Exited { code, out_of_memory }).await;
        }
        Ok(Arrival::Done)
    }

    async fn tell(&self, spec: &InstanceSpec, what: Lifecycle) {
        post::tell(&self.layout, &spec.target, &LifecycleEvent { instance: spec.name.clone(), what }).await;
    }

    async fn state_of(&self, dir: &Path, name: &InstanceName) -> Result<InstanceState, Failure> {
        Ok(match control::look(&self.layout, name, dir).await? {
            Standing::Created => InstanceState::Created,
            Standing::Known(Status::Running { since, port, .. }) => {
                let upstream = port.map(upstream);
                InstanceState::Running { since, upstream, healthy: None, note: None, idle: false, pods: None }
            }
            Standing::Known(Status::Exited { code, out_of_memory, at, ran_ms, .. }) => {
                InstanceState::Exited { code, out_of_memory, at: Some(at), ran_ms: Some(ran_ms) }
            }
            Standing::Vanished { .. } => {
                InstanceState::Exited { code: None, out_of_memory: false, at: None, ran_ms: None }
            }
        })
    }

    /// The released folder's copy is there to run from.
    fn kept(&self, artifact: &Artifact) -> Result<(), Failure> {
        if self.layout.release(artifact.digest())?.is_dir() {
            return Ok(());
        }
        let kind = FailureKind::ArtifactGone { artifact: artifact.brief() };
        Err(Failure::new(kind, format!("no copy of {} is kept", artifact.brief())))
    }
}

fn settings(spec: &InstanceSpec) -> Result<&ProcessSettings, Failure> {
    match &spec.workload.settings {
        Settings::Process(settings) => Ok(settings),
        Settings::Docker(_) | Settings::Kubernetes(_) => Err(trouble::other(format!("{} is not a process", spec.name))),
    }
}

fn upstream(port: u16) -> Upstream {
    Upstream { host: "127.0.0.1".to_owned(), port }
}

/// The port of a start: the fixed one, or one of the loopback's free ones, the same as last time where it is still free.
fn choose_port(spec: &InstanceSpec, last: Option<u16>) -> Result<Option<u16>, Failure> {
    let fixed = settings(spec)?.port;
    let free = |port| loopback::free(port).map_err(|error| loopback::unbound(port, &error, trouble::other));
    if spec.behind_router {
        let again = last.filter(|port| *port != fixed).and_then(|port| free(port).ok());
        return again.map_or_else(|| free(0), Ok).map(Some);
    }
    if fixed == 0 {
        return Ok(None);
    }
    free(fixed).map(Some)
}

#[async_trait]
impl Runtime for Process {
    /// The same command on a port of its own, which it is told.
    async fn scratch(&self, workload: &Workload, _: &Target, _: &Target) -> Result<Settings, Failure> {
        let Settings::Process(settings) = &workload.settings else {
            return Err(trouble::other("these settings are not for a process".to_owned()));
        };
        if settings.port == 0 {
            return Ok(workload.settings.clone());
        }
        let port = loopback::free(0).map_err(|error| trouble::other(format!("no free port: {error}")))?;
        Ok(Settings::Process(ProcessSettings { port, ..settings.clone() }))
    }

    async fn ping(&self, _: &Settings) -> Result<String, Failure> {
        let unreachable = |why: String| {
            let endpoint = self.layout.root().display().to_string();
            Failure::new(FailureKind::Unreachable { endpoint }, why)
        };
        layout::make_dir(&self.layout.instances()).map_err(|failure| unreachable(failure.message))?;
        Ok(format!("process supervisor {}", env!("CARGO_PKG_VERSION")))
    }

    async fn resolve(&self, _: &Settings, request: &ArtifactRequest) -> Result<Artifact, Failure> {
        release::resolve(request).await
    }

    async fn available(&self, workload: &Workload) -> Result<(), Failure> {
        release::available(&self.layout, &workload.artifact).await
    }

    async fn prepare(&self, workload: &Workload) -> Result<Arrival, Failure> {
        release::prepare(&self.layout, &workload.artifact).await
    }

    async fn create(&self, spec: &InstanceSpec, _: &ResolvedSecrets) -> Result<Arrival, Failure> {
        settings(spec)?;
        let dir = self.layout.instance(&spec.name)?;
        if status::read_spec(&dir)?.is_some() {
            return Ok(Arrival::Already);
        }
        if self.kept(&spec.workload.artifact).is_err() {
            // Another process tidied it away since it was prepared: nobody needed it then.
            release::prepare(&self.layout, &spec.workload.artifact).await?;
        }
        layout::make_dir(&dir)?;
        status::write_spec(&dir, spec)?;
        Ok(Arrival::Done)
    }

    async fn start(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        let Some((dir, made)) = self.standing_spec(&spec.name)? else {
            return Err(trouble::other(format!("there is no instance {}", spec.name)));
        };
        if matches!(control::look(&self.layout, &spec.name, &dir).await?, Standing::Known(Status::Running { .. })) {
            return Ok(Arrival::Already);
        }
        self.kept(&made.workload.artifact)?;
        let port = choose_port(&made, Status::read(&dir)?.and_then(|status| status.port()))?;
        layout::make_dir(&self.layout.root().join("s"))?;
        let secrets = secrets.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
        let orders =
            serde_json::to_vec(&Orders { port, secrets }).map_err(|error| trouble::other(error.to_string()))?;
        let arguments = [dir.as_os_str()];
        match launch::detached(&self.supervisor, &arguments, &orders, &dir.join("supervisor.err")).await? {
            Answer::Started => Ok(Arrival::Done),
            Answer::Already => Ok(Arrival::Already),
            Answer::Refused(failure) => Err(failure),
        }
    }

    async fn stop(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        match self.standing_spec(&spec.name)? {
            Some((dir, made)) => self.halt(&dir, &made).await,
            None => Ok(Arrival::Already),
        }
    }

    /// Nothing: a supervised process outlives every client, and what ended with the machine is brought back by a person
    /// (`switchback drift`), whose keychain has the secrets it needs.
    async fn settle(&self, _: &InstanceSpec) -> Result<Arrival, Failure> {
        Ok(Arrival::Already)
    }

    async fn remove(&self, _: &Settings, name: &InstanceName) -> Result<Arrival, Failure> {
        let Some((dir, made)) = self.standing_spec(name)? else { return Ok(Arrival::Already) };
        self.halt(&dir, &made).await?;
        // Out of sight in one act; a crash in the deletion then leaves rubbish, not half an instance.
        let away = self.layout.instances().join(format!(".{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&away);
        fs::rename(&dir, &away).map_err(|error| trouble::io("remove", &dir, &error))?;
        fs::remove_dir_all(&away).map_err(|error| trouble::io("remove", &away, &error))?;
        self.tell(&made, Lifecycle::Removed).await;
        Ok(Arrival::Done)
    }

    async fn tidy(&self, _: &Settings, needed: &[Artifact]) -> Result<Vec<String>, Failure> {
        release::tidy(&self.layout, needed).await
    }

    async fn state(&self, _: &Settings, name: &InstanceName) -> Result<InstanceState, Failure> {
        match self.standing_spec(name)? {
            Some((dir, _)) => self.state_of(&dir, name).await,
            None => Ok(InstanceState::Absent),
        }
    }

    async fn observe(&self, _: &Settings, target: &Target) -> Result<Vec<Observed>, Failure> {
        let place = self.layout.instances();
        let dirs = match fs::read_dir(&place) {
            Ok(dirs) => dirs,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(trouble::io("read", &place, &error)),
        };
        let mut seen = Vec::new();
        for entry in dirs.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
            let dir = entry.path();
            let Some(spec) = status::read_spec(&dir)?.filter(|spec| spec.target == *target) else { continue };
            seen.push(Observed {
                state: self.state_of(&dir, &spec.name).await?,
                revision: Some(spec.revision),
                artifact: Some(spec.workload.artifact.clone()),
                content: Some(spec.workload.digest().0),
                name: spec.name,
            });
        }
        seen.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(seen)
    }

    async fn inspect(&self, _: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure> {
        let Some((dir, spec)) = self.standing_spec(name)? else { return Ok(None) };
        let state = self.state_of(&dir, name).await?;
        found::read(&self.layout, &dir, spec, &state).await.map(Some)
    }

    /// None: what runs on this machine without a supervisor of ours is not ours to take.
    async fn foreign(&self, _: &Settings) -> Result<Vec<Found>, Failure> {
        Ok(Vec::new())
    }

    async fn adopt(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let Some((dir, made)) = self.standing_spec(&spec.name)? else {
            return Err(trouble::other(format!("there is no instance {}", spec.name)));
        };
        if made == *spec {
            return Ok(Arrival::Already);
        }
        self.kept(&spec.workload.artifact)?;
        status::write_spec(&dir, spec)?;
        Ok(Arrival::Done)
    }

    async fn watch(
        &self,
        _: &Settings,
        target: &Target,
    ) -> Result<BoxStream<'static, Result<LifecycleEvent, Failure>>, Failure> {
        watch::watch(self.layout.clone(), target)
    }

    async fn logs(&self, _: &Settings, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure> {
        journal::read(&self.layout.instance(name)?, lines)
    }

    async fn run(&self, spec: &InstanceSpec, words: &[String], timeout: Duration) -> Result<CommandOutput, Failure> {
        let dir = self.layout.instance(&spec.name)?;
        let fixed = settings(spec)?.port;
        let port = Status::read(&dir)?.and_then(|status| status.port()).or((fixed != 0).then_some(fixed));
        let release = self.layout.release(spec.workload.artifact.digest())?;
        let place = if release.is_dir() { release } else { PathBuf::from("/") };
        let command = command::prepare(words, &place, port, &spec.workload.config)
            .ok_or_else(|| trouble::other("the command to run is empty"))?;
        Ok(command::run(command, timeout).await)
    }
}
