//! Rehearsed ways back.

use crate::{
    column::{instant, json, nanos, parse, target},
    fault::{Fault, damaged},
};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use switchback_core::{
    drill::{Drill, Outcome},
    ident::RevisionNumber,
    name::Target,
    port::Owner,
    workload::Settings,
};
use uuid::Uuid;

/// What stands in one column, because nothing is asked by it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    from: RevisionNumber,
    to: RevisionNumber,
    settings: Settings,
    by: String,
    owner: Owner,
}

type Row = (String, String, String, String, Option<String>, i64);

fn read((id, service, environment, content, outcome, at): Row) -> Result<Drill, Fault> {
    let Content { from, to, settings, by, owner } = parse(&content)?;
    let target = target(&service, &environment)?;
    let outcome = outcome.as_deref().map(parse::<Outcome>).transpose()?;
    let id: Uuid = id.parse().map_err(|_| damaged(format!("the drill {id}")))?;
    Ok(Drill { id, target, from, to, settings, at: instant(at)?, by, owner, outcome })
}

/// Adds one that begins.
pub async fn add(on: &mut SqliteConnection, drill: &Drill) -> Result<(), Fault> {
    let Drill { from, to, .. } = *drill;
    let (settings, by, owner) = (drill.settings.clone(), drill.by.clone(), drill.owner.clone());
    sqlx::query("insert into drill (id, service, environment, content, outcome, at) values (?, ?, ?, ?, null, ?)")
        .bind(drill.id.to_string())
        .bind(drill.target.service.as_str())
        .bind(drill.target.environment.as_str())
        .bind(json(&Content { from, to, settings, by, owner })?)
        .bind(nanos(drill.at))
        .execute(on)
        .await?;
    Ok(())
}

/// Gives one its outcome; says whether it had none.
pub async fn end(on: &mut SqliteConnection, id: Uuid, outcome: &Outcome) -> Result<bool, Fault> {
    let ended = sqlx::query("update drill set outcome = ? where id = ? and outcome is null")
        .bind(json(outcome)?)
        .bind(id.to_string())
        .execute(on)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Notes that nothing of one is left in the world.
pub async fn clear(on: &mut SqliteConnection, id: Uuid) -> Result<(), Fault> {
    sqlx::query("update drill set cleared = 1 where id = ?").bind(id.to_string()).execute(on).await?;
    Ok(())
}

/// A target's, newest first.
pub async fn of(on: &mut SqliteConnection, target: &Target, limit: u32) -> Result<Vec<Drill>, Fault> {
    let rows: Vec<Row> = sqlx::query_as(
        "select id, service, environment, content, outcome, at from drill
         where service = ? and environment = ? order by at desc limit ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(limit)
    .fetch_all(on)
    .await?;
    rows.into_iter().map(read).collect()
}

/// All whose places may still be in the world.
pub async fn open(on: &mut SqliteConnection) -> Result<Vec<Drill>, Fault> {
    let rows: Vec<Row> =
        sqlx::query_as("select id, service, environment, content, outcome, at from drill where cleared = 0")
            .fetch_all(on)
            .await?;
    rows.into_iter().map(read).collect()
}
