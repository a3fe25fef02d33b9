//! Clusters before any target is in them, and what importing a workload of theirs means.

use serde::Serialize;
use switchback_core::ident::Instant;
use ts_rs::TS;

/// One way into a cluster: a context of a kubeconfig.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WayInView {
    /// The context's name.
    pub context: String,
    /// It is the current one.
    pub current: bool,
    /// The cluster's address.
    pub server: String,
    /// The login's name.
    pub user: String,
    /// The namespace it stands in.
    pub namespace: String,
    /// The program that logs in.
    pub plugin: Option<PluginView>,
}

/// A program that logs in.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PluginView {
    /// How the kubeconfig calls it.
    pub command: String,
    /// Where it is; `None` when it is not there.
    pub found: Option<String>,
    /// What its makers say about getting it.
    pub hint: Option<String>,
}

/// A workload that could become a target.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// `deployment/checkout`.
    pub workload: String,
    /// Its containers.
    pub containers: Vec<ContainerView>,
    /// How its pods are.
    pub pods: String,
    /// The tool that looks after it, if one does.
    pub owner: Option<String>,
    /// Switchback deployed it.
    pub ours: bool,
}

/// The workloads of a namespace, as far as the login may see them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CandidatesView {
    /// Sorted by kind and name.
    pub workloads: Vec<CandidateView>,
    /// The kinds that the login may not list, as `kubectl` writes them: `daemonset`.
    pub unread: Vec<String>,
}

/// A container with its image, as written.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ContainerView {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
}

/// A workload's pods as they are now.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrewView {
    /// Newest first.
    pub pods: Vec<PodView>,
    /// What the cluster warns about, newest first.
    pub warnings: Vec<String>,
}

/// One pod.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PodView {
    /// Its name.
    pub name: String,
    /// 7 for r7; `None` for one that is older than the first deployment.
    pub revision: Option<u32>,
    /// What it does, as `kubectl` says it.
    pub doing: String,
    /// It serves.
    pub ready: bool,
    /// How often its containers were started again.
    pub restarts: u32,
    /// Where it runs.
    pub node: Option<String>,
    /// When it was made.
    pub since: Option<Instant>,
}

/// What importing a workload means.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadImportView {
    /// `checkout/production`.
    pub target: String,
    /// Whether its environment is protected from then on.
    pub protected: bool,
    /// What becomes its history, oldest first; the last runs now.
    pub revisions: Vec<PastView>,
    /// What is remembered and cannot come back, a line each.
    pub lost: Vec<String>,
    /// Where variables come from that no revision keeps.
    pub elsewhere: Vec<String>,
    /// The policy with the target in it.
    pub yaml: String,
    /// What changes in the policy, a line each.
    pub changes: Vec<String>,
    /// Names that its secrets get in the keychain.
    pub secrets: Vec<String>,
    /// The deployment that took it over; `None` when nothing was done.
    pub deployment: Option<String>,
}

/// A revision of the past.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PastView {
    /// 1 for r1.
    pub revision: u32,
    /// What it is called from now on.
    pub version: String,
    /// What it ran, by digest.
    pub artifact: String,
    /// When it came, as far as known.
    pub at: Option<Instant>,
    /// Who brought it, as far as known.
    pub by: Option<String>,
    /// What was said about it.
    pub said: Option<String>,
    /// What remembers it: `ReplicaSet web-7d9f`.
    pub source: String,
}
