//! How a pod template differs from the one that was deployed: field by field, by the names people write in manifests.
//!
//! Pure. What is ours of it (image, references, our annotations) is compared elsewhere and left out here, and so are the
//! values of variables, which may be secrets.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::Value;
use switchback_core::drift::{Difference, Hand, Part};

/// The most that is told.
const MOST: usize = 20;
/// What stands in the place of a variable's value.
const SET: &str = "set";
const SET_OTHERWISE: &str = "set to something else";

/// What differs beside what is ours. `hand`: who else wrote a field of the template.
pub(crate) fn between(
    recorded: &PodTemplateSpec,
    found: &PodTemplateSpec,
    hand: impl Fn(&[&str]) -> Option<Hand>,
) -> Vec<Difference> {
    let json = |template: &PodTemplateSpec| serde_json::to_value(template).unwrap_or_default();
    fields(&json(recorded), &json(found), hand)
}

/// The same of any two objects.
pub(crate) fn fields(recorded: &Value, found: &Value, hand: impl Fn(&[&str]) -> Option<Hand>) -> Vec<Difference> {
    let mut all = Vec::new();
    walk(&mut Vec::new(), recorded, found, &mut |path, difference| {
        all.push(Difference { hand: hand(path), ..difference });
    });
    all.truncate(MOST);
    all
}

fn walk<'a>(
    path: &mut Vec<&'a str>,
    recorded: &'a Value,
    found: &'a Value,
    tell: &mut impl FnMut(&[&str], Difference),
) {
    if recorded == found || is_ours(path) {
        return;
    }
    let variables = path.last() == Some(&"env");
    match (entries(recorded, variables), entries(found, variables)) {
        (Some(before), Some(after)) if !is_variable(path) => {
            let mut keys: Vec<&str> = before.iter().chain(&after).map(|(key, _)| *key).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let side =
                    |of: &[(&'a str, &'a Value)]| of.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
                path.push(key);
                walk(path, side(&before).unwrap_or(&Value::Null), side(&after).unwrap_or(&Value::Null), tell);
                path.pop();
            }
        }
        _ => {
            let (mut before, mut after) = (shown(path, recorded), shown(path, found));
            if is_variable(path) && before == after {
                after = Some(SET_OTHERWISE.to_owned());
            }
            tell(path, Difference::new(Part::Setting, &path.join("."), before.take().as_deref(), after.as_deref()));
        }
    }
}

/// The fields of an object, or the items of a list by their names. No list of variables is an empty one.
fn entries(value: &Value, variables: bool) -> Option<Vec<(&str, &Value)>> {
    match value {
        Value::Object(fields) => Some(fields.iter().map(|(key, value)| (key.as_str(), value)).collect()),
        Value::Array(items) => items.iter().map(|item| Some((item.get("name")?.as_str()?, item))).collect(),
        Value::Null if variables => Some(Vec::new()),
        _ => None,
    }
}

fn is_ours(path: &[&str]) -> bool {
    match path {
        [.., "annotations", key] => key.starts_with("switchback/"),
        ["spec", "containers", _, field] => matches!(*field, "image" | "envFrom"),
        _ => false,
    }
}

/// Whether it is one variable of a container.
fn is_variable(path: &[&str]) -> bool {
    matches!(path, [.., "env", _])
}

fn shown(path: &[&str], value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        _ if is_variable(path) => Some(SET.to_owned()),
        Value::String(text) => Some(text.clone()),
        other => {
            let mut other = other.clone();
            hide(&mut other);
            Some(other.to_string())
        }
    }
}

/// Leaves nothing of variables but their names.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if let (true, Value::Array(variables)) = (key == "env", &mut *value) {
                    for one in variables {
                        *one = one.get_mut("name").map(Value::take).unwrap_or_default();
                    }
                }
                hide(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
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
        let by = |path: &[&str]| (path.last() == Some(&"memory")).then(|| Hand { by: "kubectl-edit".into(), at: None });
        let told = |recorded: &PodTemplateSpec, found: &PodTemplateSpec| -> Vec<String> {
            between(recorded, found, by).iter().map(ToString::to_string).collect()
        };
        assert_eq!(
            told(&template("64Mi", &Value::Null), &template("128Mi", &env)),
            [
                "spec.containers.app.env.TOKEN: set instead of absent",
                "spec.containers.app.resources.limits.memory: 128Mi instead of 64Mi (by kubectl-edit)",
            ]
        );
        assert_eq!(told(&template("64Mi", &env), &template("64Mi", &env)), [] as [&str; 0]);
        let other = serde_json::json!([{ "name": "TOKEN", "value": "0ther" }]);
        let changed = "spec.containers.app.env.TOKEN: set to something else instead of set";
        assert_eq!(told(&template("64Mi", &env), &template("64Mi", &other)), [changed]);
        let gone = "spec.containers.app.env.TOKEN: absent instead of set";
        assert_eq!(told(&template("64Mi", &env), &template("64Mi", &Value::Null)), [gone]);
    }

    #[test]
    fn a_container_somebody_added_is_told_without_the_values_of_its_variables() {
        let mut more = template("64Mi", &Value::Null);
        let sidecar =
            serde_json::json!({ "name": "proxy", "image": "p", "env": [{ "name": "TOKEN", "value": "s3cr3t" }] });
        more.spec.as_mut().unwrap().containers.push(serde_json::from_value(sidecar).unwrap());
        let told = between(&template("64Mi", &Value::Null), &more, |_| None)[0].to_string();
        assert_eq!(told, r#"spec.containers.proxy: {"env":["TOKEN"],"image":"p","name":"proxy"} instead of absent"#);
    }
}
