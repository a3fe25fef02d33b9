//! Targets that are paused: later deploys wait until a person ends the pause.

use crate::{
    column::{instant, nanos},
    fault::{Fault, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Instant, name::Target};

/// Pauses a target; one that is paused stays so for its first reason.
pub async fn put(on: &mut SqliteConnection, target: &Target, by: &str, why: &str, now: Instant) -> Result<(), Fault> {
    sqlx::query(
        "insert into pause (service, environment, since, by, why) values (?, ?, ?, ?, ?) on conflict do nothing",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(nanos(now))
    .bind(by)
    .bind(why)
    .execute(on)
    .await?;
    Ok(())
}

/// Ends a pause.
pub async fn end(on: &mut SqliteConnection, target: &Target) -> Result<(), Fault> {
    let done = sqlx::query("delete from pause where service = ? and environment = ?")
        .bind(target.service.as_str())
        .bind(target.environment.as_str())
        .execute(on)
        .await?;
    if done.rows_affected() == 0 { Err(not_found(format!("pause of {target}"))) } else { Ok(()) }
}

/// Since when, by whom, why.
pub async fn read(on: &mut SqliteConnection, target: &Target) -> Result<Option<(Instant, String, String)>, Fault> {
    let row: Option<(i64, String, String)> =
        sqlx::query_as("select since, by, why from pause where service = ? and environment = ?")
            .bind(target.service.as_str())
            .bind(target.environment.as_str())
            .fetch_optional(on)
            .await?;
    row.map(|(since, by, why)| Ok((instant(since)?, by, why))).transpose()
}
