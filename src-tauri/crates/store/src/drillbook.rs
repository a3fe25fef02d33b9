//! The book of rehearsals.

use crate::{Store, table::drill};
use async_trait::async_trait;
use switchback_core::{
    drill::{Drill, Outcome},
    ident::Instant,
    name::Target,
    port::{Drillbook, LedgerError},
    record::Audit,
};
use uuid::Uuid;

#[async_trait]
impl Drillbook for Store {
    async fn begin_drill(&self, drill: &Drill, audit: &Audit) -> Result<(), LedgerError> {
        let mut work = self.write().await?;
        drill::add(work.on(), drill).await?;
        work.audit(drill.at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn end_drill(&self, id: Uuid, outcome: &Outcome, at: Instant, audit: &Audit) -> Result<(), LedgerError> {
        let mut work = self.write().await?;
        if !drill::end(work.on(), id, outcome).await? {
            return Ok(());
        }
        work.audit(at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn clear_drill(&self, id: Uuid) -> Result<(), LedgerError> {
        let mut work = self.write().await?;
        drill::clear(work.on(), id).await?;
        Ok(work.commit_quietly().await?)
    }

    async fn drills(&self, target: &Target, limit: u32) -> Result<Vec<Drill>, LedgerError> {
        Ok(drill::of(&mut *self.reader().await?, target, limit).await?)
    }

    async fn open_drills(&self) -> Result<Vec<Drill>, LedgerError> {
        Ok(drill::open(&mut *self.reader().await?).await?)
    }
}
