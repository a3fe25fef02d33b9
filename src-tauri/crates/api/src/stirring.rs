//! What stirs in the world although nobody of ours wrote anything: a program that ends, a workload that somebody changed, a
//! router that was stopped.
//!
//! Only that something did; what it is, whoever hears it looks up.

use crate::App;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use std::{future::Future, time::Duration};
use switchback_core::{
    name::Target,
    strategy::{NginxHost, Router},
    workload::Settings,
};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::JoinSet,
};

/// How long a runtime that went away is left alone before it is asked again, doubled up to [`SLOWEST`]. Its return is no
/// event anywhere.
const QUICKEST: Duration = Duration::from_secs(1);
/// The same of one that stays away.
const SLOWEST: Duration = Duration::from_secs(15);

impl App {
    /// Ticks with each lifecycle event of what runs now and of the routers before it, by the runtimes' own watches, which open
    /// when it is first asked. A runtime that went away is asked again, and one that is back is news too; a target that never
    /// ran is left out.
    pub fn stirrings(&self) -> BoxStream<'static, ()> {
        let app = self.clone();
        apart(stream::once(async move { app.all_stirrings().await }).flatten().boxed())
    }

    async fn all_stirrings(self) -> BoxStream<'static, ()> {
        let Ok((document, _)) = self.document().await else { return stream::empty().boxed() };
        let each = document.targets.keys().map(|target| {
            let resolved = document.target(target).ok();
            let router = resolved.as_ref().and_then(crate::drift::router).cloned();
            stream::once(stirrings_of(self.clone(), target.clone(), router)).flatten().boxed()
        });
        stream::select_all(each).boxed()
    }
}

async fn stirrings_of(app: App, target: Target, router: Option<Router>) -> BoxStream<'static, ()> {
    let current = app.history.target(&target).await.ok().and_then(|row| row.current);
    let Some(settings) = current.map(|current| current.workload.settings) else { return stream::empty().boxed() };
    let its = router.map(|router| turns_of(app.clone(), settings.clone(), &router));
    stream::select(events_of(app, target, settings), its.unwrap_or_else(|| stream::empty().boxed())).boxed()
}

/// Listens in a task of its own, which ends with the stream it returns. Ticks that nobody took yet are one.
///
/// Who hears a tick asks something next, and polls no stream meanwhile. A watch that is just being opened would keep its place
/// in a queue, for a connection of the store or a turn at a cluster, that the question stands behind: neither would go on.
pub(crate) fn apart(mut ticks: BoxStream<'static, ()>) -> BoxStream<'static, ()> {
    let (tell, told) = mpsc::channel(1);
    let mut listening = JoinSet::new();
    listening.spawn(async move {
        while ticks.next().await.is_some() {
            // One that waits to be taken tells of this one too.
            if let Err(TrySendError::Closed(())) = tell.try_send(()) {
                return;
            }
        }
    });
    let taken = |(mut told, listening): (mpsc::Receiver<()>, JoinSet<()>)| async move {
        told.recv().await.map(|()| ((), (told, listening)))
    };
    stream::unfold((told, listening), taken).boxed()
}

/// Ticks with each lifecycle event of a target's instances, when their runtime goes away, and when it is back.
pub(crate) fn events_of(app: App, target: Target, settings: Settings) -> BoxStream<'static, ()> {
    again_and_again(move || {
        let (app, target, settings) = (app.clone(), target.clone(), settings.clone());
        async move {
            let events = app.runtime(settings.kind()).ok()?.watch(&settings, &target).await.ok()?;
            Some(events.map(|_| ()).boxed())
        }
    })
}

/// Ticks with each start and end of the container that is a router, when its runtime goes away, and when that is back.
/// Nothing tells of an nginx of this machine, and the switch of our own is started when it is needed.
pub(crate) fn turns_of(app: App, settings: Settings, router: &Router) -> BoxStream<'static, ()> {
    let Router::Nginx { host: NginxHost::Container { name }, .. } = router else { return stream::empty().boxed() };
    let name = name.clone();
    again_and_again(move || {
        let (app, settings, name) = (app.clone(), settings.clone(), name.clone());
        async move { app.runtime(settings.kind()).ok()?.comes_and_goes(&settings, &name).await.ok() }
    })
}

/// Opens a watch whenever it can be opened. What happened while nobody watched was heard by nobody, so that one which stands
/// again ticks at once.
fn again_and_again<F>(open: impl Fn() -> F + Send + 'static) -> BoxStream<'static, ()>
where
    F: Future<Output = Option<BoxStream<'static, ()>>> + Send,
{
    let tries = stream::unfold((open, None), |(open, wait)| async move {
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
        }
        let (events, next) = match open().await {
            Some(events) => (stream::iter(wait.map(|_| ())).chain(events).boxed(), QUICKEST),
            None => (stream::empty().boxed(), wait.map_or(QUICKEST, |wait| (wait * 2).min(SLOWEST))),
        };
        Some((events, (open, Some(next))))
    });
    tries.flatten().boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn a_watch_that_is_being_opened_holds_up_nothing_that_is_asked_after_a_tick() {
        // As the store's connections are: whoever stands in the queue has its place until it was there.
        let queue = Arc::new(Semaphore::new(1));
        let held = queue.clone().acquire_owned().await.unwrap();
        let opening = queue.clone();
        let opens = stream::once(async move { drop(opening.acquire().await) });
        let mut ticks = apart(stream::select(opens, stream::iter([()])).boxed());
        assert_eq!(ticks.next().await, Some(()));
        tokio::task::yield_now().await;
        drop(held);
        // Nobody polls the ticks by now.
        let asked = tokio::time::timeout(Duration::from_secs(10), queue.acquire()).await;
        assert!(asked.is_ok(), "the question stands behind a watch that does not go on");
    }

    #[tokio::test]
    async fn ticks_that_nobody_took_are_one_and_the_end_is_told() {
        let heard: Vec<()> = apart(stream::iter([(); 50]).boxed()).collect().await;
        assert_eq!(heard.len(), 1);
    }
}
