//! What `kubectl rollout history` is read from: a Deployment's ReplicaSets, and the ControllerRevisions of the others.

use crate::{
    client::Place,
    label::{self, AGAIN, CHANGE_CAUSE, MANAGER},
    live::Live,
    memory::Snap,
    owners,
};
use k8s_openapi::{
    api::{
        apps::v1::{ControllerRevision, ReplicaSet},
        core::v1::PodTemplateSpec,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
    jiff::SignedDuration,
};
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;
use switchback_core::{
    failure::Failure,
    ident::Instant,
    plan::InstanceName,
    workload::{PAST, WorkloadKind},
};

const REVISION: &str = "deployment.kubernetes.io/revision";
/// There when a set was gone back to, so that its age is not the revision's.
const GONE_BACK_TO: &str = "deployment.kubernetes.io/revision-history";
/// How long after a write its set is surely of it: both times are whole seconds. Later, another write may lie between.
const AFTER: SignedDuration = SignedDuration::from_secs(1);

/// The remembered states, oldest first.
pub(crate) async fn snaps(place: &Place, live: &Live) -> Result<Vec<Snap>, Failure> {
    let chosen = ListParams::default().labels_from(&live.selector);
    let mut all: Vec<Snap> = if place.settings.workload == WorkloadKind::Deployment {
        let sets = place.ask(async { place.api::<ReplicaSet>().list(&chosen).await }).await?;
        sets.items.into_iter().filter(|set| owned(&set.metadata, live)).filter_map(|set| of_set(set, live)).collect()
    } else {
        let sets = place.ask(async { place.api::<ControllerRevision>().list(&chosen).await }).await?;
        sets.items.into_iter().filter(|set| owned(&set.metadata, live)).filter_map(|set| of_record(set, live)).collect()
    };
    all.sort_by_key(|one| one.number);
    Ok(all)
}

/// Has the controller of an instance's ReplicaSet look at it now: one that was refused pods waits twice as long each time,
/// also when there is room by then, but looks at once at what changed. Whoever may not write ReplicaSets leaves it so.
pub(crate) async fn try_again(place: &Place, name: &InstanceName) -> Result<(), Failure> {
    let live = place.live().await?;
    if place.settings.workload != WorkloadKind::Deployment {
        return Ok(());
    }
    let (sets, chosen) = (place.api::<ReplicaSet>(), ListParams::default().labels_from(&live.selector));
    let all = place.ask(async { sets.list(&chosen).await }).await?;
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({ "metadata": { "annotations": { AGAIN: Instant::now().to_string() } } }));
    let of_instance = |set: &&ReplicaSet| owned(&set.metadata, &live) && instance(set).as_ref() == Some(name);
    for set in all.items.iter().filter(of_instance) {
        let set = set.metadata.name.clone().unwrap_or_default();
        place.ask(async { sets.patch(&set, &params, &patch).await }).await?;
    }
    Ok(())
}

/// When a Deployment's controller last told the set that runs how many pods it is to have.
pub(crate) async fn counted(place: &Place, live: &Live, number: i32) -> Result<Option<Instant>, Failure> {
    let chosen = ListParams::default().labels_from(&live.selector);
    let all = place.ask(async { place.api::<ReplicaSet>().list(&chosen).await }).await?;
    let told = |set: &&ReplicaSet| set.spec.as_ref().and_then(|spec| spec.replicas) == Some(number);
    let runs =
        |set: &&ReplicaSet| owned(&set.metadata, live) && instance(set).or_else(|| live.adopted()) == live.instance();
    Ok(all
        .items
        .iter()
        .filter(runs)
        .filter(told)
        .filter_map(|set| owners::of(&set.metadata, &["spec", "replicas"], None)?.at)
        .max())
}

/// The instance that a set makes pods of.
pub(crate) fn instance(set: &ReplicaSet) -> Option<InstanceName> {
    let template = set.spec.as_ref()?.template.as_ref()?;
    let annotations = template.metadata.as_ref()?.annotations.as_ref()?;
    annotations.get(label::INSTANCE).map(|name| InstanceName(name.clone()))
}

fn owned(meta: &ObjectMeta, live: &Live) -> bool {
    meta.owner_references.iter().flatten().any(|owner| Some(&owner.uid) == live.meta.uid.as_ref())
}

fn of_set(set: ReplicaSet, live: &Live) -> Option<Snap> {
    let annotations = set.metadata.annotations.clone().unwrap_or_default();
    let number = annotations.get(REVISION)?.parse().ok()?;
    let mut template = set.spec?.template?;
    if let Some(labels) = template.metadata.as_mut().and_then(|meta| meta.labels.as_mut()) {
        labels.remove("pod-template-hash");
    }
    let at = annotations.get(GONE_BACK_TO).is_none_or(String::is_empty).then(|| made(&set.metadata)).flatten();
    Some(snap("ReplicaSet", &set.metadata, number, at, template, live))
}

fn of_record(set: ControllerRevision, live: &Live) -> Option<Snap> {
    let number = u64::try_from(set.revision).ok()?;
    let template = set.data?.0.pointer("/spec/template")?.clone();
    let template = serde_json::from_value(template).ok()?;
    Some(snap("ControllerRevision", &set.metadata, number, made(&set.metadata), template, live))
}

fn made(meta: &ObjectMeta) -> Option<Instant> {
    meta.creation_timestamp.as_ref().map(|time| time.0)
}

fn snap(
    kind: &str,
    meta: &ObjectMeta,
    number: u64,
    at: Option<Instant>,
    template: PodTemplateSpec,
    live: &Live,
) -> Snap {
    let name = meta.name.clone().unwrap_or_default();
    let said = meta.annotations.as_ref().and_then(|all| all.get(CHANGE_CAUSE)).cloned();
    let by = at.and_then(|at| writer(live, at));
    Snap { number, source: format!("{kind} {name}"), kept: format!("{PAST}{name}"), at, by, said, template }
}

/// Who wrote the workload's template right before that instant, as far as it still says so: of each field manager only
/// the last write is kept.
fn writer(live: &Live, at: Instant) -> Option<String> {
    let all = live.meta.managed_fields.iter().flatten().filter(|entry| entry.subresource.is_none());
    let written =
        all.filter(|entry| entry.fields_v1.as_ref().is_some_and(|all| all.0.pointer("/f:spec/f:template").is_some()));
    let near = written.filter_map(|entry| Some((entry.time.as_ref()?.0, entry.manager.clone()?)));
    near.filter(|(time, _)| *time <= at && at.duration_since(*time) <= AFTER).max().map(|(_, manager)| manager)
}
