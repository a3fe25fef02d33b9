//! A schema as sorted lines, read out of the server's own catalogue: two are equal when their lines are.
//!
//! The position of a column is left out: a column that went and came back is last, and nothing that runs looks there.

mod mysql;
mod postgres;
mod sqlite;

pub(crate) use postgres::RIGHTS;

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

/// What the catalogue says, without the tools' own tables.
pub async fn schema(connection: &mut Connection) -> Result<BTreeSet<String>, DatabaseError> {
    schema_without(connection, &[]).await
}

/// The same, without more of them.
pub(crate) async fn schema_without(
    connection: &mut Connection,
    books: &[String],
) -> Result<BTreeSet<String>, DatabaseError> {
    let (queries, rights): (&[&str], _) = match connection.dialect() {
        Dialect::Postgres => (&postgres::QUERIES, Some(postgres::rights())),
        Dialect::Mysql => (&mysql::QUERIES, None),
        Dialect::Sqlite => (&sqlite::QUERIES, None),
    };
    let mut lines = BTreeSet::new();
    for query in queries.iter().copied().chain(rights.as_deref()) {
        let rows = connection.rows(query).await.map_err(DatabaseError::doing("read the schema"))?;
        for row in rows {
            let words: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
            let of_tool = words.get(1).is_some_and(|table| is_book(table, books));
            if !of_tool {
                lines.insert(words.join(" ").split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    match connection.dialect() {
        Dialect::Postgres => {}
        Dialect::Mysql => lines.extend(mysql::written(connection, books).await?),
        Dialect::Sqlite => lines.extend(sqlite::written(connection, books).await?),
    }
    Ok(lines)
}

/// The schema as one hash.
pub(crate) async fn fingerprint(connection: &mut Connection) -> Result<String, DatabaseError> {
    Ok(hashed(&schema(connection).await?).to_string())
}

/// The same of lines that were read.
pub(crate) fn hashed(lines: &BTreeSet<String>) -> Digest {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
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
