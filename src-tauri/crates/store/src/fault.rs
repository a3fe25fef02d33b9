//! What can go wrong inside, and how it looks from outside.
//!
//! Apart, because [`LedgerError`] and `sqlx::Error` are both foreign types: [`Fault`] is the bridge that `?` needs.

use switchback_core::port::LedgerError;

/// A failure on its way to becoming a [`LedgerError`].
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database said no.
    #[error("{0}")]
    Sql(#[from] sqlx::Error),
    /// A column does not hold what it should.
    #[error("a stored value cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The store refuses, for a reason the port names. Boxed, because it is large and rare.
    #[error("{0}")]
    Refused(Box<LedgerError>),
    /// A file beside the database.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl From<LedgerError> for Fault {
    fn from(refused: LedgerError) -> Self {
        Self::Refused(Box::new(refused))
    }
}

/// SQLITE_FULL. The low byte of an extended code is the primary code.
const FULL: i32 = 13;

/// SQLITE_IOERR_SHMSIZE: no room for the few pages its processes share, which a full disk alone refuses.
const NO_SHARED_PAGES: i32 = 4874;

impl From<Fault> for LedgerError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refused) => *refused,
            Fault::Sql(error) if full(&error) => Self::DiskFull,
            Fault::File(error) if error.kind() == std::io::ErrorKind::StorageFull => Self::DiskFull,
            other => {
                let broken = if let Fault::Sql(error) = &other { broken(error) } else { None };
                broken.map_or_else(|| Self::Other { said: other.to_string() }, damage)
            }
        }
    }
}

/// Whether there is no room left on the disk.
pub fn full(error: &sqlx::Error) -> bool {
    code(error) == Some(FULL) || extended(error) == Some(NO_SHARED_PAGES)
}

/// SQLITE_CORRUPT and SQLITE_NOTADB, in words: whichever query meets them, the file is no history any more.
pub fn broken(error: &sqlx::Error) -> Option<&'static str> {
    match code(error)? {
        11 => Some("it is damaged"),
        26 => Some("it is not a database"),
        _ => None,
    }
}

/// A file that was opened and cannot be read. By the name that each has in its home: a query knows no more of it.
pub fn damage(why: impl Into<String>) -> LedgerError {
    LedgerError::Unreadable { path: "history.db".to_owned(), why: why.into() }
}

/// SQLite's primary result code, if this came from SQLite.
pub fn code(error: &sqlx::Error) -> Option<i32> {
    Some(extended(error)? & 0xff)
}

fn extended(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// A [`LedgerError::Conflict`].
pub fn conflict(why: impl Into<String>) -> Fault {
    LedgerError::Conflict { why: why.into() }.into()
}

/// A [`LedgerError::NotFound`].
pub fn not_found(what: impl Into<String>) -> Fault {
    LedgerError::NotFound { what: what.into() }.into()
}

/// A value in the file that no version of us wrote.
pub fn damaged(what: impl Into<String>) -> Fault {
    LedgerError::Other { said: format!("a stored value cannot be read: {}", what.into()) }.into()
}
