//! Counts effects: a runtime behind a wrapper that notes in a file each act that did something.
//!
//! The file outlives the process that dies, so that an act done by the dead one and again by the next stands there
//! twice. An act that found everything done is not noted: it had no effect. Starting what has ended is an effect of its
//! own, "start again": the way back does so, and a recovery does when the program has ended by itself meanwhile.

use async_trait::async_trait;
use futures::stream::BoxStream;
use std::{collections::BTreeMap, fs::OpenOptions, io::Write as _, path::PathBuf, sync::Arc, time::Duration};
use switchback_core::{
    failure::{Failure, LogLine},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{
        Arrival, CommandOutput, Found, InstanceState, LifecycleEvent, Observed, ResolvedSecrets, Room, Runtime,
        Upstream,
    },
    release::{Artifact, ArtifactRequest},
    workload::{Settings, Workload},
};

/// The file of effects.
#[derive(Debug, Clone)]
pub struct Tally(pub PathBuf);

impl Tally {
    /// Forgets everything.
    pub fn clear(&self) {
        std::fs::write(&self.0, "").expect("a file");
    }

    /// How often each effect was had.
    pub fn read(&self) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for line in std::fs::read_to_string(&self.0).unwrap_or_default().lines() {
            *counts.entry(line.to_owned()).or_default() += 1;
        }
        counts
    }

    fn note(&self, act: &str, whose: impl std::fmt::Display) {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0).expect("a file");
        // One write, so that lines of two processes do not mix.
        file.write_all(format!("{act} {whose}\n").as_bytes()).expect("a line");
    }
}

/// A runtime whose effects are counted.
pub struct Tallied {
    inner: Arc<dyn Runtime>,
    tally: Tally,
}

impl Tallied {
    /// Counts what `inner` does.
    pub fn new(inner: Arc<dyn Runtime>, tally: Tally) -> Self {
        Self { inner, tally }
    }

    fn noted(
        &self,
        act: &str,
        whose: impl std::fmt::Display,
        arrival: Result<Arrival, Failure>,
    ) -> Result<Arrival, Failure> {
        if arrival == Ok(Arrival::Done) {
            self.tally.note(act, whose);
        }
        arrival
    }
}

#[async_trait]
impl Runtime for Tallied {
    async fn ping(&self, settings: &Settings) -> Result<String, Failure> {
        self.inner.ping(settings).await
    }
    async fn resolve(&self, settings: &Settings, request: &ArtifactRequest) -> Result<Artifact, Failure> {
        self.inner.resolve(settings, request).await
    }
    async fn check(&self, workload: &Workload) -> Result<(), Failure> {
        self.inner.check(workload).await
    }
    async fn reports(&self, settings: &Settings, name: &InstanceName) -> Result<Vec<String>, Failure> {
        self.inner.reports(settings, name).await
    }
    async fn available(&self, workload: &Workload) -> Result<(), Failure> {
        self.inner.available(workload).await
    }
    async fn prepare(&self, workload: &Workload) -> Result<Arrival, Failure> {
        let arrival = self.inner.prepare(workload).await;
        self.noted("prepare", workload.artifact.brief(), arrival)
    }
    async fn create(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        let arrival = self.inner.create(spec, secrets).await;
        self.noted("create", &spec.name, arrival)
    }
    async fn start(&self, spec: &InstanceSpec, secrets: &ResolvedSecrets) -> Result<Arrival, Failure> {
        let ended = matches!(self.state(&spec.workload.settings, &spec.name).await, Ok(InstanceState::Exited { .. }));
        let arrival = self.inner.start(spec, secrets).await;
        self.noted(if ended { "start again" } else { "start" }, &spec.name, arrival)
    }
    async fn scratch(&self, workload: &Workload, target: &Target, apart: &Target) -> Result<Settings, Failure> {
        self.inner.scratch(workload, target, apart).await
    }
    async fn scrap(&self, settings: &Settings, apart: &Target) -> Result<(), Failure> {
        self.inner.scrap(settings, apart).await
    }
    async fn room(&self, workload: &Workload) -> Result<Room, Failure> {
        self.inner.room(workload).await
    }
    async fn raise_surge(&self, settings: &Settings, pods: u32) -> Result<Arrival, Failure> {
        let arrival = self.inner.raise_surge(settings, pods).await;
        self.noted("raise", pods, arrival)
    }
    async fn restore_surge(&self, settings: &Settings) -> Result<Arrival, Failure> {
        let arrival = self.inner.restore_surge(settings).await;
        self.noted("restore", "surge", arrival)
    }
    async fn stop(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let arrival = self.inner.stop(spec).await;
        self.noted("stop", &spec.name, arrival)
    }
    fn carries_secrets(&self) -> bool {
        self.inner.carries_secrets()
    }
    async fn settle(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let arrival = self.inner.settle(spec).await;
        self.noted("settle", &spec.name, arrival)
    }
    async fn tidy(&self, settings: &Settings, needed: &[Artifact]) -> Result<Vec<String>, Failure> {
        self.inner.tidy(settings, needed).await
    }
    async fn inspect(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure> {
        self.inner.inspect(settings, name).await
    }
    async fn instead(&self, settings: &Settings, name: &InstanceName) -> Result<Option<Found>, Failure> {
        self.inner.instead(settings, name).await
    }

    async fn foreign(&self, settings: &Settings) -> Result<Vec<Found>, Failure> {
        self.inner.foreign(settings).await
    }
    async fn adopt(&self, spec: &InstanceSpec) -> Result<Arrival, Failure> {
        let arrival = self.inner.adopt(spec).await;
        self.noted("adopt", &spec.name, arrival)
    }
    async fn remove(&self, settings: &Settings, name: &InstanceName) -> Result<Arrival, Failure> {
        let arrival = self.inner.remove(settings, name).await;
        self.noted("remove", name, arrival)
    }
    async fn state(&self, settings: &Settings, name: &InstanceName) -> Result<InstanceState, Failure> {
        self.inner.state(settings, name).await
    }
    async fn reach(&self, settings: &Settings, name: &InstanceName, from: &str) -> Result<Upstream, Failure> {
        self.inner.reach(settings, name, from).await
    }
    async fn observe(&self, settings: &Settings, target: &Target) -> Result<Vec<Observed>, Failure> {
        self.inner.observe(settings, target).await
    }
    async fn watch(
        &self,
        settings: &Settings,
        target: &Target,
    ) -> Result<BoxStream<'static, Result<LifecycleEvent, Failure>>, Failure> {
        self.inner.watch(settings, target).await
    }
    async fn logs(&self, settings: &Settings, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure> {
        self.inner.logs(settings, name, lines).await
    }
    async fn run(&self, spec: &InstanceSpec, command: &[String], timeout: Duration) -> Result<CommandOutput, Failure> {
        self.inner.run(spec, command, timeout).await
    }
}
