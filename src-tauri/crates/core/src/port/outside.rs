//! What lies outside of the targets and is only asked: an address, a program of this machine. Nothing is changed by it.

use super::CommandOutput;
use crate::failure::Failure;
use async_trait::async_trait;
use secrecy::SecretString;
use std::{collections::BTreeMap, path::Path, time::Duration};

/// An answer of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, bounded.
    pub body: String,
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// Asks the outside.
#[async_trait]
pub trait Outside: Send + Sync {
    /// The status and the body, bounded, that an address answers with. Redirects are not followed.
    async fn get(&self, url: &str, patience: Duration) -> Result<(u16, String), Failure>;
    /// The whole answer of an address that is asked with these headers.
    async fn ask(&self, url: &str, headers: &[(&str, SecretString)], patience: Duration) -> Result<Reply, Failure>;
    /// What a command of this machine prints, run in a folder and without a shell; [`CommandOutput::LATE`] when it was stopped for
    /// time.
    /// Its standard error is part of it only when it failed.
    async fn run(&self, command: &[String], folder: &Path, patience: Duration) -> Result<CommandOutput, Failure>;
}
