//! A namespace apart with a copy of a workload, for rehearsals.
//!
//! The copy has its owner's manifest as it is now, with what it refers to. What it would share with the pods that serve
//! is refused: volume claims, folders and ports of nodes. It gets no rights in the cluster.

use crate::{apply::is_ours, client::Place, label, record::put};
use k8s_openapi::{
    api::core::v1::{ConfigMap, Namespace, PodSpec, PodTemplateSpec, Secret},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Api, Resource,
    api::DeleteParams,
    core::{DynamicObject, NamespaceResourceScope},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    workload::{KubernetesSettings, Settings},
};

/// What says which namespaces are ours to delete.
const OURS: &str = "switchback/drill";

/// The namespace apart.
fn namespace(apart: &Target) -> String {
    format!("switchback-{}", apart.environment)
}

/// Makes the namespace with the copy. Doing it twice is doing it once.
pub(crate) async fn make(place: &Place, target: &Target, apart: &Target) -> Result<Settings, Failure> {
    let live = place.live().await?;
    let mut template = live.template.clone();
    strip(&mut template, target);
    let pod = template.spec.get_or_insert_default();
    if let Some(shared) = shared(pod) {
        let said = format!("{}: {shared}, which a copy would share with what serves", place.shown());
        return Err(Failure::new(FailureKind::Other, said));
    }
    let settings =
        KubernetesSettings { namespace: namespace(apart), take_over: true, manifest: None, ..place.settings.clone() };
    let there = place.at(settings.clone());
    let rules = labels(place).await?;
    let meta = ObjectMeta { name: Some(namespace(apart)), labels: Some(rules), ..ObjectMeta::default() };
    put(&there, &there.everywhere(), &Namespace { metadata: meta, ..Namespace::default() }).await?;
    let (configs, secrets) = referred(pod);
    for name in configs {
        copy::<ConfigMap>(place, &there, &name).await?;
    }
    for name in secrets {
        copy::<Secret>(place, &there, &name).await?;
    }
    let name = &place.settings.name;
    let mut object: DynamicObject = place.ask(async { place.workloads().get(name).await }).await?;
    object.metadata = bare(&object.metadata);
    object.data["spec"]["template"] = json!(template);
    if let Some(data) = object.data.as_object_mut() {
        data.remove("status");
    }
    put(&there, &there.workloads(), &object).await?;
    Ok(Settings::Kubernetes(settings))
}

/// Deletes the namespace, if it is one of ours.
pub(crate) async fn remove(place: &Place, apart: &Target) -> Result<(), Failure> {
    let all: Api<Namespace> = place.everywhere();
    let name = namespace(apart);
    let Some(found) = place.ask(async { all.get_opt(&name).await }).await? else { return Ok(()) };
    if !found.metadata.labels.is_some_and(|labels| labels.contains_key(OURS)) {
        return Ok(());
    }
    place.ask(async { all.delete(&name, &DeleteParams::default()).await }).await.map(|_| ())
}

/// The labels of the namespace: ours, and the rules for pods that the workload's own has.
async fn labels(place: &Place) -> Result<BTreeMap<String, String>, Failure> {
    let all: Api<Namespace> = place.everywhere();
    let name = &place.settings.namespace;
    // With rights in one namespace alone it cannot be read; then it cannot be made either, which is told there.
    let found = place.ask(async { all.get_opt(name).await }).await.ok().flatten();
    let theirs = found.and_then(|found| found.metadata.labels).unwrap_or_default();
    let mut rules: BTreeMap<_, _> =
        theirs.into_iter().filter(|(key, _)| key.starts_with("pod-security.kubernetes.io/")).collect();
    rules.insert(OURS.to_owned(), String::from("true"));
    Ok(rules)
}

/// Takes out what is ours of the template, and its rights in the cluster.
fn strip(template: &mut PodTemplateSpec, target: &Target) {
    if let Some(annotations) = template.metadata.as_mut().and_then(|meta| meta.annotations.as_mut()) {
        annotations.retain(|key, _| key != label::INSTANCE && key != label::REVISION);
    }
    let spec = template.spec.get_or_insert_default();
    spec.service_account_name = None;
    spec.service_account = None;
    spec.automount_service_account_token = Some(false);
    for container in &mut spec.containers {
        if let Some(sources) = &mut container.env_from {
            sources.retain(|source| !is_ours(source, target));
        }
        if let Some(variables) = &mut container.env {
            variables.retain(|variable| {
                let from = variable.value_from.as_ref();
                let config = from.and_then(|from| from.config_map_key_ref.as_ref()).map(|from| &from.name);
                let name = config.or(from.and_then(|from| from.secret_key_ref.as_ref()).map(|from| &from.name));
                !name.is_some_and(|name| label::names_instance(name, target))
            });
        }
    }
}

/// What a copy of the pod would share with the others.
fn shared(pod: &PodSpec) -> Option<String> {
    if pod.host_network == Some(true) {
        return Some("it uses its node's network".to_owned());
    }
    let mut ports = pod.containers.iter().flat_map(|container| container.ports.iter().flatten());
    if let Some(port) = ports.find_map(|port| port.host_port) {
        return Some(format!("it takes the port {port} of its node"));
    }
    pod.volumes.iter().flatten().find_map(|volume| {
        let claim = volume.persistent_volume_claim.as_ref().map(|claim| format!("it mounts {}", claim.claim_name));
        claim.or_else(|| volume.host_path.as_ref().map(|host| format!("it mounts {} of its node", host.path)))
    })
}

/// The ConfigMaps and Secrets that a pod refers to.
pub(crate) fn referred(pod: &PodSpec) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut configs, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    for container in pod.containers.iter().chain(pod.init_containers.iter().flatten()) {
        for source in container.env_from.iter().flatten() {
            configs.extend(source.config_map_ref.as_ref().map(|from| from.name.clone()));
            secrets.extend(source.secret_ref.as_ref().map(|from| from.name.clone()));
        }
        for from in container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()) {
            configs.extend(from.config_map_key_ref.as_ref().map(|from| from.name.clone()));
            secrets.extend(from.secret_key_ref.as_ref().map(|from| from.name.clone()));
        }
    }
    for volume in pod.volumes.iter().flatten() {
        configs.extend(volume.config_map.as_ref().map(|from| from.name.clone()));
        secrets.extend(volume.secret.as_ref().and_then(|from| from.secret_name.clone()));
        for source in volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten()) {
            configs.extend(source.config_map.as_ref().map(|from| from.name.clone()));
            secrets.extend(source.secret.as_ref().map(|from| from.name.clone()));
        }
    }
    secrets.extend(pod.image_pull_secrets.iter().flatten().map(|from| from.name.clone()));
    (configs, secrets)
}

/// What of an object's metadata a copy has. Who looks after the original does not look after the copy.
fn bare(meta: &ObjectMeta) -> ObjectMeta {
    ObjectMeta { name: meta.name.clone(), ..ObjectMeta::default() }
}

/// What is not there may be optional; the pods will say so if it is not.
async fn copy<K>(from: &Place, to: &Place, name: &str) -> Result<(), Failure>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + Debug + Serialize + DeserializeOwned,
    K::DynamicType: Default,
{
    let Some(mut object) = from.ask(async { from.api::<K>().get_opt(name).await }).await? else { return Ok(()) };
    *object.meta_mut() = bare(object.meta());
    put(to, &to.api(), &object).await
}
