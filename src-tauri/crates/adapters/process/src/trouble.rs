//! Turns the system's errors into the port's failures, in one place so that the same cause has the same kind everywhere.

use std::{io, path::Path};
use switchback_core::failure::{Failure, FailureKind};

/// An error of the system while `doing` something to `path`.
pub fn io(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("{doing} {}: {error}", path.display());
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            FailureKind::DiskFull { place: path.display().to_string() }
        }
        _ => FailureKind::Other,
    };
    Failure::new(kind, message)
}

/// Anything else, in our own words.
pub fn other(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Other, message)
}

/// A task of ours that was lost, which only a panic or the end of the program does.
pub fn lost(error: &tokio::task::JoinError) -> Failure {
    other(format!("a task ended before its work: {error}"))
}
