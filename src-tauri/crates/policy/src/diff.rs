//! What a new document changes against an old one, by meaning: order, comments and spelling of scalars do not count.
//!
//! Lists are compared whole, because their order matters and an index says little to a reader.

use crate::Document;
use serde_json::Value;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Keys from the top, joined by dots: `targets.checkout/production.replicas`.
    pub path: String,
    /// What it was; nothing when it was added.
    pub before: Option<Value>,
    /// What it becomes; nothing when it is removed.
    pub after: Option<Value>,
}

/// All differences, sorted by path. Something added or removed as a whole is one change.
pub fn diff(old: &Document, new: &Document) -> Vec<Change> {
    let value = |document: &Document| serde_json::to_value(document).unwrap_or_default();
    let mut changes = Vec::new();
    compare(&mut String::new(), Some(&value(old)), Some(&value(new)), &mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

fn compare(path: &mut String, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    match (old, new) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            for key in before.keys().chain(added) {
                let length = path.len();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                compare(path, before.get(key), after.get(key), changes);
                path.truncate(length);
            }
        }
        (before, after) if before == after => {}
        (before, after) => {
            changes.push(Change { path: path.clone(), before: before.cloned(), after: after.cloned() });
        }
    }
}
