//! Where release trains are kept. Each method that writes is one transaction that also appends the audit.
//!
//! That a car began is not written here: it stands among the consequences of its deployment's first event, so that no
//! process begins it twice and none forgets that it did.

use super::{Lease, LedgerError, Message};
use crate::{
    ident::{Actor, Instant, TrainId},
    name::Target,
    record::Audit,
    train::{Entry, Event, State, Train},
};
use async_trait::async_trait;

/// A train with all that happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainRow {
    /// What it was to do.
    pub train: Train,
    /// Its journal.
    pub entries: Vec<Entry>,
    /// Where it is: what the journal folds to.
    pub state: State,
    /// When it ended, if it has.
    pub ended: Option<Instant>,
}

/// Keeps trains.
#[async_trait]
pub trait Trainbook: Send + Sync {
    /// Commits a train with its first event. Refuses while the target of any car has an unfinished deployment or is in
    /// another train that has not ended, or when a car was planned from another revision than runs.
    async fn begin_train(&self, lease: &Lease, train: &Train, audit: &Audit) -> Result<(), LedgerError>;
    /// Appends one event at `seq`, if it can follow; `tell` is for people.
    #[allow(clippy::too_many_arguments)]
    async fn append_train(
        &self,
        lease: &Lease,
        id: TrainId,
        seq: u32,
        event: &Event,
        now: Instant,
        audit: &Audit,
        tell: Option<&Message>,
    ) -> Result<(), LedgerError>;
    /// One train, by its id or its short name.
    async fn train(&self, name: &str) -> Result<TrainRow, LedgerError>;
    /// Those that wait for somebody, because they have not ended or are stuck, oldest first; else the newest `limit`.
    async fn trains(&self, waiting: bool, limit: u32) -> Result<Vec<TrainRow>, LedgerError>;
    /// The one that has not ended and moves the target.
    async fn train_of(&self, target: &Target) -> Result<Option<TrainId>, LedgerError>;
    /// Asks a train to stop and to undo what it did, once; whoever runs it sees it through [`Trainbook::train_abort`].
    async fn ask_train_abort(
        &self,
        id: TrainId,
        by: &Actor,
        reason: &str,
        now: Instant,
        audit: &Audit,
    ) -> Result<(), LedgerError>;
    /// Who asked for it, and why.
    async fn train_abort(&self, id: TrainId) -> Result<Option<(Actor, String)>, LedgerError>;
}
