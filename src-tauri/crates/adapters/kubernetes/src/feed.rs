//! One watch for each kind and namespace, shared by all targets there: what is in the namespace, and what changes.
//!
//! Who joins is told what is there first, as if it watched by itself, then each change. A watch whose past is gone (410)
//! lists anew, and everybody hears that as a list anew. One whose server goes away ends, for everybody; who comes next
//! opens another. Nobody is waited for: who falls behind is told what is there again.

use crate::client::Place;
use futures::{StreamExt as _, stream::BoxStream};
use kube::{
    Api, ResourceExt as _,
    runtime::watcher::{self, Event},
};
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};
use switchback_core::failure::{Failure, FailureKind};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    task::AbortHandle,
};

/// How many changes somebody may be behind before it is told what is there again.
const BEHIND: usize = 1024;

/// What is heard: an event of the watch, or why it ended.
type Heard<K> = Result<Event<Arc<K>>, Failure>;

/// What can be watched.
pub(crate) trait Watched: kube::Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static {}
impl<K: kube::Resource + Clone + DeserializeOwned + Debug + Send + Sync + 'static> Watched for K {}

/// A place for one shared watch, open while somebody listens.
#[derive(Debug)]
pub(crate) struct Slot<K>(Mutex<Weak<Feed<K>>>);

impl<K> Default for Slot<K> {
    fn default() -> Self {
        Self(Mutex::new(Weak::new()))
    }
}

/// One watch with what it saw.
#[derive(Debug)]
pub(crate) struct Feed<K> {
    seen: Mutex<Seen<K>>,
    task: Mutex<Option<AbortHandle>>,
}

#[derive(Debug)]
struct Seen<K> {
    there: BTreeMap<String, Arc<K>>,
    /// All that is there was listed.
    whole: bool,
    /// `None` once it ended.
    changes: Option<broadcast::Sender<Heard<K>>>,
}

impl<K> Drop for Feed<K> {
    fn drop(&mut self) {
        if let Some(task) = lock(&self.task).take() {
            task.abort();
        }
    }
}

/// A poisoned lock only says that somebody panicked; the map in it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Watched> Slot<K> {
    /// Joins the watch that is open, or opens one. `slim` takes out of each object what nobody looks at.
    pub(crate) fn join(
        &self,
        place: &Place,
        open: impl FnOnce() -> (Api<K>, watcher::Config),
        slim: fn(&mut K),
    ) -> Listener<K> {
        let mut slot = lock(&self.0);
        if let Some(listener) = slot.upgrade().and_then(Feed::listen) {
            return listener;
        }
        let (changes, first) = broadcast::channel(BEHIND);
        let seen = Seen { there: BTreeMap::new(), whole: false, changes: Some(changes) };
        let feed = Arc::new(Feed { seen: Mutex::new(seen), task: Mutex::new(None) });
        let (api, config) = open();
        let task = tokio::spawn(run(Arc::downgrade(&feed), place.clone(), watcher::watcher(api, config).boxed(), slim));
        *lock(&feed.task) = Some(task.abort_handle());
        *slot = Arc::downgrade(&feed);
        Listener { feed, changes: first, first: Vec::new() }
    }
}

/// Hands on what the watch says, as long as somebody listens.
async fn run<K: Watched>(
    feed: Weak<Feed<K>>,
    place: Place,
    mut events: BoxStream<'static, Result<Event<K>, watcher::Error>>,
    slim: fn(&mut K),
) {
    while let Some(event) = events.next().await {
        let heard = match event {
            Ok(event) => Ok(shared(event, slim)),
            // The server has forgotten so far back; the watch lists anew by itself.
            Err(watcher::Error::WatchError(status)) if status.code == 410 => continue,
            Err(error) => Err(failure(&place, error)),
        };
        let Some(feed) = feed.upgrade() else { return };
        let failed = heard.is_err();
        feed.tell(heard);
        if failed {
            return;
        }
    }
    if let Some(feed) = feed.upgrade() {
        feed.tell(Err(ended()));
    }
}

fn failure(place: &Place, error: watcher::Error) -> Failure {
    match error {
        watcher::Error::WatchError(status) => place.trouble(&kube::Error::Api(status)),
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => place.trouble(&error),
        watcher::Error::NoResourceVersion => ended(),
    }
}

/// What one who listens keeps of what is there.
pub(crate) fn kept<K: kube::Resource>(all: &mut BTreeMap<String, Arc<K>>, event: Event<Arc<K>>) {
    match event {
        Event::Apply(object) | Event::InitApply(object) => drop(all.insert(object.name_any(), object)),
        Event::Delete(object) => drop(all.remove(&object.name_any())),
        Event::Init => all.clear(),
        Event::InitDone => {}
    }
}

pub(crate) fn ended() -> Failure {
    let kind = FailureKind::Unreachable { endpoint: "the cluster's watches".to_owned() };
    Failure::new(kind, "the cluster ended its watches")
}

fn shared<K>(event: Event<K>, slim: fn(&mut K)) -> Event<Arc<K>> {
    let thin = |mut object: K| {
        slim(&mut object);
        Arc::new(object)
    };
    match event {
        Event::Init => Event::Init,
        Event::InitDone => Event::InitDone,
        Event::InitApply(object) => Event::InitApply(thin(object)),
        Event::Apply(object) => Event::Apply(thin(object)),
        Event::Delete(object) => Event::Delete(thin(object)),
    }
}

impl<K: Watched> Feed<K> {
    fn tell(&self, heard: Heard<K>) {
        let mut seen = lock(&self.seen);
        match &heard {
            Ok(Event::Init) => (seen.there, seen.whole) = (BTreeMap::new(), false),
            Ok(Event::InitDone) => seen.whole = true,
            Ok(Event::InitApply(object) | Event::Apply(object)) => {
                seen.there.insert(object.name_any(), object.clone());
            }
            Ok(Event::Delete(object)) => drop(seen.there.remove(&object.name_any())),
            Err(_) => {}
        }
        let changes = if heard.is_err() { seen.changes.take() } else { seen.changes.clone() };
        if let Some(changes) = changes {
            // That nobody listens just now is fine.
            let _ = changes.send(heard);
        }
    }

    /// Joins it; `None` when it has ended.
    fn listen(self: Arc<Self>) -> Option<Listener<K>> {
        let (changes, first) = {
            let seen = lock(&self.seen);
            (seen.changes.as_ref()?.subscribe(), seen.told())
        };
        Some(Listener { feed: self, changes, first })
    }
}

impl<K> Seen<K> {
    /// What is there, as a watch of one's own would tell it first. The last comes first.
    fn told(&self) -> Vec<Event<Arc<K>>> {
        let mut told = Vec::with_capacity(self.there.len() + 2);
        if self.whole {
            told.push(Event::InitDone);
        }
        told.extend(self.there.values().rev().map(|object| Event::InitApply(object.clone())));
        told.push(Event::Init);
        told
    }
}

/// One who listens.
#[derive(Debug)]
pub(crate) struct Listener<K> {
    feed: Arc<Feed<K>>,
    changes: broadcast::Receiver<Heard<K>>,
    /// To be told before what changes, the last first.
    first: Vec<Event<Arc<K>>>,
}

impl<K: Watched> Listener<K> {
    /// What is heard next. Nothing follows a failure.
    async fn next(&mut self) -> Heard<K> {
        loop {
            if let Some(event) = self.first.pop() {
                return Ok(event);
            }
            match self.changes.recv().await {
                Ok(heard) => return heard,
                Err(RecvError::Closed) => return Err(ended()),
                Err(RecvError::Lagged(_)) => {
                    let seen = lock(&self.feed.seen);
                    let Some(changes) = &seen.changes else { return Err(ended()) };
                    (self.changes, self.first) = (changes.subscribe(), seen.told());
                }
            }
        }
    }

    /// Those events that are about what `mine` says yes to.
    pub(crate) fn only(
        self,
        mine: impl Fn(&K) -> bool + Send + Sync + 'static,
    ) -> BoxStream<'static, Result<Event<Arc<K>>, Failure>> {
        let mine = Arc::new(mine);
        let all = futures::stream::unfold(Some(self), |listener| async move {
            let mut listener = listener?;
            match listener.next().await {
                Ok(event) => Some((Ok(event), Some(listener))),
                Err(failure) => Some((Err(failure), None)),
            }
        });
        all.filter(move |heard| {
            let about = match heard {
                Ok(Event::InitApply(object) | Event::Apply(object) | Event::Delete(object)) => mine(object),
                Ok(Event::Init | Event::InitDone) | Err(_) => true,
            };
            futures::future::ready(about)
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ConfigMap;

    fn named(name: &str) -> Arc<ConfigMap> {
        let mut object = ConfigMap::default();
        object.metadata.name = Some(name.to_owned());
        Arc::new(object)
    }

    fn feed() -> Arc<Feed<ConfigMap>> {
        let (changes, _) = broadcast::channel(2);
        let seen = Seen { there: BTreeMap::new(), whole: false, changes: Some(changes) };
        Arc::new(Feed { seen: Mutex::new(seen), task: Mutex::new(None) })
    }

    async fn heard(listener: &mut Listener<ConfigMap>, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(match listener.next().await {
                Ok(Event::Init) => "begins".to_owned(),
                Ok(Event::InitDone) => "whole".to_owned(),
                Ok(Event::InitApply(one)) => format!("there {}", one.name_any()),
                Ok(Event::Apply(one)) => format!("changed {}", one.name_any()),
                Ok(Event::Delete(one)) => format!("gone {}", one.name_any()),
                Err(failure) => failure.message,
            });
        }
        all
    }

    #[tokio::test]
    async fn who_comes_late_or_falls_behind_is_told_what_is_there() {
        let feed = feed();
        feed.tell(Ok(Event::Init));
        feed.tell(Ok(Event::InitApply(named("a"))));
        let mut early = feed.clone().listen().unwrap();
        feed.tell(Ok(Event::InitDone));
        feed.tell(Ok(Event::Apply(named("b"))));
        assert_eq!(heard(&mut early, 4).await, ["begins", "there a", "whole", "changed b"]);
        let mut late = feed.clone().listen().unwrap();
        assert_eq!(heard(&mut late, 4).await, ["begins", "there a", "there b", "whole"]);
        for _ in 0..3 {
            feed.tell(Ok(Event::Apply(named("b"))));
        }
        feed.tell(Ok(Event::Delete(named("a"))));
        assert_eq!(heard(&mut late, 3).await, ["begins", "there b", "whole"]);
        feed.tell(Err(ended()));
        assert_eq!(heard(&mut late, 1).await, ["the cluster ended its watches"]);
        assert!(feed.listen().is_none(), "who comes next opens another");
    }
}
