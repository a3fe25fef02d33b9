//! The store: one SQLite file that holds the journal, what is derived from it, and the audit's hash chain.
//!
//! It implements the ports [`switchback_core::port::Ledger`] and [`switchback_core::port::History`] and decides nothing
//! that a person would call policy: what follows from an event is computed by the core and only written here.
//! Deliberately not here: secrets' values, keys (the caller brings a [`Signer`]), retries of deliveries, clocks of
//! deployments.

mod agenda;
mod chain;
mod column;
mod drillbook;
mod fault;
mod gatebook;
mod head;
mod history;
mod ledger;
mod open;
mod proofbook;
mod reserve;
mod sealed;
mod signer;
mod table;
mod trainbook;
mod turn;
mod verify;
mod words;
mod work;

#[cfg(test)]
mod tests;

pub use signer::{Signer, signed};

use sqlx::SqlitePool;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use switchback_core::port::LedgerError;

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    /// One connection, so that this process queues instead of meeting its own lock.
    writer: SqlitePool,
    /// Read-only connections; they never wait for the writer.
    readers: SqlitePool,
    chain: Arc<Chain>,
}

/// What stands beside the database.
struct Chain {
    head: head::HeadFile,
    reserve: reserve::Reserve,
    /// Locked by the process that writes.
    writing: PathBuf,
    signer: Option<Signer>,
}

impl Store {
    /// Opens the database at `path`, or makes it. With a signer, each audit entry is signed.
    ///
    /// Fails with [`LedgerError::Newer`] for the file of a newer Switchback, with [`LedgerError::Unreadable`] for
    /// anything that is not our database, and with [`LedgerError::Gone`] where the audit was written and is not there;
    /// the first two leave the file untouched. Before a schema change an existing file is copied
    /// to `<file>.before-<schema version>.bak`.
    pub async fn open(path: &Path, signer: Option<Signer>) -> Result<Self, LedgerError> {
        let (writer, readers) = open::open(path).await?;
        let chain = Arc::new(Chain {
            head: head::HeadFile::beside(path),
            reserve: reserve::Reserve::beside(path),
            writing: head::with_suffix(path, ".writing"),
            signer,
        });
        let store = Self { writer, readers, chain };
        store.prepare(path).await.map_err(|refused| match refused {
            LedgerError::Unreadable { why, .. } => LedgerError::Unreadable { path: path.display().to_string(), why },
            refused => refused,
        })?;
        Ok(store)
    }

    async fn prepare(&self, path: &Path) -> Result<(), LedgerError> {
        self.prepare_chain(path).await?;
        table::audit_text::catch_up(&mut *self.writer.acquire().await.map_err(fault::Fault::from)?).await?;
        self.count_again().await?;
        Ok(self.gather_search().await?)
    }

    /// Makes anew what is counted beside the audit, where some of it was taken away.
    async fn count_again(&self) -> Result<(), fault::Fault> {
        if table::audit_facet::is_whole(&mut *self.reader().await?).await? {
            return Ok(());
        }
        tracing::warn!("what is counted beside the audit was taken away; it is made anew from its entries");
        let _turn = turn::take(self.chain.writing.clone()).await?;
        let mut anew = self.writer.begin_with("begin immediate").await?;
        table::audit_facet::recount(&mut anew).await?;
        Ok(anew.commit().await?)
    }

    /// Makes the search's index one part, in steps that let other writers in between.
    async fn gather_search(&self) -> Result<(), fault::Fault> {
        let mut first = true;
        let mut more = table::audit_text::is_scattered(&mut *self.reader().await?).await?;
        while more {
            let _turn = turn::take(self.chain.writing.clone()).await?;
            let mut step = self.writer.begin_with("begin immediate").await?;
            more = table::audit_text::gather(&mut step, first).await?;
            step.commit().await?;
            first = false;
        }
        Ok(())
    }

    /// Closes all connections; what was committed is already safe without it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A new database gets a head that says "nothing yet", so that a missing head always means it was taken away; a
    /// new key is noted.
    async fn prepare_chain(&self, path: &Path) -> Result<(), LedgerError> {
        let head = self.chain.head.read().await?;
        let empty = table::audit::is_empty(&mut *self.reader().await?).await?;
        match head {
            None if empty => {
                // Both may have been taken away, and what they told of not.
                let entries = table::audit::told_of(&mut *self.reader().await?).await?;
                if entries > 0 {
                    let head = self.chain.head.path().display().to_string();
                    return Err(LedgerError::Gone { path: path.display().to_string(), entries, head });
                }
                let first = head::Head::new(0, chain::FIRST.to_owned(), self.chain.signer.as_ref());
                self.chain.head.advance(first, None).await?;
            }
            // Whoever lost the history is no new user.
            Some(head) if empty && head.seq > 0 => {
                let head_file = self.chain.head.path().display().to_string();
                return Err(LedgerError::Gone { path: path.display().to_string(), entries: head.seq, head: head_file });
            }
            _ => {}
        }
        if let Some(signer) = &self.chain.signer
            && !table::audit_key::known(&mut *self.reader().await?, signer.id()).await?
        {
            let mut work = self.write().await?;
            table::audit_key::note(work.on(), signer, jiff::Timestamp::now()).await?;
            work.commit().await?;
        }
        Ok(())
    }
}
