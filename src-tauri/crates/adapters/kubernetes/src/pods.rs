//! Pods of an instance, and which of them speaks for it.

use crate::{client::Place, label, live::Live, trouble};
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod};
use kube::api::{DeleteParams, ListParams, Preconditions};
use switchback_core::{failure::Failure, ident::Instant, plan::InstanceName, workload::WorkloadKind};

impl Place {
    /// The pods of one instance, those that go away left out.
    pub(crate) async fn pods(&self, live: &Live, name: &InstanceName) -> Result<Vec<Pod>, Failure> {
        let chosen = ListParams::default().labels_from(&live.selector);
        let all = self.ask(self.api::<Pod>().list(&chosen)).await?;
        Ok(all.items.into_iter().filter(|pod| live.whose(pod).as_ref() == Some(name) && !leaves(pod)).collect())
    }
}

/// When a StatefulSet's pod of this number was made.
pub(crate) async fn made(place: &Place, live: &Live, number: i32) -> Result<Option<Instant>, Failure> {
    let Some(set) = live.meta.name.as_deref() else { return Ok(None) };
    let pod = place.ask(place.api::<Pod>().get_opt(&format!("{set}-{number}"))).await?;
    Ok(pod.and_then(|pod| Some(pod.metadata.creation_timestamp?.0)))
}

/// A StatefulSet waits for a pod that never gets ready, even to replace it: those of other instances that do not serve are
/// deleted, so that it goes on. What serves is left to it.
///
/// Its node takes some seconds to see a pod off in which nothing runs, and a StatefulSet and a DaemonSet make no other one
/// before: what is dead is taken off the list at once.
pub(crate) async fn unblock(place: &Place, live: &Live, at: Option<&InstanceName>) -> Result<(), Failure> {
    let blocks = match place.settings.workload {
        WorkloadKind::Deployment => return Ok(()),
        WorkloadKind::StatefulSet => |pod: &Pod| !leaves(pod),
        // It deletes what does not serve itself.
        WorkloadKind::DaemonSet => |_: &Pod| false,
    };
    let pods = place.api::<Pod>();
    let chosen = ListParams::default().labels_from(&live.selector);
    let all = place.ask(async { pods.list(&chosen).await }).await?;
    let others = all.items.iter().filter(|pod| live.whose(pod).as_ref() != at && !is_ready(pod));
    let others: Vec<(&Pod, bool)> = others.map(|pod| (pod, is_dead(pod))).collect();
    // Before it knows, its controller would make the same one again.
    let knows = others.iter().any(|(_, dead)| *dead) && live.taken_in(place).await;
    for (pod, dead) in others {
        if (dead && knows && strike(place, pod).await) || !blocks(pod) {
            continue;
        }
        let deleted = async {
            match pods.delete(&name(pod), &DeleteParams::default()).await {
                Err(error) if trouble::is_missing(&error) => Ok(()),
                done => done.map(|_| ()),
            }
        };
        place.ask(deleted).await?;
    }
    Ok(())
}

/// Takes a dead pod off the list without its node's word; false where it is another by now, or we may not.
async fn strike(place: &Place, pod: &Pod) -> bool {
    let pods = place.api::<Pod>();
    let meta = &pod.metadata;
    let preconditions = Preconditions { uid: meta.uid.clone(), resource_version: meta.resource_version.clone() };
    let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default().grace_period(0) };
    place.ask(async { pods.delete(&name(pod), &params).await.map(drop) }).await.is_ok()
}

/// Whether a node said last of each of its containers that it does not run, and it does no harm if one is started once more
/// before the node hears of it: it waits to be, or has nothing that the next pod has too.
fn is_dead(pod: &Pod) -> bool {
    let states: Vec<_> = containers(pod).map(|(one, _)| one.state.as_ref()).collect();
    let runs = |state: Option<&ContainerState>| state.is_none_or(|state| state.running.is_some());
    let waits = |state: Option<&ContainerState>| state.is_some_and(|state| state.waiting.is_some());
    !states.is_empty() && !states.iter().copied().any(runs) && (states.iter().copied().all(waits) || !keeps(pod))
}

/// Whether it has a volume that outlives it.
fn keeps(pod: &Pod) -> bool {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes.into_iter().any(|volume| {
        let own = volume.empty_dir.is_some()
            || volume.config_map.is_some()
            || volume.secret.is_some()
            || volume.projected.is_some()
            || volume.downward_api.is_some()
            || volume.ephemeral.is_some()
            || volume.image.is_some();
        !own
    })
}

/// The instance a pod was made for by us.
pub(crate) fn instance(pod: &Pod) -> Option<InstanceName> {
    let annotations = pod.metadata.annotations.as_ref()?;
    annotations.get(label::INSTANCE).map(|name| InstanceName(name.clone()))
}

/// Whether it is on its way out.
pub(crate) fn leaves(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// Whether it serves.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// All its containers, those that prepare it first; whether each of them is one of those.
pub(crate) fn containers(pod: &Pod) -> impl Iterator<Item = (&ContainerStatus, bool)> {
    let status = pod.status.as_ref();
    let first = status.and_then(|status| status.init_container_statuses.as_ref()).into_iter().flatten();
    let rest = status.and_then(|status| status.container_statuses.as_ref()).into_iter().flatten();
    first.map(|one| (one, true)).chain(rest.map(|one| (one, false)))
}

/// The image one of its containers was given.
pub(crate) fn image<'a>(pod: &'a Pod, container: &str) -> Option<&'a str> {
    let all = &pod.spec.as_ref()?.containers;
    all.iter().find(|one| one.name == container)?.image.as_deref()
}

pub(crate) fn name(pod: &Pod) -> String {
    pod.metadata.name.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pod_is_dead_when_nothing_of_it_runs_and_nothing_of_it_is_the_next_ones_too() {
        let dead = |states: &[&str], volume: &str| {
            let statuses: Vec<_> = states
                .iter()
                .map(|state| {
                    let of = if *state == "terminated" { json!({ "exitCode": 3 }) } else { json!({}) };
                    json!({ "name": "a", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": { *state: of } })
                })
                .collect();
            let pod = json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "w-0" },
                "spec": { "containers": [], "volumes": [{ "name": "v", volume: {} }] },
                "status": { "containerStatuses": statuses },
            });
            is_dead(&serde_json::from_value(pod).unwrap())
        };
        assert!(dead(&["terminated"], "emptyDir") && dead(&["waiting", "terminated"], "configMap"));
        assert!(dead(&["waiting"], "hostPath"), "its node waits before it starts it again");
        assert!(!dead(&["terminated"], "hostPath"), "its node may have started it again by now");
        assert!(!dead(&["terminated", "running"], "emptyDir"));
        assert!(!dead(&[], "emptyDir"), "nobody said anything of it");
    }
}
