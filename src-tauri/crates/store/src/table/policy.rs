//! The policy document: every version that was ever applied; the last is in force.

use crate::{
    column::{instant, json, nanos, parse},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::port::Policy;

/// Appends a version.
pub async fn add(on: &mut SqliteConnection, policy: &Policy) -> Result<(), Fault> {
    sqlx::query("insert into policy (document, at) values (?, ?)")
        .bind(json(&policy.document)?)
        .bind(nanos(policy.at))
        .execute(on)
        .await?;
    Ok(())
}

/// The one in force.
pub async fn read(on: &mut SqliteConnection) -> Result<Option<Policy>, Fault> {
    let row: Option<(String, i64)> =
        sqlx::query_as("select document, at from policy order by id desc limit 1").fetch_optional(on).await?;
    row.map(|(document, at)| Ok(Policy { document: parse(&document)?, at: instant(at)? })).transpose()
}
