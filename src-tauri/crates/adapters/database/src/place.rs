//! Where a database is, as the policy file writes it: a kind, and settings without a password.

use crate::DatabaseError;
use std::{collections::BTreeMap, path::PathBuf, str::FromStr};
use switchback_lint::Dialect;

/// A database's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// PostgreSQL, with its settings.
    Postgres(Settings),
    /// MySQL or MariaDB, with its settings.
    Mysql(Settings),
    /// A file.
    Sqlite(PathBuf),
}

/// Where a server is and whom to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// A name or address, or the folder (PostgreSQL) or path (MySQL) of a socket.
    pub host: String,
    /// The port, when not the usual one.
    pub port: Option<u16>,
    /// The database's name.
    pub dbname: String,
    /// The user.
    pub user: String,
}

impl Place {
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

fn settings(text: &str) -> Result<Settings, DatabaseError> {
    let mut pairs = BTreeMap::new();
    for word in text.split_whitespace() {
        let (key, value) =
            word.split_once('=').ok_or_else(|| DatabaseError::Place("a setting is KEY=VALUE".to_owned()))?;
        if !matches!(key, "host" | "port" | "dbname" | "user") {
            let why = if key == "password" {
                "a password is never written there".to_owned()
            } else {
                format!("there is no setting {key}")
            };
            return Err(DatabaseError::Place(why));
        }
        pairs.insert(key, value.to_owned());
    }
    let mut take = |key| pairs.remove(key).ok_or_else(|| DatabaseError::Place(format!("{key} is missing")));
    let (host, dbname, user) = (take("host")?, take("dbname")?, take("user")?);
    let port =
        pairs.remove("port").map(|port| port.parse().map_err(|_| DatabaseError::Place(format!("{port} is no port"))));
    Ok(Settings { host, port: port.transpose()?, dbname, user })
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
