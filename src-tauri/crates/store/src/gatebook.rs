//! The book of gates: each method of the port as one transaction over its tables, or one read.

use crate::{
    Store,
    table::{approval, freeze, outbox, override_grant, tick},
};
use async_trait::async_trait;
use switchback_core::{
    gate::{Approval, Tick},
    ident::Instant,
    name::Target,
    port::{FreezeRow, Gatebook, LedgerError, Message, OverrideRow},
    record::Audit,
};

type Answer<T = ()> = Result<T, LedgerError>;

#[async_trait]
impl Gatebook for Store {
    async fn freezes(&self) -> Answer<Vec<FreezeRow>> {
        Ok(freeze::all(&mut *self.reader().await?).await?)
    }

    async fn add_freeze(&self, row: &FreezeRow, audit: &Audit, tell: &Message) -> Answer {
        let mut work = self.write().await?;
        freeze::add(work.on(), row).await?;
        outbox::queue(work.on(), None, tell, row.at).await?;
        work.audit(row.at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn remove_freeze(&self, id: uuid::Uuid, now: Instant, audit: &Audit, tell: &Message) -> Answer {
        let mut work = self.write().await?;
        freeze::remove(work.on(), id, now).await?;
        outbox::queue(work.on(), None, tell, now).await?;
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }

    async fn overrides(&self, open: bool, limit: u32) -> Answer<Vec<OverrideRow>> {
        Ok(override_grant::newest(&mut *self.reader().await?, open, limit).await?)
    }

    async fn note_override(&self, row: &OverrideRow, now: Instant, audit: &Audit, tell: Option<&Message>) -> Answer {
        let mut work = self.write().await?;
        override_grant::put(work.on(), row).await?;
        if let Some(message) = tell {
            // What it lets through has not begun yet, and tells of itself when it has.
            outbox::queue(work.on(), None, message, now).await?;
        }
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }

    async fn approvals(&self, plan: &str) -> Answer<Vec<Approval>> {
        Ok(approval::of(&mut *self.reader().await?, plan).await?)
    }

    async fn approve(&self, row: &Approval, now: Instant, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        approval::add(work.on(), row).await?;
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }

    async fn ticks(&self, target: &Target, version: &str) -> Answer<Vec<Tick>> {
        Ok(tick::all(&mut *self.reader().await?, target, version).await?)
    }

    async fn tick(&self, target: &Target, version: &str, row: &Tick, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        tick::add(work.on(), target, version, row).await?;
        work.audit(row.at, audit).await?;
        Ok(work.commit().await?)
    }
}
