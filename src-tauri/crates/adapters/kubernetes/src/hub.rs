//! The shared watches: one place for each way into a cluster, namespace and kind.

use crate::{
    client::Place,
    feed::{Listener, Slot},
    login::Way,
};
use k8s_openapi::{
    api::{
        apps::v1::ReplicaSet,
        core::v1::{ConfigMap, Event, Pod, PodSpec},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{core::DynamicObject, runtime::watcher::Config};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use switchback_core::workload::WorkloadKind;

/// All of them. An entry costs a few words once nobody listens any more.
#[derive(Debug, Default)]
pub(crate) struct Hubs(Mutex<HashMap<(Way, String), Arc<Hub>>>);

/// Those of one namespace.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    deployments: Slot<DynamicObject>,
    stateful_sets: Slot<DynamicObject>,
    daemon_sets: Slot<DynamicObject>,
    pods: Slot<Pod>,
    sets: Slot<ReplicaSet>,
    configs: Slot<ConfigMap>,
    notes: Slot<Event>,
}

impl Hubs {
    pub(crate) fn of(&self, place: &Place) -> Arc<Hub> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry((place.way(), place.settings.namespace.clone())).or_default().clone()
    }
}

impl Hub {
    pub(crate) fn workloads(&self, place: &Place) -> Listener<DynamicObject> {
        let slot = match place.settings.workload {
            WorkloadKind::Deployment => &self.deployments,
            WorkloadKind::StatefulSet => &self.stateful_sets,
            WorkloadKind::DaemonSet => &self.daemon_sets,
        };
        // All of them is looked at: who wrote what above all.
        slot.join(place, || (place.workloads(), Config::default()), |_| {})
    }

    pub(crate) fn pods(&self, place: &Place) -> Listener<Pod> {
        let open = || (place.api(), Config::default());
        self.pods.join(place, open, |pod| {
            slim(&mut pod.metadata);
            // Where it runs is all that is told of it.
            let node_name = pod.spec.take().and_then(|spec| spec.node_name);
            pod.spec = Some(PodSpec { node_name, ..PodSpec::default() });
        })
    }

    pub(crate) fn sets(&self, place: &Place) -> Listener<ReplicaSet> {
        let open = || (place.api(), Config::default());
        self.sets.join(place, open, |set| {
            slim(&mut set.metadata);
            if let Some(template) = set.spec.as_mut().and_then(|spec| spec.template.as_mut()) {
                template.spec = None;
            }
        })
    }

    /// The records of all targets, and what manifests themselves name; what is in them is asked for when one changes.
    pub(crate) fn configs(&self, place: &Place) -> Listener<ConfigMap> {
        let open = || (place.records(), Config::default());
        self.configs.join(place, open, |config| {
            slim(&mut config.metadata);
            // The whole of it once more, where somebody applied it.
            config.metadata.annotations = None;
            config.data = None;
            config.binary_data = None;
        })
    }

    pub(crate) fn notes(&self, place: &Place) -> Listener<Event> {
        let open = || (place.api(), Config::default().fields("type=Warning"));
        self.notes.join(place, open, |note| slim(&mut note.metadata))
    }
}

/// Who wrote which field of what is not the workload is looked at by nobody, and is half of an object.
fn slim(meta: &mut ObjectMeta) {
    meta.managed_fields = None;
}
