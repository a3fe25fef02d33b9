//! The ways into clusters that a kubeconfig knows, and what could become a target there.

use crate::{check, client::Place, kubeconfig, live::Live, path};
use k8s_openapi::api::{
    apps::v1::{DaemonSet, Deployment, StatefulSet},
    core::v1::Namespace,
};
use kube::{
    ResourceExt as _,
    api::{ListParams, ObjectList},
    config::ExecConfig,
};
use std::path::{Path, PathBuf};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::{Candidate, Candidates, Plugin, WayIn},
    workload::WorkloadKind,
};

/// All contexts, in the file's order.
pub(crate) async fn ways(file: Option<&Path>) -> Result<Vec<WayIn>, Failure> {
    let config = kubeconfig::read(file)?;
    let folders = path::of_login_shell().await.or_else(|| std::env::var("PATH").ok()).unwrap_or_default();
    let ways = config.contexts.iter().filter_map(|named| {
        let context = named.context.as_ref()?;
        let cluster = config.clusters.iter().find(|one| one.name == context.cluster);
        let server = cluster.and_then(|one| one.cluster.as_ref()?.server.clone()).unwrap_or_default();
        let user = context.user.clone().unwrap_or_default();
        let login = config.auth_infos.iter().find(|one| one.name == user).and_then(|one| one.auth_info.as_ref());
        Some(WayIn {
            context: named.name.clone(),
            current: config.current_context.as_ref() == Some(&named.name),
            server,
            user,
            namespace: context.namespace.clone().unwrap_or_else(|| "default".to_owned()),
            plugin: login.and_then(|login| login.exec.as_ref()).map(|exec| plugin(exec, &folders)),
        })
    });
    Ok(ways.collect())
}

fn plugin(exec: &ExecConfig, folders: &str) -> Plugin {
    let command = exec.command.clone().unwrap_or_default();
    let found = if command.contains('/') {
        Some(PathBuf::from(&command)).filter(|file| file.is_file())
    } else {
        folders.split(':').map(|folder| Path::new(folder).join(&command)).find(|file| file.is_file())
    };
    Plugin { command, found, hint: exec.install_hint.as_deref().map(|hint| hint.trim().to_owned()) }
}

/// The namespaces, or the one that is known where they may not be listed.
pub(crate) async fn namespaces(place: &Place) -> Result<Vec<String>, Failure> {
    match place.ask(async { place.everywhere::<Namespace>().list(&ListParams::default()).await }).await {
        Ok(all) => Ok(all.items.iter().map(Namespace::name_any).collect()),
        Err(Failure { kind: FailureKind::Forbidden { .. }, .. }) => Ok(vec![place.settings.namespace.clone()]),
        Err(failure) => Err(failure),
    }
}

/// All workloads of the place's namespace that may be listed.
pub(crate) async fn candidates(place: &Place) -> Result<Candidates, Failure> {
    let every = ListParams::default();
    let (deployments, sets, daemons) =
        (place.api::<Deployment>(), place.api::<StatefulSet>(), place.api::<DaemonSet>());
    let (deployments, sets, daemons) = tokio::join!(
        place.ask(deployments.list(&every)),
        place.ask(sets.list(&every)),
        place.ask(daemons.list(&every)),
    );
    let mut all = Listing::default();
    all.take(WorkloadKind::Deployment, deployments, Live::of_deployment)?;
    all.take(WorkloadKind::StatefulSet, sets, Live::of_stateful_set)?;
    all.take(WorkloadKind::DaemonSet, daemons, Live::of_daemon_set)?;
    match all.refusal {
        Some(refusal) if !all.any => Err(refusal),
        _ => Ok(all.told),
    }
}

/// What was listed so far.
#[derive(Default)]
struct Listing {
    told: Candidates,
    /// A kind could be listed.
    any: bool,
    refusal: Option<Failure>,
}

impl Listing {
    fn take<K: Clone>(
        &mut self,
        kind: WorkloadKind,
        listed: Result<ObjectList<K>, Failure>,
        live: fn(K) -> Option<Live>,
    ) -> Result<(), Failure> {
        match listed {
            Ok(found) => {
                self.any = true;
                let found = found.items.into_iter().filter_map(|one| told(kind, &live(one)?));
                self.told.workloads.extend(found);
            }
            Err(refusal @ Failure { kind: FailureKind::Forbidden { .. }, .. }) => {
                self.told.unread.push(kind);
                self.refusal = Some(refusal);
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}

fn told(kind: WorkloadKind, live: &Live) -> Option<Candidate> {
    let name = live.meta.name.clone()?;
    let containers = live.template.spec.iter().flat_map(|spec| &spec.containers);
    let containers = containers.map(|one| (one.name.clone(), one.image.clone().unwrap_or_default())).collect();
    let (pods, owner, ours) = (live.progress.told(), check::owner(live), live.instance().is_some());
    Some(Candidate { kind, name, containers, pods, owner, ours })
}
