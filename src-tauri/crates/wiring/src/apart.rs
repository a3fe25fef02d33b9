//! Journals of rehearsals: each a database of its own under the home, gone with its rehearsal.

use async_trait::async_trait;
use std::{path::PathBuf, sync::Arc};
use switchback_core::port::{JournalsApart, Ledger, LedgerError};
use switchback_store::Store;
use uuid::Uuid;

/// Where they are.
pub struct Folders(pub PathBuf);

impl Folders {
    fn of(&self, id: Uuid) -> PathBuf {
        self.0.join(id.to_string())
    }
}

fn refused(error: &std::io::Error) -> LedgerError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return LedgerError::DiskFull;
    }
    LedgerError::Other { said: format!("a drill's journal: {error}") }
}

#[async_trait]
impl JournalsApart for Folders {
    async fn open(&self, id: Uuid) -> Result<Arc<dyn Ledger>, LedgerError> {
        let folder = self.of(id);
        tokio::fs::create_dir_all(&folder).await.map_err(|error| refused(&error))?;
        Ok(Arc::new(Store::open(&folder.join("history.db"), None).await?))
    }

    async fn discard(&self, id: Uuid) -> Result<(), LedgerError> {
        match tokio::fs::remove_dir_all(self.of(id)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(refused(&error)),
            _ => Ok(()),
        }
    }
}
