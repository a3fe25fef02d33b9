//! Routers follow their instances: an engine that starts a container again may give it another address, and a router that
//! knows it by the old one would send its users to nobody until a person came.
//!
//! Only where the router still says what Switchback wrote last; what a person changed is drift, and theirs. Nothing is
//! looked at by the clock: a lifecycle event of an instance, the start or end of the container that is the router, and a runtime
//! that is back are what a look follows.

use crate::{
    Answer, App,
    stirring::{apart, events_of, turns_of},
};
use futures::{StreamExt as _, stream};
use std::{collections::BTreeMap, time::Duration};
use switchback_core::{
    ident::Actor,
    name::Target,
    port::{Route, Upstream},
    record::Audit,
    strategy::Router,
    workload::Settings,
};
use tokio::task::{AbortHandle, JoinSet};

/// How often it is looked whether other targets have routers by now: another process may apply a policy.
const ROUND: Duration = Duration::from_secs(2);

/// After which times a router that refused is tried again. One that just started takes no signal for a moment, and nothing
/// tells when it does.
const AGAIN: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(15)];

/// What of a target decides how it is watched.
type Watched = (Settings, Router);

impl App {
    /// Keeps every router on what serves behind it, until the process ends.
    pub async fn keep_routers(self) {
        let mut tasks = JoinSet::new();
        let mut kept: BTreeMap<Target, (Watched, AbortHandle)> = BTreeMap::new();
        let (mut round, mut seen) = (tokio::time::interval(ROUND), None);
        loop {
            round.tick().await;
            let Ok(now) = self.history.generation().await else { continue };
            if seen.replace(now) == Some(now) {
                continue;
            }
            let Ok(routed) = self.routed().await else { continue };
            while tasks.try_join_next().is_some() {}
            kept.retain(|target, (watched, task)| {
                let same = routed.get(target) == Some(watched);
                if !same {
                    task.abort();
                }
                same
            });
            for (target, watched) in routed {
                kept.entry(target.clone()).or_insert_with(|| {
                    let task = tasks.spawn(keep_router(self.clone(), target, watched.clone()));
                    (watched, task)
                });
            }
        }
    }

    /// Everything that runs behind a router.
    async fn routed(&self) -> Answer<BTreeMap<Target, Watched>> {
        let Some((document, _)) = self.policy_in_force().await? else { return Ok(BTreeMap::new()) };
        let mut all = BTreeMap::new();
        for target in document.targets.keys() {
            let resolved = document.target(target)?;
            let Some(router) = crate::drift::router(&resolved) else { continue };
            if let Some(current) = self.history.target(target).await?.current {
                all.insert(target.clone(), (current.workload.settings, router.clone()));
            }
        }
        Ok(all)
    }

    /// Switches a target's router to where its instances are by now, if they are elsewhere. Returns where from and to.
    async fn follow(&self, target: &Target) -> Answer<Option<(Vec<Upstream>, Vec<Upstream>)>> {
        if self.moved(target).await?.is_none() {
            return Ok(None);
        }
        let held = self.engine.hold(target, "its router follows its instances").await?;
        // Somebody else may have been quicker.
        let followed = match self.moved(target).await {
            Ok(Some(moved)) => self.lead(target, moved).await,
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.engine.let_go(held).await;
        followed
    }

    /// Where a router leads and where it has to, when these differ and nobody but Switchback has written it.
    async fn moved(&self, target: &Target) -> Answer<Option<Moved>> {
        let (document, _) = self.document().await?;
        let resolved = document.target(target)?;
        let (row, router) = (self.history.target(target).await?, crate::drift::router(&resolved));
        let (Some(current), Some(router), None) = (&row.current, router, row.running) else { return Ok(None) };
        // What is stuck waits for a person, who is told what serves.
        if self.ports().ledger.stuck().await?.iter().any(|(_, stuck)| stuck == target) {
            return Ok(None);
        }
        let Some((from, to)) = self.standing(&row, current, Some(router)).await?.moved else { return Ok(None) };
        let settings = current.workload.settings.clone();
        if !self.ports().runtimes.switchboard(&settings).untouched(router, target).await? {
            return Ok(None);
        }
        let what = format!("{} {} ({})", target.service, current.version, current.revision);
        Ok(Some(Moved { what, settings, router: router.clone(), from, to }))
    }

    async fn lead(&self, target: &Target, moved: Moved) -> Answer<Option<(Vec<Upstream>, Vec<Upstream>)>> {
        let Moved { what, settings, router, from, to } = moved;
        let route = Route { target: target.clone(), upstreams: to.clone() };
        self.ports().runtimes.switchboard(&settings).switch(&router, &route).await?;
        let shown = |all: &[Upstream]| serde_json::json!({ "router": shown(all) });
        let by = Actor { name: "switchback".to_owned(), origin: self.actor.origin.clone() };
        let audit = Audit {
            by,
            environment: Some(target.environment.to_string()),
            before: shown(&from),
            after: shown(&to),
            ..self.audit_line("router.followed", what, "what serves has another address since it was started again")
        };
        self.ports().ledger.note(&audit).await?;
        Ok(Some((from, to)))
    }
}

/// A router that has to be switched.
struct Moved {
    what: String,
    settings: Settings,
    router: Router,
    from: Vec<Upstream>,
    to: Vec<Upstream>,
}

fn shown(all: &[Upstream]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Looks at one router whenever something happened, first now.
async fn keep_router(app: App, target: Target, (settings, router): Watched) {
    let ours = events_of(app.clone(), target.clone(), settings.clone());
    let mut news = apart(stream::select(ours, turns_of(app.clone(), settings, &router)).boxed());
    let mut tries = AGAIN.into_iter();
    loop {
        let wait = match app.follow(&target).await {
            Ok(followed) => {
                if let Some((from, to)) = followed {
                    tracing::info!(%target, from = shown(&from), to = shown(&to), "its router follows its instances");
                }
                None
            }
            Err(error) => {
                tracing::warn!(%target, %error, "its router could not be looked after");
                tries.next()
            }
        };
        let told = match wait {
            Some(wait) => tokio::time::timeout(wait, news.next()).await.ok(),
            None => Some(news.next().await),
        };
        match told {
            // Its time to be tried again has come.
            None => {}
            Some(Some(())) => tries = AGAIN.into_iter(),
            Some(None) => return,
        }
    }
}
