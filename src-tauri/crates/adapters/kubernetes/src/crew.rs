//! A workload's pods as they are now, with what the cluster warns about them, told anew with each change.
//!
//! From the watches that its namespace shares; nothing is asked for.

use crate::{client::Place, feed::kept, hub::Hub, label, pods};
use futures::{
    StreamExt as _,
    stream::{BoxStream, SelectAll},
};
use k8s_openapi::api::core::v1::{Event as Note, Pod};
use kube::{
    ResourceExt as _,
    core::{Selector, SelectorExt as _},
    runtime::watcher::Event,
};
use std::{collections::BTreeMap, sync::Arc};
use switchback_core::{
    failure::Failure,
    port::{Crew, PodLine, REPORTS},
};

enum Change {
    Pod(Event<Arc<Pod>>),
    Note(Event<Arc<Note>>),
}

/// What is there, and whether it is whole.
#[derive(Default)]
struct Seen {
    pods: BTreeMap<String, Arc<Pod>>,
    notes: BTreeMap<String, Arc<Note>>,
    whole: bool,
}

/// Ends when the cluster goes away.
pub(crate) async fn crew(place: &Place, hub: &Hub) -> Result<BoxStream<'static, Crew>, Failure> {
    let live = place.live().await?;
    let (name, chosen, of_pods) = (place.settings.name.clone(), live.selector.clone(), live.selector);
    let mut changes: SelectAll<BoxStream<'static, Result<Change, Failure>>> = SelectAll::new();
    let mine = hub.pods(place).only(move |pod| chosen.matches(pod.labels()));
    changes.push(mine.map(|event| event.map(Change::Pod)).boxed());
    // Pods and sets are named after their workload. Where events may not be read, there are none.
    let about = move |note: &Note| {
        let object = note.involved_object.name.as_deref().unwrap_or_default();
        object.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let notes = hub.notes(place).only(about).filter_map(|event| futures::future::ready(event.ok()));
    changes.push(notes.map(|event| Ok(Change::Note(event))).boxed());
    let told = changes.scan(Seen::default(), move |seen, change| {
        let said = change.ok().map(|change| {
            seen.take(change);
            seen.whole.then(|| seen.told(&of_pods))
        });
        futures::future::ready(said)
    });
    Ok(told.filter_map(futures::future::ready).boxed())
}

impl Seen {
    fn take(&mut self, change: Change) {
        match change {
            Change::Pod(event) => {
                match &event {
                    Event::Init => self.whole = false,
                    Event::InitDone => self.whole = true,
                    Event::InitApply(_) | Event::Apply(_) | Event::Delete(_) => {}
                }
                kept(&mut self.pods, event);
            }
            Change::Note(event) => kept(&mut self.notes, event),
        }
    }

    fn told(&self, selector: &Selector) -> Crew {
        let mut pods: Vec<PodLine> =
            self.pods.values().filter(|pod| selector.matches(pod.labels())).map(|pod| line(pod)).collect();
        pods.sort_by(|a, b| b.since.cmp(&a.since).then_with(|| a.name.cmp(&b.name)));
        let mut notes: Vec<&Arc<Note>> = self.notes.values().filter(|note| self.holds(note)).collect();
        notes.sort_by_key(|note| note.last_timestamp.as_ref().map(|time| time.0));
        let latest = notes.iter().rev().take(REPORTS).map(|note| {
            let (about, reason) = (note.involved_object.name.as_deref(), note.reason.as_deref());
            let said = note.message.as_deref().unwrap_or_default().trim();
            format!("{}: {}: {said}", about.unwrap_or_default(), reason.unwrap_or_default())
        });
        Crew { pods, warnings: latest.collect() }
    }

    /// Whether what it is about is still there: a pod's name may be another one's by now.
    fn holds(&self, note: &Note) -> bool {
        let of = &note.involved_object;
        of.kind.as_deref() != Some("Pod") || self.pods.values().any(|pod| pod.metadata.uid == of.uid)
    }
}

fn line(pod: &Pod) -> PodLine {
    let annotations = pod.metadata.annotations.as_ref();
    let status = pod.status.as_ref();
    PodLine {
        name: pods::name(pod),
        revision: annotations.and_then(|all| all.get(label::REVISION)).and_then(|text| text.parse().ok()),
        doing: doing(pod),
        ready: pods::is_ready(pod),
        restarts: pods::containers(pod).map(|(one, _)| u32::try_from(one.restart_count).unwrap_or_default()).sum(),
        node: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        address: status.and_then(|status| status.pod_ip.clone()),
        since: pod.metadata.creation_timestamp.as_ref().map(|time| time.0),
    }
}

/// The word `kubectl get pods` has for it.
fn doing(pod: &Pod) -> String {
    if pods::leaves(pod) {
        return "Terminating".to_owned();
    }
    let phase = pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
    let held = pods::containers(pod).find_map(|(container, prepares)| {
        let state = container.state.as_ref()?;
        let ended = state.terminated.as_ref().filter(|ended| !prepares || ended.exit_code != 0);
        let waits = state.waiting.as_ref().and_then(|waiting| waiting.reason.clone());
        waits.or_else(|| ended.and_then(|ended| ended.reason.clone()))
    });
    held.unwrap_or(phase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pod_before_it_was_warned_of_is_not_told_of_a_pod() {
        let note = |uid: &str| -> Arc<Note> {
            let of = serde_json::json!({ "kind": "Pod", "name": "web-0", "uid": uid });
            let note = serde_json::json!({ "metadata": {}, "reason": uid, "involvedObject": of });
            Arc::new(serde_json::from_value(note).unwrap())
        };
        let pod = serde_json::json!({ "metadata": { "name": "web-0", "uid": "new" } });
        let pods = [("web-0".to_owned(), Arc::new(serde_json::from_value(pod).unwrap()))].into();
        let notes = ["old", "new"].map(|uid| (uid.to_owned(), note(uid))).into();
        let told = Seen { pods, notes, whole: true }.told(&Selector::default());
        assert_eq!(told.warnings, ["web-0: new: "]);
    }

    #[test]
    fn a_pod_is_told_as_kubectl_tells_it() {
        let pod = |status: serde_json::Value| -> Pod {
            serde_json::from_value(serde_json::json!({ "metadata": { "name": "p" }, "status": status })).unwrap()
        };
        let container = |state: serde_json::Value| {
            serde_json::json!({ "phase": "Running", "containerStatuses": [
                { "name": "app", "image": "i", "imageID": "", "ready": false, "restartCount": 2, "state": state },
            ] })
        };
        let looping = pod(container(serde_json::json!({ "waiting": { "reason": "CrashLoopBackOff" } })));
        assert_eq!((doing(&looping).as_str(), line(&looping).restarts), ("CrashLoopBackOff", 2));
        assert_eq!(doing(&pod(container(serde_json::json!({ "running": {} })))), "Running");
        assert_eq!(doing(&pod(serde_json::json!({ "phase": "Pending" }))), "Pending");
    }
}
