//! What one revision's content has that another's has not: for a plan before, for a deployment after.

use crate::dto::Change;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::workload::{Settings, Workload};

/// What differs, by kind. Secrets are compared by fingerprint.
pub(crate) struct Changes {
    pub(crate) config: Vec<Change>,
    pub(crate) secrets: Vec<Change>,
    pub(crate) settings: Vec<Change>,
}

impl Changes {
    /// From nothing, everything is new.
    pub(crate) fn between(before: Option<&Workload>, after: &Workload) -> Self {
        let empty = BTreeMap::new();
        // What was taken over as it ran has no gate to compare with.
        let judged = before.is_none_or(|before| before.health.is_some()) && after.health.is_some();
        // What brings no pod template of its own leaves the one that is there.
        let whole = pod_template(after).is_some();
        let settings = |workload: &Workload| settings(workload, judged, whole);
        Self {
            config: changes(before.map_or(&empty, |before| &before.config), &after.config),
            secrets: changes(&before.map(fingerprints).unwrap_or_default(), &fingerprints(after)),
            settings: changes(&before.map(&settings).unwrap_or_default(), &settings(after)),
        }
    }
}

fn fingerprints(workload: &Workload) -> BTreeMap<String, String> {
    workload.secrets.iter().map(|(key, secret)| (key.clone(), secret.fingerprint.clone())).collect()
}

/// The pod template that a revision brings along, by what it was imported from.
fn pod_template(workload: &Workload) -> Option<&str> {
    match &workload.settings {
        Settings::Kubernetes(settings) => settings.imported(),
        Settings::Process(_) | Settings::Docker(_) => None,
    }
}

/// The settings as flat keys, for a diff.
fn settings(workload: &Workload, judged: bool, whole: bool) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    if let Some(Ok(health)) = workload.health.as_ref().filter(|_| judged).map(serde_json::to_value) {
        leaves("health", &health, &mut flat);
    }
    if let Ok(Value::Object(fields)) = serde_json::to_value(&workload.settings) {
        for (key, value) in fields {
            leaves(&key, &value, &mut flat);
        }
    }
    // Under which name the cluster keeps it is nobody's word.
    flat.remove("manifest");
    if let Some(imported) = pod_template(workload).filter(|_| whole) {
        flat.insert(Change::POD_TEMPLATE.to_owned(), imported.to_owned());
    }
    flat.insert("replicas".to_owned(), workload.replicas.to_string());
    flat
}

/// A value's parts under their paths, so that a person reads which of them changes. What is null or empty is not there.
fn leaves(key: &str, value: &Value, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(parts) if span(parts).is_none() => {
            for (part, value) in parts {
                leaves(&format!("{key}.{part}"), value, flat);
            }
        }
        value => {
            let words = words(value);
            if !words.is_empty() {
                flat.insert(key.to_owned(), words);
            }
        }
    }
}

/// A value in words: a span of time with its unit, a list with commas.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => span(parts).unwrap_or_else(|| {
            parts.iter().map(|(part, value)| format!("{part} {}", words(value))).collect::<Vec<_>>().join(" ")
        }),
        other => other.to_string(),
    }
}

/// What serde makes of a `Duration`.
fn span(parts: &Map<String, Value>) -> Option<String> {
    let (secs, nanos) = (parts.get("secs")?.as_u64()?, parts.get("nanos")?.as_u64()?);
    Some(if nanos == 0 { format!("{secs} s") } else { format!("{} ms", secs * 1000 + nanos / 1_000_000) })
}

/// What differs, by key.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| Change { key: key.clone(), before: before.get(key).cloned(), after: after.get(key).cloned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What a cluster runs, with the pod template that it was imported with.
    fn imported(from: Option<&str>) -> Workload {
        let settings = json!({
            "runtime": "kubernetes", "kubeconfig": null, "context": null, "namespace": "live", "workload": "deployment",
            "name": "web", "container": null, "takeOver": false, "manifest": from,
        });
        let artifact = json!({ "kind": "image", "repository": "shop/web", "digest": "sha256:1" });
        let workload =
            json!({ "artifact": artifact, "config": {}, "secrets": {}, "settings": settings, "replicas": 1 });
        serde_json::from_value(workload).unwrap()
    }

    #[test]
    fn settings_are_told_part_by_part_and_in_words() {
        let mut flat = BTreeMap::new();
        let health = json!({ "within": { "secs": 60, "nanos": 0 }, "every": { "secs": 0, "nanos": 200_000_000 }, "probe":
            { "kind": "http", "path": "/", "body": null } });
        leaves("health", &health, &mut flat);
        leaves("command", &json!([]), &mut flat);
        leaves("publish", &json!([{ "host": "::1", "port": 0 }, "80"]), &mut flat);
        let told: Vec<String> = flat.iter().map(|(key, words)| format!("{key}: {words}")).collect();
        let wanted = [
            "health.every: 200 ms",
            "health.probe.kind: http",
            "health.probe.path: /",
            "health.within: 60 s",
            "publish: host ::1 port 0, 80",
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_pod_template_is_a_change_only_where_one_is_brought_along() {
        let (own, one, two) =
            (imported(None), imported(Some("sb-past-web-6d5f")), imported(Some("sb-past-helm-web-v2")));
        let told = |before: &Workload, after: &Workload| Changes::between(Some(before), after).settings;
        assert_eq!(told(&one, &own), [], "it stays as it is");
        let change = |before: Option<&str>, after: &str| Change {
            key: Change::POD_TEMPLATE.to_owned(),
            before: before.map(str::to_owned),
            after: Some(after.to_owned()),
        };
        assert_eq!(told(&own, &one), [change(None, "web-6d5f")]);
        assert_eq!(told(&one, &two), [change(Some("web-6d5f"), "helm-web-v2")]);
    }
}
