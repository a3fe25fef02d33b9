//! Mistakes of meaning in a target on Kubernetes: what the cluster or the workload's own manifest decides is not written
//! here.

use crate::{
    check::Finds,
    strategy::{RollingForm, StrategyForm},
    target::{KubernetesForm, TargetSpec},
};
use switchback_core::workload::WorkloadKind;

pub(crate) fn check(form: &KubernetesForm, spec: &TargetSpec, name: &str, finds: &mut Finds) {
    let known =
        form.workload.split_once('/').is_some_and(|(kind, name)| WorkloadKind::of(kind).is_some() && plain(name));
    if !known {
        let message = "a workload is a deployment, statefulset or daemonset by name, for example deployment/checkout";
        finds.tell(&["targets", name, "kubernetes", "workload"], "workload_unknown", message);
    }
    if !plain(&form.namespace) {
        let message = "a namespace is written with a-z, 0-9 and '-'";
        finds.tell(&["targets", name, "kubernetes", "namespace"], "namespace_name", message);
    }
    if form.kubeconfig.as_ref().is_some_and(|file| !file.is_absolute()) {
        let message = "a kubeconfig is named by its whole path: who deploys may stand anywhere";
        finds.tell(&["targets", name, "kubernetes", "kubeconfig"], "kubeconfig_relative", message);
    }
    let own = StrategyForm::Rolling(RollingForm::default());
    if spec.strategy.as_ref().is_some_and(|strategy| *strategy != own) {
        let message = "a workload changes over by its manifest's own strategy: write rolling here, or leave it out";
        finds.tell(&["targets", name, "strategy"], "strategy_of_manifest", message);
    }
    for (key, written) in [("replicas", spec.replicas.is_some()), ("grace", spec.grace.is_some())] {
        if written {
            let message = format!("{key} is the manifest's or an autoscaler's to say on Kubernetes: leave it out here");
            finds.tell(&["targets", name, key], "manifest_says", message);
        }
    }
    probes(form, spec, name, finds);
}

/// Pods have no address here: their port is asked through the cluster, in HTTP alone.
fn probes(form: &KubernetesForm, spec: &TargetSpec, name: &str, finds: &mut Finds) {
    let asks = |http: Option<&str>| http.is_some_and(|url| url.starts_with('/'));
    let speaks = |words: &[String]| words.iter().any(|word| word.contains("{url}") || word.contains("{port}"));
    let health = spec.health.iter().map(|health| {
        let (http, command) = (asks(health.http.as_deref()), speaks(&health.command));
        (vec!["targets", name, "health"], http, health.tcp || command)
    });
    let numbers: Vec<String> = (0..spec.smoke.len()).map(|number| number.to_string()).collect();
    let smokes = spec.smoke.iter().zip(&numbers).map(|(smoke, number)| {
        (vec!["targets", name, "smoke", number.as_str()], asks(smoke.http.as_deref()), speaks(&smoke.run))
    });
    for (place, http, other) in health.chain(smokes) {
        if other {
            finds.tell(&place, "pods_out_of_reach", OUT_OF_REACH);
        } else if http && form.port.is_none() {
            finds.tell(&place, "pod_port_missing", PORT_MISSING);
        }
    }
}

const OUT_OF_REACH: &str = "a cluster's pods have no address here: use `ready: true`, http with a path, which the cluster \
                            asks of them, http with a whole http:// URL, or a command without {url} and {port}";
const PORT_MISSING: &str = "which of its pods' ports answers is not known: write `port` beside the workload, or a whole \
                            http:// URL here, or `ready: true`";

/// Whether this can be the name of an object.
fn plain(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !name.is_empty() && name.len() <= 253 && name.chars().all(inside)
}
