//! Lifecycle events, from watches of the workload, its pods, what makes them, the records of its instances and the
//! ConfigMaps its manifest names.
//!
//! The watches are those of the whole namespace, which all of its targets share. A list anew is heard as one.

use crate::{
    client::Place,
    configs,
    feed::{self, ended, kept},
    hub::Hub,
    label,
    live::Live,
    room,
    scene::Scene,
};
use futures::{
    StreamExt as _,
    stream::{BoxStream, SelectAll, unfold},
};
use k8s_openapi::api::{
    apps::v1::ReplicaSet,
    core::v1::{ConfigMap, Event as Note, Pod},
};
use kube::{
    ResourceExt as _,
    core::{DynamicObject, Selector, SelectorExt as _},
    runtime::watcher::Event,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    plan::InstanceName,
    port::{Lifecycle, LifecycleEvent},
    workload::WorkloadKind,
};
use tokio::time::Instant;

/// How long a pod may wait for room before that counts: an old one may be about to make it, a volume to be bound. As long
/// again as it has waited already, if that is longer: so much later its controller tries again.
const UNPLACED: Duration = Duration::from_secs(5);

/// From the end of a pod until the quotas count without it.
const COUNTED: Duration = Duration::from_millis(500);

type Told = Result<LifecycleEvent, Failure>;

/// One thing that changed.
enum Change {
    Workload(Event<Arc<DynamicObject>>),
    Pod(Event<Arc<Pod>>),
    Set(Event<Arc<ReplicaSet>>),
    Config(Event<Arc<ConfigMap>>),
    Note(Event<Arc<Note>>),
}

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Workload,
    Pods,
    Configs,
    Sets,
    Notes,
}

/// Where a watch is in listing what is there.
enum Phase {
    Begins,
    Within,
    Ends,
}

impl Phase {
    fn of<K>(event: &Event<K>) -> Self {
        match event {
            Event::Init => Self::Begins,
            Event::InitDone => Self::Ends,
            Event::InitApply(_) | Event::Apply(_) | Event::Delete(_) => Self::Within,
        }
    }
}

impl Change {
    fn phase(&self) -> (Kind, Phase) {
        match self {
            Self::Workload(event) => (Kind::Workload, Phase::of(event)),
            Self::Pod(event) => (Kind::Pods, Phase::of(event)),
            Self::Set(event) => (Kind::Sets, Phase::of(event)),
            Self::Config(event) => (Kind::Configs, Phase::of(event)),
            Self::Note(event) => (Kind::Notes, Phase::of(event)),
        }
    }
}

/// What is watched at a place. What makes a Deployment's pods are sets; the others make them themselves, and say in
/// events alone that they may not.
fn kinds(place: &Place) -> [Kind; 4] {
    let makers = if place.settings.workload == WorkloadKind::Deployment { Kind::Sets } else { Kind::Notes };
    [Kind::Workload, Kind::Pods, Kind::Configs, makers]
}

type Changes = SelectAll<BoxStream<'static, Result<Change, Failure>>>;

/// Watches a target's workload; the first look is done when it returns.
pub(crate) async fn watch(place: Place, hub: &Hub, target: &Target) -> Result<BoxStream<'static, Told>, Failure> {
    let live = place.live().await?;
    let changes = changes(&place, hub, &live.selector, target);
    let looking = kinds(&place).into();
    let (scene, told, versions) = (Scene::default(), VecDeque::new(), BTreeMap::new());
    let (stale, gone) = (BTreeSet::new(), BTreeSet::new());
    let watch =
        Watch { place, changes, scene, stale, gone, versions, told, wanting: None, hold: None, freed: None, looking };
    let watch = tokio::time::timeout(crate::client::ANSWERING, watch.opened(&live)).await;
    let watch = watch.map_err(|_| {
        let kind = FailureKind::Unreachable { endpoint: "the cluster's watches".to_owned() };
        Failure::new(kind, "the cluster did not open its watches in time")
    })??;
    Ok(unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        match watch.next().await {
            Ok(event) => Some((Ok(event), Some(watch))),
            Err(failure) => Some((Err(failure), None)),
        }
    })
    .boxed())
}

fn changes(place: &Place, hub: &Hub, selector: &Selector, target: &Target) -> Changes {
    let mut all = Changes::new();
    for kind in kinds(place) {
        let (name, chosen) = (place.settings.name.clone(), selector.clone());
        all.push(match kind {
            Kind::Workload => {
                let listener = hub.workloads(place);
                as_changes(listener.only(move |one| one.metadata.name.as_ref() == Some(&name)), Change::Workload)
            }
            Kind::Pods => as_changes(hub.pods(place).only(move |one| chosen.matches(one.labels())), Change::Pod),
            Kind::Configs => {
                let ours = label::labels(target);
                let of_target = move |one: &ConfigMap| ours.iter().all(|(key, is)| one.labels().get(key) == Some(is));
                let either = move |one: &ConfigMap| !configs::is_ours(one) || of_target(one);
                as_changes(hub.configs(place).only(either), Change::Config)
            }
            Kind::Sets => as_changes(hub.sets(place).only(move |one| chosen.matches(one.labels())), Change::Set),
            Kind::Notes => {
                let about = move |one: &Note| one.involved_object.name.as_ref() == Some(&name);
                as_changes(hub.notes(place).only(about), Change::Note)
            }
        });
    }
    all
}

fn as_changes<K: feed::Watched>(
    events: BoxStream<'static, Result<Event<Arc<K>>, Failure>>,
    change: fn(Event<Arc<K>>) -> Change,
) -> BoxStream<'static, Result<Change, Failure>> {
    events.map(move |event| event.map(change)).boxed()
}

struct Watch {
    place: Place,
    changes: Changes,
    scene: Scene,
    /// Records that were there before a list anew and are not seen in it yet.
    stale: BTreeSet<String>,
    /// Records that somebody deleted.
    gone: BTreeSet<String>,
    /// The version of each ConfigMap that is no record.
    versions: BTreeMap<String, String>,
    told: VecDeque<LifecycleEvent>,
    /// Since when pods wait for room.
    wanting: Option<Instant>,
    /// Until when they may, now that nothing goes away any more.
    hold: Option<Instant>,
    /// From when on a pod that is gone has left room in the quotas.
    freed: Option<Instant>,
    /// Which watches list what is there, so that what is known is not whole.
    looking: BTreeSet<Kind>,
}

impl Watch {
    /// Waits until each watch has looked once, and what others opened before has come as far as what was read just now.
    async fn opened(mut self, read: &Live) -> Result<Self, Failure> {
        while !self.looking.is_empty() || self.scene.live.as_ref().is_some_and(|live| live.is_before(read)) {
            let change = self.changes.next().await.ok_or_else(ended)?;
            self.take(change)?;
        }
        self.scene.settle();
        self.told.extend(self.scene.news());
        Ok(self)
    }

    async fn next(&mut self) -> Result<LifecycleEvent, Failure> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Ok(event);
            }
            let now = Instant::now();
            self.wanting = self.wanting.or(Some(now)).filter(|_| self.scene.wants_room());
            let waited = self.wanting.map_or(Duration::ZERO, |since| now - since + self.scene.refused_before());
            match (self.scene.unplaced(), self.hold) {
                (Some(_), None) => self.hold = Some(now + waited.max(UNPLACED)),
                (None, Some(_)) => self.hold = None,
                _ => {}
            }
            let (until, freed) = (self.hold.unwrap_or(now), self.freed.unwrap_or(now));
            tokio::select! {
                change = self.changes.next() => {
                    self.take(change.ok_or_else(ended)?)?;
                    if self.looking.is_empty() {
                        self.told.extend(self.scene.news());
                    }
                }
                () = tokio::time::sleep_until(freed), if self.freed.is_some() => {
                    self.freed = None;
                    if let Some(pod) = self.scene.over_quota() && room::quotas_let_in(&self.place, &pod).await != Some(false) {
                        self.told.extend(self.scene.room());
                    }
                }
                () = tokio::time::sleep_until(until), if self.hold.is_some() => {
                    if let Some(pod) = self.scene.over_quota() && room::quotas_let_in(&self.place, &pod).await == Some(true) {
                        self.hold = Some(Instant::now() + UNPLACED);
                        self.told.extend(self.scene.room());
                        continue;
                    }
                    self.told.extend(self.scene.unplaced());
                    self.scene.unplaced_told();
                    self.hold = None;
                }
            }
        }
    }

    fn take(&mut self, change: Result<Change, Failure>) -> Result<(), Failure> {
        let scene = &mut self.scene;
        if let Ok(change) = &change {
            match change.phase() {
                (kind, Phase::Begins) => drop(self.looking.insert(kind)),
                (kind, Phase::Ends) => drop(self.looking.remove(&kind)),
                (_, Phase::Within) => {}
            }
        }
        match change {
            Ok(Change::Workload(event)) => match event {
                Event::Apply(object) | Event::InitApply(object) => {
                    scene.live = Live::of(Arc::unwrap_or_clone(object), &self.place.settings).ok();
                }
                Event::Delete(_) => {
                    let was_at = scene.live.take().and_then(|live| live.instance());
                    self.told.extend(was_at.map(|instance| LifecycleEvent { instance, what: Lifecycle::Removed }));
                }
                Event::Init => scene.live = None,
                Event::InitDone => {}
            },
            Ok(Change::Pod(event)) => {
                if matches!(event, Event::Delete(_)) {
                    self.freed = Some(Instant::now() + COUNTED);
                }
                kept(&mut scene.pods, event);
            }
            Ok(Change::Set(event)) => kept(&mut scene.sets, event),
            Ok(Change::Note(event)) => kept(&mut scene.notes, event),
            Ok(Change::Config(event)) => self.config(event),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    fn config(&mut self, event: Event<Arc<ConfigMap>>) {
        match event {
            Event::Apply(one) | Event::InitApply(one) if !configs::is_ours(&one) => self.theirs(&one),
            Event::Delete(one) if !configs::is_ours(&one) => {
                self.versions.remove(&one.name_any());
                self.named(&one.name_any());
            }
            of_record => self.record(of_record),
        }
    }

    fn record(&mut self, event: Event<Arc<ConfigMap>>) {
        match event {
            Event::Apply(record) => {
                let instance = InstanceName(record.name_any());
                self.scene.records.insert(record.name_any());
                // There again, whatever is in it now.
                if self.gone.remove(&record.name_any()) {
                    self.told.push_back(LifecycleEvent { instance, what: Lifecycle::Changed });
                }
            }
            Event::InitApply(record) => {
                self.stale.remove(&record.name_any());
                self.scene.records.insert(record.name_any());
            }
            Event::Delete(record) => {
                self.scene.records.remove(&record.name_any());
                self.removed(record.name_any());
            }
            Event::Init => self.stale = std::mem::take(&mut self.scene.records),
            Event::InitDone => {
                for name in std::mem::take(&mut self.stale) {
                    self.removed(name);
                }
            }
        }
    }

    /// A ConfigMap of somebody else's; one that is heard of for the first time was so before.
    fn theirs(&mut self, config: &ConfigMap) {
        let version = config.metadata.resource_version.clone().unwrap_or_default();
        let before = self.versions.insert(config.name_any(), version.clone());
        let is_new = before.is_none() && !self.looking.contains(&Kind::Configs);
        if is_new || before.is_some_and(|before| before != version) {
            self.named(&config.name_any());
        }
    }

    /// Tells that what the workload is made from changed, if its manifest names this ConfigMap.
    fn named(&mut self, config: &str) {
        let live = self.scene.live.as_ref().filter(|live| configs::names(live).contains(config));
        let instance = live.and_then(Live::instance);
        self.told.extend(instance.map(|instance| LifecycleEvent { instance, what: Lifecycle::Changed }));
    }

    fn removed(&mut self, name: String) {
        self.gone.insert(name.clone());
        self.told.push_back(LifecycleEvent { instance: InstanceName(name), what: Lifecycle::Removed });
    }
}
