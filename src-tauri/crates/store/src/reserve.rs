//! Room kept beside the database and given up when the disk is full, so that a deployment which has begun can be noted to
//! its end: a history that stops in the middle would leave an app stopped in the middle.

use crate::{
    Store,
    head::{blocking, private, with_suffix},
};
use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use switchback_core::port::LedgerError;

/// More than SQLite's log grows to before it begins anew (1000 pages of 4 KiB), and what a deployment adds to the
/// database.
const ROOM: usize = 8 * 1024 * 1024;

/// `<db>.reserve`.
#[derive(Debug, Clone)]
pub struct Reserve(PathBuf);

impl Reserve {
    /// The one of the database at `path`.
    pub fn beside(path: &Path) -> Self {
        Self(with_suffix(path, ".reserve"))
    }

    /// Makes it whole again. Fails when there is no room for it, and leaves none of it then.
    pub async fn fill(&self) -> io::Result<()> {
        let path = self.0.clone();
        blocking(move || {
            if std::fs::metadata(&path).is_ok_and(|kept| kept.len() == ROOM as u64) {
                return Ok(());
            }
            fill(&path).inspect_err(|_| drop(std::fs::remove_file(&path)))
        })
        .await
    }

    /// Gives it up. Whether there was anything to give.
    pub async fn give_up(&self) -> bool {
        let path = self.0.clone();
        blocking(move || std::fs::remove_file(path)).await.is_ok()
    }
}

/// Written and not only stretched, which on most file systems takes no room.
fn fill(path: &Path) -> io::Result<()> {
    let mut file = private().create(true).write(true).truncate(true).open(path)?;
    file.write_all(&vec![0; ROOM])?;
    file.sync_all()
}

impl Store {
    /// Writes what belongs to something that has begun: on a full disk, once more in the room of the reserve.
    pub(crate) async fn at_any_cost<T, F: Future<Output = Result<T, LedgerError>>>(
        &self,
        write: impl Fn() -> F,
    ) -> Result<T, LedgerError> {
        match write().await {
            Err(LedgerError::DiskFull) if self.chain.reserve.give_up().await => {
                tracing::warn!("the disk is full; what has begun is noted in the room that was kept for it");
                write().await
            }
            answer => answer,
        }
    }
}
