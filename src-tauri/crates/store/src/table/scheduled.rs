//! Deployments that wait for their hour, and what became of them.

use crate::{
    column::{instant, json, nanos, parse, target},
    fault::{Fault, conflict, damaged},
};
use sqlx::{AssertSqlSafe, SqliteConnection};
use switchback_core::port::{ScheduleRow, ScheduleState};

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    service: String,
    environment: String,
    version: String,
    plan: String,
    by: String,
    reason: String,
    at: i64,
    due: i64,
    lapses: i64,
    state: String,
}

fn waits(state: &ScheduleState) -> bool {
    matches!(state, ScheduleState::Waiting { .. })
}

/// Notes one, unless one of its target waits already.
pub async fn add(on: &mut SqliteConnection, row: &ScheduleRow) -> Result<(), Fault> {
    let other: Option<String> =
        sqlx::query_scalar("select version from scheduled where service = ? and environment = ? and waiting")
            .bind(row.target.service.as_str())
            .bind(row.target.environment.as_str())
            .fetch_optional(&mut *on)
            .await?;
    if let Some(other) = other {
        return Err(conflict(format!("{} has a scheduled deployment already, of {other}", row.target)));
    }
    sqlx::query(
        "insert into scheduled (id, service, environment, version, plan, by, reason, at, due, lapses, waiting, state)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.id.to_string())
    .bind(row.target.service.as_str())
    .bind(row.target.environment.as_str())
    .bind(&row.version)
    .bind(&row.plan)
    .bind(json(&row.by)?)
    .bind(&row.reason)
    .bind(nanos(row.at))
    .bind(nanos(row.due))
    .bind(nanos(row.lapses))
    .bind(waits(&row.state))
    .bind(json(&row.state)?)
    .execute(on)
    .await?;
    Ok(())
}

/// Writes what one that waits has come to. Whether that changed anything.
pub async fn put(on: &mut SqliteConnection, id: uuid::Uuid, state: &ScheduleState) -> Result<bool, Fault> {
    let text = json(state)?;
    let known: Option<String> = sqlx::query_scalar("select state from scheduled where id = ? and waiting")
        .bind(id.to_string())
        .fetch_optional(&mut *on)
        .await?;
    let Some(known) = known else { return Err(conflict(format!("scheduled deployment {id} waits no more"))) };
    if known == text {
        return Ok(false);
    }
    sqlx::query("update scheduled set state = ?, waiting = ? where id = ?")
        .bind(text)
        .bind(waits(state))
        .bind(id.to_string())
        .execute(on)
        .await?;
    Ok(true)
}

/// By the time they are due: those that wait, or the newest.
pub async fn list(on: &mut SqliteConnection, waiting: bool, limit: u32) -> Result<Vec<ScheduleRow>, Fault> {
    let which = if waiting { "where waiting order by due, id" } else { "order by at desc, id desc" };
    let sql = format!("select * from scheduled {which} limit ?");
    let rows: Vec<Columns> = sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(on).await?;
    rows.into_iter().map(row).collect()
}

fn row(columns: Columns) -> Result<ScheduleRow, Fault> {
    Ok(ScheduleRow {
        id: columns.id.parse().map_err(|_| damaged(format!("scheduled deployment {}", columns.id)))?,
        target: target(&columns.service, &columns.environment)?,
        version: columns.version,
        plan: columns.plan,
        by: parse(&columns.by)?,
        reason: columns.reason,
        at: instant(columns.at)?,
        due: instant(columns.due)?,
        lapses: instant(columns.lapses)?,
        state: parse(&columns.state)?,
    })
}
