//! One change at a time, across processes: desktop, command line and agent share one keychain.
//!
//! Apart, because a keychain has no transactions: an index is read, changed and written, and two processes doing so at
//! once would lose one's fingerprint. A lock on an empty file in the person's own runtime folder orders them.
//!
//! The lock is a courtesy: where no such file can be had, the change goes on without it, and the worst outcome is a
//! value that only its own reference finds. Deliberately not here: the executor's lease, which lives in the store.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// File locks are per open file, which is enough between threads too, but not where the file is missing.
static HERE: Mutex<()> = Mutex::new(());

/// Held while an index is changed; the lock ends with it.
pub(crate) struct Turn {
    _here: MutexGuard<'static, ()>,
    _file: Option<File>,
}

impl Turn {
    /// Waits for the turn. The caller's own bound in time holds.
    pub(crate) fn take(service: &str) -> Self {
        let here = HERE.lock().unwrap_or_else(PoisonError::into_inner);
        let file = path(service).and_then(|path| {
            let file = File::options().create(true).truncate(false).write(true).open(&path);
            file.and_then(|file| file.lock().map(|()| file))
                .inspect_err(|error| tracing::warn!(%error, "no lock between processes for the keychain"))
                .ok()
        });
        Self { _here: here, _file: file }
    }
}

/// A folder that belongs to this person alone; a shared temporary folder would let others hold the lock.
fn path(service: &str) -> Option<PathBuf> {
    let folder = if cfg!(any(windows, target_os = "macos")) {
        std::env::temp_dir()
    } else {
        PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?)
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    Some(folder.join(format!("{}.keychain.lock", service.chars().map(plain).collect::<String>())))
}
