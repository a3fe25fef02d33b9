//! Proofs of migrations, by the checksums of their scripts.

use crate::{
    column::{instant, json, nanos, parse},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::{name::Service, port::ProofRow};

/// Keeps one in the place of an earlier one.
pub async fn keep(on: &mut SqliteConnection, service: &Service, database: &str, row: &ProofRow) -> Result<(), Fault> {
    sqlx::query(
        "insert or replace into migration_proof (service, database, up, down, content, at, by) values (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(service.as_str())
    .bind(database)
    .bind(row.proven.up.to_string())
    .bind(row.proven.down.as_ref().map(ToString::to_string).unwrap_or_default())
    .bind(json(&row.proven)?)
    .bind(nanos(row.at))
    .bind(&row.by)
    .execute(on)
    .await?;
    Ok(())
}

/// Notes of one that is kept whether the schema speaks against it. One that was made anew meanwhile is left.
pub async fn note(on: &mut SqliteConnection, service: &Service, database: &str, row: &ProofRow) -> Result<(), Fault> {
    sqlx::query(
        "update migration_proof set strayed = ? where service = ? and database = ? and up = ? and down = ? and at = ?",
    )
    .bind(row.strayed)
    .bind(service.as_str())
    .bind(database)
    .bind(row.proven.up.to_string())
    .bind(row.proven.down.as_ref().map(ToString::to_string).unwrap_or_default())
    .bind(nanos(row.at))
    .execute(on)
    .await?;
    Ok(())
}

/// All of a service's on a database, oldest first.
pub async fn all(on: &mut SqliteConnection, service: &Service, database: &str) -> Result<Vec<ProofRow>, Fault> {
    let rows: Vec<(String, i64, String, bool)> = sqlx::query_as(
        "select content, at, by, strayed from migration_proof where service = ? and database = ? order by at",
    )
    .bind(service.as_str())
    .bind(database)
    .fetch_all(on)
    .await?;
    rows.into_iter()
        .map(|(content, at, by, strayed)| Ok(ProofRow { proven: parse(&content)?, at: instant(at)?, by, strayed }))
        .collect()
}
