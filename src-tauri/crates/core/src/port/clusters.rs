//! The port to clusters before any target is in them: the ways in, what runs there, and what ran there before.

use crate::{
    failure::Failure,
    ident::{Instant, RevisionNumber},
    name::Target,
    port::Found,
    workload::{KubernetesSettings, WorkloadKind},
};
use async_trait::async_trait;
use futures::stream::BoxStream;
use std::path::{Path, PathBuf};

/// One way into a cluster, as a kubeconfig has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayIn {
    /// The context's name.
    pub context: String,
    /// It is the current one.
    pub current: bool,
    /// The cluster's address.
    pub server: String,
    /// The login's name.
    pub user: String,
    /// The namespace it stands in, `default` where it says none.
    pub namespace: String,
    /// The program that logs in, if one does.
    pub plugin: Option<Plugin>,
}

/// A program that logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// How the kubeconfig calls it.
    pub command: String,
    /// Where it is; `None` when it is not on the login shell's PATH.
    pub found: Option<PathBuf>,
    /// What its makers say about getting it.
    pub hint: Option<String>,
}

/// A workload that could become a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What kind.
    pub kind: WorkloadKind,
    /// Its name.
    pub name: String,
    /// Its containers with their images, as written.
    pub containers: Vec<(String, String)>,
    /// How its pods are, for people.
    pub pods: String,
    /// The tool that looks after it, if one does: `Argo CD`, `Helm`, `Flux`.
    pub owner: Option<&'static str>,
    /// It is at an instance of ours.
    pub ours: bool,
}

/// The workloads of a namespace, as far as the login may see them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    /// Sorted by kind and name.
    pub workloads: Vec<Candidate>,
    /// The kinds that the login may not list.
    pub unread: Vec<WorkloadKind>,
}

/// A workload's pods, and what the cluster warns about them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crew {
    /// Newest first.
    pub pods: Vec<PodLine>,
    /// Newest first, at most [`super::REPORTS`].
    pub warnings: Vec<String>,
}

/// One pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodLine {
    /// Its name.
    pub name: String,
    /// The revision it was made for; `None` for one that is older than us.
    pub revision: Option<RevisionNumber>,
    /// `Running`, `CrashLoopBackOff`, as `kubectl` has it.
    pub doing: String,
    /// It serves.
    pub ready: bool,
    /// How often its containers were started again.
    pub restarts: u32,
    /// Where it runs.
    pub node: Option<String>,
    /// Its address in the cluster.
    pub address: Option<String>,
    /// When it was made.
    pub since: Option<Instant>,
}

/// One state a workload was in.
#[derive(Debug, Clone)]
pub struct Past {
    /// Where the cluster remembers it: `ReplicaSet web-7d9f`, `Helm web v3`.
    pub source: String,
    /// When it came, as far as known.
    pub at: Option<Instant>,
    /// Who brought it, as far as known: a field manager.
    pub by: Option<String>,
    /// What was said about it: a change cause, a chart with its description.
    pub said: Option<String>,
    /// Its content. `settings` name the kept manifest, once [`Clusters::keep`] has kept it.
    pub found: Found,
    /// The pod template, as JSON, without what `found` holds of it.
    pub template: String,
}

/// What a cluster remembers of a workload.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Oldest first; the last is what it is now.
    pub revisions: Vec<Past>,
    /// What is remembered and cannot come back, a line each with the reason.
    pub lost: Vec<String>,
}

/// Clusters.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// The ways in of a kubeconfig; of the usual one when `None`.
    async fn ways(&self, kubeconfig: Option<&Path>) -> Result<Vec<WayIn>, Failure>;

    /// The namespaces; only the context's own where the login may not list them.
    async fn namespaces(&self, kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Vec<String>, Failure>;

    /// The workloads of a namespace. A failure where the login may list none of their kinds.
    async fn candidates(
        &self,
        kubeconfig: Option<&Path>,
        context: Option<&str>,
        namespace: &str,
    ) -> Result<Candidates, Failure>;

    /// A workload's pods, at once and with each change; ends when the cluster goes away.
    async fn crew(&self, settings: &KubernetesSettings) -> Result<BoxStream<'static, Crew>, Failure>;

    /// What the cluster remembers of a workload that is not ours yet. Reads only.
    async fn memory(&self, settings: &KubernetesSettings) -> Result<Memory, Failure>;

    /// Keeps the manifests of what is remembered in the cluster, under the names their settings say. Doing it twice is
    /// doing it once.
    async fn keep(&self, settings: &KubernetesSettings, target: &Target, memory: &Memory) -> Result<(), Failure>;
}
