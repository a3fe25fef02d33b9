//! The runtime port: process, docker and kubernetes. One conformance suite holds all of them to this text.
//!
//! On processes and containers an instance is one program. On Kubernetes it is a workload at a revision: the pods are the
//! cluster's own affair, and the workload is at one instance at a time. Where that makes a difference the text says so.

use crate::{
    failure::{Failure, FailureKind, LogLine},
    ident::{Instant, RevisionNumber},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::Found,
    release::{Artifact, ArtifactRequest},
    said::Said,
    workload::{Settings, Workload},
};
use async_trait::async_trait;
use futures::{StreamExt as _, stream::BoxStream};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Secret values by environment variable, fetched from the keychain for one call and dropped after it.
pub type ResolvedSecrets = BTreeMap<String, SecretString>;

/// Where an instance can be spoken to from this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Address, `127.0.0.1` unless the engine is elsewhere.
    pub host: String,
    /// Port.
    pub port: u16,
}
impl std::fmt::Display for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The most [`Runtime::reports`] tells.
pub const REPORTS: usize = 20;

/// What an instance is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum InstanceState {
    /// There is none of that name.
    Absent,
    /// Made, never started.
    Created,
    /// Running since.
    Running {
        /// When it started.
        since: Instant,
        /// Where it answers, when it publishes a port.
        upstream: Option<Upstream>,
        /// What the engine's own health check says; `None` without one. `None` of a cluster: what it tells is of before,
        /// because it has not taken up yet what was written last.
        healthy: Option<bool>,
        /// In what way, for people: `1 of 3 pods are ready`.
        note: Option<String>,
        /// Nothing of it runs, because no pods are asked for. Other runtimes know no such thing.
        idle: bool,
        /// How many pods serve, of whatever revision; `None` where an instance is one thing.
        pods: Option<u32>,
    },
    /// Ended or stopped.
    Exited {
        /// Its exit code.
        code: Option<i64>,
        /// Killed for memory.
        out_of_memory: bool,
        /// When.
        at: Option<Instant>,
        /// How long it ran, in milliseconds.
        ran_ms: Option<u64>,
    },
}

/// What a lifecycle event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Lifecycle {
    /// It started.
    Started,
    /// It ended.
    Exited {
        /// Its exit code.
        code: Option<i64>,
        /// Killed for memory.
        out_of_memory: bool,
    },
    /// The runtime ended it, because somebody asked for it or because it ends itself: that says nothing about it.
    Stopped,
    /// It will not come up, as the runtime itself says: the image cannot be had, there is no room for it.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// The engine's health check changed its mind.
    Health {
        /// To healthy?
        healthy: bool,
    },
    /// What it is made from was changed, and not by us.
    Changed,
    /// There is room by now for copies of it that there was none for: who makes them may be asked to try again.
    Room,
    /// It was removed.
    Removed,
}

/// One lifecycle event of one instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleEvent {
    /// Whose.
    pub instance: InstanceName,
    /// What.
    pub what: Lifecycle,
}

/// One of our instances as it is found in the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Its name.
    pub name: InstanceName,
    /// The revision it says it is (from its label), if it is ours.
    pub revision: Option<RevisionNumber>,
    /// The digest of what really runs.
    pub artifact: Option<Artifact>,
    /// [`Workload::digest`] as labelled when it was made.
    pub content: Option<String>,
    /// What it is doing.
    pub state: InstanceState,
}

/// How much room there is for more pods of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// So many, at most as many as the workload has.
    pub pods: u32,
    /// What it is counted from, for people; what could not be counted is said too.
    pub counted: Said,
}

/// What one pod answered to a GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its name and port, for people: `checkout-5d9f:8080`.
    pub by: String,
    /// The HTTP status.
    pub status: u16,
    /// Where it redirects to, as it says so itself.
    pub location: Option<String>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
}

/// How an act went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Arrival {
    /// It did something.
    Done,
    /// It was so already.
    Already,
}

/// A runtime. Every act is idempotent under the instance's name and returns [`Arrival::Already`] where nothing was to do.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// Is it there? Returns its version for people. Must answer within a few seconds.
    async fn ping(&self, settings: &Settings) -> Result<String, Failure>;

    /// Resolves what a person asks to release to a digest, without touching anything that runs.
    async fn resolve(&self, settings: &Settings, request: &ArtifactRequest) -> Result<Artifact, Failure>;

    /// Whether [`Runtime::prepare`] would succeed now, without fetching the content: is it here or still to be had?
    async fn available(&self, workload: &Workload) -> Result<(), Failure>;

    /// Whether a deployment may begin, asked before its plan is stored: rights, and whether somebody else holds what it
    /// would change.
    async fn check(&self, _workload: &Workload) -> Result<(), Failure> {
        Ok(())
    }

    /// Gets the artifact onto the runtime by digest; a cluster's nodes fetch it themselves, so there it is looked for. A failure leaves everything running as it was.
    async fn prepare(&self, workload: &Workload) -> Result<Arrival, Failure>;

    /// Makes the instance, not started: all it needs is there then. Never takes a port.
    async fn create(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure>;

    /// Whether an instance that was made carries its secrets itself, so that it can be started again without a keychain.
    fn carries_secrets(&self) -> bool {
        false
    }

    /// Starts it and returns once it runs; it may still exit right after, which [`Runtime::watch`] tells. On Kubernetes it
    /// returns once the workload is at it, which replaces the instance it was at.
    async fn start(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure>;

    /// Makes a place apart, where copies of the target's workload can be deployed as `apart` without touching what serves;
    /// returns its settings. Refuses what a copy would share with what serves: data, fixed ports.
    async fn scratch(&self, workload: &Workload, target: &Target, apart: &Target) -> Result<Settings, Failure>;

    /// Removes the place apart with all that is in it. `settings` are the target's. Absent counts as removed.
    async fn scrap(&self, settings: &Settings, apart: &Target) -> Result<(), Failure> {
        for one in self.observe(settings, apart).await? {
            self.remove(settings, &one.name).await?;
        }
        Ok(())
    }

    /// How many pods of the workload could start at once beside those that run. Only a cluster replaces pods by itself, so
    /// that it can be hurried.
    async fn room(&self, workload: &Workload) -> Result<Room, Failure> {
        let runtime = workload.settings.kind();
        let said = format!("{runtime:?} starts all copies at once already: there is nothing to hurry");
        Err(Failure::new(FailureKind::Other, said))
    }

    /// Lets the workload's controller start that many pods beside those that run at once, and take none away before; its
    /// own rule is kept, for [`Runtime::restore_surge`].
    async fn raise_surge(&self, _settings: &Settings, _pods: u32) -> Result<Arrival, Failure> {
        Ok(Arrival::Already)
    }

    /// Gives the workload its own rule back.
    async fn restore_surge(&self, _settings: &Settings) -> Result<Arrival, Failure> {
        Ok(Arrival::Already)
    }

    /// Stops it within the workload's grace and keeps it startable. Absent counts as stopped. On Kubernetes, where nothing
    /// but another instance can take its place, the workload is put back to what it was before it was first at one.
    async fn stop(&self, spec: &InstanceSpec) -> Result<Arrival, Failure>;

    /// From now on it is started again with its runtime, and after a later crash where the runtime knows how; stopped by
    /// [`Runtime::stop`] it stays stopped. A runtime that has nothing of the kind says [`Arrival::Already`].
    async fn settle(&self, spec: &InstanceSpec) -> Result<Arrival, Failure>;

    /// Deletes it, stopping it first. Absent counts as removed.
    async fn remove(&self, settings: &Settings, name: &InstanceName) -> Result<Arrival, Failure>;

    /// Removes copies of artifacts that neither `needed` names nor any instance is made from; says what was removed. A
    /// runtime that keeps no copies of its own has nothing to remove.
    async fn tidy(&self, settings: &Settings, needed: &[Artifact]) -> Result<Vec<String>, Failure>;

    /// What one instance is doing.
    async fn state(&self, settings: &Settings, name: &InstanceName) -> Result<InstanceState, Failure>;

    /// Why what is seen of a running instance says nothing of its release: somebody else changed what it runs since it was
    /// started. Only a cluster lets anybody.
    async fn interfered(&self, _settings: &Settings, _name: &InstanceName) -> Result<Option<Failure>, Failure> {
        Ok(None)
    }

    /// Has whoever makes copies of an instance try again now, instead of later and later as they were refused. What that
    /// takes is no right that a release needs: who lacks it waits, and so does a runtime that knows no such wait.
    async fn try_again(&self, _settings: &Settings, _name: &InstanceName) -> Result<(), Failure> {
        Ok(())
    }

    /// Where a container of the same runtime, named `from`, finds a running instance: a router in a container has a
    /// loopback of its own. A runtime without containers has no way.
    async fn reach(&self, settings: &Settings, name: &InstanceName, from: &str) -> Result<Upstream, Failure> {
        let runtime = settings.kind();
        let said = format!("no container {from} can stand in front of {name}: {runtime:?} has no containers");
        Err(Failure::new(FailureKind::RouterRefused { said: said.clone() }, said))
    }

    /// What a GET of `path` answers where an instance has no address here: an answer of each of its pods, through the
    /// cluster. Bodies are cut at [`BODY_LIMIT`](crate::health::BODY_LIMIT). Nothing where no port of theirs is named.
    async fn answers(&self, _spec: &InstanceSpec, _path: &str) -> Result<Vec<Answered>, Failure> {
        Ok(Vec::new())
    }

    /// What instances run as, where its owner deleted that: a workload of a cluster is not ours to make.
    async fn deleted(&self, _settings: &Settings) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// All our instances of a target, running or not, sorted by name.
    async fn observe(&self, settings: &Settings, target: &Target) -> Result<Vec<Observed>, Failure>;

    /// One instance as it really is, read back from the world; `None` when there is none of that name.
    async fn inspect(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure>;

    /// What its owner put where an instance was, though no deployment did: an older one of ours, that `kubectl rollout undo`
    /// brought back. Where each instance is a thing of its own, nothing takes another's place.
    async fn instead(&self, _settings: &Settings, _name: &InstanceName) -> Result<Option<Found>, Failure> {
        Ok(None)
    }

    /// What runs there and is not ours, sorted by name: what can be taken over, and what may stand in our place.
    async fn foreign(&self, settings: &Settings) -> Result<Vec<Found>, Failure>;

    /// Takes what runs under the spec's name for that instance, without touching the program. Refuses when what runs is
    /// not what the spec says.
    async fn adopt(&self, spec: &InstanceSpec) -> Result<Arrival, Failure>;

    /// What the runtime noted about the instance, oldest first, at most [`REPORTS`]. Most note nothing.
    async fn reports(&self, _settings: &Settings, _name: &InstanceName) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// Lifecycle events of the target's instances from now on; what keeps one from coming up already is told first. The subscription stands when the call returns, so that
    /// an exit right after a following `start` is never missed. Ends with an error item when the runtime goes away.
    async fn watch(
        &self,
        settings: &Settings,
        target: &Target,
    ) -> Result<BoxStream<'static, Result<LifecycleEvent, Failure>>, Failure>;

    /// Ticks each time a container of the same runtime named `name` starts or ends, from now on; it need be none of ours: a
    /// router. Ends when the runtime goes away; never ticks where there are no containers.
    async fn comes_and_goes(&self, _settings: &Settings, _name: &str) -> Result<BoxStream<'static, ()>, Failure> {
        Ok(futures::stream::pending().boxed())
    }

    /// The instance's last `lines` lines, oldest first, bounded also to 256 KiB.
    async fn logs(&self, settings: &Settings, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure>;

    /// Runs a probe command for an instance (`Probe::Command`), where the runtime's machine is.
    /// Returns exit code and output, bounded to 16 KiB.
    async fn run(
        &self,
        spec: &InstanceSpec,
        command: &[String],
        timeout: std::time::Duration,
    ) -> Result<super::CommandOutput, Failure>;
}
