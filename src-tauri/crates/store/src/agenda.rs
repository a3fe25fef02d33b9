//! The book of what is scheduled: each method of the port as one transaction over its table, or one read.

use crate::{
    Store,
    table::{outbox, scheduled},
};
use async_trait::async_trait;
use switchback_core::{
    ident::Instant,
    port::{Agenda, LedgerError, Message, ScheduleRow, ScheduleState},
    record::Audit,
};

type Answer<T = ()> = Result<T, LedgerError>;

#[async_trait]
impl Agenda for Store {
    async fn scheduled(&self, waiting: bool, limit: u32) -> Answer<Vec<ScheduleRow>> {
        Ok(scheduled::list(&mut *self.reader().await?, waiting, limit).await?)
    }

    async fn schedule(&self, row: &ScheduleRow, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        scheduled::add(work.on(), row).await?;
        work.audit(row.at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn note_waiting(&self, id: uuid::Uuid, why: &str) -> Answer {
        let mut work = self.write().await?;
        let state = ScheduleState::Waiting { why: why.to_owned() };
        if scheduled::put(work.on(), id, &state).await? { Ok(work.commit().await?) } else { Ok(work.leave().await?) }
    }

    async fn end_waiting(
        &self,
        id: uuid::Uuid,
        end: &ScheduleState,
        now: Instant,
        audit: &Audit,
        tell: Option<&Message>,
    ) -> Answer {
        let mut work = self.write().await?;
        scheduled::put(work.on(), id, end).await?;
        if let Some(message) = tell {
            outbox::queue(work.on(), None, message, now).await?;
        }
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }
}
