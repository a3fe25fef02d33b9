//! The book of release trains: each method of the port as one transaction over its tables, or one read.

use crate::{
    Store,
    ledger::may_begin,
    table::{lease, outbox, train},
};
use async_trait::async_trait;
use switchback_core::{
    ident::{Actor, Instant, TrainId},
    name::Target,
    port::{Lease, LedgerError, Message, TrainRow, Trainbook},
    record::Audit,
    train::{Event, Train, next},
};

type Answer<T = ()> = Result<T, LedgerError>;

#[async_trait]
impl Trainbook for Store {
    async fn begin_train(&self, lease: &Lease, train: &Train, audit: &Audit) -> Answer {
        let state = next(train.cars.len(), None, &Event::Began)
            .map_err(|illegal| LedgerError::Conflict { why: illegal.to_string() })?;
        let mut work = self.write().await?;
        lease::fence(work.on(), lease).await?;
        for plan in &train.cars {
            may_begin(&mut work, plan).await?;
        }
        train::add(work.on(), train, &state).await?;
        train::append(work.on(), train.id, 0, &Event::Began, train.at).await?;
        work.audit(train.at, audit).await?;
        Ok(work.commit().await?)
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
        self.at_any_cost(|| async {
            let mut work = self.write().await?;
            lease::fence(work.on(), lease).await?;
            train::append(work.on(), id, seq, event, now).await?;
            if let Some(message) = tell {
                outbox::queue(work.on(), None, message, now).await?;
            }
            work.audit(now, audit).await?;
            Ok(work.commit().await?)
        })
        .await
    }

    async fn train(&self, name: &str) -> Answer<TrainRow> {
        Ok(train::read(&mut *self.reader().await?, name).await?)
    }

    async fn trains(&self, waiting: bool, limit: u32) -> Answer<Vec<TrainRow>> {
        Ok(train::list(&mut *self.reader().await?, waiting, limit).await?)
    }

    async fn train_of(&self, target: &Target) -> Answer<Option<TrainId>> {
        Ok(train::moving(&mut *self.reader().await?, target).await?)
    }

    async fn ask_train_abort(&self, id: TrainId, by: &Actor, reason: &str, now: Instant, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        if !train::ask_abort(work.on(), id, by, reason).await? {
            return Ok(work.leave().await?);
        }
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }

    async fn train_abort(&self, id: TrainId) -> Answer<Option<(Actor, String)>> {
        Ok(train::abort(&mut *self.reader().await?, id).await?)
    }
}
