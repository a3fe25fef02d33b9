//! The one write that moves a workload: a server-side apply of what is ours of its pod template, and of nothing else.

use crate::{
    client::Place,
    label::{self, MANAGER},
    live::{self, Live, Rules},
};
use k8s_openapi::{
    api::core::v1::{
        ConfigMapEnvSource, ConfigMapKeySelector, Container, EnvFromSource, EnvVar, EnvVarSource, PodSpec,
        PodTemplateSpec, SecretEnvSource, SecretKeySelector,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    api::{Patch, PatchParams, PostParams},
    core::{DynamicObject, TypeMeta},
};
use serde::Serialize;
use std::collections::BTreeMap;
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    plan::InstanceSpec,
};

/// How often a write that met another one is tried again.
const TRIES: usize = 5;

/// What is ours of a workload.
#[derive(Debug, Serialize)]
struct Ours {
    #[serde(flatten)]
    types: TypeMeta,
    metadata: ObjectMeta,
    spec: OurSpec,
}

#[derive(Debug, Serialize)]
struct OurSpec {
    template: PodTemplateSpec,
}

/// Moves the workload to an instance. `rehearsed`: only asked whether it would be taken.
pub(crate) async fn apply(
    place: &Place,
    live: &Live,
    spec: &InstanceSpec,
    taken: &[String],
    rehearsed: bool,
) -> Result<Live, Failure> {
    let resource = place.resource();
    let annotations = label::pairs([
        (label::CHANGE_CAUSE, format!("switchback: {} {}", spec.revision, spec.workload.artifact.brief())),
        (label::DEPLOYMENT, spec.deployment.to_string()),
    ]);
    let name = Some(place.settings.name.clone());
    let ours = Ours {
        types: TypeMeta { api_version: resource.api_version, kind: resource.kind },
        metadata: ObjectMeta { name, annotations: Some(annotations), ..ObjectMeta::default() },
        spec: OurSpec { template: template(place, live, spec, taken)? },
    };
    // By force: that the image changes is what was asked for, and who else looks after it was asked before.
    let mut params = PatchParams::apply(MANAGER).force();
    params.dry_run = rehearsed;
    let (workloads, patch) = (place.workloads(), Patch::Apply(&ours));
    let moved = place.ask(async { workloads.patch(&place.settings.name, &params, &patch).await }).await?;
    Live::of(moved, &place.settings)
}

/// Whether the workload is at the instance, in all that is ours.
pub(crate) fn is_applied(place: &Place, live: &Live, spec: &InstanceSpec) -> Result<bool, Failure> {
    let container = live.container(&place.settings)?;
    Ok(live.is_at(&spec.name)
        && container.image.as_deref() == Some(&label::pinned(&spec.workload.artifact))
        && references(container, spec) == container.env_from.clone().unwrap_or_default())
}

/// A whole template with what is ours of it as the instance has it.
pub(crate) fn moved(
    mut whole: PodTemplateSpec,
    place: &Place,
    live: &Live,
    spec: &InstanceSpec,
) -> Result<PodTemplateSpec, Failure> {
    let name = live.container(&place.settings)?.name.clone();
    let meta = whole.metadata.get_or_insert_default();
    meta.annotations.get_or_insert_default().extend(annotations(spec));
    let containers = whole.spec.iter_mut().flat_map(|spec| &mut spec.containers);
    for container in containers.filter(|container| container.name == name) {
        container.image = Some(label::pinned(&spec.workload.artifact));
        container.env_from = Some(references(container, spec));
    }
    Ok(whole)
}

/// What names the instance in its pods.
fn annotations(spec: &InstanceSpec) -> BTreeMap<String, String> {
    label::pairs([(label::INSTANCE, spec.name.to_string()), (label::REVISION, spec.revision.to_string())])
}

fn template(place: &Place, live: &Live, spec: &InstanceSpec, taken: &[String]) -> Result<PodTemplateSpec, Failure> {
    let container = live.container(&place.settings)?;
    let env: Vec<EnvVar> = taken.iter().map(|key| variable(spec, key)).collect();
    let ours = Container {
        name: container.name.clone(),
        image: Some(label::pinned(&spec.workload.artifact)),
        env_from: Some(references(container, spec)),
        env: (!env.is_empty()).then_some(env),
        ..Container::default()
    };
    Ok(PodTemplateSpec {
        metadata: Some(ObjectMeta { annotations: Some(annotations(spec)), ..ObjectMeta::default() }),
        spec: Some(PodSpec { containers: vec![ours], ..PodSpec::default() }),
    })
}

/// Where the container's variables come from: what its owner wrote, then ours, which win.
fn references(container: &Container, spec: &InstanceSpec) -> Vec<EnvFromSource> {
    let name = &spec.name.0;
    let config = ConfigMapEnvSource { name: name.clone(), optional: None };
    let secret = SecretEnvSource { name: name.clone(), optional: None };
    let theirs = container.env_from.iter().flatten().filter(|source| !is_ours(source, &spec.target)).cloned();
    let ours = [
        EnvFromSource { config_map_ref: Some(config), ..EnvFromSource::default() },
        EnvFromSource { secret_ref: Some(secret), ..EnvFromSource::default() },
    ];
    theirs.chain(ours).collect()
}

pub(crate) fn is_ours(source: &EnvFromSource, target: &Target) -> bool {
    let config = source.config_map_ref.as_ref().map(|source| &source.name);
    let name = config.or(source.secret_ref.as_ref().map(|source| &source.name));
    name.is_some_and(|name| label::names_instance(name, target))
}

/// A variable that stands in the container's own list, which wins over references: it is pointed at ours.
fn variable(spec: &InstanceSpec, key: &str) -> EnvVar {
    let (name, key) = (spec.name.0.clone(), key.to_owned());
    let from = if spec.workload.secrets.contains_key(&key) {
        let secret = SecretKeySelector { name, key: key.clone(), optional: None };
        EnvVarSource { secret_key_ref: Some(secret), ..EnvVarSource::default() }
    } else {
        let config = ConfigMapKeySelector { name, key: key.clone(), optional: None };
        EnvVarSource { config_map_key_ref: Some(config), ..EnvVarSource::default() }
    };
    // The empty value takes the place of the one that stood there.
    EnvVar { name: key, value: Some(String::new()), value_from: Some(from) }
}

/// Says of a workload as which instance its own template was taken over. Its pods stay.
pub(crate) async fn name_adopted(place: &Place, spec: &InstanceSpec) -> Result<(), Failure> {
    let said =
        label::pairs([(label::INSTANCE, spec.name.to_string()), (label::DEPLOYMENT, spec.deployment.to_string())]);
    let change = serde_json::json!({ "metadata": { "annotations": said } });
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let (workloads, patch) = (place.workloads(), Patch::Merge(&change));
    place.ask(async { workloads.patch(&place.settings.name, &params, &patch).await }).await.map(|_| ())
}

/// Puts a whole pod template back, and a number of pods and the rest of the spec where they are given.
pub(crate) async fn restore(
    place: &Place,
    template: &PodTemplateSpec,
    replicas: Option<i32>,
    rules: Option<&Rules>,
) -> Result<Live, Failure> {
    let workloads = place.workloads();
    let template =
        serde_json::to_value(template).map_err(|error| Failure::new(FailureKind::Other, error.to_string()))?;
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    let written = async {
        let mut tries = 0;
        loop {
            let mut object: DynamicObject = workloads.get(&place.settings.name).await?;
            object.data["spec"]["template"] = template.clone();
            if let (Some(rules), Some(spec)) = (rules, object.data["spec"].as_object_mut()) {
                spec.retain(|key, _| !live::is_rule(key));
                spec.extend(rules.clone());
            }
            if let Some(count) = replicas {
                object.data["spec"]["replicas"] = count.into();
            }
            tries += 1;
            match workloads.replace(&place.settings.name, &params, &object).await {
                // Its controller wrote its status between our two questions.
                Err(kube::Error::Api(status)) if status.code == 409 && tries < TRIES => {}
                done => break done,
            }
        }
    };
    Live::of(place.ask(written).await?, &place.settings)
}
