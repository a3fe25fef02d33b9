//! Pods of an instance, and which of them speaks for it.

use crate::{client::Place, label, live::Live, trouble};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::api::{DeleteParams, ListParams};
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
pub(crate) async fn unblock(place: &Place, live: &Live, at: Option<&InstanceName>) -> Result<(), Failure> {
    if place.settings.workload != WorkloadKind::StatefulSet {
        return Ok(());
    }
    let pods = place.api::<Pod>();
    let chosen = ListParams::default().labels_from(&live.selector);
    let all = place.ask(async { pods.list(&chosen).await }).await?;
    for pod in all.items.iter().filter(|pod| live.whose(pod).as_ref() != at && !is_ready(pod) && !leaves(pod)) {
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
