//! Whether a prior revision would come back: its artifact is to be had, its secrets are in the keychain, and what stands in
//! front can be switched.
//!
//! Asked of the real registry and keychain, remembered for [`FRESH`] so that a board with many targets does not ask
//! the same thing every second.

use crate::App;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    planner,
    release::Digest,
    strategy::Strategy,
    workload::{Settings, Workload},
};

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(20);
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// Answers with their age, by the content they are about.
pub type Known = HashMap<Digest, (Instant, Way)>;

/// What would come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// All of it.
    Whole,
    /// Nothing: its artifact or a secret of that day is gone, and half of a revision is never brought back.
    Gone(String),
    /// It could not be asked.
    Unknown(String),
}

/// Whether an artifact is to be had.
pub enum Fetch {
    /// Yes.
    Possible,
    /// Not any more.
    Gone(String),
    /// It could not be asked.
    Unknown(String),
}

/// Who holds the artifact does not answer, or lets nobody in, which says nothing about the artifact.
fn away(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::RegistryUnreachable { .. } | FailureKind::ImageDenied { .. })
}

impl App {
    /// Whether a revision of this content would come back.
    pub(crate) async fn way_back(&self, workload: &Workload) -> Way {
        self.fresh(workload.digest(), self.look(workload)).await
    }

    /// Whether what stands in front could be switched to it.
    pub(crate) async fn switchable(&self, target: &Target, strategy: &Strategy, settings: &Settings) -> Way {
        let Some(router) = planner::router(strategy) else { return Way::Whole };
        let key = Digest::of(format!("{target} {router:?} {settings:?}").as_bytes());
        let asked = async {
            let ready = self.ports().runtimes.switchboard(settings);
            match tokio::time::timeout(PATIENCE, ready.ready(router, target)).await {
                Err(_) => Way::Unknown(String::from("no answer in time")),
                Ok(Ok(())) => Way::Whole,
                Ok(Err(failure)) if failure.passing() => Way::Unknown(failure.message),
                Ok(Err(failure)) => Way::Gone(failure.message),
            }
        };
        self.fresh(key, asked).await
    }

    /// An answer that counts still, or a new one.
    async fn fresh(&self, key: Digest, ask: impl Future<Output = Way>) -> Way {
        if let Ok(known) = self.ready.lock()
            && let Some((at, way)) = known.get(&key)
            && at.elapsed() < FRESH
        {
            return way.clone();
        }
        let way = ask.await;
        if let Ok(mut known) = self.ready.lock() {
            known.insert(key, (Instant::now(), way.clone()));
            // Swept when it has doubled: a sweep at each answer would cost the square of a long page.
            if known.len().is_power_of_two() {
                known.retain(|_, (at, _)| at.elapsed() < FRESH);
            }
        }
        way
    }

    /// The same, asked now.
    async fn look(&self, workload: &Workload) -> Way {
        match self.fetch(workload).await {
            Fetch::Possible => {}
            Fetch::Gone(why) => return Way::Gone(why),
            Fetch::Unknown(why) => return Way::Unknown(why),
        }
        for reference in workload.secrets.values() {
            match self.ports().secrets.has(reference).await {
                Ok(true) => {}
                Ok(false) => return Way::Gone(format!("{} of that day is not in the keychain", reference.name)),
                Err(error) => return Way::Unknown(error.to_string()),
            }
        }
        Way::Whole
    }

    /// Whether its artifact is to be had, asked now.
    pub(crate) async fn fetch(&self, workload: &Workload) -> Fetch {
        let Ok(runtime) = self.runtime(workload.settings.kind()) else {
            return Fetch::Unknown("no such runtime".into());
        };
        match tokio::time::timeout(PATIENCE, runtime.available(workload)).await {
            Err(_) => Fetch::Unknown(String::from("no answer in time")),
            Ok(Err(failure)) if failure.passing() || away(&failure) => Fetch::Unknown(failure.message),
            Ok(Err(failure)) => Fetch::Gone(failure.message),
            Ok(Ok(())) => Fetch::Possible,
        }
    }
}
