//! What a database may answer instead of what was asked.

use crate::Place;
use sqlx::postgres::PgDatabaseError;
use switchback_core::migration::Layout;

/// Why a database could not be asked, or said no.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The place is not written as one.
    #[error("{0}; write postgres:host=… port=… dbname=… user=…, mysql:host=… dbname=… user=…, or sqlite:PATH")]
    Place(String),
    /// It cannot be reached, or lets nobody in.
    #[error("{place} cannot be reached: {}", said(source))]
    Unreachable {
        /// Where, without a password.
        place: String,
        /// The driver's words.
        source: sqlx::Error,
    },
    /// It is there, and refuses this user or password.
    #[error("{place} refuses the login of {user}: {}", said(source))]
    LoginRefused {
        /// Where, without a password.
        place: String,
        /// Who.
        user: String,
        /// The server's words.
        source: sqlx::Error,
    },
    /// A table has the name of the tool's own and is another's.
    #[error("{table} is not the table of {}: {}", layout.as_str(), said(source))]
    ForeignTable {
        /// Which.
        table: &'static str,
        /// Whose it would be.
        layout: Layout,
        /// The server's words.
        source: sqlx::Error,
    },
    /// The lock's file cannot be made beside a database file.
    #[error("{place}: {lock}, which keeps other runs out, cannot be made: {source}")]
    NoLock {
        /// Where.
        place: String,
        /// The lock's file.
        lock: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It makes no database for a proof.
    #[error(
        "{place} makes no scratch database ({}): let the user make databases, or prove on another server",
        said(source)
    )]
    NoScratch {
        /// Where, without a password.
        place: String,
        /// The server's words.
        source: sqlx::Error,
    },
    /// It refused a statement of ours.
    #[error("{doing}: {}", said(source))]
    Refused {
        /// What was being done.
        doing: &'static str,
        /// The server's words.
        source: sqlx::Error,
    },
    /// The system refused a file.
    #[error("a scratch file: {0}")]
    File(#[from] std::io::Error),
}

/// PostgreSQL's code for something that others hang on.
const DEPENDED_ON: &str = "2BP01";

/// The server's own words, without the driver's around them and the line of the server's source. What hangs on a thing is
/// told by name; other details may be of rows, and are not repeated.
pub(crate) fn said(error: &sqlx::Error) -> String {
    let Some(said) = error.as_database_error() else { return error.to_string() };
    let postgres = said.try_downcast_ref::<PgDatabaseError>().filter(|said| said.code() == DEPENDED_ON);
    match postgres.and_then(PgDatabaseError::detail) {
        Some(detail) => format!("{}: {}", said.message(), detail.replace('\n', "; ")),
        None => said.message().to_owned(),
    }
}

/// Whether it waited for a lock in vain: somebody else holds it, and nothing is wrong with what was asked.
pub(crate) fn held_up(error: &sqlx::Error) -> bool {
    let Some(answer) = error.as_database_error() else { return false };
    let said = answer.message().to_ascii_lowercase();
    answer.code().is_some_and(|code| code == "55P03")
        || ["lock timeout", "lock wait timeout", "database is locked"].iter().any(|words| said.contains(words))
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// Whether there is no such table, column or schema.
fn absent(error: &sqlx::Error) -> bool {
    let Some(answer) = error.as_database_error() else { return false };
    let said = answer.message().to_ascii_lowercase();
    // PostgreSQL's codes, then MySQL's. SQLite has words alone, and MySQL for a database.
    answer.code().is_some_and(|code| ["42P01", "42703", "3F000", "42S02", "42S22"].contains(&code.as_ref()))
        || ["no such table", "no such column", "unknown database"].iter().any(|words| said.contains(words))
}

impl DatabaseError {
    /// For `map_err`.
    pub(crate) fn doing(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Refused { doing, source }
    }

    /// Why no connection came about.
    pub(crate) fn unopened(place: &Place, source: sqlx::Error) -> Self {
        let user = match place {
            Place::Postgres(at) | Place::Mysql(at) => at.user.clone(),
            Place::Sqlite(_) => String::new(),
        };
        let (place, code) = (place.to_string(), code(&source));
        // Both servers say so in the standard's code; PostgreSQL has one of its own for a wrong password.
        match code.as_deref() {
            Some("28000" | "28P01") => Self::LoginRefused { place, user, source },
            _ => Self::Unreachable { place, source },
        }
    }

    /// What reading the tool's table failed with: its columns are not there, or are of another kind.
    pub(crate) fn of_books(table: &'static str, layout: Layout) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| {
            if absent(&source) || code(&source).as_deref() == Some("42804") {
                Self::ForeignTable { table, layout, source }
            } else {
                Self::Refused { doing: "read the tool's table", source }
            }
        }
    }

    /// Whether somebody else's lock was in the way.
    pub fn is_held_up(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if held_up(source))
    }

    /// Whether it has no such table, column or schema.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { source, .. } if absent(source))
    }

    /// Whether the target was not there, rather than the request wrong.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}
