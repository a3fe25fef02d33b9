//! What stirs in the world although nobody of ours wrote anything: a program that ends, a workload that somebody changed.
//!
//! Only that something did; what it is, whoever hears it looks up.

use crate::App;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use switchback_core::name::Target;

impl App {
    /// Ticks with each lifecycle event of what runs now, by the runtimes' own watches, which open when it is first asked. A
    /// target whose runtime is away is left out; it ends with the last of them.
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
    let watched = async {
        let settings = app.history.target(&target).await.ok()?.current?.workload.settings;
        app.runtime(settings.kind()).ok()?.watch(&settings, &target).await.ok()
    };
    match watched.await {
        Some(events) => events.filter_map(|event| futures::future::ready(event.ok().map(|_| ()))).boxed(),
        None => stream::empty().boxed(),
    }
}
