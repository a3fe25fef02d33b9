//! How a pod template differs from the one that was deployed: field by field, by the names people write in manifests.
//!
//! Pure. What is ours of it (image, references, our annotations) is compared elsewhere and left out here, and so are the
//! values of variables, which may be secrets.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::Value;
use switchback_core::drift::{Difference, Part};

/// The most that is told.
const MOST: usize = 20;

/// What differs beside what is ours.
pub(crate) fn between(recorded: &PodTemplateSpec, found: &PodTemplateSpec) -> Vec<Difference> {
    let json = |template: &PodTemplateSpec| serde_json::to_value(template).unwrap_or_default();
    let mut all = Vec::new();
    walk("", &json(recorded), &json(found), &mut all);
    all.truncate(MOST);
    all
}

fn walk(path: &str, recorded: &Value, found: &Value, all: &mut Vec<Difference>) {
    if recorded == found || is_ours(path) {
        return;
    }
    match (entries(recorded), entries(found)) {
        (Some(before), Some(after)) => {
            let mut keys: Vec<&String> = before.iter().chain(&after).map(|(key, _)| key).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let side =
                    |of: &[(String, Value)]| of.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&path, &side(&before).unwrap_or_default(), &side(&after).unwrap_or_default(), all);
            }
        }
        _ => all.push(Difference::new(
            Part::Setting,
            path,
            shown(path, recorded).as_deref(),
            shown(path, found).as_deref(),
        )),
    }
}

/// The fields of an object, or the items of a list by their names.
fn entries(value: &Value) -> Option<Vec<(String, Value)>> {
    match value {
        Value::Object(fields) => Some(fields.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
        Value::Array(items) => {
            items.iter().map(|item| Some((item.get("name")?.as_str()?.to_owned(), item.clone()))).collect()
        }
        _ => None,
    }
}

fn is_ours(path: &str) -> bool {
    path.contains(".annotations.switchback/")
        || (path.starts_with("spec.containers.") && matches!(last(path), "image" | "envFrom"))
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn shown(path: &str, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    if path.contains(".env.") || last(path) == "env" {
        return Some("set".to_owned());
    }
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(memory: &str, more: &Value) -> PodTemplateSpec {
        let mut container = serde_json::json!({
            "name": "app", "image": memory, "resources": { "limits": { "memory": memory } },
        });
        if !more.is_null() {
            container["env"] = more.clone();
        }
        serde_json::from_value(serde_json::json!({ "spec": { "containers": [container] } })).unwrap()
    }

    #[test]
    fn fields_are_told_by_their_names_and_no_value_of_a_variable() {
        let env = serde_json::json!([{ "name": "TOKEN", "value": "s3cr3t" }]);
        let told: Vec<String> = between(&template("64Mi", &Value::Null), &template("128Mi", &env))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "spec.containers.app.env: set instead of absent",
                "spec.containers.app.resources.limits.memory: 128Mi instead of 64Mi",
            ]
        );
        assert_eq!(between(&template("64Mi", &env), &template("64Mi", &env)), []);
    }
}
