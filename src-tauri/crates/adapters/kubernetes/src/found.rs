//! What really runs: our instances by their records, and the workload read back as ours could be written.

use crate::{
    apply,
    client::Place,
    configs, differ, label,
    live::Live,
    memory, owners,
    record::{self, Kept},
    replicas, scratch, state,
};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Container},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{ResourceExt as _, api::ListParams};
use secrecy::SecretString;
use std::collections::BTreeMap;
use switchback_core::{
    drift::{self, Difference, Hand, Part},
    failure::{Failure, FailureKind},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{Arrival, Found, Observed},
    reference::Reference,
    release::{Artifact, ArtifactRequest},
    workload::{KubernetesSettings, Settings},
};
use switchback_registry::Registries;

/// The target's instances: each has a record; that of the one the workload is at may have been deleted.
pub(crate) async fn observe(place: &Place, target: &Target) -> Result<Vec<Observed>, Failure> {
    let live = place.find().await?;
    let at = live.as_ref().and_then(Live::instance);
    let ours = ListParams::default().labels(&label::selector(target));
    let records = place.ask(async { place.records().list(&ours).await }).await?;
    let mut all = Vec::new();
    for record in records.items {
        let name = InstanceName(record.name_any());
        let state = match &live {
            Some(live) if at.as_ref() == Some(&name) => state::current(place, live, &name).await?,
            _ => state::of_record(&record),
        };
        let said = |what| record::says(&record, what);
        all.push(Observed {
            revision: said(label::REVISION).and_then(|text| text.parse().ok()),
            artifact: said(label::ARTIFACT).and_then(pinned),
            content: said(label::CONTENT).map(str::to_owned),
            name,
            state,
        });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// The workload as it is, when it is at this instance.
pub(crate) async fn inspect(place: &Place, name: &InstanceName) -> Result<Option<Found>, Failure> {
    match place.find().await? {
        Some(live) if live.is_at(name) => told(place, &live, name.clone()).await.map(Some),
        _ => Ok(None),
    }
}

/// The workload, when it is at another instance of ours than this one.
pub(crate) async fn instead(place: &Place, name: &InstanceName) -> Result<Option<Found>, Failure> {
    let Some(live) = place.find().await? else { return Ok(None) };
    match live.instance().filter(|at| at != name) {
        Some(at) => {
            let found = told(place, &live, at).await?;
            // The pods that serve may still be those of the one it was; and without its record its configuration is gone,
            // so that it serves only until a pod is started anew.
            let whole = record::find(place, &found.name).await?.is_some();
            let serves = whole && live.progress.complete() && live.progress.wanted > 0;
            let running = found.running.filter(|_| serves);
            Ok(Some(Found { running, ..found }))
        }
        None => Ok(None),
    }
}

/// The workload, when nobody of ours put it where it is.
pub(crate) async fn foreign(place: &Place) -> Result<Vec<Found>, Failure> {
    match place.find().await? {
        Some(live) if live.instance().is_none() => {
            let found = told(place, &live, InstanceName(place.settings.reference())).await?;
            let running = found.running.filter(|_| live.progress.available > 0);
            Ok(vec![Found { running, ..found }])
        }
        _ => Ok(Vec::new()),
    }
}

/// Takes what the workload is as the instance it is at, or as the first one it is at.
pub(crate) async fn adopt(place: &Place, registries: &Registries, spec: &InstanceSpec) -> Result<Arrival, Failure> {
    let live = place.live().await?;
    if live.instance().is_none() {
        return adopt_foreign(place, registries, &live, spec).await;
    }
    let missing = || Failure::new(FailureKind::Other, format!("{} is not at {}", place.shown(), spec.name));
    let found = inspect(place, &spec.name).await?.ok_or_else(missing)?;
    match drift::content(&spec.workload, &found, false).first() {
        None => {
            let live = place.live().await?;
            record::keep(place, &live, spec).await?;
            record::renamed(place, spec).await?;
            Ok(if found.changed.is_empty() { Arrival::Already } else { Arrival::Done })
        }
        Some(difference) => {
            let said = format!("{} is not what is to be taken over: {difference}", place.shown());
            Err(Failure::new(FailureKind::Other, said))
        }
    }
}

/// Names a workload that nobody of ours put where it is. Nothing of its pods changes.
async fn adopt_foreign(
    place: &Place,
    registries: &Registries,
    live: &Live,
    spec: &InstanceSpec,
) -> Result<Arrival, Failure> {
    let mut found = told(place, live, spec.name.clone()).await?;
    let container = live.container(&place.settings)?.name.clone();
    found.artifact = match memory::running(place, live, &container).await? {
        Some(artifact) => Some(artifact),
        None => Some(registries.resolve(&ArtifactRequest::Image { reference: found.written.clone() }).await?),
    };
    if let Some(difference) = drift::content(&spec.workload, &found, false).first() {
        let said = format!("{} is not what is to be taken over: {difference}", place.shown());
        return Err(Failure::new(FailureKind::Other, said));
    }
    record::adopt(place, live, spec).await?;
    // Last, since it says that all is there.
    apply::name_adopted(place, spec).await?;
    Ok(Arrival::Done)
}

async fn told(place: &Place, live: &Live, name: InstanceName) -> Result<Found, Failure> {
    let container = live.container(&place.settings)?;
    let written = container.image.clone().unwrap_or_default();
    let (mut env, inherited) = (BTreeMap::new(), own(container));
    let in_container = |field: &[&str]| live.hand(&[&["spec", "containers", &container.name], field].concat());
    let mut hands: BTreeMap<String, Hand> = BTreeMap::new();
    hands.extend(in_container(&["image"]).map(|hand| ("artifact".to_owned(), hand)));
    // What people add to the list by hand is theirs to add: it is no part of what was deployed, and no drift of it.
    for Variable { key, value, hand } in referenced(place, container, &name).await? {
        hands.extend(in_container(&["env", &key]).or(hand).map(|hand| (key.clone(), hand)));
        env.insert(key, value);
    }
    // Of what is at no instance of ours nothing is kept.
    let kept = if live.instance().is_some() { record::kept(place, &name).await? } else { None };
    let changed = match &kept {
        Some(kept) => changed(place, live, kept).await?,
        None if live.instance().is_some() => {
            // Without it nobody can tell what else was changed.
            let base = format!("secret/{}", record::kept_name(&name));
            vec![Difference::new(Part::Setting, &base, Some("there"), None)]
        }
        None => Vec::new(),
    };
    Ok(Found {
        artifact: match pinned(&written) {
            None => match as_adopted(place, &name, kept.as_ref(), &written).await? {
                None => memory::running(place, live, &container.name).await?,
                adopted => adopted,
            },
            pinned => pinned,
        },
        written,
        env,
        inherited,
        inherited_command: Vec::new(),
        settings: Settings::Kubernetes(KubernetesSettings { manifest: None, ..place.settings.clone() }),
        beyond: beyond(live, &name),
        changed,
        running: live.moved().or_else(|| live.meta.creation_timestamp.as_ref().map(|time| time.0)),
        name,
        hands,
        hand: live.sole_hand(),
    })
}

/// How a workload differs from what was kept of it, beside what is ours.
async fn changed(place: &Place, live: &Live, kept: &Kept) -> Result<Vec<Difference>, Failure> {
    let mut all: Vec<Difference> = replicas::changed(place, live, kept).await?.into_iter().collect();
    all.extend(differ::between(&kept.template, &live.template, |path| live.hand(path)));
    if let Some(rules) = &kept.rules {
        let (recorded, is) = (rules.clone().into(), live.rules.clone().into());
        all.extend(differ::fields(&recorded, &is, |path| live.hand_of_rule(path)));
    }
    all.extend(configs::changed(place, live, &kept.configs).await?);
    Ok(all)
}

/// What an instance that was taken over runs, as it was found out then, while its image is written as it was.
async fn as_adopted(
    place: &Place,
    name: &InstanceName,
    kept: Option<&Kept>,
    written: &str,
) -> Result<Option<Artifact>, Failure> {
    let mut containers =
        kept.and_then(|kept| kept.template.spec.as_ref()).into_iter().flat_map(|spec| &spec.containers);
    if !containers.any(|one| one.image.as_deref() == Some(written)) {
        return Ok(None);
    }
    let record = record::find(place, name).await?.filter(record::is_adopted);
    Ok(record.and_then(|record| record::says(&record, label::ARTIFACT).and_then(pinned)))
}

/// The ConfigMaps and Secrets that the manifest itself takes its pods' content from: no revision keeps what is in them.
fn beyond(live: &Live, name: &InstanceName) -> Vec<String> {
    let Some(pod) = &live.template.spec else { return Vec::new() };
    let (configs, mut secrets) = scratch::referred(pod);
    // A login to a registry is no content.
    for login in pod.image_pull_secrets.iter().flatten() {
        secrets.remove(&login.name);
    }
    let configs = configs.iter().filter(|one| **one != name.0).map(|one| format!("configmap/{one}"));
    let secrets = secrets.iter().filter(|one| **one != name.0).map(|one| format!("secret/{one}"));
    configs.chain(secrets).collect()
}

/// The plain variables of the manifest.
fn own(container: &Container) -> BTreeMap<String, String> {
    let all = container.env.iter().flatten().filter(|variable| variable.value_from.is_none());
    all.map(|variable| (variable.name.clone(), variable.value.clone().unwrap_or_default())).collect()
}

/// A variable that comes from the instance's own objects, and who else wrote it there.
struct Variable {
    key: String,
    value: SecretString,
    hand: Option<Hand>,
}

/// The variables that come from the instance's own objects.
async fn referenced(place: &Place, container: &Container, name: &InstanceName) -> Result<Vec<Variable>, Failure> {
    let sources: Vec<_> = container.env_from.iter().flatten().collect();
    let mut all: BTreeMap<String, (SecretString, Option<Hand>)> = BTreeMap::new();
    let hand = |meta: &ObjectMeta, key: &str| owners::of(meta, &["data", key], None);
    if sources.iter().any(|source| source.config_map_ref.as_ref().is_some_and(|one| one.name == name.0)) {
        let record: ConfigMap = record::find(place, name).await?.unwrap_or_default();
        for (key, value) in record.data.unwrap_or_default() {
            let hand = hand(&record.metadata, &key);
            all.insert(key, (SecretString::from(value), hand));
        }
    }
    if sources.iter().any(|source| source.secret_ref.as_ref().is_some_and(|one| one.name == name.0)) {
        let secret = place.ask(async { place.secrets().get_opt(&name.0).await }).await?.unwrap_or_default();
        for (key, ByteString(value)) in secret.data.unwrap_or_default() {
            let hand = hand(&secret.metadata, &key);
            all.insert(key, (SecretString::from(String::from_utf8_lossy(&value).into_owned()), hand));
        }
    }
    // What the manifest sets plainly wins over both.
    for (key, value) in own(container) {
        all.entry(key).and_modify(|known| *known = (SecretString::from(value), None));
    }
    Ok(all.into_iter().map(|(key, (value, hand))| Variable { key, value, hand }).collect())
}

/// `repository@digest` taken apart; a tag says nothing about what runs.
fn pinned(written: &str) -> Option<Artifact> {
    let Reference { repository, digest, .. } = Reference::parse(written);
    Some(Artifact::Image { repository, digest: digest? })
}
