//! Where rehearsals are kept, and the journals they are made with.

use super::{Ledger, LedgerError};
use crate::{
    drill::{Drill, Outcome},
    ident::Instant,
    name::Target,
    record::Audit,
};
use async_trait::async_trait;
use std::sync::Arc;
use uuid::Uuid;

/// Keeps rehearsals.
#[async_trait]
pub trait Drillbook: Send + Sync {
    /// One begins: written before anything of it is in the world, so that it is found there whatever dies.
    async fn begin_drill(&self, drill: &Drill, audit: &Audit) -> Result<(), LedgerError>;
    /// It ended. One that has an outcome keeps it.
    async fn end_drill(&self, id: Uuid, outcome: &Outcome, at: Instant, audit: &Audit) -> Result<(), LedgerError>;
    /// A target's, newest first.
    async fn drills(&self, target: &Target, limit: u32) -> Result<Vec<Drill>, LedgerError>;
    /// What it left in the world is gone.
    async fn clear_drill(&self, id: Uuid) -> Result<(), LedgerError>;
    /// All whose places may still be in the world.
    async fn open_drills(&self) -> Result<Vec<Drill>, LedgerError>;
}

/// Journals apart from the history: the deployments of a rehearsal are none of the target's.
#[async_trait]
pub trait JournalsApart: Send + Sync {
    /// A new one under an id.
    async fn open(&self, id: Uuid) -> Result<Arc<dyn Ledger>, LedgerError>;
    /// Throws it away. Absent counts as thrown away.
    async fn discard(&self, id: Uuid) -> Result<(), LedgerError>;
}
