//! A workload as the cluster has it: its pod template, who changed it, and how far its pods are.
//!
//! The three kinds differ in where they say so; from here on they are one.

use crate::{client::Place, label, owners, pods, surge};
use k8s_openapi::{
    api::{
        apps::v1::{DaemonSet, Deployment, StatefulSet},
        core::v1::{Container, Pod, PodTemplateSpec},
    },
    apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta},
};
use kube::{
    core::{DynamicObject, Selector},
    runtime::wait::await_condition,
};
use serde_json::{Map, Value};
use std::time::Duration;
use switchback_core::{
    drift::Hand,
    failure::{Failure, FailureKind},
    ident::Instant,
    plan::InstanceName,
    workload::{KubernetesSettings, WorkloadKind},
};

/// How long a controller is waited for until it knows of a change.
const TAKES_IN: Duration = Duration::from_secs(1);

/// A workload.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) meta: ObjectMeta,
    pub(crate) template: PodTemplateSpec,
    pub(crate) selector: Selector,
    pub(crate) paused: bool,
    /// How many pods its spec asks for; `None` of a DaemonSet, whose nodes say it.
    pub(crate) replicas: Option<i32>,
    /// The rest of its spec: how its pods are replaced, whether it is paused.
    pub(crate) rules: Rules,
    pub(crate) progress: Progress,
}

/// The fields of a workload's spec beside its pod template, their number and how they are chosen.
pub(crate) type Rules = Map<String, Value>;

/// What of a spec is none of its rules.
const NO_RULES: [&str; 3] = ["template", "replicas", "selector"];

/// Whether a field of a spec is one of its rules.
pub(crate) fn is_rule(key: &str) -> bool {
    !NO_RULES.contains(&key)
}

fn rules(spec: &Value) -> Rules {
    let own = spec.as_object().into_iter().flatten().filter(|(key, _)| is_rule(key));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// How far its pods are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// The controller has seen the latest template.
    pub(crate) seen: bool,
    /// How many there shall be.
    pub(crate) wanted: i32,
    /// How many there are, of whatever template.
    pub(crate) there: i32,
    /// Of them, of the latest template.
    pub(crate) updated: i32,
    /// Of them, serving.
    pub(crate) available: i32,
}

impl Progress {
    /// Whether the latest template's pods serve alone.
    pub(crate) fn complete(self) -> bool {
        self.seen && self.updated >= self.wanted && self.there <= self.updated && self.available >= self.updated
    }

    /// For people.
    pub(crate) fn told(self) -> String {
        let Self { seen, wanted, updated, available, there } = self;
        if !seen {
            return "the cluster's controllers have not taken up the last change yet".to_owned();
        }
        if wanted == 0 && there == 0 {
            return "nothing runs (0 of 0 pods)".to_owned();
        }
        if self.complete() {
            return format!("{available} of {wanted} pods are ready");
        }
        let old = there - updated;
        let old = if old > 0 { format!(", {old} old ones are there") } else { String::new() };
        format!("{updated} of {wanted} pods are new, {available} are ready{old}")
    }
}

impl Place {
    /// The workload; `None` when there is none.
    pub(crate) async fn find(&self) -> Result<Option<Live>, Failure> {
        let found = self.ask(self.workloads_one()).await?;
        found.map(|found| Live::of(found, &self.settings)).transpose()
    }

    async fn workloads_one(&self) -> Result<Option<DynamicObject>, kube::Error> {
        self.workloads().get_opt(&self.settings.name).await
    }

    /// The workload; a failure when there is none.
    pub(crate) async fn live(&self) -> Result<Live, Failure> {
        self.find().await?.ok_or_else(|| self.missing())
    }
}

impl Live {
    pub(crate) fn of(object: DynamicObject, settings: &KubernetesSettings) -> Result<Self, Failure> {
        let other = |what: String| Failure::new(FailureKind::Other, format!("{}: {what}", settings.reference()));
        let mut rules = rules(&object.data["spec"]);
        rules.extend(surge::own(&object.metadata).map(|own| ("strategy".to_owned(), own)));
        let parsed = match settings.workload {
            WorkloadKind::Deployment => object.try_parse::<Deployment>().map(Self::of_deployment),
            WorkloadKind::StatefulSet => object.try_parse::<StatefulSet>().map(Self::of_stateful_set),
            WorkloadKind::DaemonSet => object.try_parse::<DaemonSet>().map(Self::of_daemon_set),
        };
        let live = parsed.map_err(|error| other(error.to_string()))?;
        let live = live.map(|live| Self { rules, ..live });
        live.ok_or_else(|| other("it has no pods to choose: its selector cannot be read".to_owned()))
    }

    /// Whether the workload's controller knows that it is to be like this; it is given a moment.
    pub(crate) async fn taken_in(&self, place: &Place) -> bool {
        let wanted = self.meta.generation;
        let knows = |found: Option<&DynamicObject>| {
            found.is_some_and(|found| found.data["status"]["observedGeneration"].as_i64() >= wanted)
        };
        let waits = await_condition(place.workloads(), &place.settings.name, knows);
        self.progress.seen || matches!(tokio::time::timeout(TAKES_IN, waits).await, Ok(Ok(_)))
    }

    /// The same with another pod template.
    pub(crate) fn having(&self, template: PodTemplateSpec) -> Self {
        Self { template, ..self.clone() }
    }

    fn made(meta: ObjectMeta, template: PodTemplateSpec, selector: LabelSelector, progress: Progress) -> Option<Self> {
        let selector = Selector::try_from(selector).ok()?;
        Some(Self { meta, template, selector, paused: false, replicas: None, rules: Rules::new(), progress })
    }

    pub(crate) fn of_deployment(object: Deployment) -> Option<Self> {
        let (spec, status) = (object.spec.unwrap_or_default(), object.status.unwrap_or_default());
        let progress = Progress {
            seen: status.observed_generation >= object.metadata.generation,
            wanted: spec.replicas.unwrap_or(1),
            there: status.replicas.unwrap_or_default(),
            updated: status.updated_replicas.unwrap_or_default(),
            available: status.available_replicas.unwrap_or_default(),
        };
        let live = Self::made(object.metadata, spec.template, spec.selector, progress)?;
        Some(Self { paused: spec.paused == Some(true), replicas: Some(progress.wanted), ..live })
    }

    pub(crate) fn of_stateful_set(object: StatefulSet) -> Option<Self> {
        let (spec, status) = (object.spec.unwrap_or_default(), object.status.unwrap_or_default());
        let wanted = spec.replicas.unwrap_or(1);
        // It counts the updated ones only until it is through; then both revisions are one.
        let through = status.update_revision.is_some() && status.update_revision == status.current_revision;
        let there = status.replicas;
        let progress = Progress {
            seen: status.observed_generation >= object.metadata.generation,
            wanted,
            there,
            updated: if through { there } else { status.updated_replicas.unwrap_or_default() },
            available: status.ready_replicas.unwrap_or_default(),
        };
        let live = Self::made(object.metadata, spec.template, spec.selector, progress)?;
        Some(Self { replicas: Some(wanted), ..live })
    }

    pub(crate) fn of_daemon_set(object: DaemonSet) -> Option<Self> {
        let (spec, status) = (object.spec.unwrap_or_default(), object.status.unwrap_or_default());
        let progress = Progress {
            seen: status.observed_generation >= object.metadata.generation,
            wanted: status.desired_number_scheduled,
            there: status.current_number_scheduled,
            updated: status.updated_number_scheduled.unwrap_or_default(),
            available: status.number_available.unwrap_or_default(),
        };
        Self::made(object.metadata, spec.template, spec.selector, progress)
    }

    /// The instance it is at; `None` when nobody of ours put it anywhere.
    pub(crate) fn instance(&self) -> Option<InstanceName> {
        let annotations = self.template.metadata.as_ref().and_then(|meta| meta.annotations.as_ref());
        let put = annotations.and_then(|all| all.get(label::INSTANCE)).map(|name| InstanceName(name.clone()));
        put.or_else(|| self.adopted())
    }

    /// The instance it was taken over as: its own template, which nothing of ours was written to, is that one's.
    pub(crate) fn adopted(&self) -> Option<InstanceName> {
        let name = self.meta.annotations.as_ref()?.get(label::INSTANCE)?;
        Some(InstanceName(name.clone()))
    }

    /// Whose one of its pods is.
    pub(crate) fn whose(&self, pod: &Pod) -> Option<InstanceName> {
        pods::instance(pod).or_else(|| self.adopted())
    }

    pub(crate) fn is_at(&self, name: &InstanceName) -> bool {
        self.instance().as_ref() == Some(name)
    }

    /// The container a target is about.
    pub(crate) fn container(&self, settings: &KubernetesSettings) -> Result<&Container, Failure> {
        let all = self.template.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
        let found = match &settings.container {
            Some(name) => all.iter().find(|container| container.name == *name),
            None => all.first(),
        };
        found.ok_or_else(|| {
            let (workload, names) = (settings.reference(), all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>());
            let wanted = settings.container.as_deref().unwrap_or("any");
            let said = format!("{workload} has no container {wanted}; it has {}", names.join(", "));
            Failure::new(FailureKind::WorkloadMissing { workload }, said)
        })
    }

    /// Whether it is an older state of the same object than another one. Versions are numbers that grow.
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        let version = |of: &Self| of.meta.resource_version.as_ref().and_then(|text| text.parse::<u64>().ok());
        self.meta.uid == other.meta.uid && version(self) < version(other)
    }

    /// Who else wrote a field of its pod template since, or anything of it where no field is named.
    pub(crate) fn hand(&self, field: &[&str]) -> Option<Hand> {
        self.hand_under(&["spec", "template"], field)
    }

    /// The same of its rules.
    pub(crate) fn hand_of_rule(&self, field: &[&str]) -> Option<Hand> {
        self.hand_under(&["spec"], field)
    }

    fn hand_under(&self, whole: &[&str], field: &[&str]) -> Option<Hand> {
        let path = [whole, field].concat();
        // What somebody took out and the cluster filled in again is nobody's.
        let nobodys = || owners::is_nobodys(&self.meta, &path).then(|| self.sole_under(whole)).flatten();
        owners::of(&self.meta, &path, self.moved()).or_else(nobodys)
    }

    /// Who else wrote to its pod template since, if that was one alone.
    pub(crate) fn sole_hand(&self) -> Option<Hand> {
        self.sole_under(&["spec", "template"])
    }

    fn sole_under(&self, whole: &[&str]) -> Option<Hand> {
        owners::sole(&self.meta, whole, self.moved())
    }

    /// Whether the number of its pods was last written by us.
    pub(crate) fn counts_by_us(&self) -> bool {
        owners::writer(&self.meta, &["spec", "replicas"]).as_deref() == Some(label::MANAGER)
    }

    /// When we last moved it, by the cluster's clock.
    pub(crate) fn moved(&self) -> Option<Instant> {
        let all = self.meta.managed_fields.iter().flatten();
        let ours = all.filter(|entry| entry.manager.as_deref() == Some(label::MANAGER) && entry.subresource.is_none());
        ours.filter_map(|entry| entry.time.as_ref().map(|time| time.0)).max()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A Deployment `w` in the namespace `n`.
    pub(crate) fn settings() -> KubernetesSettings {
        KubernetesSettings {
            kubeconfig: None,
            context: None,
            namespace: "n".into(),
            workload: WorkloadKind::Deployment,
            name: "w".into(),
            container: None,
            port: None,
            take_over: false,
            manifest: None,
        }
    }

    /// That Deployment with these fields of its spec.
    pub(crate) fn live(spec: &serde_json::Value) -> Live {
        let mut object = serde_json::json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "w" },
            "spec": { "selector": {}, "template": {} },
        });
        for (key, value) in spec.as_object().unwrap() {
            object["spec"][key] = value.clone();
        }
        Live::of(serde_json::from_value(object).unwrap(), &settings()).unwrap()
    }

    #[test]
    fn new_pods_beside_old_ones_are_not_there_yet() {
        let progress = Progress { seen: true, wanted: 3, there: 3, updated: 3, available: 3 };
        assert!(progress.complete());
        assert_eq!(progress.told(), "3 of 3 pods are ready");
        let beside = Progress { there: 4, ..progress };
        assert!(!beside.complete());
        assert_eq!(beside.told(), "3 of 3 pods are new, 3 are ready, 1 old ones are there");
        assert!(!Progress { seen: false, ..progress }.complete(), "the numbers are of another template");
    }
}
