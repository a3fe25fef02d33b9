//! Plans that a person is looking at, by hash. They are forgotten after an hour, because the world moves on.

use crate::{
    column::{json, nanos, parse},
    fault::{Fault, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Instant, plan::Plan};

/// How long a plan may be looked at: an hour, in nanoseconds.
const KEPT: i64 = 3_600_000_000_000;

/// Keeps a plan, and forgets those too old.
pub async fn keep(on: &mut SqliteConnection, plan: &Plan, now: Instant) -> Result<(), Fault> {
    sqlx::query("delete from proposal where at < ?").bind(nanos(now).saturating_sub(KEPT)).execute(&mut *on).await?;
    sqlx::query("insert or replace into proposal (hash, plan, at) values (?, ?, ?)")
        .bind(plan.hash().to_string())
        .bind(json(plan)?)
        .bind(nanos(now))
        .execute(on)
        .await?;
    Ok(())
}

/// The plan of a hash.
pub async fn read(on: &mut SqliteConnection, hash: &str) -> Result<Plan, Fault> {
    let plan: Option<String> =
        sqlx::query_scalar("select plan from proposal where hash = ?").bind(hash).fetch_optional(on).await?;
    parse(&plan.ok_or_else(|| not_found(format!("plan {hash}")))?)
}
