//! What the cluster remembers of a workload: the sets that `kubectl rollout history` shows, and Helm's own revisions.
//!
//! A revision of the past is its image by digest, its plain variables, and the rest of its pod template, which is kept in
//! the cluster and put back whole when a person goes back to it.

use crate::{client::Place, helm, live::Live, pods, record, sets};
use k8s_openapi::api::core::v1::{Container, EnvVar, Pod, PodTemplateSpec};
use kube::api::ListParams;
use secrecy::SecretString;
use std::collections::{BTreeMap, HashMap};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::Instant,
    name::Target,
    plan::InstanceName,
    port::{Found, Memory, Past},
    reference::Reference,
    release::{Artifact, ArtifactRequest, Digest},
    workload::{KubernetesSettings, PAST, Settings},
};
use switchback_registry::Registries;

/// The label by which a Deployment's sets tell their pods apart.
const HASH: &str = "pod-template-hash";

/// One state of the workload, as something in the cluster remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Snap {
    /// Its place among those of the same source.
    pub(crate) number: u64,
    /// What remembers it.
    pub(crate) source: String,
    /// Under which name its manifest is kept.
    pub(crate) kept: String,
    pub(crate) at: Option<Instant>,
    pub(crate) by: Option<String>,
    pub(crate) said: Option<String>,
    pub(crate) template: PodTemplateSpec,
}

/// All that is remembered.
pub(crate) async fn memory(place: &Place, registries: &Registries) -> Result<Memory, Failure> {
    let live = place.live().await?;
    if let Some(at) = live.instance() {
        let kind = FailureKind::WorkloadHeld { workload: place.settings.reference(), by: "Switchback".to_owned() };
        return Err(Failure::new(kind, format!("{} is at {at}: Switchback deployed it", place.shown())));
    }
    let name = live.container(&place.settings)?.name.clone();
    let (of_helm, mut lost) = helm::snaps(place, &live).await?;
    let of_sets = match sets::snaps(place, &live).await {
        Err(Failure { kind: FailureKind::Forbidden { .. }, message, .. }) => {
            lost.push(format!("what `kubectl rollout history` shows may not be read: {message}"));
            Vec::new()
        }
        snaps => snaps?,
    };
    let snaps = merged(of_helm, of_sets, &live, &name);
    let (mut revisions, mut known, newest) = (Vec::new(), HashMap::new(), snaps.len().saturating_sub(1));
    for (index, snap) in snaps.into_iter().enumerate() {
        let written = container(&snap.template, &name).and_then(|one| one.image.clone()).unwrap_or_default();
        let running = if index == newest { running(place, &live, &name).await? } else { None };
        let artifact = match running {
            Some(artifact) => Ok(artifact),
            None => by_name(registries, &written, &mut known).await,
        };
        match artifact {
            Ok(artifact) => revisions.push(past(snap, artifact, written, &name, &place.settings)?),
            Err(failure) if index == newest => return Err(failure),
            Err(failure) => lost.push(format!("{}: {}", snap.source, failure.message)),
        }
    }
    Ok(Memory { revisions, lost })
}

/// Keeps the manifests under their names.
pub(crate) async fn keep(place: &Place, target: &Target, memory: &Memory) -> Result<(), Failure> {
    let live = place.live().await?;
    for one in &memory.revisions {
        if let Settings::Kubernetes(KubernetesSettings { manifest: Some(name), .. }) = &one.found.settings {
            record::put_template(place, &live, target, name, one.template.clone().into_bytes()).await?;
        }
    }
    Ok(())
}

/// Both sources as one, oldest first, what runs now last. What a set remembers of a revision of Helm's is that revision.
fn merged(of_helm: Vec<Snap>, mut sets: Vec<Snap>, live: &Live, name: &str) -> Vec<Snap> {
    let mut all = of_helm;
    if !all.is_empty() {
        sets.retain(|set| !all.iter().any(|one| alike(&one.template, &set.template, name)));
    }
    let by_hand = !all.is_empty() && !sets.is_empty();
    all.append(&mut sets);
    if by_hand {
        all.sort_by_key(|one| one.at);
    }
    let now = all.iter().rposition(|one| alike(&one.template, &live.template, name));
    let mut present = now.map_or_else(|| of_live(live), |index| all.remove(index));
    if let Some(hand) = live.hand(&[]) {
        present.by.get_or_insert(hand.by);
        present.at = present.at.or(hand.at);
    }
    present.template.clone_from(&live.template);
    all.push(present);
    all
}

/// What nothing remembers but the workload itself.
fn of_live(live: &Live) -> Snap {
    let name = live.meta.name.clone().unwrap_or_default();
    let generation = live.meta.generation.unwrap_or_default();
    Snap {
        number: u64::MAX,
        source: format!("{name} as it runs"),
        kept: format!("{PAST}{name}-g{generation}"),
        at: live.meta.creation_timestamp.as_ref().map(|time| time.0),
        by: None,
        said: None,
        template: live.template.clone(),
    }
}

fn container<'a>(template: &'a PodTemplateSpec, name: &str) -> Option<&'a Container> {
    template.spec.as_ref()?.containers.iter().find(|one| one.name == name)
}

/// Whether two templates run the same program the same way. One may carry what the cluster filled in, the other not.
fn alike(one: &PodTemplateSpec, other: &PodTemplateSpec, name: &str) -> bool {
    fn list<T: Clone>(items: Option<&Vec<T>>) -> Vec<T> {
        items.cloned().unwrap_or_default()
    }
    let (Some(one), Some(other)) = (container(one, name), container(other, name)) else { return false };
    let value = |variable: &EnvVar| (variable.name.clone(), variable.value.clone().unwrap_or_default());
    let variables = |of: &Container| of.env.iter().flatten().map(value).collect::<Vec<_>>();
    one.image == other.image
        && variables(one) == variables(other)
        && list(one.env_from.as_ref()) == list(other.env_from.as_ref())
        && list(one.command.as_ref()) == list(other.command.as_ref())
        && list(one.args.as_ref()) == list(other.args.as_ref())
}

/// What the workload's pods run, by digest, as their nodes say; `None` where they do not say one digest.
pub(crate) async fn running(place: &Place, live: &Live, name: &str) -> Result<Option<Artifact>, Failure> {
    let written = container(&live.template, name).and_then(|one| one.image.clone()).unwrap_or_default();
    let Reference { repository, digest, .. } = Reference::parse(&written);
    if let Some(digest) = digest {
        return Ok(Some(Artifact::Image { repository, digest }));
    }
    let chosen = ListParams::default().labels_from(&live.selector);
    let all = place.ask(async { place.api::<Pod>().list(&chosen).await }).await?;
    Ok(one_digest(&all.items, name, &written).map(|digest| Artifact::Image { repository, digest }))
}

/// The one digest that these pods' nodes name for what was written. A pod tells by its own text what that was: its status
/// names whichever of an image's names the node happens to know first.
fn one_digest(pods: &[Pod], name: &str, written: &str) -> Option<Digest> {
    let theirs = pods.iter().filter(|pod| !pods::leaves(pod) && pods::image(pod, name) == Some(written));
    let ids = theirs.flat_map(pods::containers).filter(|(one, _)| one.name == name);
    let mut digests: Vec<_> = ids.filter_map(|(one, _)| Reference::parse(&one.image_id).digest).collect();
    digests.dedup();
    <[_; 1]>::try_from(digests).ok().map(|[digest]| digest)
}

/// What a name stands for today; each name is asked for once.
async fn by_name(
    registries: &Registries,
    written: &str,
    asked: &mut HashMap<String, Result<Artifact, Failure>>,
) -> Result<Artifact, Failure> {
    if let Some(known) = asked.get(written) {
        return known.clone();
    }
    let request = ArtifactRequest::Image { reference: written.to_owned() };
    let answer = registries.resolve(&request).await;
    asked.insert(written.to_owned(), answer.clone());
    answer
}

fn past(
    snap: Snap,
    artifact: Artifact,
    written: String,
    name: &str,
    settings: &KubernetesSettings,
) -> Result<Past, Failure> {
    let Snap { source, kept, at, by, said, mut template, .. } = snap;
    let beyond = container(&template, name).map(elsewhere).unwrap_or_default();
    let env = take_variables(&mut template, name);
    if let Some(labels) = template.metadata.as_mut().and_then(|meta| meta.labels.as_mut()) {
        labels.remove(HASH);
    }
    let template =
        serde_json::to_string(&template).map_err(|error| Failure::new(FailureKind::Other, error.to_string()))?;
    let settings = KubernetesSettings { manifest: Some(kept), ..settings.clone() };
    let found = Found {
        name: InstanceName(source.clone()),
        artifact: Some(artifact),
        written,
        env,
        inherited: BTreeMap::new(),
        inherited_command: Vec::new(),
        settings: Settings::Kubernetes(settings),
        beyond,
        running: at,
        changed: Vec::new(),
        hands: BTreeMap::new(),
        hand: None,
    };
    Ok(Past { source, at, by, said, found, template })
}

/// Takes the plain variables out of the container. Those that are put together from others stay: only the cluster can.
fn take_variables(template: &mut PodTemplateSpec, name: &str) -> BTreeMap<String, SecretString> {
    let mut taken = BTreeMap::new();
    let containers = template.spec.iter_mut().flat_map(|spec| &mut spec.containers);
    for one in containers.filter(|one| one.name == name) {
        one.env.iter_mut().for_each(|all| {
            all.retain(|variable| {
                let value = variable.value.clone().unwrap_or_default();
                let stays = variable.value_from.is_some() || value.contains("$(");
                if !stays {
                    taken.insert(variable.name.clone(), SecretString::from(value));
                }
                stays
            });
        });
        one.env = one.env.take().filter(|all| !all.is_empty());
    }
    taken
}

/// Where else its variables come from: nobody keeps what stood there then.
fn elsewhere(container: &Container) -> Vec<String> {
    let config = |name: &String| format!("configmap/{name}");
    let secret = |name: &String| format!("secret/{name}");
    let mut all = Vec::new();
    for source in container.env_from.iter().flatten() {
        all.extend(source.config_map_ref.as_ref().map(|from| config(&from.name)));
        all.extend(source.secret_ref.as_ref().map(|from| secret(&from.name)));
    }
    for from in container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref()) {
        all.extend(from.config_map_key_ref.as_ref().map(|from| config(&from.name)));
        all.extend(from.secret_key_ref.as_ref().map(|from| secret(&from.name)));
    }
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::{live, settings};
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    fn template(image: &str, env: &serde_json::Value) -> PodTemplateSpec {
        let container = json!({ "name": "app", "image": image, "env": env });
        serde_json::from_value(
            json!({ "metadata": { "labels": { HASH: "7d9f" } }, "spec": { "containers": [container] } }),
        )
        .unwrap()
    }

    fn snap(number: u64, source: &str, at: &str, template: PodTemplateSpec) -> Snap {
        let (source, kept) = (source.to_owned(), format!("{PAST}{number}"));
        Snap { number, source, kept, at: at.parse().ok(), by: None, said: None, template }
    }

    #[test]
    fn a_set_of_a_helm_revision_is_that_revision_and_what_runs_is_last() {
        let none = json!([]);
        let helm = vec![
            snap(1, "Helm w v1", "2026-01-01T00:00:00Z", template("a:1", &none)),
            snap(2, "Helm w v2", "2026-01-03T00:00:00Z", template("a:2", &none)),
        ];
        let sets = vec![
            snap(1, "ReplicaSet w-1", "2026-01-01T00:00:01Z", template("a:1", &none)),
            snap(2, "ReplicaSet w-x", "2026-01-02T00:00:00Z", template("a:by-hand", &none)),
            snap(3, "ReplicaSet w-2", "2026-01-03T00:00:01Z", template("a:2", &none)),
        ];
        let told = |all: Vec<Snap>| all.into_iter().map(|one| one.source).collect::<Vec<_>>();
        let at =
            |image| live(&json!({ "template": { "spec": { "containers": [{ "name": "app", "image": image }] } } }));
        let all = merged(helm.clone(), sets.clone(), &at("a:2"), "app");
        assert_eq!(told(all), ["Helm w v1", "ReplicaSet w-x", "Helm w v2"]);
        // Went back without Helm: what runs is the older one again.
        let all = merged(helm.clone(), sets, &at("a:1"), "app");
        assert_eq!(told(all), ["ReplicaSet w-x", "Helm w v2", "Helm w v1"]);
        let all = merged(helm, Vec::new(), &at("a:edited"), "app");
        assert_eq!(told(all), ["Helm w v1", "Helm w v2", "w as it runs"]);
    }

    #[test]
    fn plain_variables_are_ours_and_all_others_stay_in_the_manifest() {
        let env = json!([
            { "name": "MODE", "value": "fast" },
            { "name": "URL", "value": "http://$(MODE)" },
            { "name": "KEY", "valueFrom": { "secretKeyRef": { "name": "stripe", "key": "k" } } },
        ]);
        let artifact = Artifact::Image { repository: "a".into(), digest: Digest("d".into()) };
        let snap = snap(1, "ReplicaSet w-1", "2026-01-01T00:00:00Z", template("a:1", &env));
        let past = past(snap, artifact, "a:1".into(), "app", &settings()).unwrap();
        let taken: Vec<_> = past.found.env.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        assert_eq!(taken, [("MODE", "fast")]);
        assert_eq!(past.found.beyond, ["secret/stripe"]);
        assert!(past.template.contains("$(MODE)") && !past.template.contains("fast"), "{}", past.template);
        assert!(!past.template.contains(HASH), "{}", past.template);
    }

    #[test]
    fn a_pods_image_is_what_it_was_given_whichever_name_its_node_tells() {
        let pod = |given: &str, id: &str| -> Pod {
            serde_json::from_value(json!({
                "spec": { "containers": [{ "name": "app", "image": given }] },
                "status": { "containerStatuses": [{
                    "name": "app", "image": "elsewhere/a:7", "imageID": id, "ready": true, "restartCount": 0,
                }] },
            }))
            .unwrap()
        };
        let one = pod("a:1", "elsewhere/a@sha256:one");
        let told = one_digest(&[one.clone(), pod("a:0", "a@sha256:older")], "app", "a:1");
        assert_eq!(told, Some(Digest("sha256:one".into())));
        assert_eq!(
            one_digest(&[one.clone(), pod("a:1", "a@sha256:two")], "app", "a:1"),
            None,
            "the tag moved between them"
        );
        assert_eq!(one_digest(&[one, pod("a:1", "")], "app", "a:2"), None);
    }
}
