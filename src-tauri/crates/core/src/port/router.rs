//! Routers: what stands in front of instances and is switched.

use super::Upstream;
use crate::{failure::Failure, name::Target, strategy::Router};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Where traffic goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Whose traffic.
    pub target: Target,
    /// All that serve, in a stable order.
    pub upstreams: Vec<Upstream>,
}

/// Switches traffic. Idempotent: switching to where it goes already changes nothing.
#[async_trait]
pub trait Switchboard: Send + Sync {
    /// Whether it could be switched for `target`, asked before anything changes. One of ours is started when it is needed,
    /// so it is ready where it runs or its port is free. Fails for another's that does not run and for one that sends
    /// another target's traffic ([`crate::failure::FailureKind::RouterRefused`]), and where a stranger listens in its place
    /// ([`crate::failure::FailureKind::PortInUse`]).
    async fn ready(&self, router: &Router, target: &Target) -> Result<(), Failure>;

    /// Sends all new connections to `route` and returns when that holds; connections already open keep theirs. A refused
    /// configuration ([`crate::failure::FailureKind::RouterRefused`]) leaves the old one serving, file included.
    async fn switch(&self, router: &Router, route: &Route) -> Result<(), Failure>;

    /// Where it sends them now, only looked at; `None` when it never was set, was changed to what is not ours, or does not
    /// run.
    async fn current(&self, router: &Router, target: &Target) -> Result<Option<Vec<Upstream>>, Failure>;

    /// Whether what [`Switchboard::current`] tells is still what was last switched to, byte for byte. What can be changed by
    /// nobody else is so as long as it is there.
    async fn untouched(&self, router: &Router, target: &Target) -> Result<bool, Failure> {
        Ok(self.current(router, target).await?.is_some())
    }

    /// Returns when no connection opened before the last switch is left, or after `limit`.
    async fn drained(&self, router: &Router, target: &Target, limit: Duration) -> Result<(), Failure>;
}

/// What a command printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandOutput {
    /// Exit code; [`CommandOutput::LATE`] when it was stopped for time.
    pub code: i32,
    /// Standard output and standard error as they came, bounded.
    pub output: String,
}

impl CommandOutput {
    /// The exit code of what was stopped for time, as `timeout(1)` has it.
    pub const LATE: i32 = 124;
}

/// Runs a command inside a container of an engine: how an nginx in a container is checked and reloaded.
#[async_trait]
pub trait Commander: Send + Sync {
    /// Whether the container is there and runs; one that is paused or waits to be started again does nothing.
    async fn runs(&self, container: &str) -> Result<bool, Failure>;

    /// Runs it to its end.
    async fn exec(&self, container: &str, command: &[String], timeout: Duration) -> Result<CommandOutput, Failure>;
}
