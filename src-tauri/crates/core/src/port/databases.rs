//! Databases whose migrations run with a release.

use super::{Arrival, Proven};
use crate::{
    failure::Failure,
    migration::{Set, Tool, Way},
    release::Digest,
    said::Said,
    says,
    schema::{Database, Loss, Written},
};
use async_trait::async_trait;
use futures::{
    FutureExt as _,
    channel::mpsc::UnboundedSender,
    future::{BoxFuture, Shared, pending},
};
use secrecy::SecretString;

/// Ends when whoever asked for something wants no more of it.
pub type Stop = Shared<BoxFuture<'static, ()>>;

/// Nobody stops it.
pub fn never() -> Stop {
    pending().boxed().shared()
}

/// Where a database stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// Versions of the set that are applied, in order.
    pub applied: Vec<String>,
    /// A version that is half applied.
    pub half: Option<String>,
    /// Whether a run is under way: what is half applied then is being worked on.
    pub busy: bool,
    /// Versions that are applied and not in the set: it is ahead.
    pub ahead: Vec<String>,
    /// What is applied and whose file the team's tool applied as another one.
    pub edited: Vec<Edited>,
    /// It takes no writes.
    pub read_only: bool,
}

/// An applied version whose file is not what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// What is wrong, with the file's path.
    pub why: Said,
    /// The file.
    pub path: String,
    /// The way out.
    pub way_out: Said,
}

/// A right that a script needs and the login of a database lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// The script's file.
    pub path: String,
    /// The line that needs it.
    pub line: usize,
    /// Who lacks it, as the server names them.
    pub user: String,
    /// Which, in the server's words, and on what.
    pub right: String,
    /// The SQL that gives it.
    pub way_out: String,
}

impl std::fmt::Display for MissingRight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, line, user, right, .. } = self;
        write!(f, "{path}:{line}: {user} lacks {right}")
    }
}

/// Rows that are there and for which the server would refuse a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The version whose script it is.
    pub version: String,
    /// The script's file.
    pub path: String,
    /// The line of the statement.
    pub line: usize,
    /// Which rows, and how many.
    pub what: Said,
}

impl std::fmt::Display for Unmet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, line, what, .. } = self;
        says::unmet(format_args!("{path}:{line}"), what).fmt(f)
    }
}

/// What came of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// Whether it ran.
    pub arrival: Arrival,
    /// What of that which its down takes away it wrote itself, and nobody else can have reached when it was looked at. Empty
    /// where that cannot be known.
    pub written: Vec<Written>,
}

/// Reads and moves databases. The password is asked for at each call and kept nowhere.
#[async_trait]
pub trait Databases: Send + Sync {
    /// What the team's own tool lists. No database is asked.
    async fn listed(&self, tool: &Tool) -> Result<Set, Failure>;

    /// Where it stands. A database that does not answer is [`crate::failure::FailureKind::Unreachable`].
    async fn stands(&self, at: &Database, password: Option<&SecretString>, set: &Set) -> Result<Stands, Failure>;

    /// A hash of the schema as the server's catalogue says it, without the tables that tools keep for themselves.
    async fn schema(&self, at: &Database, password: Option<&SecretString>, set: &Set) -> Result<Digest, Failure>;

    /// What the scripts of these versions need and this login may not do, as far as the server tells. Nothing is tried, and
    /// where it cannot be known nothing is said.
    async fn missing_rights(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        legs: &[(String, Way)],
    ) -> Result<Vec<MissingRight>, Failure>;

    /// The rows for which the server would refuse the scripts of these versions, run one after the other, counted now. What
    /// an earlier statement may have changed by then is left out, and what cannot be counted.
    async fn unmet(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        legs: &[(String, Way)],
    ) -> Result<Vec<Unmet>, Failure>;

    /// What the script of one version would take away, counted now.
    async fn losses(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
        way: Way,
    ) -> Result<Vec<Loss>, Failure>;

    /// That which the down of one version takes away and its up adds, as it is now: what [`Walked::written`] is held against.
    async fn written(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
    ) -> Result<Vec<Written>, Failure>;

    /// Proves every pair on a scratch database beside this one, which is not touched; tells each as it is done. Where it is
    /// stopped, the scratch database is removed all the same.
    async fn prove(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        told: UnboundedSender<Proven>,
        stop: Stop,
    ) -> Result<(), Failure>;

    /// Runs the script of one version. Idempotent: what a run that died left half done is finished, or undone when the
    /// other way is asked for, and what is done is left.
    ///
    /// A way back that would take away more than `known`, because somebody wrote since that was counted, changes nothing and
    /// fails with [`MigrationLoses`](crate::failure::FailureKind::MigrationLoses).
    async fn walk(
        &self,
        at: &Database,
        password: Option<&SecretString>,
        set: &Set,
        version: &str,
        way: Way,
        known: Option<&[Loss]>,
    ) -> Result<Walked, Failure>;
}
