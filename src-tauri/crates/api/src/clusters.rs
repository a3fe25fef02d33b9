//! Clusters as somebody looks for a workload in them: the ways in, the namespaces, what runs there.

use crate::{
    Answer, ApiError, App, app,
    dto::{CandidateView, CandidatesView, ContainerView, CrewView, PluginView, PodView, WayInView},
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use std::{path::PathBuf, sync::Arc};
use switchback_core::{
    port::{Candidate, Clusters, Crew, Plugin, PodLine, WayIn},
    workload::Settings,
};

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
    ) -> Answer<CandidatesView> {
        let file = kubeconfig.map(kubeconfig_at).transpose()?;
        let all = self.clusters()?.candidates(file.as_deref(), context, namespace).await?;
        Ok(CandidatesView {
            workloads: all.workloads.into_iter().map(candidate).collect(),
            unread: all.unread.iter().map(ToString::to_string).collect(),
        })
    }

    /// The pods of a deployment's workload, at once and with each change. Ends at once where there are none to see.
    pub async fn crew(&self, deployment: &str) -> Answer<BoxStream<'static, CrewView>> {
        let (plan, _) = self.ports().ledger.load(app::deployment(deployment)?).await?;
        let Settings::Kubernetes(settings) = &plan.workload.settings else { return Ok(stream::empty().boxed()) };
        Ok(self.clusters()?.crew(settings).await?.map(crew).boxed())
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

fn crew(crew: Crew) -> CrewView {
    CrewView { pods: crew.pods.into_iter().map(pod).collect(), warnings: crew.warnings }
}

fn pod(line: PodLine) -> PodView {
    let PodLine { name, revision, doing, ready, restarts, node, since, .. } = line;
    PodView { name, revision: revision.map(|revision| revision.0), doing, ready, restarts, node, since }
}
