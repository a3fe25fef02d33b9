//! Who wrote a field of an object, as the cluster itself keeps it (`managedFields`).
//!
//! Pure. A field is named by a path as people write it: `spec`, `template`, ..., an item of a list by its name.

use crate::label::MANAGER;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta};
use serde_json::{Map, Value};
use switchback_core::{drift::Hand, ident::Instant};

/// Who else owns a field, if that was written since.
pub(crate) fn of(meta: &ObjectMeta, path: &[&str], since: Option<Instant>) -> Option<Hand> {
    let owners = others(meta, since).filter_map(|entry| Some((depth(entry, path)?, time(entry), entry)));
    let owner = owners.max_by_key(|(depth, time, _)| (*depth, *time)).map(|(_, _, entry)| hand(entry))?;
    Some(Hand { at: owner.at.filter(|at| Some(*at) >= since), ..owner })
}

/// Who else wrote anything under a field since, if that was one alone.
pub(crate) fn sole(meta: &ObjectMeta, path: &[&str], since: Option<Instant>) -> Option<Hand> {
    let mut all: Vec<Hand> = others(meta, since).filter(|entry| depth(entry, path).is_some()).map(hand).collect();
    all.sort_by_key(|hand| hand.at);
    let last = all.pop()?;
    all.iter().all(|other| other.by == last.by).then_some(last)
}

/// Whether nobody says of a field that he wrote it.
pub(crate) fn is_nobodys(meta: &ObjectMeta, path: &[&str]) -> bool {
    !meta.managed_fields.iter().flatten().any(|entry| depth(entry, path).is_some())
}

/// Who of all wrote a field last.
pub(crate) fn writer(meta: &ObjectMeta, path: &[&str]) -> Option<String> {
    let all = meta.managed_fields.iter().flatten().filter(|entry| depth(entry, path) == Some(path.len()));
    all.max_by_key(|entry| time(entry))?.manager.clone()
}

/// What others wrote; a controller's status is no such write.
fn others(meta: &ObjectMeta, since: Option<Instant>) -> impl Iterator<Item = &ManagedFieldsEntry> {
    let all = meta.managed_fields.iter().flatten();
    all.filter(move |entry| {
        entry.manager.as_deref() != Some(MANAGER)
            && entry.subresource.as_deref() != Some("status")
            && (is_of_scale(entry) || time(entry) >= since)
    })
}

/// Whether it was written through the scale subresource, which leaves no time, or an older write's.
fn is_of_scale(entry: &ManagedFieldsEntry) -> bool {
    entry.subresource.as_deref() == Some("scale")
}

fn time(entry: &ManagedFieldsEntry) -> Option<Instant> {
    entry.time.as_ref().map(|time| time.0)
}

fn hand(entry: &ManagedFieldsEntry) -> Hand {
    Hand { by: entry.manager.clone().unwrap_or_default(), at: time(entry).filter(|_| !is_of_scale(entry)) }
}

/// How far down the path an entry's ownership is written out, if the entry owns what the path names. What is owned as a
/// whole (a list without names, an empty object) ends above it.
fn depth(entry: &ManagedFieldsEntry, path: &[&str]) -> Option<usize> {
    let mut node = entry.fields_v1.as_ref()?.0.as_object()?;
    for (depth, segment) in path.iter().enumerate() {
        match under(node, segment) {
            Some(next) => node = next.as_object()?,
            None => return is_whole(node).then_some(depth),
        }
    }
    Some(path.len())
}

fn under<'a>(node: &'a Map<String, Value>, segment: &str) -> Option<&'a Value> {
    let field = node.get(&format!("f:{segment}"));
    field.or_else(|| node.iter().find(|(key, _)| name(key).as_deref() == Some(segment)).map(|(_, value)| value))
}

/// The name by which a list tells an item: `k:{"name":"app"}`.
fn name(key: &str) -> Option<String> {
    let keys: Value = serde_json::from_str(key.strip_prefix("k:")?).ok()?;
    keys.get("name")?.as_str().map(str::to_owned)
}

/// Whether the node has no fields and no items that could be told by name.
fn is_whole(node: &Map<String, Value>) -> bool {
    node.keys().all(|key| !key.starts_with("f:") && name(key).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn meta() -> ObjectMeta {
        let container = |fields: Value| json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"app\"}": fields } } } } });
        let entry = |manager: &str, second: u8, subresource: Option<&str>, fields: Value| {
            let time = format!("2026-01-02T03:04:{second:02}Z");
            json!({ "manager": manager, "operation": "Update", "time": time, "subresource": subresource, "fieldsV1": fields })
        };
        let ports = json!({ ".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": { "f:name": {} } });
        serde_json::from_value(json!({ "managedFields": [
            entry("kubectl-create", 1, None, container(json!({ ".": {}, "f:image": {}, "f:resources": {} }))),
            entry("switchback", 10, None, container(json!({ "f:envFrom": {} }))),
            entry("kubectl-set", 20, None, container(json!({ "f:image": {} }))),
            entry("kubectl-edit", 30, None, container(json!({
                "f:resources": { "f:limits": { "f:memory": {} } }, "f:ports": ports, "f:args": {},
                "f:env": { "k:{\"name\":\"MODE\"}": { ".": {}, "f:value": {} } },
            }))),
            entry("kubectl", 5, Some("scale"), json!({ "f:spec": { "f:replicas": {} } })),
            entry("kube-controller-manager", 50, Some("status"), json!({ "f:status": {} })),
        ] }))
        .unwrap()
    }

    fn since() -> Instant {
        "2026-01-02T03:04:10Z".parse().unwrap()
    }

    #[test]
    fn each_field_has_its_own_writer() {
        let by = |path: &[&str]| of(&meta(), path, Some(since())).map(|hand| hand.by);
        let of_app = |more: &[&str]| by(&[&["spec", "template", "spec", "containers", "app"], more].concat());
        assert_eq!(of_app(&["image"]).as_deref(), Some("kubectl-set"));
        assert_eq!(of_app(&["resources", "limits", "memory"]).as_deref(), Some("kubectl-edit"));
        assert_eq!(of_app(&["env", "MODE"]).as_deref(), Some("kubectl-edit"));
        assert_eq!(of_app(&["ports", "http", "containerPort"]).as_deref(), Some("kubectl-edit"), "no list of names");
        assert_eq!(by(&["spec", "replicas"]).as_deref(), Some("kubectl"));
        assert_eq!(of_app(&["env", "OTHER"]), None, "who wrote one variable did not write another");
        assert_eq!(of_app(&["envFrom"]), None, "ours");
    }

    #[test]
    fn the_last_writer_may_be_us() {
        let of_app = |field| writer(&meta(), &["spec", "template", "spec", "containers", "app", field]);
        assert_eq!((of_app("envFrom").as_deref(), of_app("image").as_deref()), (Some(MANAGER), Some("kubectl-set")));
        assert_eq!(of_app("command"), None);
        let path = |field| ["spec", "template", "spec", field];
        assert!(is_nobodys(&meta(), &path("dnsPolicy")) && !is_nobodys(&meta(), &path("containers")));
    }

    #[test]
    fn what_is_gone_is_blamed_on_nobody_where_several_wrote() {
        assert_eq!(sole(&meta(), &["spec", "template"], Some(since())), None);
        let later = Some("2026-01-02T03:04:21Z".parse().unwrap());
        let alone = sole(&meta(), &["spec", "template"], later).unwrap();
        assert_eq!(
            (alone.by.as_str(), alone.at.unwrap().to_string().as_str()),
            ("kubectl-edit", "2026-01-02T03:04:30Z")
        );
    }
}
