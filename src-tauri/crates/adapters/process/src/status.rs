//! What is written down about an instance, so that any process can tell what it does, whoever started it.
//!
//! Files are replaced by rename, so a reader sees the old or the new, never half. No secret is ever in them: the
//! specification holds references only.

use crate::{kernel::Identity, trouble};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};
use switchback_core::{failure::Failure, ident::Instant, plan::InstanceSpec};

/// What an instance did last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Status {
    /// It was started and nobody has seen it end.
    Running {
        /// Which process.
        process: Identity,
        /// When it started.
        since: Instant,
        /// The port it was told to listen on.
        port: Option<u16>,
    },
    /// It ended.
    Exited {
        /// Its exit code; 128 plus the signal's number when killed; none when nobody was there to see.
        code: Option<i64>,
        /// Killed for memory.
        out_of_memory: bool,
        /// When.
        at: Instant,
        /// How long it ran, in milliseconds.
        ran_ms: u64,
        /// The port it listened on.
        port: Option<u16>,
    },
}

impl Status {
    /// The port it was told to listen on.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Running { port, .. } | Self::Exited { port, .. } => *port,
        }
    }

    /// What is written for an instance; `None` before its first start.
    pub fn read(dir: &Path) -> Result<Option<Self>, Failure> {
        read(&dir.join("status.json"))
    }

    /// Writes it.
    pub fn write(&self, dir: &Path) -> Result<(), Failure> {
        write(&dir.join("status.json"), self)
    }
}

/// The specification an instance was made from; `None` when there is no such instance.
pub fn read_spec(dir: &Path) -> Result<Option<InstanceSpec>, Failure> {
    read(&dir.join("spec.json"))
}

/// Writes an instance's specification.
pub fn write_spec(dir: &Path, spec: &InstanceSpec) -> Result<(), Failure> {
    write(&dir.join("spec.json"), spec)
}

/// Reads a file of ours; `None` when it is not there.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(trouble::io("read", path, &error)),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| trouble::other(format!("{} is damaged: {error}", path.display())))
}

/// Replaces a file of ours in one act that survives a power cut.
pub fn write<T: Serialize>(path: &Path, what: &T) -> Result<(), Failure> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let bytes = serde_json::to_vec(what).map_err(|error| trouble::other(error.to_string()))?;
    let temp = path.with_extension(format!("{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    let put = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&temp)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temp, path)
    };
    put().map_err(|error| {
        let _ = fs::remove_file(&temp);
        trouble::io("write", path, &error)
    })
}

/// Milliseconds between two instants; 0 when the clock was set back in between.
pub fn millis(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}
