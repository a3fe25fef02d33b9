//! What stirs in the world although nobody of ours wrote anything: a program that ends, a workload that somebody changed.
//!
//! Only that something did; what it is, whoever hears it looks up.

use crate::App;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use std::time::Duration;
use switchback_core::name::Target;

/// How long a runtime that went away is left alone. Its return is no event anywhere.
const AGAIN: Duration = Duration::from_secs(15);

impl App {
    /// Ticks with each lifecycle event of what runs now, by the runtimes' own watches, which open when it is first asked. A
    /// runtime that went away is asked again, and one that is back is news too; a target that never ran is left out.
    pub fn stirrings(&self) -> BoxStream<'static, ()> {
        let app = self.clone();
        stream::once(async move { app.all_stirrings().await }).flatten().boxed()
    }

    async fn all_stirrings(self) -> BoxStream<'static, ()> {
        let Ok((document, _)) = self.document().await else { return stream::empty().boxed() };
        let targets = document.targets.into_keys();
        let each = targets.map(|target| stream::once(stirrings_of(self.clone(), target)).flatten().boxed());
        stream::select_all(each).boxed()
    }
}

async fn stirrings_of(app: App, target: Target) -> BoxStream<'static, ()> {
    let current = app.history.target(&target).await.ok().and_then(|row| row.current);
    let Some(settings) = current.map(|current| current.workload.settings) else { return stream::empty().boxed() };
    let tries = stream::unfold(false, move |again| {
        let (app, target, settings) = (app.clone(), target.clone(), settings.clone());
        async move {
            if again {
                tokio::time::sleep(AGAIN).await;
            }
            let runtime = app.runtime(settings.kind()).ok()?;
            let events = match runtime.watch(&settings, &target).await {
                Ok(events) => events.filter_map(|event| futures::future::ready(event.ok().map(|_| ()))).boxed(),
                Err(_) => stream::empty().boxed(),
            };
            // What happened while nobody watched was heard by nobody.
            let back = stream::iter(again.then_some(()));
            Some((back.chain(events), true))
        }
    });
    tries.flatten().boxed()
}
