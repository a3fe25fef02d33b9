//! What one revision's content has that another's has not: for a plan before, for a deployment after.

use crate::dto::Change;
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::workload::Workload;

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
        let settings = |workload: &Workload| settings(workload, judged);
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

/// The settings as flat keys, for a diff.
fn settings(workload: &Workload, judged: bool) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    if let Some(health) = workload.health.as_ref().filter(|_| judged) {
        flat.insert("health".to_owned(), serde_json::to_string(health).unwrap_or_default());
    }
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&workload.settings) {
        for (key, value) in fields {
            flat.insert(key, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    flat.insert("replicas".to_owned(), workload.replicas.to_string());
    flat
}

/// What differs, by key.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| Change { key: key.clone(), before: before.get(key).cloned(), after: after.get(key).cloned() })
        .collect()
}
