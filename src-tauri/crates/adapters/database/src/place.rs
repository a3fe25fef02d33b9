//! Where a database is, as the policy file writes it: a kind, and settings without a password.

use crate::DatabaseError;
use std::{path::PathBuf, str::FromStr};
use switchback_core::server::{NoServer, Server};
use switchback_lint::Dialect;

/// A database's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// PostgreSQL, with its settings.
    Postgres(Server),
    /// MySQL or MariaDB, with its settings.
    Mysql(Server),
    /// A file.
    Sqlite(PathBuf),
}

impl Place {
    /// A place on the same server where no database is.
    pub(crate) fn nowhere(&self) -> Self {
        let name = format!("switchback_nowhere_{}", uuid::Uuid::now_v7().simple());
        match self.clone() {
            Self::Postgres(at) => Self::Postgres(Server { dbname: name, ..at }),
            Self::Mysql(at) => Self::Mysql(Server { dbname: name, ..at }),
            Self::Sqlite(path) => Self::Sqlite(path.join(name).join("none.db")),
        }
    }

    /// Whose SQL it takes.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Mysql(_) => Dialect::Mysql,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Postgres(at) => write!(f, "postgres {} on {}", at.dbname, at.host),
            Self::Mysql(at) => write!(f, "mysql {} on {}", at.dbname, at.host),
            Self::Sqlite(path) => write!(f, "sqlite {}", path.display()),
        }
    }
}

impl FromStr for Place {
    type Err = DatabaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What was given may hold a password, so it is not repeated.
        let (kind, rest) =
            text.split_once(':').ok_or_else(|| DatabaseError::Place("it names no kind of database".to_owned()))?;
        match kind {
            "postgres" | "postgresql" => settings(rest).map(Self::Postgres),
            "mysql" | "mariadb" => settings(rest).map(Self::Mysql),
            "sqlite" if !rest.is_empty() => Ok(Self::Sqlite(PathBuf::from(rest))),
            _ => Err(DatabaseError::Place("it names no kind of database".to_owned())),
        }
    }
}

fn settings(text: &str) -> Result<Server, DatabaseError> {
    text.parse().map_err(|error: NoServer| DatabaseError::Place(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_and_a_password_in_it_is_refused_without_repeating_it() {
        let place: Place = "postgres:host=db port=5433 dbname=shop user=app".parse().unwrap();
        assert_eq!(place.to_string(), "postgres shop on db");
        let error = "postgres:host=db dbname=shop user=app password=sesame".parse::<Place>().unwrap_err().to_string();
        assert!(error.contains("never written") && !error.contains("sesame"), "{error}");
        assert!("oracle:x".parse::<Place>().is_err());
    }
}
