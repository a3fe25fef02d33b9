//! One connection to any of the three, which runs statements and answers in text.
//!
//! Answers are text because introspection compares and shows them and does no more; queries here cast to it.

use crate::{DatabaseError, Place};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    AssertSqlSafe, Connection as _, MySqlConnection, PgConnection, Row as _, SqliteConnection,
    mysql::MySqlConnectOptions, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};
use std::time::Duration;
use switchback_core::{migration::Layout, server::Server};
use switchback_lint::Dialect;

/// How long a statement waits for a lock.
const LOCK: Duration = Duration::from_secs(10);
/// How long one statement may take. A migration that needs longer says so itself.
const STATEMENT: Duration = Duration::from_mins(10);

/// How long a server may take to let somebody in. One that takes a connection and says nothing is as good as away.
const ENTRY: Duration = Duration::from_secs(10);
/// How long a server may take for what is asked before each plan, which reads no rows of people's: longer than a lock is
/// waited for.
const ANSWER: Duration = Duration::from_secs(30);
/// How much later than the server's own limit an answer may come: beyond that the server, or the way to it, is gone.
const WAY: Duration = Duration::from_secs(30);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// Around what is looked at within a transaction: what fails in between is no failure of it, and leaves nothing.
pub(crate) const SAVE: &str = "savepoint switchback_looks";
pub(crate) const BACK: &str = "rollback to savepoint switchback_looks";
pub(crate) const FORGET: &str = "release savepoint switchback_looks";

/// A connection.
#[derive(Debug)]
pub enum Connection {
    /// To PostgreSQL.
    Postgres(PgConnection),
    /// To MySQL or MariaDB.
    Mysql(MySqlConnection),
    /// To a file.
    Sqlite(SqliteConnection),
}

/// A row in text.
pub type TextRow = Vec<Option<String>>;

/// Each driver has a row type of its own, and the three share no trait that reads a text out of all of them.
macro_rules! text_rows {
    ($connection:expr, $sql:expr) => {{
        let rows = sqlx::raw_sql(AssertSqlSafe($sql)).fetch_all($connection).await?;
        let text = rows.iter().map(|row| {
            (0..row.len())
                .map(|index| row.try_get_unchecked::<Option<String>, _>(index))
                .collect::<Result<TextRow, _>>()
        });
        text.collect()
    }};
}

impl Connection {
    /// Connects, and sets the limits on waiting.
    pub async fn open(place: &Place, password: Option<&SecretString>) -> Result<Self, DatabaseError> {
        let opened = tokio::time::timeout(ENTRY, Self::opened(place, password)).await;
        opened.unwrap_or_else(|_| Err(DatabaseError::unopened(place, late(ENTRY))))
    }

    async fn opened(place: &Place, password: Option<&SecretString>) -> Result<Self, DatabaseError> {
        let unopened = |source| DatabaseError::unopened(place, source);
        let mut connection = match place {
            Place::Postgres(at) => {
                Self::Postgres(PgConnection::connect_with(&postgres(at, password)).await.map_err(unopened)?)
            }
            Place::Mysql(at) => {
                Self::Mysql(MySqlConnection::connect_with(&mysql(at, password)).await.map_err(unopened)?)
            }
            Place::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).busy_timeout(LOCK).foreign_keys(true);
                let mut file = Self::Sqlite(SqliteConnection::connect_with(&options).await.map_err(unopened)?);
                // Only now it is looked into.
                file.run("select 1 from sqlite_master limit 1").await.map_err(unopened)?;
                file
            }
        };
        limits(&mut connection).await?;
        Ok(connection)
    }

    /// Whose SQL it takes.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Mysql(_) => Dialect::Mysql,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs SQL that answers nothing.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Postgres(connection) => sql.execute(connection).await.map(drop),
            Self::Mysql(connection) => sql.execute(connection).await.map(drop),
            Self::Sqlite(connection) => sql.execute(connection).await.map(drop),
        }
    }

    /// Heeds references as the layout's own tool does. SQLite heeds none unless it is told to, and of these tools only
    /// sqlx tells it: where they are heeded, a table that is built anew takes the rows that refer to it along.
    pub(crate) async fn refer_as(&mut self, layout: Layout) -> Result<(), sqlx::Error> {
        if self.dialect() != Dialect::Sqlite {
            return Ok(());
        }
        self.run(if layout == Layout::Sqlx { "pragma foreign_keys = on" } else { "pragma foreign_keys = off" }).await
    }

    /// Begins a transaction that may write.
    pub(crate) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        // Otherwise a reader of SQLite that turns writer may find that somebody was faster.
        self.run(if self.dialect() == Dialect::Sqlite { "begin immediate" } else { "begin" }).await
    }

    /// Runs statements in one transaction.
    pub(crate) async fn whole(&mut self, sql: &[String]) -> Result<(), sqlx::Error> {
        self.begin().await?;
        for one in sql {
            if let Err(error) = self.run(one).await {
                let _ = self.run("rollback").await;
                return Err(error);
            }
        }
        self.run("commit").await
    }

    /// Whether there is a table of this name, in lower case, where unqualified names are looked for.
    pub(crate) async fn has_table(&mut self, table: &str) -> Result<bool, DatabaseError> {
        let query = match self.dialect() {
            Dialect::Postgres => format!("select to_regclass('{table}')::text"),
            Dialect::Mysql => {
                format!(
                    "select cast(min(table_name) as char) from information_schema.tables where table_schema = database() and lower(table_name) = '{table}'"
                )
            }
            Dialect::Sqlite => format!("select min(name) from sqlite_master where lower(name) = '{table}'"),
        };
        let rows = self.rows(&query).await.map_err(DatabaseError::doing("look for a table"))?;
        Ok(rows.first().and_then(|row| row.first()).is_some_and(Option::is_some))
    }

    /// Runs a query whose columns are text.
    pub(crate) async fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>, sqlx::Error> {
        let sql = sql.to_owned();
        let answer = async {
            match self {
                Self::Postgres(connection) => text_rows!(connection, sql),
                Self::Mysql(connection) => text_rows!(connection, sql),
                Self::Sqlite(connection) => text_rows!(connection, sql),
            }
        };
        tokio::time::timeout(STATEMENT + WAY, answer).await.unwrap_or_else(|_| Err(late(STATEMENT + WAY)))
    }

    /// The first column of a query, as far as it is text.
    pub async fn names(&mut self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        let rows = self.rows(sql).await.map_err(DatabaseError::doing("ask for names"))?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }

    /// Says goodbye.
    pub async fn close(self) {
        let closed = async {
            match self {
                Self::Postgres(connection) => connection.close().await,
                Self::Mysql(connection) => connection.close().await,
                Self::Sqlite(connection) => connection.close().await,
            }
        };
        let _ = tokio::time::timeout(GOODBYE, closed).await;
    }
}

/// Asks within bounds: a server that let us in may be cut off since.
pub(crate) async fn asked<T>(
    place: &Place,
    answer: impl Future<Output = Result<T, DatabaseError>>,
) -> Result<T, DatabaseError> {
    let answer = tokio::time::timeout(ANSWER, answer).await;
    answer.unwrap_or_else(|_| Err(DatabaseError::unopened(place, late(ANSWER))))
}

fn late(limit: Duration) -> sqlx::Error {
    let said = format!("it gave no answer within {} s", limit.as_secs());
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, said))
}

/// Sets the limits on waiting.
pub(crate) async fn limits(connection: &mut Connection) -> Result<(), DatabaseError> {
    let limits = match connection.dialect() {
        Dialect::Postgres => {
            format!("set lock_timeout = {}; set statement_timeout = {}", LOCK.as_millis(), STATEMENT.as_millis())
        }
        Dialect::Mysql => {
            format!("set session lock_wait_timeout = {0}, session innodb_lock_wait_timeout = {0}", LOCK.as_secs())
        }
        Dialect::Sqlite => return Ok(()),
    };
    connection.run(&limits).await.map_err(DatabaseError::doing("set the limits of a connection"))?;
    if connection.dialect() == Dialect::Mysql {
        // MySQL has no limit for anything but queries, and does not know the word.
        let _ = connection.run(&format!("set session max_statement_time = {}", STATEMENT.as_secs())).await;
    }
    Ok(())
}

fn postgres(at: &Server, password: Option<&SecretString>) -> PgConnectOptions {
    let mut options =
        PgConnectOptions::new_without_pgpass().username(&at.user).database(&at.dbname).application_name("switchback");
    options = if at.host.starts_with('/') { options.socket(&at.host) } else { options.host(&at.host) };
    if let Some(port) = at.port {
        options = options.port(port);
    }
    match password {
        Some(password) => options.password(password.expose_secret()),
        None => options,
    }
}

fn mysql(at: &Server, password: Option<&SecretString>) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new().username(&at.user).database(&at.dbname);
    options = if at.host.starts_with('/') { options.socket(&at.host) } else { options.host(&at.host) };
    if let Some(port) = at.port {
        options = options.port(port);
    }
    match password {
        Some(password) => options.password(password.expose_secret()),
        None => options,
    }
}
