//! What lies outside of the targets and is only asked: an address, a program of this machine. Nothing is changed by it.

use super::CommandOutput;
use crate::failure::Failure;
use async_trait::async_trait;
use std::{path::Path, time::Duration};

/// Asks the outside.
#[async_trait]
pub trait Outside: Send + Sync {
    /// The status and the body, bounded, that an address answers with. Redirects are not followed.
    async fn get(&self, url: &str, patience: Duration) -> Result<(u16, String), Failure>;
    /// What a command of this machine prints, run in a folder and without a shell; code 124 when it was stopped for time.
    async fn run(&self, command: &[String], folder: &Path, patience: Duration) -> Result<CommandOutput, Failure>;
}
