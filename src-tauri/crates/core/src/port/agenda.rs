//! Deployments that wait for their hour. Each method is one transaction that also appends the audit.
//!
//! That one began is not written here: it stands among the consequences of the deployment's first event, so that no two
//! processes begin it and none forgets that it did.

use super::{LedgerError, Message};
use crate::{
    ident::{Actor, DeploymentId, Instant},
    name::Target,
    record::Audit,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What became of a scheduled deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum ScheduleState {
    /// It has not begun.
    Waiting {
        /// What held it when it was last looked at; empty when nothing did or nobody has looked.
        why: String,
    },
    /// It began.
    Started {
        /// When.
        at: Instant,
        /// As this deployment.
        #[ts(type = "string")]
        deployment: DeploymentId,
    },
    /// Somebody took it back.
    Cancelled {
        /// When.
        at: Instant,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
    /// It will not begin any more.
    Lapsed {
        /// Since.
        at: Instant,
        /// Why.
        why: String,
    },
}

/// A deployment that begins by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Its id.
    pub id: uuid::Uuid,
    /// Where to.
    pub target: Target,
    /// What.
    pub version: String,
    /// The hash of the plan that was looked at; nothing else is begun in its place.
    pub plan: String,
    /// Who wants it: the requester of its deployment.
    pub by: Actor,
    /// Why.
    pub reason: String,
    /// When it was scheduled.
    pub at: Instant,
    /// Not before.
    pub due: Instant,
    /// Not from then on.
    pub lapses: Instant,
    /// What became of it.
    pub state: ScheduleState,
}

/// The book of what is scheduled.
#[async_trait]
pub trait Agenda: Send + Sync {
    /// By the time they are due; `waiting`: only those that have not begun, else the newest `limit`.
    async fn scheduled(&self, waiting: bool, limit: u32) -> Result<Vec<ScheduleRow>, LedgerError>;
    /// Notes one. A conflict when one waits for the same target already.
    async fn schedule(&self, row: &ScheduleRow, audit: &Audit) -> Result<(), LedgerError>;
    /// Notes what holds one that waits; nothing is written when that is known already.
    async fn note_waiting(&self, id: uuid::Uuid, why: &str) -> Result<(), LedgerError>;
    /// Ends one that waits, and tells people when there is a message. A conflict when it waits no more.
    async fn end_waiting(
        &self,
        id: uuid::Uuid,
        end: &ScheduleState,
        now: Instant,
        audit: &Audit,
        tell: Option<&Message>,
    ) -> Result<(), LedgerError>;
}
