//! What is seen of a workload and its pods, and the news in it: pure, so that a test can play a rollout.
//!
//! The cluster tells states, not events. What is bad now is told even when nobody saw it come, and each end of a
//! container once, counted by its restarts.

use crate::{
    condition::{self, End},
    live::Live,
    pods, sets, trouble,
};
use k8s_openapi::{
    api::{
        apps::v1::{ReplicaSet, ReplicaSetCondition},
        core::v1::{ContainerStatus, Event, Pod, PodSpec},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::Instant,
    plan::InstanceName,
    port::{Lifecycle, LifecycleEvent},
};

/// A workload and its pods.
#[derive(Debug, Default)]
pub(crate) struct Scene {
    pub(crate) live: Option<Live>,
    pub(crate) pods: BTreeMap<String, Arc<Pod>>,
    pub(crate) sets: BTreeMap<String, Arc<ReplicaSet>>,
    pub(crate) records: BTreeSet<String>,
    pub(crate) notes: BTreeMap<String, Arc<Event>>,
    /// How many ends of a pod's container are told.
    told_ends: HashMap<(String, String), i32>,
    /// Instances whose start is told.
    told_starts: HashSet<InstanceName>,
    /// Failures told, by what they were of and their kind.
    told_failures: HashSet<(String, &'static str)>,
    health: Option<(InstanceName, bool)>,
    /// The workload's generation, the instance it was at, and when that was last written by us, to the second.
    made: Option<(Option<i64>, Option<InstanceName>, Option<Instant>)>,
}

impl Scene {
    /// What is there at the beginning is no news: ends of pods that are older than the last move are counted as told,
    /// but for those a pod stands at now.
    pub(crate) fn settle(&mut self) {
        let moved = self.live.as_ref().and_then(Live::moved);
        for pod in self.pods.values() {
            let born = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
            if born >= moved {
                continue;
            }
            let stands = i32::from(condition::end(pod).is_some());
            for (container, prepares) in pods::containers(pod) {
                self.told_ends.insert(key(pod, container), (ends(container, prepares) - stands).max(0));
            }
        }
    }

    /// What is to be told now.
    pub(crate) fn news(&mut self) -> Vec<LifecycleEvent> {
        let mut news = Vec::new();
        let seen: Vec<Arc<Pod>> = self.pods.values().filter(|pod| !pods::leaves(pod)).cloned().collect();
        for pod in &seen {
            let Some(instance) = self.whose(pod) else { continue };
            let mut tell = |what| news.push(LifecycleEvent { instance: instance.clone(), what });
            if started(pod) && self.told_starts.insert(instance.clone()) {
                tell(Lifecycle::Started);
            }
            for end in self.new_ends(pod) {
                tell(Lifecycle::Exited { code: end.code, out_of_memory: end.out_of_memory });
            }
            if let Some(failure) = condition::trouble(pod)
                && self.told_failures.insert((uid(&pod.metadata), failure.kind.code()))
            {
                tell(Lifecycle::Failed { failure });
            }
        }
        news.extend(self.refusals());
        news.extend(self.changed_by_others());
        news.extend(self.changed_health());
        news
    }

    fn whose(&self, pod: &Pod) -> Option<InstanceName> {
        self.live.as_ref().map_or_else(|| pods::instance(pod), |live| live.whose(pod))
    }

    /// The ends of a pod's containers that are not told yet; several between two looks are one.
    fn new_ends(&mut self, pod: &Pod) -> Vec<End> {
        let mut new = Vec::new();
        for (container, prepares) in pods::containers(pod) {
            let (count, told) = (ends(container, prepares), self.told_ends.entry(key(pod, container)).or_default());
            if count > *told {
                *told = count;
                new.extend(condition::end(pod).or_else(|| condition::last(container)));
            }
        }
        new
    }

    /// Why a controller is not let make pods of the present instance, as it stands: a set says it of itself, of others
    /// there is only a note, which holds until a pod was made after it.
    fn uncreated(&self) -> Vec<(InstanceName, Failure)> {
        let Some(at) = self.live.as_ref().and_then(Live::instance) else { return Vec::new() };
        let of_sets =
            self.sets.values().filter(|set| sets::instance(set).as_ref() == Some(&at)).filter_map(|set| refused(set));
        let moved = self.live.as_ref().and_then(Live::moved);
        let born = self.pods.values().filter_map(|pod| Some(pod.metadata.creation_timestamp.as_ref()?.0)).max();
        let fresh = |event: &&Arc<Event>| {
            let noted = event.last_timestamp.as_ref().map(|time| time.0);
            noted >= moved && noted > born && event.reason.as_deref() == Some("FailedCreate")
        };
        let noted = self.notes.values().filter(fresh).filter_map(|event| event.message.clone());
        of_sets.chain(noted).map(|said| (at.clone(), trouble::of_creation(&said))).collect()
    }

    /// Pods that a controller is not let make, for another reason than want of room.
    fn refusals(&mut self) -> Vec<LifecycleEvent> {
        let mut news = Vec::new();
        for (instance, failure) in self.uncreated().into_iter().filter(|(_, failure)| !waits(failure)) {
            if self.told_failures.insert((instance.0.clone(), failure.kind.code())) {
                news.push(LifecycleEvent { instance, what: Lifecycle::Failed { failure } });
            }
        }
        news
    }

    /// A new generation that is not of our making, wherever it left the workload.
    fn changed_by_others(&mut self) -> Option<LifecycleEvent> {
        let live = self.live.as_ref()?;
        let (generation, at, moved) = (live.meta.generation, live.instance(), live.moved());
        let (before, was_at, ours) = self.made.replace((generation, at.clone(), moved))?;
        // Our own writes in one second have one time, so where it came to another instance somebody else must have written
        // since. One that was deleted and made anew has no writes of ours.
        let others =
            generation != before && (moved == ours || moved.is_none()) && (at == was_at || live.hand(&[]).is_some());
        let instance = was_at.or(at).filter(|_| others)?;
        Some(LifecycleEvent { instance, what: Lifecycle::Changed })
    }

    fn changed_health(&mut self) -> Option<LifecycleEvent> {
        let live = self.live.as_ref()?;
        let now = (live.instance()?, live.progress.complete());
        let before = self.health.replace(now.clone());
        let (instance, healthy) = now;
        let same = before.as_ref().is_some_and(|(name, was)| *name == instance && *was == healthy);
        // Not to be there yet is no change of mind.
        let never = before.is_none_or(|(name, _)| name != instance) && !healthy;
        (!same && !never).then_some(LifecycleEvent { instance, what: Lifecycle::Health { healthy } })
    }

    /// Whether pods wait for room: no node takes them, or no quota lets them be made.
    pub(crate) fn wants_room(&self) -> bool {
        self.short_of_room().next().is_some()
    }

    /// How long its controller had been refused pods of the present instance already when we wrote last, by the cluster's
    /// own clock: so much later it tries again, whoever watches from when on.
    pub(crate) fn refused_before(&self) -> Duration {
        let live = self.live.as_ref();
        let (Some(at), Some(moved)) = (live.and_then(Live::instance), live.and_then(Live::moved)) else {
            return Duration::ZERO;
        };
        let ours = self.sets.values().filter(|set| sets::instance(set).as_ref() == Some(&at));
        let since = ours.filter_map(|set| Some(failing(set)?.last_transition_time.as_ref()?.0)).min();
        since.and_then(|since| Duration::try_from(moved.duration_since(since)).ok()).unwrap_or_default()
    }

    /// A pod that waits for room, while nothing goes on that may make room for it: one on its way out still counts, on
    /// its node and in the quota, and one that is about to serve lets an old one go.
    pub(crate) fn unplaced(&self) -> Option<LifecycleEvent> {
        let at = self.live.as_ref().and_then(Live::instance);
        let comes = |pod: &Pod| {
            let stands = condition::unschedulable(pod).is_some() || condition::trouble(pod).is_some();
            self.whose(pod) == at && !pods::is_ready(pod) && !stands
        };
        if self.pods.values().any(|pod| pods::leaves(pod) || comes(pod)) {
            return None;
        }
        let (_, instance, failure) = self.short_of_room().next()?;
        Some(LifecycleEvent { instance, what: Lifecycle::Failed { failure } })
    }

    /// The pod for which a quota was full when it was last asked for. There may be room by now: a controller that was
    /// refused asks again later and later, and nothing tells it that somebody left.
    pub(crate) fn over_quota(&self) -> Option<PodSpec> {
        let over = |failure: &Failure| matches!(&failure.kind, FailureKind::Unplaceable { said } if said.contains("exceeded quota"));
        let waits = self.short_of_room().all(|(_, _, failure)| over(&failure));
        self.live.as_ref().filter(|_| waits)?.template.spec.clone()
    }

    /// That there is room by now for what a quota refused.
    pub(crate) fn room(&self) -> Option<LifecycleEvent> {
        let (_, instance, _) = self.short_of_room().next()?;
        Some(LifecycleEvent { instance, what: Lifecycle::Room })
    }

    /// It was told; not again of what waits now.
    pub(crate) fn unplaced_told(&mut self) {
        let told: Vec<_> = self.short_of_room().map(|(of, _, failure)| (of, failure.kind.code())).collect();
        self.told_failures.extend(told);
    }

    /// What waits for room and was not told yet: of what, whose, and what is said of it.
    fn short_of_room(&self) -> impl Iterator<Item = (String, InstanceName, Failure)> {
        let pods = self
            .pods
            .values()
            .filter_map(|pod| Some((uid(&pod.metadata), self.whose(pod)?, condition::unschedulable(pod)?)));
        let uncreated = self.uncreated().into_iter().filter(|(_, failure)| waits(failure));
        let uncreated = uncreated.map(|(instance, failure)| (instance.0.clone(), instance, failure));
        pods.chain(uncreated)
            .filter(|(of, _, failure)| !self.told_failures.contains(&(of.clone(), failure.kind.code())))
    }
}

/// Whether room may come by itself.
fn waits(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Unplaceable { .. })
}

fn refused(set: &ReplicaSet) -> Option<String> {
    failing(set)?.message.clone()
}

fn failing(set: &ReplicaSet) -> Option<&ReplicaSetCondition> {
    let conditions = set.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|one| one.type_ == "ReplicaFailure" && one.status == "True")
}

/// How often a container ended. What prepares a pod and ends well did its work.
fn ends(container: &ContainerStatus, prepares: bool) -> i32 {
    let ended = container.state.as_ref().and_then(|state| state.terminated.as_ref());
    container.restart_count + i32::from(ended.is_some_and(|ended| !prepares || ended.exit_code != 0))
}

fn started(pod: &Pod) -> bool {
    pods::containers(pod).any(|(container, prepares)| {
        let runs = container.state.as_ref().is_some_and(|state| state.running.is_some());
        (!prepares && runs) || ends(container, prepares) > 0
    })
}

fn key(pod: &Pod, container: &ContainerStatus) -> (String, String) {
    (uid(&pod.metadata), container.name.clone())
}

fn uid(meta: &ObjectMeta) -> String {
    meta.uid.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(restarts: i32, state: &serde_json::Value) -> Pod {
        serde_json::from_value(serde_json::json!({
            "metadata": { "name": "p", "uid": "u", "annotations": { "switchback/instance": "sb-x" } },
            "status": { "containerStatuses": [{
                "name": "app", "image": "i", "imageID": "", "ready": false, "restartCount": restarts, "state": state,
                "lastState": if restarts > 0 { serde_json::json!({ "terminated": { "exitCode": 7 } }) } else { serde_json::json!({}) },
            }] },
        }))
        .unwrap()
    }

    fn words(scene: &mut Scene) -> Vec<String> {
        scene.news().into_iter().map(|event| format!("{:?}", event.what)).collect()
    }

    const EXIT: &str = "Exited { code: Some(7), out_of_memory: false }";

    #[test]
    fn each_end_is_told_once() {
        let mut scene = Scene::default();
        let mut see = |restarts, state: serde_json::Value| {
            scene.pods.insert("p".into(), Arc::new(pod(restarts, &state)));
            words(&mut scene)
        };
        assert_eq!(see(0, serde_json::json!({ "waiting": { "reason": "ContainerCreating" } })), [] as [&str; 0]);
        assert_eq!(see(0, serde_json::json!({ "running": {} })), ["Started"]);
        assert_eq!(see(0, serde_json::json!({ "terminated": { "exitCode": 7 } })), [EXIT]);
        assert_eq!(see(1, serde_json::json!({ "running": {} })), [] as [&str; 0], "the start after it is no end");
        assert_eq!(see(2, serde_json::json!({ "waiting": { "reason": "CrashLoopBackOff" } })), [EXIT]);
        assert_eq!(see(2, serde_json::json!({ "waiting": { "reason": "CrashLoopBackOff" } })), [] as [&str; 0]);
    }

    #[test]
    fn ends_of_days_past_are_no_news_but_a_crash_loop_is() {
        let old = |state: serde_json::Value| {
            let mut scene = Scene::default();
            let mut pod = pod(3, &state);
            pod.metadata.creation_timestamp = None;
            scene.live = Some(moved_now());
            scene.pods.insert("p".into(), Arc::new(pod));
            scene.settle();
            words(&mut scene)
        };
        assert_eq!(old(serde_json::json!({ "running": {} })), ["Started"]);
        assert_eq!(old(serde_json::json!({ "waiting": { "reason": "CrashLoopBackOff" } })), ["Started", EXIT]);
    }

    #[test]
    fn a_pod_on_its_way_out_may_make_room_in_the_quota() {
        let set: ReplicaSet = serde_json::from_value(serde_json::json!({
            "metadata": { "name": "w-1" },
            "spec": { "selector": {}, "template": { "metadata": { "annotations": { "switchback/instance": "sb-x" } } } },
            "status": { "replicas": 0, "conditions": [{ "type": "ReplicaFailure", "status": "True",
                "message": "pods \"w\" is forbidden: exceeded quota: q" }] },
        }))
        .unwrap();
        let mut scene = Scene { live: Some(moved_now()), ..Scene::default() };
        scene.sets.insert("w-1".into(), Arc::new(set));
        let mut old = pod(0, &serde_json::json!({ "running": {} }));
        old.metadata.deletion_timestamp = Some(serde_json::from_value("2026-01-02T03:04:05Z".into()).unwrap());
        scene.pods.insert("p".into(), Arc::new(old));
        assert_eq!((words(&mut scene).len(), scene.wants_room(), scene.unplaced()), (0, true, None));
        scene.pods.clear();
        assert!(format!("{:?}", scene.unplaced()).contains("exceeded quota"), "nothing more goes away");
        scene.unplaced_told();
        assert_eq!((scene.wants_room(), scene.unplaced()), (false, None));
    }

    #[test]
    fn a_controller_that_was_refused_before_we_wrote_is_waited_for_as_long_again() {
        let set = |since: &str| -> ReplicaSet {
            serde_json::from_value(serde_json::json!({
                "metadata": { "name": "w-1" },
                "spec": { "selector": {}, "template": { "metadata": { "annotations": { "switchback/instance": "sb-x" } } } },
                "status": { "replicas": 0, "conditions": [{ "type": "ReplicaFailure", "status": "True",
                    "lastTransitionTime": since }] },
            }))
            .unwrap()
        };
        let before = |since| {
            let mut scene = Scene { live: Some(moved_now()), ..Scene::default() };
            scene.sets.insert("w-1".into(), Arc::new(set(since)));
            scene.refused_before()
        };
        assert_eq!(before("2026-01-02T03:03:58Z"), Duration::from_secs(7));
        assert_eq!(before("2026-01-02T03:04:09Z"), Duration::ZERO, "only since");
    }

    fn moved_now() -> Live {
        let object = serde_json::json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "w", "managedFields": [{ "manager": "switchback", "time": "2026-01-02T03:04:05Z" }] },
            "spec": { "selector": {}, "template": { "metadata": { "annotations": { "switchback/instance": "sb-x" } } } },
        });
        Live::of(serde_json::from_value(object).unwrap(), &crate::live::tests::settings()).unwrap()
    }
}
