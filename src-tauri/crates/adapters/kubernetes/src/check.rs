//! Whether a deployment may begin: the workload is there and free, and we are let do all that is needed. Asked before
//! anything is written.

use crate::{
    client::Place,
    live::Live,
    record::{self, Kept},
};
use k8s_openapi::api::{
    authorization::v1::{
        ResourceAttributes, ResourceRule, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec, SelfSubjectRulesReview,
        SelfSubjectRulesReviewSpec,
    },
    core::v1::Container,
};
use kube::api::PostParams;
use std::collections::BTreeSet;
use switchback_core::{
    failure::{Failure, FailureKind, PAUSED},
    workload::{Workload, WorkloadKind},
};

/// What a deployment asks of the cluster: group, resource, verb. The workload's own kind comes on top.
const NEEDED: [Right; 13] = [
    ("", "configmaps", "create"),
    ("", "configmaps", "patch"),
    ("", "configmaps", "delete"),
    ("", "configmaps", "get"),
    ("", "configmaps", "list"),
    ("", "configmaps", "watch"),
    ("", "secrets", "create"),
    ("", "secrets", "patch"),
    ("", "secrets", "delete"),
    ("", "secrets", "get"),
    ("", "pods", "list"),
    ("", "pods", "watch"),
    ("", "pods/log", "get"),
];

pub(crate) async fn check(place: &Place, workload: &Workload) -> Result<(), Failure> {
    let (allowed, live) = tokio::join!(allowed(place), place.live());
    allowed?;
    let live = live?;
    let held = |by: &str, said: String| {
        let kind = FailureKind::WorkloadHeld { workload: place.settings.reference(), by: by.to_owned() };
        Err(Failure::new(kind, said))
    };
    if live.paused {
        return held(PAUSED, format!("{} is paused: its pods would stay as they are", place.shown()));
    }
    if place.settings.take_over {
        return Ok(());
    }
    if let Some(owner) = owner(&live) {
        return held(owner, format!("{} is looked after by {owner}", place.shown()));
    }
    // A revision that brings its own manifest replaces what stands there.
    if place.settings.manifest.is_some() {
        return Ok(());
    }
    let mut own = own_variables(live.container(&place.settings)?, workload);
    if !own.is_empty()
        && let Some(at) = live.instance()
    {
        if let Some(record) = record::find(place, &at).await? {
            let taken = record::taken(&record);
            own.retain(|name| !taken.contains(name));
        }
        // What somebody set since is no manifest's, and goes when ours comes.
        if let Some(Kept { template, .. }) = record::kept(place, &at).await? {
            let manifest = own_variables(live.having(template).container(&place.settings)?, workload);
            own.retain(|name| manifest.contains(name));
        }
    }
    if !own.is_empty() {
        let names = own.join(", ");
        let said = format!("{} sets {names} in its own manifest, which wins over ours", place.shown());
        return held("its manifest", said);
    }
    Ok(())
}

/// Those of our variables that the container's own list sets too.
pub(crate) fn own_variables(container: &Container, workload: &Workload) -> Vec<String> {
    let ours: BTreeSet<&String> = workload.config.keys().chain(workload.secrets.keys()).collect();
    let own = container.env.iter().flatten().map(|variable| &variable.name);
    own.filter(|name| ours.contains(name)).cloned().collect()
}

/// The tool that would put back what we change.
pub(crate) fn owner(live: &Live) -> Option<&'static str> {
    let noted = |key: &str| {
        let annotations = live.meta.annotations.as_ref().and_then(|all| all.get(key));
        annotations.or_else(|| live.meta.labels.as_ref().and_then(|all| all.get(key)))
    };
    let managed = noted("app.kubernetes.io/managed-by").map(String::as_str);
    if noted("argocd.argoproj.io/tracking-id").is_some() || noted("argocd.argoproj.io/instance").is_some() {
        Some("Argo CD")
    } else if noted("meta.helm.sh/release-name").is_some() || managed == Some("Helm") {
        Some("Helm")
    } else if noted("kustomize.toolkit.fluxcd.io/name").is_some() || noted("helm.toolkit.fluxcd.io/name").is_some() {
        Some("Flux")
    } else {
        None
    }
}

/// Rights in the namespace. One answer lists them all; only where it may be incomplete is a right asked for by itself.
async fn allowed(place: &Place) -> Result<(), Failure> {
    let spec = SelfSubjectRulesReviewSpec { namespace: Some(place.settings.namespace.clone()) };
    let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
    let asked = place.everywhere::<SelfSubjectRulesReview>();
    let answer = place.ask(async { asked.create(&PostParams::default(), &review).await }).await?;
    let rules = answer.status.map(|status| status.resource_rules).unwrap_or_default();
    let open = needed(place).into_iter().filter(|right| !rules.iter().any(|rule| gives(rule, *right)));
    let answers = futures::future::try_join_all(open.map(|right| lacks(place, right))).await?;
    let lacking: Vec<String> = answers.into_iter().flatten().collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let what = lacking.join(", ");
    let said = format!("the login may not {what} in the namespace {}", place.settings.namespace);
    Err(Failure::new(FailureKind::Forbidden { what }, said))
}

/// Group, resource, verb.
type Right = (&'static str, &'static str, &'static str);

fn needed(place: &Place) -> Vec<Right> {
    let kind = match place.settings.workload {
        WorkloadKind::Deployment => "deployments",
        WorkloadKind::StatefulSet => "statefulsets",
        WorkloadKind::DaemonSet => "daemonsets",
    };
    let mut needed: Vec<Right> = ["get", "list", "watch", "patch", "update"].map(|verb| ("apps", kind, verb)).to_vec();
    match place.settings.workload {
        WorkloadKind::Deployment => needed.extend(["list", "watch"].map(|verb| ("apps", "replicasets", verb))),
        WorkloadKind::StatefulSet => needed.push(("", "pods", "delete")),
        WorkloadKind::DaemonSet => {}
    }
    // Named when probes ask it.
    if place.settings.port.is_some() {
        needed.push(("", "pods/proxy", "get"));
    }
    needed.extend(NEEDED);
    needed
}

/// Whether a rule gives a right. One that names objects gives it for those alone.
fn gives(rule: &ResourceRule, (group, resource, verb): Right) -> bool {
    let has = |all: Option<&Vec<String>>, word: &str| all.into_iter().flatten().any(|one| one == "*" || one == word);
    has(Some(&rule.verbs), verb)
        && has(rule.api_groups.as_ref(), group)
        && has(rule.resources.as_ref(), resource)
        && rule.resource_names.as_ref().is_none_or(Vec::is_empty)
}

/// The right in words when we do not have it.
async fn lacks(place: &Place, (group, whole, verb): Right) -> Result<Option<String>, Failure> {
    let (resource, subresource) = whole.split_once('/').map_or((whole, None), |(all, sub)| (all, Some(sub)));
    let attributes = ResourceAttributes {
        namespace: Some(place.settings.namespace.clone()),
        group: Some(group.to_owned()),
        resource: Some(resource.to_owned()),
        subresource: subresource.map(str::to_owned),
        verb: Some(verb.to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let asked = place.everywhere::<SelfSubjectAccessReview>();
    let answer = place.ask(async { asked.create(&PostParams::default(), &review).await }).await?;
    Ok((!answer.status.is_some_and(|status| status.allowed)).then(|| format!("{verb} {whole}")))
}
