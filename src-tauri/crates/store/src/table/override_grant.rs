//! Overrides: who passed which gates and why, and whether somebody followed them up.

use crate::{
    column::{instant, json, nanos, parse, target},
    fault::{Fault, damaged},
};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, SqliteConnection};
use switchback_core::port::{OverrideRow, Passed};

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    service: Option<String>,
    environment: Option<String>,
    version: Option<String>,
    by: String,
    reason: String,
    risk: String,
    task: String,
    at: i64,
    until: Option<i64>,
    let_through: String,
    followed_up: Option<i64>,
    followed_up_by: Option<String>,
    followed_up_note: Option<String>,
}

/// What a change of the policy went through with, as the column holds it.
#[derive(Serialize, Deserialize)]
struct Change {
    said: String,
    changes: Vec<String>,
}

/// Writes one as it is now.
pub async fn put(on: &mut SqliteConnection, row: &OverrideRow) -> Result<(), Fault> {
    let followed = row.followed_up.as_ref();
    let (of, until, let_through) = match &row.passed {
        Passed::Deployments { target, version, until, let_through } => {
            (Some((target, version)), until.map(nanos), json(let_through)?)
        }
        Passed::Policy { said, changes } => {
            (None, None, json(&Change { said: said.clone(), changes: changes.clone() })?)
        }
    };
    sqlx::query(
        "insert into override_grant (id, service, environment, version, by, reason, risk, task, at, until, let_through,
           followed_up, followed_up_by, followed_up_note)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set let_through = excluded.let_through, followed_up = excluded.followed_up,
           followed_up_by = excluded.followed_up_by, followed_up_note = excluded.followed_up_note",
    )
    .bind(row.id.to_string())
    .bind(of.map(|(target, _)| target.service.as_str()))
    .bind(of.map(|(target, _)| target.environment.as_str()))
    .bind(of.map(|(_, version)| version))
    .bind(json(&row.by)?)
    .bind(&row.reason)
    .bind(&row.risk)
    .bind(&row.task)
    .bind(nanos(row.at))
    .bind(until)
    .bind(let_through)
    .bind(followed.map(|(at, ..)| nanos(*at)))
    .bind(followed.map(|(_, by, _)| by))
    .bind(followed.map(|(.., note)| note))
    .execute(on)
    .await?;
    Ok(())
}

/// Newest first.
pub async fn newest(on: &mut SqliteConnection, open: bool, limit: u32) -> Result<Vec<OverrideRow>, Fault> {
    let which = if open { "where followed_up is null" } else { "" };
    let sql = format!("select * from override_grant {which} order by at desc, id desc limit ?");
    let rows: Vec<Columns> = sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(on).await?;
    rows.into_iter().map(row).collect()
}

fn row(columns: Columns) -> Result<OverrideRow, Fault> {
    let followed_up = match (columns.followed_up, columns.followed_up_by) {
        (Some(at), Some(by)) => Some((instant(at)?, by, columns.followed_up_note.unwrap_or_default())),
        _ => None,
    };
    let passed = if let (Some(service), Some(environment), Some(version)) =
        (columns.service, columns.environment, columns.version)
    {
        Passed::Deployments {
            target: target(&service, &environment)?,
            version,
            until: columns.until.map(instant).transpose()?,
            let_through: parse(&columns.let_through)?,
        }
    } else {
        let Change { said, changes } = parse(&columns.let_through)?;
        Passed::Policy { said, changes }
    };
    Ok(OverrideRow {
        id: columns.id.parse().map_err(|_| damaged(format!("override {}", columns.id)))?,
        passed,
        by: parse(&columns.by)?,
        reason: columns.reason,
        risk: columns.risk,
        task: columns.task,
        at: instant(columns.at)?,
        followed_up,
    })
}
