//! A scratch database made as a real one is: its schema, and some rows of each of its tables. Both stay on its server.
//!
//! PostgreSQL's schema is what its own `pg_dump` says; MySQL and SQLite say theirs themselves. The real database is only
//! read, within the limits that every connection has.

mod mysql;
mod postgres;
mod programs;
mod sample;
mod sqlite;

use crate::{Connection, DatabaseError, Place, scratch::Scratch};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use switchback_core::port::{Programs, Stop};

/// What a proof started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ground", rename_all = "kebab-case")]
pub enum Ground {
    /// The schema of the database that it is for.
    Copy {
        /// How many of its rows were taken along.
        rows: u64,
        /// Whether the copy's catalogue says the same as the database's, so that the one can be known by the other.
        #[serde(default)]
        alike: bool,
        /// What of it is not there, each with why, in words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
    },
    /// An empty schema.
    Empty {
        /// Why it is no copy, in words.
        why: String,
    },
}

impl std::fmt::Display for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Copy { rows, left_out, .. } => {
                match rows {
                    0 => f.write_str("on a copy without rows")?,
                    1 => f.write_str("on a copy with 1 row")?,
                    rows => write!(f, "on a copy with {rows} rows")?,
                }
                left_out.iter().try_for_each(|one| write!(f, "; {one}"))
            }
            Self::Empty { why } => write!(f, "from an empty schema, because {why}"),
        }
    }
}

/// What is to be copied.
#[derive(Clone, Copy)]
pub struct Real<'a> {
    pub place: &'a Place,
    pub password: Option<&'a SecretString>,
    /// Tables of the team's tool beside those that are known: they are taken whole.
    pub books: &'a [String],
    pub programs: &'a dyn Programs,
    /// When it ends, the copy is given up.
    pub stop: &'a Stop,
}

impl Real<'_> {
    /// A scratch database like it, and what it holds; what hindered it, in words, where it can be made and not filled.
    pub async fn copied(&self) -> Result<Result<(Scratch, Filled), String>, DatabaseError> {
        let mut scratch = Scratch::beside(self.place, self.password).await?;
        let filling = async {
            match self.place {
                Place::Postgres(at) => postgres::fill(&mut scratch, at, self).await,
                Place::Mysql(at) => mysql::fill(&scratch, at, self).await,
                Place::Sqlite(path) => sqlite::fill(&mut scratch.connection, path, self.books).await.map(Filled::of),
            }
        };
        let filled = tokio::select! {
            biased;
            () = self.stop.clone() => Err(NoCopy("it was stopped".to_owned())),
            filled = filling => filled,
        };
        match filled {
            Ok(filled) => Ok(Ok((scratch, filled))),
            Err(why) => {
                scratch.remove(self.password).await?;
                Ok(Err(why.0))
            }
        }
    }
}

/// What a copy holds.
#[derive(Default)]
pub struct Filled {
    pub rows: u64,
    /// What it lacks, each with why, in words.
    pub left_out: Vec<String>,
}

impl Filled {
    fn of(rows: u64) -> Self {
        Self { rows, ..Self::default() }
    }
}

/// Why there is no copy, in words.
struct NoCopy(String);

impl From<DatabaseError> for NoCopy {
    fn from(error: DatabaseError) -> Self {
        Self(error.to_string())
    }
}

/// Runs one statement that makes a part of the copy.
async fn make(scratch: &mut Connection, what: &str, sql: &str) -> Result<(), NoCopy> {
    let refused = |error| NoCopy(format!("the copy of {what} was refused: {}", crate::error::said(&error)));
    scratch.run(sql).await.map_err(refused)
}
