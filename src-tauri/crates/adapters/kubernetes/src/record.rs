//! What an instance keeps in the cluster: its configuration, its secrets, and the pod template as it was before it.
//!
//! All immutable, under the instance's own name, so that no revision can change under the pods of another. They belong
//! to the workload: who deletes that deletes them with it.

use crate::{
    client::Place,
    configs, label,
    live::{Live, Rules},
    trouble,
};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, PodTemplateSpec, Secret},
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference},
};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Patch, PatchParams, PostParams},
};
use secrecy::ExposeSecret as _;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt::Debug};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::Instant,
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::ResolvedSecrets,
};

/// The key under which a template is kept.
const TEMPLATE: &str = "template";
/// The key beside it: how many pods there were to be.
const REPLICAS: &str = "replicas";
/// And the rest of the workload's spec.
const RULES: &str = "rules";
/// And what the manifest's own ConfigMaps held.
const CONFIGS: &str = "configs";
/// What says which of our Secrets hold no secrets of the program's.
const KIND: &str = "switchback/template";
/// Which variables stood in the container's own list and are taken over.
const TAKEN: &str = "switchback/taken";
/// The record of an instance that was taken over as it ran: its template is the workload's own, word for word.
const ADOPTED: &str = "switchback/adopted";

/// What a workload was at some time.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) template: PodTemplateSpec,
    /// How many pods there were to be; `None` where nobody noted it, or nodes say it.
    pub(crate) replicas: Option<i32>,
    /// The rest of its spec; `None` where nobody noted it.
    pub(crate) rules: Option<Rules>,
    /// What was in the manifest's own ConfigMaps; nothing where nobody noted it.
    pub(crate) configs: configs::Kept,
    /// What is said of the instance, as its record says it.
    said: BTreeMap<String, String>,
}

impl Kept {
    /// Whether it is of the very revision that is deployed with this. `record`: of its instance, where that is there.
    pub(crate) fn is_of(&self, record: Option<&ConfigMap>, spec: &InstanceSpec) -> bool {
        let says = |what: &str| {
            let own = self.said.get(what).map(String::as_str);
            own.or_else(|| record.and_then(|record| says(record, what)))
        };
        says(label::CONTENT) == Some(&spec.workload.digest().0)
            && says(label::REVISION) == Some(&spec.revision.to_string())
    }
}

/// Where the template before an instance is kept.
fn before_name(name: &InstanceName) -> String {
    format!("{name}-before")
}

/// Where the template an instance was deployed with is kept.
pub(crate) fn kept_name(name: &InstanceName) -> String {
    format!("{name}-after")
}

/// Makes what is missing of an instance's objects. `taken`: see [`taken`].
pub(crate) async fn make(
    place: &Place,
    live: &Live,
    spec: &InstanceSpec,
    secrets: &ResolvedSecrets,
    taken: &[String],
) -> Result<(), Failure> {
    let owner = owner(place, live);
    let meta = |name: String, more: BTreeMap<String, String>| ObjectMeta {
        name: Some(name),
        labels: Some(label::labels(&spec.target)),
        annotations: Some(more),
        owner_references: Some(vec![owner.clone()]),
        ..ObjectMeta::default()
    };
    let values = secrets.iter().map(|(key, value)| (key.clone(), value.expose_secret().to_owned()));
    let secret = Secret {
        metadata: meta(spec.name.0.clone(), BTreeMap::new()),
        immutable: Some(true),
        string_data: Some(values.collect()),
        ..Secret::default()
    };
    let before = Secret {
        metadata: meta(before_name(&spec.name), BTreeMap::new()),
        type_: Some(KIND.to_owned()),
        immutable: Some(true),
        data: Some(state(live)?),
        ..Secret::default()
    };
    // Of one that it is at already, what was before is known or lost.
    let kept = place.secrets();
    let put_before = async { if live.is_at(&spec.name) { Ok(()) } else { put(place, &kept, &before).await } };
    tokio::try_join!(put(place, &kept, &secret), put_before)?;
    // Last, since it says that all is there.
    let mut said = label::record(spec);
    said.insert(TAKEN.to_owned(), taken.join(","));
    let record = ConfigMap {
        metadata: meta(spec.name.0.clone(), said),
        immutable: Some(true),
        data: Some(spec.workload.config.clone()),
        ..ConfigMap::default()
    };
    put(place, &place.records(), &record).await
}

pub(crate) async fn put<K>(place: &Place, api: &Api<K>, object: &K) -> Result<(), Failure>
where
    K: Clone + Debug + Serialize + DeserializeOwned,
{
    let params = PostParams { field_manager: Some(label::MANAGER.to_owned()), ..PostParams::default() };
    place
        .ask(async {
            match api.create(&params, object).await {
                Err(error) if trouble::is_there(&error) => Ok(()),
                done => done.map(|_| ()),
            }
        })
        .await
}

/// The record of an instance.
pub(crate) async fn find(place: &Place, name: &InstanceName) -> Result<Option<ConfigMap>, Failure> {
    configs::find(place, &name.0).await
}

/// One thing a record says.
pub(crate) fn says<'a>(record: &'a ConfigMap, what: &str) -> Option<&'a str> {
    let annotations = record.metadata.annotations.as_ref()?;
    annotations.get(what).map(String::as_str).filter(|text| !text.is_empty())
}

/// The variables that stood in the container's own list when the instance was made.
pub(crate) fn taken(record: &ConfigMap) -> Vec<String> {
    says(record, TAKEN).map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default()
}

/// Whether the instance was taken over as it ran.
pub(crate) fn is_adopted(record: &ConfigMap) -> bool {
    says(record, ADOPTED).is_some()
}

/// Records the workload as it runs as an instance. Its variables stay where they are, and are ours from now on.
pub(crate) async fn adopt(place: &Place, live: &Live, spec: &InstanceSpec) -> Result<(), Failure> {
    let mut said = label::record(spec);
    let names = spec.workload.config.keys().chain(spec.workload.secrets.keys());
    said.insert(TAKEN.to_owned(), names.cloned().collect::<Vec<_>>().join(","));
    said.insert(ADOPTED.to_owned(), String::from("true"));
    let metadata = ObjectMeta {
        name: Some(spec.name.0.clone()),
        labels: Some(label::labels(&spec.target)),
        annotations: Some(said),
        owner_references: Some(vec![owner(place, live)]),
        ..ObjectMeta::default()
    };
    let data = Some(spec.workload.config.clone());
    let record = ConfigMap { metadata, immutable: Some(true), data, ..ConfigMap::default() };
    put(place, &place.records(), &record).await?;
    keep(place, live, spec).await
}

/// A time a record says.
pub(crate) fn time(record: &ConfigMap, what: &str) -> Option<Instant> {
    says(record, what)?.parse().ok()
}

/// Notes when an instance was started or replaced. Only for people: a record that is gone is no failure.
pub(crate) async fn mark(place: &Place, name: &InstanceName, what: &str, at: Option<Instant>) {
    let Some(at) = at else { return };
    if let Err(error) = note(place, name, label::pairs([(what, at.to_string())])).await {
        tracing::debug!(instance = %name, %error, "its times are not noted");
    }
}

/// Notes as which revision an instance is taken from now on. Of a record that somebody deleted nothing is noted: what is
/// kept beside it says the same.
pub(crate) async fn renamed(place: &Place, spec: &InstanceSpec) -> Result<(), Failure> {
    match find(place, &spec.name).await? {
        Some(_) => note(place, &spec.name, label::record(spec)).await,
        None => Ok(()),
    }
}

/// Says more in a record; what is in it stays.
async fn note(place: &Place, name: &InstanceName, said: BTreeMap<String, String>) -> Result<(), Failure> {
    let metadata = ObjectMeta { annotations: Some(said), ..ObjectMeta::default() };
    let change = ConfigMap { metadata, ..ConfigMap::default() };
    let params = PatchParams { field_manager: Some(label::MANAGER.to_owned()), ..PatchParams::default() };
    let (records, patch) = (place.records(), Patch::Merge(&change));
    place.ask(async { records.patch(&name.0, &params, &patch).await }).await.map(|_| ())
}

/// The workload as it was before an instance.
pub(crate) async fn before(place: &Place, name: &InstanceName) -> Result<Kept, Failure> {
    let before = read(place, &before_name(name)).await?;
    before.ok_or_else(|| other(&format!("what ran before {name} is not recorded in the cluster any more")))
}

/// Keeps the whole spec as it was deployed (pod template, number of pods, rules) and the content of the manifest's own
/// ConfigMaps, to hold the workload against later. Not immutable: deployed again, it may stand beside another manifest.
pub(crate) async fn keep(place: &Place, live: &Live, spec: &InstanceSpec) -> Result<(), Failure> {
    write(place, &whole(place, live, spec).await?).await
}

/// The same for one that may go back to where it was: what was kept of it then still holds, and what somebody changed by
/// hand since is told as before.
pub(crate) async fn keep_first(place: &Place, live: &Live, spec: &InstanceSpec) -> Result<(), Failure> {
    put(place, &place.secrets(), &whole(place, live, spec).await?).await
}

async fn whole(place: &Place, live: &Live, spec: &InstanceSpec) -> Result<Secret, Failure> {
    let mut data = state(live)?;
    data.insert(RULES.to_owned(), json(&live.rules)?);
    data.insert(CONFIGS.to_owned(), json(&configs::content(place, live).await?)?);
    Ok(secret(place, live, &spec.target, kept_name(&spec.name), data, label::record(spec)))
}

/// Keeps a pod template, as JSON, under a name.
pub(crate) async fn put_template(
    place: &Place,
    live: &Live,
    target: &Target,
    name: &str,
    template: Vec<u8>,
) -> Result<(), Failure> {
    let data = [(TEMPLATE.to_owned(), ByteString(template))].into();
    write(place, &secret(place, live, target, name.to_owned(), data, BTreeMap::new())).await
}

type Data = BTreeMap<String, ByteString>;

/// What is kept of a workload.
fn state(live: &Live) -> Result<Data, Failure> {
    let template = (TEMPLATE.to_owned(), json(&live.template)?);
    let replicas = live.replicas.map(|count| Ok((REPLICAS.to_owned(), json(&count)?)));
    [Ok(template)].into_iter().chain(replicas).collect()
}

fn json(what: &impl Serialize) -> Result<ByteString, Failure> {
    serde_json::to_vec(what).map(ByteString).map_err(|error| other(&error.to_string()))
}

fn secret(
    place: &Place,
    live: &Live,
    target: &Target,
    name: String,
    data: Data,
    said: BTreeMap<String, String>,
) -> Secret {
    Secret {
        metadata: ObjectMeta {
            name: Some(name),
            labels: Some(label::labels(target)),
            annotations: Some(said),
            owner_references: Some(vec![owner(place, live)]),
            ..ObjectMeta::default()
        },
        type_: Some(KIND.to_owned()),
        data: Some(data),
        ..Secret::default()
    }
}

async fn write(place: &Place, kept: &Secret) -> Result<(), Failure> {
    let (params, patch) = (PatchParams::apply(label::MANAGER).force(), Patch::Apply(kept));
    place.ask(async { place.secrets().patch(&kept.name_any(), &params, &patch).await }).await.map(|_| ())
}

/// The workload as an instance was deployed with it.
pub(crate) async fn kept(place: &Place, name: &InstanceName) -> Result<Option<Kept>, Failure> {
    read(place, &kept_name(name)).await
}

/// The manifest that the place's revision brings along. One that somebody deleted is done without: image, configuration
/// and secrets come back all the same.
pub(crate) async fn manifest(place: &Place) -> Result<Option<Kept>, Failure> {
    let Some(name) = &place.settings.manifest else { return Ok(None) };
    let found = read(place, name).await?;
    if found.is_none() {
        tracing::warn!(manifest = %name, "it is not in the cluster any more; the workload's own manifest stays");
    }
    Ok(found)
}

async fn read(place: &Place, name: &str) -> Result<Option<Kept>, Failure> {
    let secret = place.ask(async { place.secrets().get_opt(name).await }).await?;
    let Secret { data, metadata, .. } = secret.unwrap_or_default();
    let (data, annotations) = (data.unwrap_or_default(), metadata.annotations.unwrap_or_default());
    let configs = said(&data, CONFIGS).unwrap_or_default();
    Ok(said(&data, TEMPLATE).map(|template| Kept {
        template,
        replicas: said(&data, REPLICAS),
        rules: said(&data, RULES),
        configs,
        said: annotations,
    }))
}

fn said<T: DeserializeOwned>(data: &Data, key: &str) -> Option<T> {
    serde_json::from_slice(&data.get(key)?.0).ok()
}

fn owner(place: &Place, live: &Live) -> OwnerReference {
    OwnerReference {
        api_version: place.resource().api_version,
        kind: place.resource().kind,
        name: place.settings.name.clone(),
        uid: live.meta.uid.clone().unwrap_or_default(),
        ..OwnerReference::default()
    }
}

/// Deletes all objects of an instance; says whether there was one.
pub(crate) async fn delete(place: &Place, name: &InstanceName) -> Result<bool, Failure> {
    // The record first: nothing shall say of an instance that it is there while the rest goes.
    let any = gone(place, &place.records(), &name.0).await?;
    let (secrets, before, kept) = (place.secrets(), before_name(name), kept_name(name));
    let rest = [&name.0, &before, &kept].map(|one| gone(place, &secrets, one));
    Ok(futures::future::try_join_all(rest).await?.contains(&true) || any)
}

async fn gone<K>(place: &Place, api: &Api<K>, name: &str) -> Result<bool, Failure>
where
    K: Clone + Debug + DeserializeOwned,
{
    place
        .ask(async {
            match api.delete(name, &DeleteParams::default()).await {
                Err(error) if trouble::is_missing(&error) => Ok(false),
                done => done.map(|_| true),
            }
        })
        .await
}

fn other(said: &str) -> Failure {
    Failure::new(FailureKind::Other, said)
}
