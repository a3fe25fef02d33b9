//! What is in the ConfigMaps that the manifest itself names: kept with an instance as it was deployed, so that a change by
//! hand is told, put back, or taken as the truth.

use crate::{client::Place, label, live::Live, owners, scratch};
use k8s_openapi::{ByteString, api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::{
    ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::{
    drift::{Difference, Part},
    failure::{Failure, FailureKind},
    ident::Instant,
    release::Digest,
};

/// The most bytes that are kept word for word with an instance; a Secret holds 1 MiB, and the manifest is in it too.
const MOST: usize = 512 * 1024;
/// What stands in the place of a text that may be a secret, or of bytes.
const SET: &str = "set";
/// What is told of one as a whole.
const THERE: &str = "there";
const SET_OTHERWISE: &str = "set to something else";
/// The most letters of a line that are told.
const LETTERS: usize = 120;

/// What is kept, by the ConfigMaps' names.
pub(crate) type Kept = BTreeMap<String, Content>;

/// What was in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Content {
    /// Every entry.
    Whole(Entries),
    /// Too much to keep: only whether it is the same can be told.
    Only(Digest),
    /// It was not there.
    Absent,
}

/// A ConfigMap's entries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entries {
    text: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    bytes: BTreeMap<String, ByteString>,
}

impl Entries {
    fn of(object: &ConfigMap) -> Self {
        Self { text: object.data.clone().unwrap_or_default(), bytes: object.binary_data.clone().unwrap_or_default() }
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn keys(&self) -> impl Iterator<Item = &String> {
        self.text.keys().chain(self.bytes.keys())
    }
}

/// The names of those that the workload's manifest takes its pods' content from; none of ours.
pub(crate) fn names(live: &Live) -> BTreeSet<String> {
    let (mut configs, _) = live.template.spec.as_ref().map(scratch::referred).unwrap_or_default();
    if let Some(at) = live.instance() {
        configs.remove(&at.0);
    }
    configs
}

/// Whether it is a record of an instance, and no manifest's.
pub(crate) fn is_ours(object: &ConfigMap) -> bool {
    object.labels().contains_key(label::SERVICE)
}

/// What is in them now.
pub(crate) async fn content(place: &Place, live: &Live) -> Result<Kept, Failure> {
    let (mut all, mut absent) = (Vec::new(), Vec::new());
    for name in names(live) {
        match find(place, &name).await? {
            Some(object) => all.push((name, Entries::of(&object))),
            None => absent.push((name, Content::Absent)),
        }
    }
    let mut kept = bounded(all);
    kept.extend(absent);
    Ok(kept)
}

/// The smallest first, since the largest are the ones to leave out.
fn bounded(mut all: Vec<(String, Entries)>) -> Kept {
    all.sort_by_cached_key(|(_, entries)| entries.json().len());
    let mut room = MOST;
    let keep = |(name, entries): (String, Entries)| {
        let json = entries.json();
        match room.checked_sub(json.len()) {
            Some(rest) => {
                room = rest;
                (name, Content::Whole(entries))
            }
            None => (name, Content::Only(Digest::of(&json))),
        }
    };
    all.into_iter().map(keep).collect()
}

/// What was kept of those that the manifest still names, each with what is there now.
async fn beside<'a>(
    place: &Place,
    live: &Live,
    kept: &'a Kept,
) -> Result<Vec<(&'a str, &'a Content, Option<ConfigMap>)>, Failure> {
    let (names, mut all) = (names(live), Vec::new());
    for (name, content) in kept.iter().filter(|(name, _)| names.contains(*name)) {
        all.push((name.as_str(), content, find(place, name).await?));
    }
    Ok(all)
}

/// How they differ from what was kept of them.
pub(crate) async fn changed(place: &Place, live: &Live, kept: &Kept) -> Result<Vec<Difference>, Failure> {
    let all = beside(place, live, kept).await?;
    let told = all.iter().map(|(name, content, found)| differences(name, content, found.as_ref(), live.moved()));
    Ok(told.flatten().collect())
}

/// `since`: when the workload was moved; who wrote before that did not write this.
fn differences(name: &str, kept: &Content, found: Option<&ConfigMap>, since: Option<Instant>) -> Vec<Difference> {
    let whole = format!("configmap/{name}");
    let of_all = |recorded, is| Difference::new(Part::Setting, &whole, recorded, is);
    let (kept, found) = match (kept, found) {
        (Content::Absent, None) => return Vec::new(),
        (Content::Absent, Some(found)) => {
            let hand = owners::sole(&found.metadata, &["data"], since);
            return vec![Difference { hand, ..of_all(None, Some(THERE)) }];
        }
        (_, None) => return vec![of_all(Some(THERE), None)],
        (kept, Some(found)) => (kept, found),
    };
    let is = Entries::of(found);
    let was = match kept {
        Content::Whole(was) => was,
        Content::Only(digest) if *digest == Digest::of(&is.json()) => return Vec::new(),
        Content::Only(_) | Content::Absent => {
            let hand = owners::sole(&found.metadata, &["data"], since);
            return vec![Difference { hand, ..of_all(Some(SET), Some(SET_OTHERWISE)) }];
        }
    };
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let one = |key: &String| {
        let (recorded, now) = told(was, &is, key)?;
        let field = if is.bytes.contains_key(key) { "binaryData" } else { "data" };
        let hand = match now {
            Some(_) => owners::of(&found.metadata, &[field, key], since),
            None => owners::sole(&found.metadata, &["data"], since),
        };
        let difference = Difference::new(Part::Setting, &format!("{whole}/{key}"), recorded.as_deref(), now.as_deref());
        Some(Difference { hand, ..difference })
    };
    keys.into_iter().filter_map(one).collect()
}

/// Both sides of an entry, as they are told; nothing where they are the same.
fn told(was: &Entries, is: &Entries, key: &str) -> Option<(Option<String>, Option<String>)> {
    if was.text.get(key) == is.text.get(key) && was.bytes.get(key) == is.bytes.get(key) {
        return None;
    }
    let there = |of: &Entries| (of.text.contains_key(key) || of.bytes.contains_key(key)).then(|| SET.to_owned());
    Some(match (was.text.get(key), is.text.get(key)) {
        (Some(was), Some(is)) => {
            let (was, is) = first_difference(was, is);
            (Some(was), Some(is))
        }
        (Some(was), None) => (Some(cut(was.lines().next().unwrap_or_default())), there(is)),
        // What somebody added may be a secret.
        (None, _) if there(was).is_some() && there(is).is_some() => (there(was), Some(SET_OTHERWISE.to_owned())),
        (None, _) => (there(was), there(is)),
    })
}

/// Two short texts themselves, of longer ones the first line that is not the same.
fn first_difference(was: &str, is: &str) -> (String, String) {
    if !was.contains('\n') && !is.contains('\n') {
        return (cut(was), cut(is));
    }
    let (mut before, mut after) = (was.lines(), is.lines());
    for number in 1.. {
        match (before.next(), after.next()) {
            (None, None) => break,
            (was, is) if was == is => {}
            (was, is) => {
                let line = |text: Option<&str>| match text {
                    Some(text) => format!("line {number}: {}", cut(text)),
                    None => format!("{} lines", number - 1),
                };
                return (line(was), line(is));
            }
        }
    }
    (SET.to_owned(), SET_OTHERWISE.to_owned())
}

fn cut(text: &str) -> String {
    let mut letters = text.chars();
    let short: String = letters.by_ref().take(LETTERS).collect();
    if letters.next().is_some() { format!("{short}...") } else { short }
}

/// Puts back what is kept where it is another thing now. Pods that run read it when they are replaced. Nothing is written
/// where one of them cannot be.
pub(crate) async fn put_back(place: &Place, live: &Live, kept: &Kept) -> Result<(), Failure> {
    let mut all = Vec::new();
    for (name, content, found) in beside(place, live, kept).await? {
        if !differences(name, content, found.as_ref(), None).is_empty() {
            all.push((name, writable(name, content, found.as_ref())?, found));
        }
    }
    for (name, entries, found) in all {
        write(place, name, found.as_ref(), entries).await?;
    }
    Ok(())
}

/// What is to be written, where that can be.
fn writable<'a>(name: &str, kept: &'a Content, found: Option<&ConfigMap>) -> Result<&'a Entries, Failure> {
    let adopt = "take what runs as the truth with `switchback drift adopt`";
    let said = match kept {
        Content::Only(_) => format!("configmap/{name} is too large to be kept: put it back by hand, or {adopt}"),
        Content::Whole(_) if found.is_some_and(|found| found.immutable == Some(true)) => {
            format!("configmap/{name} is immutable: delete it, so that it is made anew, or {adopt}")
        }
        // Others may need by now what somebody made.
        Content::Absent => {
            format!("configmap/{name} was not there when this was deployed: delete it by hand, or {adopt}")
        }
        Content::Whole(entries) => return Ok(entries),
    };
    Err(Failure::new(FailureKind::Other, said))
}

/// Somebody who writes at the same moment is told apart by the object's version.
async fn write(place: &Place, name: &str, found: Option<&ConfigMap>, entries: &Entries) -> Result<(), Failure> {
    let all = place.records();
    let Some(found) = found else {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let (data, bytes) = (Some(entries.text.clone()), Some(entries.bytes.clone()));
        let object = ConfigMap { metadata, data, binary_data: bytes, ..ConfigMap::default() };
        let params = PostParams { field_manager: Some(label::MANAGER.to_owned()), ..PostParams::default() };
        return place.ask(async { all.create(&params, &object).await }).await.map(|_| ());
    };
    let is = Entries::of(found);
    let change = json!({
        "metadata": { "resourceVersion": found.metadata.resource_version },
        "data": merged(&is.text, &entries.text),
        "binaryData": merged(&is.bytes, &entries.bytes),
    });
    let params = PatchParams { field_manager: Some(label::MANAGER.to_owned()), ..PatchParams::default() };
    place.ask(async { all.patch(name, &params, &Patch::Merge(&change)).await }).await.map(|_| ())
}

/// The change that makes one into the other: what is not to be there is nothing.
fn merged<T: Serialize>(is: &BTreeMap<String, T>, shall: &BTreeMap<String, T>) -> Value {
    let gone = is.keys().filter(|key| !shall.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let there = shall.iter().map(|(key, value)| (key.clone(), json!(value)));
    Value::Object(gone.chain(there).collect())
}

/// One of them.
pub(crate) async fn find(place: &Place, name: &str) -> Result<Option<ConfigMap>, Failure> {
    place.ask(async { place.records().get_opt(name).await }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(data: &serde_json::Value) -> ConfigMap {
        let edited = json!({
            "manager": "kubectl-edit", "operation": "Update", "time": "2026-01-02T03:04:05Z",
            "fieldsV1": { "f:data": { "f:MODE": {} } },
        });
        serde_json::from_value(json!({ "metadata": { "name": "settings", "managedFields": [edited] }, "data": data }))
            .unwrap()
    }

    fn lines(was: &serde_json::Value, is: Option<&serde_json::Value>) -> Vec<String> {
        let kept = Content::Whole(Entries::of(&object(was)));
        let found = is.map(object);
        differences("settings", &kept, found.as_ref(), None).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_entry_is_told_with_who_wrote_it_and_what_was_added_without_its_value() {
        let was = json!({ "MODE": "fast", "GONE": "old", "app.yaml": "a: 1\nb: 2\n" });
        assert_eq!(lines(&was, Some(&was)), [] as [&str; 0]);
        let is = json!({ "MODE": "slow", "NEW": "s3cr3t", "app.yaml": "a: 1\nb: 3\n" });
        assert_eq!(
            lines(&was, Some(&is)),
            [
                "configmap/settings/GONE: absent instead of old (by kubectl-edit at 2026-01-02T03:04:05Z)",
                "configmap/settings/MODE: slow instead of fast (by kubectl-edit at 2026-01-02T03:04:05Z)",
                "configmap/settings/NEW: set instead of absent",
                "configmap/settings/app.yaml: line 2: b: 3 instead of line 2: b: 2",
            ]
        );
        assert_eq!(lines(&was, None), ["configmap/settings: absent instead of there"]);
        let made = differences("settings", &Content::Absent, Some(&object(&was)), None);
        let said = made.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(said, ["configmap/settings: there instead of absent (by kubectl-edit at 2026-01-02T03:04:05Z)"]);
        assert_eq!(differences("settings", &Content::Absent, None, None), []);
        assert!(writable("settings", &Content::Absent, Some(&object(&was))).is_err());
        let ends = json!({ "app.yaml": "a: 1\nb: 2" });
        assert_eq!(
            lines(&json!({ "app.yaml": "a: 1\nb: 2\n" }), Some(&ends)),
            ["configmap/settings/app.yaml: set to something else instead of set"]
        );
    }

    #[test]
    fn what_is_too_large_is_known_by_its_digest() {
        let large = Entries::of(&object(&json!({ "a": "x".repeat(MOST) })));
        let small = Entries::of(&object(&json!({ "a": "y" })));
        let kept = bounded(vec![("large".to_owned(), large), ("small".to_owned(), small.clone())]);
        assert_eq!(kept["small"], Content::Whole(small));
        assert!(matches!(kept["large"], Content::Only(_)));
        let same = object(&json!({ "a": "x".repeat(MOST) }));
        assert!(differences("large", &kept["large"], Some(&same), None).is_empty());
        let other = object(&json!({ "a": "x" }));
        assert_eq!(differences("large", &kept["large"], Some(&other), None).len(), 1);
    }
}
