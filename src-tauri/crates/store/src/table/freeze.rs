//! Freezes that people set beside the policy. A removed one stays, so that the past can be explained.

use crate::{
    column::{instant, nanos},
    fault::{Fault, damaged, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Instant, port::FreezeRow};

type Columns = (String, String, String, String, String, String, i64);

/// Sets one.
pub async fn add(on: &mut SqliteConnection, row: &FreezeRow) -> Result<(), Fault> {
    sqlx::query("insert into freeze (id, environment, from_local, to_local, why, by, at) values (?, ?, ?, ?, ?, ?, ?)")
        .bind(row.id.to_string())
        .bind(row.environment.as_str())
        .bind(row.from.to_string())
        .bind(row.to.to_string())
        .bind(&row.why)
        .bind(&row.by)
        .bind(nanos(row.at))
        .execute(on)
        .await?;
    Ok(())
}

/// Removes one.
pub async fn remove(on: &mut SqliteConnection, id: uuid::Uuid, now: Instant) -> Result<(), Fault> {
    let done = sqlx::query("update freeze set removed = ? where id = ? and removed is null")
        .bind(nanos(now))
        .bind(id.to_string())
        .execute(on)
        .await?;
    if done.rows_affected() == 0 { Err(not_found(format!("freeze {id}"))) } else { Ok(()) }
}

/// Those that nobody removed, by their beginning.
pub async fn all(on: &mut SqliteConnection) -> Result<Vec<FreezeRow>, Fault> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select id, environment, from_local, to_local, why, by, at from freeze where removed is null
         order by from_local, id",
    )
    .fetch_all(on)
    .await?;
    rows.into_iter().map(row).collect()
}

fn row((id, environment, from, to, why, by, at): Columns) -> Result<FreezeRow, Fault> {
    let local = |text: &str| text.parse().map_err(|_| damaged(format!("local time {text}")));
    Ok(FreezeRow {
        id: id.parse().map_err(|_| damaged(format!("freeze {id}")))?,
        environment: environment.parse().map_err(|_| damaged(format!("environment {environment}")))?,
        from: local(&from)?,
        to: local(&to)?,
        why,
        by,
        at: instant(at)?,
    })
}
