//! Deployments as the reading side shows them: one, a page, how long they took. Pages follow an index, never an offset.

use crate::{
    column::{count, deployment as id_of, instant, nanos, parse, revision, target as target_of},
    fault::{Fault, damaged, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{
    deployment::State,
    ident::DeploymentId,
    name::Target,
    plan::{Kind, Plan},
    port::{DeploymentRow, Page},
    record::{Undone, undone_for},
};

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    service: String,
    environment: String,
    kind: String,
    revision: i64,
    from_revision: Option<i64>,
    version: String,
    from_version: Option<String>,
    reason: String,
    by: String,
    started: i64,
    ended: Option<i64>,
    turned: Option<i64>,
    state: String,
    plan: Option<String>,
}

/// What a row is made of; the plan where it tells how far an undone one came.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, service, environment, kind, revision, from_revision, version, from_version, reason, by, started,
               ended, turned, state, iif(state_name = 'rolledBack', plan, null) as plan from deployment ",
            $rest
        )
    };
}

/// One deployment.
pub async fn one(on: &mut SqliteConnection, id: DeploymentId) -> Result<DeploymentRow, Fault> {
    let columns: Option<Columns> =
        sqlx::query_as(select!("where id = ?")).bind(id.to_string()).fetch_optional(on).await?;
    row(columns.ok_or_else(|| not_found(format!("deployment {id}")))?)
}

/// A page, newest first. The cursor is the last row's start and id.
pub async fn page(
    on: &mut SqliteConnection,
    target: &Target,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page<DeploymentRow>, Fault> {
    let limit = usize::try_from(limit.clamp(1, 1000)).unwrap_or(1000);
    let (started, id) = match cursor {
        None => (i64::MAX, String::from("~")),
        Some(cursor) => {
            let parts = cursor.split_once('.').and_then(|(started, id)| Some((started.parse().ok()?, id.to_owned())));
            parts.ok_or_else(|| not_found(format!("page {cursor:?}")))?
        }
    };
    let mut columns: Vec<Columns> = sqlx::query_as(select!(
        "where service = ? and environment = ? and (started, id) < (?, ?) order by started desc, id desc limit ?"
    ))
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(started)
    .bind(id)
    .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
    .fetch_all(&mut *on)
    .await?;
    let more = columns.len() > limit;
    columns.truncate(limit);
    let rows = columns.into_iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let next = rows.last().filter(|_| more).map(|last| format!("{}.{}", nanos(last.started), last.id));
    Ok(Page { rows, next })
}

/// How long the last successes of a kind took, milliseconds, newest first.
pub async fn durations(on: &mut SqliteConnection, target: &Target, kind: Kind, limit: u32) -> Result<Vec<u64>, Fault> {
    let nanos: Vec<i64> = sqlx::query_scalar(
        "select ended - started from deployment
         where service = ? and environment = ? and kind = ? and state_name = 'succeeded' order by ended desc limit ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(kind.word())
    .bind(i64::from(limit))
    .fetch_all(on)
    .await?;
    Ok(nanos.into_iter().map(|nanos| count(nanos) / 1_000_000).collect())
}

/// How long the last ways back took, milliseconds, newest first.
pub async fn undos(on: &mut SqliteConnection, target: &Target, limit: u32) -> Result<Vec<u64>, Fault> {
    let nanos: Vec<i64> = sqlx::query_scalar(
        "select ended - turned from deployment
         where service = ? and environment = ? and state_name = 'rolledBack' and turned is not null
         order by ended desc limit ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(i64::from(limit))
    .fetch_all(on)
    .await?;
    Ok(nanos.into_iter().map(|nanos| count(nanos) / 1_000_000).collect())
}

fn row(columns: Columns) -> Result<DeploymentRow, Fault> {
    let state: State = parse(&columns.state)?;
    let untouched = match (&state, columns.plan.as_deref()) {
        (State::Aborted { .. }, _) => true,
        (State::RolledBack { cause }, Some(plan)) => undone_for(&parse::<Plan>(plan)?, cause) == Undone::Untouched,
        _ => false,
    };
    Ok(DeploymentRow {
        id: id_of(&columns.id)?,
        target: target_of(&columns.service, &columns.environment)?,
        kind: match columns.kind.as_str() {
            "deploy" => Kind::Deploy,
            "rollback" => Kind::Rollback,
            "adopt" => Kind::Adopt,
            "withdraw" => Kind::Withdraw,
            other => return Err(damaged(format!("kind {other}"))),
        },
        revision: revision(columns.revision)?,
        from: columns.from_revision.map(revision).transpose()?,
        version: columns.version,
        from_version: columns.from_version,
        reason: columns.reason,
        by: parse(&columns.by)?,
        started: instant(columns.started)?,
        ended: columns.ended.map(instant).transpose()?,
        turned: columns.turned.map(instant).transpose()?,
        state,
        untouched,
    })
}
