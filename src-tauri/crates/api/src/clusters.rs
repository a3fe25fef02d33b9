//! Clusters as somebody looks for a workload in them: the ways in, the namespaces, what runs there.

use crate::{
    Answer, ApiError, App,
    dto::{CandidateView, ContainerView, PluginView, WayInView},
};
use std::{path::PathBuf, sync::Arc};
use switchback_core::port::{Candidate, Clusters, Plugin, WayIn};

impl App {
    /// The ways into clusters that a kubeconfig knows; the usual one when `None`.
    pub async fn cluster_ways(&self, kubeconfig: Option<&str>) -> Answer<Vec<WayInView>> {
        let file = kubeconfig.map(kubeconfig_at).transpose()?;
        let ways = self.clusters()?.ways(file.as_deref()).await?;
        Ok(ways.into_iter().map(way_in).collect())
    }

    /// The namespaces behind one of them.
    pub async fn cluster_namespaces(&self, kubeconfig: Option<&str>, context: Option<&str>) -> Answer<Vec<String>> {
        let file = kubeconfig.map(kubeconfig_at).transpose()?;
        Ok(self.clusters()?.namespaces(file.as_deref(), context).await?)
    }

    /// What runs in a namespace and could become a target.
    pub async fn cluster_workloads(
        &self,
        kubeconfig: Option<&str>,
        context: Option<&str>,
        namespace: &str,
    ) -> Answer<Vec<CandidateView>> {
        let file = kubeconfig.map(kubeconfig_at).transpose()?;
        let all = self.clusters()?.candidates(file.as_deref(), context, namespace).await?;
        Ok(all.into_iter().map(candidate).collect())
    }

    pub(crate) fn clusters(&self) -> Answer<Arc<dyn Clusters>> {
        let clusters = self.ports().runtimes.clusters();
        clusters.ok_or_else(|| ApiError::new("target_unreachable", "this build knows no clusters"))
    }
}

/// A kubeconfig by its whole path, as policy files have it.
pub(crate) fn kubeconfig_at(text: &str) -> Answer<PathBuf> {
    let file = PathBuf::from(text);
    if file.is_absolute() {
        return Ok(file);
    }
    Err(ApiError::new("bad_input", format!("{text} is no whole path"))
        .hint("A kubeconfig is named by its whole path: who deploys may stand anywhere."))
}

fn way_in(way: WayIn) -> WayInView {
    let WayIn { context, current, server, user, namespace, plugin } = way;
    let plugin = plugin.map(|Plugin { command, found, hint }| PluginView {
        command,
        found: found.map(|file| file.display().to_string()),
        hint,
    });
    WayInView { context, current, server, user, namespace, plugin }
}

fn candidate(one: Candidate) -> CandidateView {
    let containers = one.containers.into_iter().map(|(name, image)| ContainerView { name, image });
    CandidateView {
        workload: format!("{}/{}", one.kind, one.name),
        containers: containers.collect(),
        pods: one.pods,
        owner: one.owner.map(str::to_owned),
        ours: one.ours,
    }
}
