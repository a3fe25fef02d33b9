//! How many pods of a workload could start at once beside those that run: by the namespace's quotas, and by the nodes.
//!
//! An estimate, for a plan: the scheduler has the last word, and rules between pods (affinity, spread) are not counted.

use crate::client::Place;
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        core::v1::{Node, Pod, PodSpec, ResourceQuota},
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::{Api, api::ListParams};
use kube_quantity::ParsedQuantity;
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, fmt::Debug};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::Room,
    says::parts,
    workload::WorkloadKind,
};

/// Amounts of resources by name, in cores, bytes or pieces.
type Amounts = BTreeMap<String, f64>;

/// The resource that a pod is one of.
const PODS: &str = "pods";

pub(crate) async fn room(place: &Place) -> Result<Room, Failure> {
    let refused = |why: &str| Failure::new(FailureKind::Other, format!("{}: {why}", place.shown()));
    if place.settings.workload != WorkloadKind::Deployment {
        return Err(refused("only a Deployment's pods can all be started at once beside the old ones"));
    }
    let (deployments, name) = (place.api::<Deployment>(), &place.settings.name);
    let there = place.ask(async { deployments.get_opt(name).await }).await?.ok_or_else(|| place.missing())?;
    let spec = there.spec.unwrap_or_default();
    if spec.strategy.and_then(|strategy| strategy.type_).as_deref() == Some("Recreate") {
        return Err(refused("its strategy is Recreate: its old pods end before new ones begin"));
    }
    let wanted = u32::try_from(spec.replicas.unwrap_or(1)).unwrap_or_default();
    let pod = spec.template.spec.unwrap_or_default();
    let (mut pods, mut counted) = (wanted, Vec::new());
    match readable(place, &place.api::<ResourceQuota>(), "").await? {
        Some(quotas) => {
            for quota in &quotas {
                let fits = left_by(quota, &pod);
                let name = quota.metadata.name.as_deref().unwrap_or_default();
                counted.push(match fits {
                    u32::MAX => parts::quota_endless(name),
                    fits => parts::quota(name, fits),
                });
                pods = pods.min(fits);
            }
        }
        None => counted.push(parts::quotas_hidden()),
    }
    let alive = "status.phase!=Succeeded,status.phase!=Failed";
    match (
        readable(place, &place.everywhere::<Node>(), "").await?,
        readable(place, &place.everywhere::<Pod>(), alive).await?,
    ) {
        (Some(nodes), Some(all)) => {
            let fits = nodes.iter().map(|node| free_on(node, &all, &pod)).fold(0, u32::saturating_add);
            counted.push(match fits {
                u32::MAX => parts::nodes_endless(nodes.len()),
                fits => parts::nodes(nodes.len(), fits),
            });
            pods = pods.min(fits);
        }
        _ => counted.push(parts::nodes_hidden()),
    }
    let limits = counted.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Ok(Room { pods, counted: parts::room(pods, wanted, limits) })
}

/// Whether the quotas let one more such pod in, as they stand; `None` where nobody can tell.
pub(crate) async fn quotas_let_in(place: &Place, pod: &PodSpec) -> Option<bool> {
    let quotas = readable(place, &place.api::<ResourceQuota>(), "").await.ok()??;
    Some(quotas.iter().all(|quota| left_by(quota, pod) > 0))
}

/// All of a kind; `None` where the login may not list it.
pub(crate) async fn readable<K>(place: &Place, api: &Api<K>, fields: &str) -> Result<Option<Vec<K>>, Failure>
where
    K: Clone + Debug + DeserializeOwned,
{
    let chosen = ListParams::default().fields(fields);
    let listed = place.ask(async { api.list(&chosen).await }).await;
    match listed {
        Ok(all) => Ok(Some(all.items)),
        Err(Failure { kind: FailureKind::Forbidden { .. }, .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// How many pods a quota still lets in.
fn left_by(quota: &ResourceQuota, pod: &PodSpec) -> u32 {
    let status = quota.status.clone().unwrap_or_default();
    let (hard, used) = (amounts(status.hard.as_ref()), amounts(status.used.as_ref()));
    let (requests, limits) = (requested(pod), limited(pod));
    let left = hard.iter().filter_map(|(key, hard)| {
        let need = match key.split_once('.') {
            Some(("requests", name)) => requests.get(name),
            Some(("limits", name)) => limits.get(name),
            _ if key == "count/pods" => requests.get(PODS),
            _ => requests.get(key),
        };
        let need = need.filter(|need| **need > 0.0)?;
        Some(times(hard - used.get(key).copied().unwrap_or_default(), *need))
    });
    left.min().unwrap_or(u32::MAX)
}

/// How many pods a node still takes, beside all that are on it.
fn free_on(node: &Node, all: &[Pod], pod: &PodSpec) -> u32 {
    let (spec, name) = (node.spec.clone().unwrap_or_default(), node.metadata.name.as_deref());
    let tolerated = |key: &str| {
        let mut tolerations = pod.tolerations.iter().flatten();
        tolerations.any(|one| one.key.as_deref().is_none_or(|tolerated| tolerated == key))
    };
    let shut = |taint: &k8s_openapi::api::core::v1::Taint| taint.effect != "PreferNoSchedule" && !tolerated(&taint.key);
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let mut chosen = pod.node_selector.iter().flatten();
    if spec.unschedulable == Some(true)
        || spec.taints.iter().flatten().any(shut)
        || chosen.any(|(key, value)| labels.get(key) != Some(value))
    {
        return 0;
    }
    let mut free = amounts(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
    let on_it = all.iter().filter_map(|pod| pod.spec.as_ref()).filter(|spec| spec.node_name.as_deref() == name);
    for (key, amount) in on_it.flat_map(requested) {
        *free.entry(key).or_default() -= amount;
    }
    let needs = requested(pod);
    let fits = needs.iter().filter(|(_, need)| **need > 0.0);
    fits.map(|(key, need)| times(free.get(key).copied().unwrap_or_default(), *need)).min().unwrap_or_default()
}

/// How often an amount fits into what is left.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded on the line")]
fn times(left: f64, each: f64) -> u32 {
    // Ten tenths of a core are a core, whatever their sum says.
    (left / each + 1e-6).floor().clamp(0.0, f64::from(u32::MAX - 1)) as u32
}

fn requested(pod: &PodSpec) -> Amounts {
    let mut all = summed(pod, |resources| resources.requests.as_ref());
    all.insert(PODS.to_owned(), 1.0);
    all
}

fn limited(pod: &PodSpec) -> Amounts {
    summed(pod, |resources| resources.limits.as_ref())
}

/// What a pod's containers take together; what prepares it runs before them, one after the other.
fn summed(
    pod: &PodSpec,
    of: fn(&k8s_openapi::api::core::v1::ResourceRequirements) -> Option<&BTreeMap<String, Quantity>>,
) -> Amounts {
    let of = |container: &k8s_openapi::api::core::v1::Container| amounts(container.resources.as_ref().and_then(of));
    let (sidecars, first): (Vec<_>, Vec<_>) =
        pod.init_containers.iter().flatten().partition(|one| one.restart_policy.as_deref() == Some("Always"));
    let mut all = amounts(pod.overhead.as_ref());
    for (key, amount) in pod.containers.iter().chain(sidecars).flat_map(of) {
        *all.entry(key).or_default() += amount;
    }
    for (key, amount) in first.into_iter().flat_map(of) {
        let most = all.entry(key).or_default();
        *most = most.max(amount);
    }
    all
}

/// What cannot be read counts as nothing.
fn amounts(all: Option<&BTreeMap<String, Quantity>>) -> Amounts {
    let read = |quantity: &Quantity| ParsedQuantity::try_from(quantity).ok()?.to_bytes_f64();
    all.into_iter().flatten().map(|(key, quantity)| (key.clone(), read(quantity).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(cpu: &str, memory: &str) -> PodSpec {
        let resources = json!({ "requests": { "cpu": cpu, "memory": memory }, "limits": { "memory": memory } });
        let prepares = json!({ "name": "prepare", "resources": { "requests": { "cpu": "50m" } } });
        serde_json::from_value(json!({
            "containers": [{ "name": "app", "resources": resources }], "initContainers": [prepares],
        }))
        .unwrap()
    }

    fn quota(hard: &serde_json::Value, used: &serde_json::Value) -> ResourceQuota {
        serde_json::from_value(json!({ "metadata": {}, "status": { "hard": hard, "used": used } })).unwrap()
    }

    #[test]
    fn a_quota_lets_in_what_its_scarcest_resource_allows() {
        let pod = pod("100m", "128Mi");
        let left = |hard, used| left_by(&quota(&hard, &used), &pod);
        assert_eq!(left(json!({ "pods": "15" }), json!({ "pods": "10" })), 5);
        assert_eq!(
            left(json!({ "cpu": "2", "limits.memory": "1Gi" }), json!({ "cpu": "1", "limits.memory": "512Mi" })),
            4
        );
        assert_eq!(left(json!({ "requests.cpu": "1" }), json!({ "requests.cpu": "0" })), 10);
        assert_eq!(left(json!({ "services": "2" }), json!({})), u32::MAX, "a pod is no service");
        assert_eq!(left(json!({ "pods": "1" }), json!({ "pods": "3" })), 0);
    }

    fn node(spec: &serde_json::Value) -> Node {
        let allocatable = json!({ "cpu": "1", "memory": "1Gi", "pods": "110" });
        let meta = json!({ "name": "n", "labels": { "disk": "ssd" } });
        serde_json::from_value(json!({ "metadata": meta, "spec": spec, "status": { "allocatable": allocatable } }))
            .unwrap()
    }

    #[test]
    fn a_node_takes_what_is_free_on_it_and_nothing_when_it_is_shut() {
        let wanted = pod("100m", "64Mi");
        let there =
            Pod { spec: Some(PodSpec { node_name: Some("n".into()), ..pod("300m", "64Mi") }), ..Pod::default() };
        let elsewhere =
            Pod { spec: Some(PodSpec { node_name: Some("m".into()), ..pod("1", "1Gi") }), ..Pod::default() };
        let all = [there, elsewhere];
        assert_eq!(free_on(&node(&json!({})), &all, &wanted), 7);
        assert_eq!(free_on(&node(&json!({ "unschedulable": true })), &all, &wanted), 0);
        let tainted = node(&json!({ "taints": [{ "key": "gpu", "effect": "NoSchedule" }] }));
        assert_eq!(free_on(&tainted, &all, &wanted), 0);
        let tolerations = serde_json::from_value(json!([{ "key": "gpu", "operator": "Exists" }])).unwrap();
        assert_eq!(free_on(&tainted, &all, &PodSpec { tolerations, ..wanted.clone() }), 7);
        let node_selector = Some([("disk".to_owned(), "rust".to_owned())].into());
        assert_eq!(free_on(&node(&json!({})), &all, &PodSpec { node_selector, ..wanted }), 0);
    }
}
