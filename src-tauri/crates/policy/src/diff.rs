//! What a new document changes against an old one, by meaning: order, comments and spelling of scalars do not count.
//!
//! Of lists it is told what came in and what went, and of entries with an `id` what changed in them: an index says little
//! to a reader. A list that has the same in another order is told whole, and so is a
//! command.

use crate::Document;
use serde_json::Value;
use std::collections::BTreeMap;

/// Keys of lists whose order is their meaning: these are told whole.
const COMMANDS: [&str; 2] = [".run", ".command"];

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
                let part = if path.is_empty() { key.clone() } else { format!(".{key}") };
                at(path, &part, |path| compare(path, before.get(key), after.get(key), changes));
            }
        }
        (before, after) if before == after => {}
        (Some(Value::Array(before)), Some(Value::Array(after))) if !COMMANDS.iter().any(|key| path.ends_with(key)) => {
            lists(path, before, after, changes);
        }
        (before, after) => {
            changes.push(Change { path: path.clone(), before: before.cloned(), after: after.cloned() });
        }
    }
}

fn lists(path: &mut String, before: &[Value], after: &[Value], changes: &mut Vec<Change>) {
    if let (Some(before), Some(after)) = (by_id(before), by_id(after)) {
        let found = changes.len();
        let added = after.keys().filter(|id| !before.contains_key(*id));
        for id in before.keys().chain(added) {
            at(path, &format!(".{id}"), |path| compare(path, before.get(id).copied(), after.get(id).copied(), changes));
        }
        if changes.len() > found {
            return;
        }
    }
    let gone = lacking(before, after);
    let come = lacking(after, before);
    if gone.is_empty() && come.is_empty() {
        let whole = |list: &[Value]| Some(Value::Array(list.to_vec()));
        changes.push(Change { path: path.clone(), before: whole(before), after: whole(after) });
    }
    at(path, "[]", |path| {
        let one = |before: Option<&Value>, after: Option<&Value>| Change {
            path: path.clone(),
            before: before.cloned(),
            after: after.cloned(),
        };
        changes.extend(gone.into_iter().map(|entry| one(Some(entry), None)));
        changes.extend(come.into_iter().map(|entry| one(None, Some(entry))));
    });
}

/// Goes on one place deeper.
fn at(path: &mut String, part: &str, go: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push_str(part);
    go(path);
    path.truncate(length);
}

/// The entries by their `id`, where each has one of its own.
fn by_id(list: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let all: Option<BTreeMap<&str, &Value>> =
        list.iter().map(|entry| entry.get("id").and_then(Value::as_str).map(|id| (id, entry))).collect();
    all.filter(|all| all.len() == list.len())
}

/// What one list has that the other has not, as often as it has it more.
fn lacking<'a>(list: &'a [Value], other: &[Value]) -> Vec<&'a Value> {
    let mut rest: Vec<&Value> = other.iter().collect();
    let unmatched = |entry: &&'a Value| match rest.iter().position(|one| *one == *entry) {
        Some(place) => {
            rest.swap_remove(place);
            false
        }
        None => true,
    };
    list.iter().filter(unmatched).collect()
}
