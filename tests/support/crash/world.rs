//! What a desk finds in its home: the target, how it is changed over, and what may be released to it.
//!
//! Written by the test, read by the processes that it starts; the real application has a policy file instead, which is
//! tested elsewhere and would only stand between these tests and the engine.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use switchback_core::{
    health::{HealthGate, Hook},
    name::Target,
    strategy::Strategy,
    workload::{Settings, Workload},
};

const FILE: &str = "world.json";

/// Everything that a policy would say of one target.
#[derive(Debug, Clone)]
pub struct World {
    /// Where the database is, and this.
    pub home: PathBuf,
    /// The program with the subcommands of the process runtime.
    pub supervisor: String,
    /// What is deployed.
    pub target: Target,
    /// How.
    pub strategy: Strategy,
    /// The gate.
    pub health: HealthGate,
    /// Commands before anything changes.
    pub hooks: Vec<Hook>,
    /// Where users find the service.
    pub port: u16,
    /// What may be released, by version.
    pub releases: BTreeMap<String, Workload>,
}

/// The fields beside `home`, as they stand in the file.
type Written = (String, Target, Strategy, HealthGate, Vec<Hook>, u16, BTreeMap<String, Workload>);

impl World {
    /// Leaves it in its home for other processes.
    pub fn write(&self) {
        let Self { home, supervisor, target, strategy, health, hooks, port, releases } = self;
        let text = serde_json::to_vec(&(supervisor, target, strategy, health, hooks, port, releases)).expect("a world");
        std::fs::write(home.join(FILE), text).expect("a file");
    }

    /// What [`World::write`] left.
    pub fn read(home: &Path) -> Self {
        let text = std::fs::read(home.join(FILE)).expect("a world");
        let (supervisor, target, strategy, health, hooks, port, releases): Written =
            serde_json::from_slice(&text).expect("a world");
        Self { home: home.to_owned(), supervisor, target, strategy, health, hooks, port, releases }
    }

    /// The settings of its runtime; all releases have the same but for the command.
    pub fn settings(&self) -> &Settings {
        &self.releases.values().next().expect("a release").settings
    }
}
