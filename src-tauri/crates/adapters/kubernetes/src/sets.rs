//! What `kubectl rollout history` is read from: a Deployment's ReplicaSets, and the ControllerRevisions of the others.

use crate::{client::Place, label::CHANGE_CAUSE, live::Live, memory::Snap};
use k8s_openapi::{
    api::{
        apps::v1::{ControllerRevision, ReplicaSet},
        core::v1::PodTemplateSpec,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
    jiff::SignedDuration,
};
use kube::api::ListParams;
use switchback_core::{
    failure::Failure,
    ident::Instant,
    workload::{PAST, WorkloadKind},
};

const REVISION: &str = "deployment.kubernetes.io/revision";
/// There when a set was gone back to, so that its age is not the revision's.
const AGAIN: &str = "deployment.kubernetes.io/revision-history";
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
    let at = annotations.get(AGAIN).is_none_or(String::is_empty).then(|| made(&set.metadata)).flatten();
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
