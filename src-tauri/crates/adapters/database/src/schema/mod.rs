//! A schema as sorted lines, read out of the server's own catalogue: two are equal when their lines are.
//!
//! The position of a column is left out: a column that went and came back is last, and nothing that runs looks there.

mod mysql;
mod postgres;
mod same;
mod sqlite;

pub(crate) use postgres::RIGHTS;
pub(crate) use same::Meant;

use crate::{Connection, DatabaseError};
use std::collections::BTreeSet;
use switchback_core::release::Digest;
use switchback_lint::Dialect;

/// Tables in which the teams' tools keep what they applied.
pub(crate) const BOOKKEEPING: [&str; 17] = [
    "switchback_migration",
    "schema_migrations",
    "_sqlx_migrations",
    "flyway_schema_history",
    "databasechangelog",
    "databasechangeloglock",
    "goose_db_version",
    "alembic_version",
    "ar_internal_metadata",
    "django_migrations",
    "doctrine_migration_versions",
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
    "sequelizemeta",
    "sqlite_sequence",
    "sqlite_stat1",
];

/// Whether a table is one of a tool's own, quoted or in a schema or not; `books` are more of them.
pub(crate) fn is_book(table: &str, books: &[String]) -> bool {
    let table = table.rsplit('.').next().unwrap_or(table).trim_matches('"');
    BOOKKEEPING.iter().copied().chain(books.iter().map(String::as_str)).any(|book| book.eq_ignore_ascii_case(table))
}

/// What the catalogue says, word for word, without the tools' own tables.
pub async fn schema(connection: &mut Connection) -> Result<BTreeSet<String>, DatabaseError> {
    let Read { rows, written } = Read::of(connection, &[]).await?;
    Ok(rows.iter().map(|row| line(row)).chain(written).collect())
}

/// What it means, without more tables of tools.
pub(crate) async fn meant(connection: &mut Connection, books: &[String]) -> Result<Meant, DatabaseError> {
    let Read { rows, written } = Read::of(connection, books).await?;
    let plain: fn(&[String]) -> Vec<String> = match connection.dialect() {
        Dialect::Postgres => same::plain,
        Dialect::Mysql | Dialect::Sqlite => <[String]>::to_vec,
    };
    let rows = rows.iter().map(|row| (line(&plain(row)), line(row)));
    Ok(Meant::of(rows.chain(written.into_iter().map(|line| (line.clone(), line)))))
}

/// What was read.
struct Read {
    /// Each line in its words: kind, table, then the rest.
    rows: Vec<Vec<String>>,
    /// Whole lines out of statements.
    written: Vec<String>,
}

impl Read {
    async fn of(connection: &mut Connection, books: &[String]) -> Result<Self, DatabaseError> {
        let (queries, rights): (&[&str], _) = match connection.dialect() {
            Dialect::Postgres => (&postgres::QUERIES, Some(postgres::rights())),
            Dialect::Mysql => (&mysql::QUERIES, None),
            Dialect::Sqlite => (&sqlite::QUERIES, None),
        };
        let mut lines = Vec::new();
        for query in queries.iter().copied().chain(rights.as_deref()) {
            let rows = connection.rows(query).await.map_err(DatabaseError::doing("read the schema"))?;
            let words = |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default).collect();
            let of_tool = |words: &Vec<String>| words.get(1).is_some_and(|table| is_book(table, books));
            lines.extend(rows.into_iter().map(words).filter(|words| !of_tool(words)));
        }
        let written = match connection.dialect() {
            Dialect::Postgres => Vec::new(),
            Dialect::Mysql => mysql::written(connection, books).await?,
            Dialect::Sqlite => sqlite::written(connection, books).await?,
        };
        Ok(Self { rows: lines, written })
    }
}

fn line(words: &[String]) -> String {
    words.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The schema as one hash.
pub(crate) async fn fingerprint(connection: &mut Connection) -> Result<String, DatabaseError> {
    Ok(hashed(&schema(connection).await?).to_string())
}

/// The same of lines that were read.
pub(crate) fn hashed<'a>(lines: impl IntoIterator<Item = &'a String>) -> Digest {
    let lines: Vec<&str> = lines.into_iter().map(String::as_str).collect();
    Digest::of(lines.join("\n").as_bytes())
}

/// Indexes that PostgreSQL began beside the traffic and did not finish.
pub(crate) async fn invalid_indexes(connection: &mut Connection) -> Result<Vec<String>, DatabaseError> {
    match connection.dialect() {
        Dialect::Postgres => {
            connection.names("select indexrelid::regclass::text from pg_index where not indisvalid").await
        }
        Dialect::Mysql | Dialect::Sqlite => Ok(Vec::new()),
    }
}
