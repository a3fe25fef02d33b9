//! The audit's head kept outside the database: `<db>.head` holds the last entry's number and hash, so that cutting off
//! the chain's end is noticed.
//!
//! It may be behind the database (a crash between commit and here) but never ahead of it. It only moves forward, and
//! only when the database still holds what it says: otherwise it stays as the evidence. Not a defence against somebody
//! who rewrites both files and has no signature to forge.

use crate::{
    fault::Fault,
    signer::{Signer, holds, public_key},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// The head: number and hash of the last entry (its number is also the count), signed where there is a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The last entry's number; 0 before the first.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// The key's id.
    pub signed_by: Option<String>,
    /// Over [`Head::text`].
    pub signature: Option<String>,
}

impl Head {
    /// A head, signed if there is a key.
    pub fn new(seq: i64, hash: String, signer: Option<&Signer>) -> Self {
        let mut head = Self { seq, hash, signed_by: None, signature: None };
        if let Some(signer) = signer {
            head.signature = Some(signer.sign(&head.text()));
            head.signed_by = Some(signer.id().to_owned());
        }
        head
    }

    /// What is signed. Differs from an entry's signed hash, so that neither signature passes for the other.
    fn text(&self) -> String {
        format!("head {} {}", self.seq, self.hash)
    }

    /// Whether the signature holds under a public key (base64).
    pub fn holds(&self, key: &str) -> bool {
        let Some(key) = public_key(key) else { return false };
        self.signature.as_deref().is_some_and(|signature| holds(&key, &self.text(), signature))
    }
}

/// Where the head is kept.
#[derive(Debug, Clone)]
pub struct HeadFile {
    path: PathBuf,
    lock: PathBuf,
}

impl HeadFile {
    /// The head of the database at `path`.
    pub fn beside(path: &Path) -> Self {
        Self { path: with_suffix(path, ".head"), lock: with_suffix(path, ".lock") }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The head; `None` when the file is missing. A file that cannot be understood reads as a head that fits nothing.
    pub async fn read(&self) -> Result<Option<Head>, Fault> {
        let path = self.path.clone();
        Ok(blocking(move || read(&path)).await?)
    }

    /// Moves forward to `to`, if the file still holds `from` or something between (another process moved it, having
    /// checked as we did). `from` is `None` only for the very first head.
    pub async fn advance(&self, to: Head, from: Option<Head>) -> Result<(), Fault> {
        let (path, lock) = (self.path.clone(), self.lock.clone());
        Ok(blocking(move || {
            let _held = locked(&lock)?;
            let now = read(&path)?;
            let forward = match (&now, &from) {
                (None, None) => true,
                (Some(now), Some(from)) => now.seq >= from.seq && now.seq < to.seq,
                _ => false,
            };
            if forward { write(&path, &to) } else { Ok(()) }
        })
        .await?)
    }
}

/// `path` with more text behind its file name.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// How files are made: for their owner alone, whatever the folder above them allows.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes the lock that all processes share; it ends with the value, or with the process.
pub fn locked(path: &Path) -> io::Result<File> {
    let file = lockable(path)?;
    file.lock()?;
    Ok(file)
}

/// The same if nobody has it now.
pub fn locked_at_once(path: &Path) -> io::Result<Option<File>> {
    let file = lockable(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn lockable(path: &Path) -> io::Result<File> {
    private().create(true).truncate(false).write(true).open(path)
}

/// Runs file work where it may block.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn read(path: &Path) -> io::Result<Option<Head>> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let unreadable = || Head { seq: i64::MAX, hash: String::new(), signed_by: None, signature: None };
            Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| unreadable())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Written beside and renamed over, so that a power cut leaves the old head or the new one, never half.
fn write(path: &Path, head: &Head) -> io::Result<()> {
    let beside = with_suffix(path, ".new");
    let mut file = private().create(true).write(true).truncate(true).open(&beside)?;
    file.write_all(&serde_json::to_vec(head)?)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The rename itself is only safe once the folder is written; some file systems cannot do that, and need not.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}
