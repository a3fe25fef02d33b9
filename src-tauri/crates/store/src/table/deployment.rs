//! Deployments as the writing side needs them: insert, the cached state, the plan, who is under way.
//!
//! State, ended and turned are caches of the journal's fold, written in the same transaction as the event they follow.

use crate::{
    column::{deployment as id_of, json, nanos, parse, target as target_of},
    fault::{Fault, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{
    deployment::State,
    ident::{Actor, DeploymentId, Instant},
    name::Target,
    plan::Plan,
};

/// What an append needs to know of the deployment.
pub struct Current {
    /// What it does.
    pub plan: Plan,
    /// Where it is.
    pub state: State,
    /// Who wanted it.
    pub by: Actor,
}

/// Inserts a deployment in its first state.
pub async fn insert(
    on: &mut SqliteConnection,
    plan: &Plan,
    by: &Actor,
    reason: &str,
    state: &State,
    now: Instant,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into deployment (id, service, environment, kind, revision, from_revision, version, from_version, reason,
           by, plan, state, state_name, started) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(plan.deployment.to_string())
    .bind(plan.target.service.as_str())
    .bind(plan.target.environment.as_str())
    .bind(plan.kind.word())
    .bind(i64::from(plan.revision.0))
    .bind(plan.before.as_ref().map(|before| i64::from(before.revision.0)))
    .bind(&plan.version)
    .bind(plan.before.as_ref().map(|before| before.version.as_str()))
    .bind(reason)
    .bind(json(by)?)
    .bind(json(plan)?)
    .bind(json(state)?)
    .bind(state.name())
    .bind(nanos(now))
    .execute(on)
    .await?;
    Ok(())
}

/// Notes where it is now; `turned` is set once, `ended` with an ending state.
pub async fn advance(on: &mut SqliteConnection, id: DeploymentId, state: &State, now: Instant) -> Result<(), Fault> {
    let turning = matches!(state, State::RollingBack { .. });
    sqlx::query(
        "update deployment set state = ?, state_name = ?, ended = ?, turned = coalesce(turned, ?) where id = ?",
    )
    .bind(json(state)?)
    .bind(state.name())
    .bind(state.ended().then(|| nanos(now)))
    .bind(turning.then(|| nanos(now)))
    .bind(id.to_string())
    .execute(on)
    .await?;
    Ok(())
}

/// Plan, state and author.
pub async fn current(on: &mut SqliteConnection, id: DeploymentId) -> Result<Current, Fault> {
    let row: Option<(String, String, String)> = sqlx::query_as("select plan, state, by from deployment where id = ?")
        .bind(id.to_string())
        .fetch_optional(on)
        .await?;
    let (plan, state, by) = row.ok_or_else(|| not_found(format!("deployment {id}")))?;
    Ok(Current { plan: parse(&plan)?, state: parse(&state)?, by: parse(&by)? })
}

/// The one of a target that has not ended.
pub async fn under_way(on: &mut SqliteConnection, target: &Target) -> Result<Option<DeploymentId>, Fault> {
    let id: Option<String> =
        sqlx::query_scalar("select id from deployment where service = ? and environment = ? and ended is null")
            .bind(target.service.as_str())
            .bind(target.environment.as_str())
            .fetch_optional(on)
            .await?;
    id.as_deref().map(id_of).transpose()
}

/// Those that are stuck with nothing after them, oldest first. What came to nothing, or was undone to what was there before
/// it, is no more after them than what was never asked for.
pub async fn stuck(on: &mut SqliteConnection) -> Result<Vec<(DeploymentId, Target)>, Fault> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select id, service, environment from deployment as one where state_name = 'stuck' and not exists (
           select 1 from deployment as later where later.service = one.service and later.environment = one.environment
             and later.state_name not in ('aborted', 'rolledBack') and (later.started, later.id) > (one.started, one.id))
         order by started, id",
    )
    .fetch_all(on)
    .await?;
    rows.iter().map(|(id, service, environment)| Ok((id_of(id)?, target_of(service, environment)?))).collect()
}

/// Whether a deployment of the target has an id with this end (see `DeploymentId::short`).
pub async fn known(on: &mut SqliteConnection, target: &Target, short: &str) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar(
        "select exists (select 1 from deployment where service = ? and environment = ? and substr(id, -8) = ?)",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(short)
    .fetch_one(on)
    .await?)
}

/// All that have not ended, oldest first.
pub async fn unfinished(on: &mut SqliteConnection) -> Result<Vec<(DeploymentId, Target)>, Fault> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select id, service, environment from deployment where ended is null order by started, id")
            .fetch_all(on)
            .await?;
    rows.iter().map(|(id, service, environment)| Ok((id_of(id)?, target_of(service, environment)?))).collect()
}
