//! The real book of trains behind a wrapper that strikes at a chosen entry, counted together with the ledger's.

use super::Fuse;
use async_trait::async_trait;
use std::sync::Arc;
use switchback_core::{
    ident::{Actor, Instant, TrainId},
    name::Target,
    port::{Lease, LedgerError, Message, TrainRow, Trainbook},
    record::Audit,
    train::{Event, Train},
};

type Answer<T = ()> = Result<T, LedgerError>;

/// A book under which something happens to its process.
pub struct CrashTrainbook {
    inner: Arc<dyn Trainbook>,
    fuse: Arc<Fuse>,
}

impl CrashTrainbook {
    /// Over `inner`.
    pub fn new(inner: Arc<dyn Trainbook>, fuse: Arc<Fuse>) -> Self {
        Self { inner, fuse }
    }
}

#[async_trait]
impl Trainbook for CrashTrainbook {
    async fn begin_train(&self, lease: &Lease, train: &Train, audit: &Audit) -> Answer {
        self.fuse.around(self.inner.begin_train(lease, train, audit)).await
    }
    async fn append_train(
        &self,
        lease: &Lease,
        id: TrainId,
        seq: u32,
        event: &Event,
        now: Instant,
        audit: &Audit,
        tell: Option<&Message>,
    ) -> Answer {
        self.fuse.around(self.inner.append_train(lease, id, seq, event, now, audit, tell)).await
    }

    // All others are the store's own.

    async fn train(&self, name: &str) -> Answer<TrainRow> {
        self.inner.train(name).await
    }
    async fn trains(&self, waiting: bool, limit: u32) -> Answer<Vec<TrainRow>> {
        self.inner.trains(waiting, limit).await
    }
    async fn train_of(&self, target: &Target) -> Answer<Option<TrainId>> {
        self.inner.train_of(target).await
    }
    async fn ask_train_abort(&self, id: TrainId, by: &Actor, reason: &str, now: Instant, audit: &Audit) -> Answer {
        self.inner.ask_train_abort(id, by, reason, now, audit).await
    }
    async fn train_abort(&self, id: TrainId) -> Answer<Option<(Actor, String)>> {
        self.inner.train_abort(id).await
    }
}
