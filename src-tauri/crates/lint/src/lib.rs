//! The linter of migrations: what an up and its down do, what may go wrong at night, and whether the down undoes the up.
//!
//! Pure over text: no database, no clock; today's date is passed in. Each statement is read into [`op::Op`]s that are the
//! same for all dialects; rules look at these, at what earlier versions made, and at what the down leaves behind. For
//! PostgreSQL, syntax and the locks of indexes and constraints are squawk's judgement, narrowed by what is known of the
//! tables.
//!
//! A false alarm teaches people to look away, so where a rule cannot know, it is silent; a verdict it cannot give is
//! [`Reversible::Unknown`].

mod accept;
mod again;
pub mod carry;
pub mod clause;
mod contract;
pub mod demand;
mod depth;
mod executable;
mod lint;
mod old_code;
pub mod op;
mod propose;
mod read;
mod report;
mod rule;
mod rules;
pub mod says;
mod schema;
mod shape;
pub mod sql;
mod squawk;
pub mod statement;
pub mod trigger;
pub mod types;
mod undo;
mod unread;

pub use contract::{Breach, Contraction, contractions, expands, hidden};
pub use lint::{Asked, lint};
pub use old_code::Refusal;
pub use propose::{Folder, Proposal};
pub use report::{Accepted, Finding, Report, Reversible, VersionVerdict, Where};
pub use rule::{Rule, Severity};

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
    /// SQLite.
    Sqlite,
}

/// What a script does, in order.
pub fn ops(dialect: Dialect, sql: &str) -> Vec<op::Op> {
    let cut = statement::cut(dialect, sql);
    let each = cut.statements.iter().enumerate();
    each.flat_map(|(number, one)| read::read(dialect, one, number)).map(|placed| placed.op).collect()
}

/// A name that is no dialect.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no dialect; there are postgres, mysql and sqlite")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" | "pg" => Ok(Self::Postgres),
            "mysql" | "mariadb" => Ok(Self::Mysql),
            "sqlite" | "sqlite3" => Ok(Self::Sqlite),
            _ => Err(UnknownDialect(name.to_owned())),
        }
    }
}
