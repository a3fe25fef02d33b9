//! Our own statements on a connection on which somebody's script runs. What the script set for its session (where names are
//! looked for, whose rights are used) must not reach them, nor the next script.

use crate::{Connection, DatabaseError, connection::limits, part::ident};
use switchback_lint::Dialect;

/// Until the end of a transaction PostgreSQL is as it was when the connection was opened.
const AS_OPENED: &str =
    "set local session authorization default; set local role to default; set local search_path to default";
/// The same for good. `discard all` would give the lock of the run back.
const FORGOTTEN: &str = "reset session authorization; reset role; reset all; close all; discard temp";
/// What scripts set on MySQL before they load something.
const USUAL: &str = "set session sql_mode = default, session foreign_key_checks = default, \
    session unique_checks = default, session autocommit = default, session time_zone = default";

/// Where a connection was before a script.
pub struct Home {
    /// MySQL's database: a script may use another one.
    database: Option<String>,
}

impl Home {
    /// Asks, before the script.
    pub async fn of(connection: &mut Connection) -> Result<Self, DatabaseError> {
        Ok(Self { database: database(connection).await.map_err(DatabaseError::doing("ask for the database"))? })
    }

    /// Goes there in a transaction; gives where the script was.
    pub async fn enter(&self, connection: &mut Connection) -> Result<Option<String>, sqlx::Error> {
        match connection.dialect() {
            Dialect::Postgres => connection.run(AS_OPENED).await.map(|()| None),
            Dialect::Sqlite => Ok(None),
            Dialect::Mysql => {
                let there = database(connection).await?.filter(|there| Some(there) != self.database.as_ref());
                if let Some(home) = self.database.as_ref().filter(|_| there.is_some()) {
                    connection.run(&format!("use {}", ident(Dialect::Mysql, home))).await?;
                }
                Ok(there)
            }
        }
    }

    /// After the transaction, goes back to where the script was.
    pub async fn leave(connection: &mut Connection, there: Option<String>) -> Result<(), sqlx::Error> {
        match there {
            Some(there) => connection.run(&format!("use {}", ident(Dialect::Mysql, &there))).await,
            None => Ok(()),
        }
    }

    /// After the script: the connection is as it was opened, as far as the server can forget.
    pub async fn anew(&self, connection: &mut Connection) -> Result<(), DatabaseError> {
        let refused = || DatabaseError::doing("forget what the script set");
        match connection.dialect() {
            Dialect::Sqlite => return Ok(()),
            Dialect::Postgres => {
                // One by one: several in a message are a transaction, in which `discard` is not allowed.
                for one in FORGOTTEN.split("; ") {
                    connection.run(one).await.map_err(refused())?;
                }
            }
            Dialect::Mysql => {
                connection.run(USUAL).await.map_err(refused())?;
                self.enter(connection).await.map_err(refused())?;
            }
        }
        limits(connection).await
    }
}

/// MySQL's; the others cannot change theirs.
async fn database(connection: &mut Connection) -> Result<Option<String>, sqlx::Error> {
    if connection.dialect() != Dialect::Mysql {
        return Ok(None);
    }
    Ok(connection
        .rows("select cast(database() as char)")
        .await?
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next()?))
}
