//! Programs of this machine.

use super::CommandOutput;
use crate::failure::Failure;
use async_trait::async_trait;
use secrecy::SecretString;
use std::{path::Path, time::Duration};

/// A program to run, without a shell.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// The program and its arguments; one with a `/` is meant from the folder.
    pub command: &'a [String],
    /// Where it runs.
    pub folder: &'a Path,
    /// What its environment holds beside `HOME`, `LANG` and `PATH`.
    pub environment: &'a [(&'static str, SecretString)],
    /// How long it may take.
    pub patience: Duration,
    /// The most bytes that are kept of what it prints.
    pub most: usize,
}

/// Runs programs that have an environment of their own, so that nothing of ours is part of what they happen to need.
#[async_trait]
pub trait Programs: Send + Sync {
    /// Runs one to its end, and ends all that it left behind; [`CommandOutput::LATE`] when it was stopped for time. What it says on
    /// standard error is part of the answer only when it failed.
    async fn run(&self, errand: Errand<'_>) -> Result<CommandOutput, Failure>;
}
