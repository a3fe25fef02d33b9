//! One writing transaction: a turn among all processes, `begin immediate`, the changes, the audit, the generation, commit,
//! and then the head.
//!
//! Apart, so that no method of the port can forget one of them.

use crate::{
    Chain, Store,
    chain::{self, Link},
    fault::Fault,
    head::Head,
    table::{audit, generation},
    turn::{self, Turn},
};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use std::sync::Arc;
use switchback_core::{ident::Instant, record::Audit};

/// A transaction that holds the file's write lock. Dropped without [`Work::commit`] it leaves no trace.
pub struct Work {
    transaction: Transaction<'static, Sqlite>,
    chain: Arc<Chain>,
    last: Option<audit::Last>,
    // Last, because what is above it is dropped first.
    _turn: Turn,
}

impl Store {
    /// Begins to write, when its turn has come.
    pub(crate) async fn write(&self) -> Result<Work, Fault> {
        let turn = turn::take(self.chain.writing.clone()).await?;
        let transaction = match self.writer.begin_with("begin immediate").await {
            Err(sqlx::Error::InvalidSavePointStatement) => {
                // On a full disk SQLite ends a transaction by itself, which the connection's own count of them does not
                // see: it would refuse every other from then on.
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with("begin immediate").await?
            }
            begun => begun?,
        };
        Ok(Work { transaction, chain: Arc::clone(&self.chain), last: None, _turn: turn })
    }
}

impl Work {
    /// The connection.
    pub fn on(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Appends one entry to the chain.
    pub async fn audit(&mut self, at: Instant, entry: &Audit) -> Result<(), Fault> {
        let last = match self.last.take() {
            Some(last) => last,
            None => audit::last(self.on()).await?,
        };
        let (before, after) = (chain::canonical(&entry.before)?, chain::canonical(&entry.after)?);
        let link = Link {
            seq: last.seq + 1,
            at,
            actor: &entry.by.name,
            origin: &entry.by.origin,
            action: &entry.action,
            subject: &entry.subject,
            environment: entry.environment.as_deref(),
            why: &entry.why,
            before: &before,
            after: &after,
            prev_hash: &last.hash,
        };
        let hash = link.hash();
        let signed = self.chain.signer.as_ref().map(|signer| (signer.sign(&hash), signer.id().to_owned()));
        audit::insert(&mut self.transaction, &link, &hash, signed.as_ref()).await?;
        self.last = Some(audit::Last { seq: link.seq, hash });
        Ok(())
    }

    /// Commits, then moves the head. A head that cannot be moved is left behind, which is allowed: what is committed
    /// is committed, and saying otherwise would be false.
    pub async fn commit(mut self) -> Result<(), Fault> {
        generation::bump(self.on()).await?;
        let Some(last) = self.last.take() else {
            return Ok(self.transaction.commit().await?);
        };
        let from = self.chain.head.read().await?;
        let fits = match &from {
            None => false,
            Some(head) if head.seq == 0 => head.hash == chain::FIRST,
            Some(head) => audit::hash_of(self.on(), head.seq).await?.as_ref() == Some(&head.hash),
        };
        self.transaction.commit().await?;
        if !fits {
            tracing::warn!("the audit does not fit the head kept outside the database; the head stays as it is");
            return Ok(());
        }
        let to = Head::new(last.seq, last.hash, self.chain.signer.as_ref());
        if let Err(error) = self.chain.head.advance(to, from).await {
            tracing::warn!(%error, "the audit's head stays behind");
        }
        Ok(())
    }

    /// Ends without changing anything, saying so by name.
    pub async fn leave(self) -> Result<(), Fault> {
        Ok(self.transaction.rollback().await?)
    }

    /// Commits what no reader sees: no generation, no audit.
    pub async fn commit_quietly(self) -> Result<(), Fault> {
        Ok(self.transaction.commit().await?)
    }
}
