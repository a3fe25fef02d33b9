//! Leases: who executes on a target. The epoch grows each time a lease is taken and never falls, so that whoever had it
//! before is fenced off.

use crate::{
    column::{instant, json, nanos, parse},
    fault::Fault,
};
use sqlx::SqliteConnection;
use std::time::Duration;
use switchback_core::{
    ident::Instant,
    name::Target,
    port::{Lease, LedgerError, Owner},
};

/// Without a heartbeat for this long a lease may be taken over: three missed heartbeats of 5 s.
pub const STALE: Duration = Duration::from_secs(15);

/// A lease as it stands.
pub struct Row {
    /// Grows with each taking.
    pub epoch: i64,
    /// Nobody after it was given back.
    pub owner: Option<Owner>,
    /// Taken when.
    pub since: Instant,
    /// Last heartbeat.
    pub beat: Instant,
    /// What for.
    pub message: String,
}

impl Row {
    /// Whether its heartbeat is too old.
    pub fn stale(&self, now: Instant) -> bool {
        now.duration_since(self.beat).unsigned_abs() > STALE && now > self.beat
    }
}

/// The lease of a target, if it ever had one.
pub async fn read(on: &mut SqliteConnection, target: &Target) -> Result<Option<Row>, Fault> {
    let row: Option<(i64, Option<String>, i64, i64, String)> =
        sqlx::query_as("select epoch, owner, since, beat, message from lease where service = ? and environment = ?")
            .bind(target.service.as_str())
            .bind(target.environment.as_str())
            .fetch_optional(on)
            .await?;
    let Some((epoch, owner, since, beat, message)) = row else { return Ok(None) };
    let owner = owner.as_deref().map(parse).transpose()?;
    Ok(Some(Row { epoch, owner, since: instant(since)?, beat: instant(beat)?, message }))
}

/// Gives the target to `owner`, under the next epoch.
pub async fn take(
    on: &mut SqliteConnection,
    target: &Target,
    owner: &Owner,
    message: &str,
    now: Instant,
) -> Result<Lease, Fault> {
    let epoch = sqlx::query_scalar(
        "insert into lease (service, environment, epoch, owner, since, beat, message) values (?1, ?2, 1, ?3, ?4, ?4, ?5)
         on conflict (service, environment) do update
         set epoch = epoch + 1, owner = ?3, since = ?4, beat = ?4, message = ?5
         returning epoch",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(json(owner)?)
    .bind(nanos(now))
    .bind(message)
    .fetch_one(on)
    .await?;
    Ok(Lease { target: target.clone(), epoch, owner: owner.clone() })
}

/// Refuses when the lease is not the current one.
pub async fn fence(on: &mut SqliteConnection, lease: &Lease) -> Result<(), Fault> {
    match read(on, &lease.target).await? {
        Some(row) if row.epoch == lease.epoch && row.owner.as_ref() == Some(&lease.owner) => Ok(()),
        _ => Err(LedgerError::Lost { target: lease.target.to_string() }.into()),
    }
}

/// Notes a sign of life.
pub async fn beat(on: &mut SqliteConnection, target: &Target, now: Instant) -> Result<(), Fault> {
    sqlx::query("update lease set beat = max(beat, ?) where service = ? and environment = ?")
        .bind(nanos(now))
        .bind(target.service.as_str())
        .bind(target.environment.as_str())
        .execute(on)
        .await?;
    Ok(())
}

/// Leaves the target to nobody. The epoch stays.
pub async fn give_back(on: &mut SqliteConnection, target: &Target) -> Result<(), Fault> {
    sqlx::query("update lease set owner = null where service = ? and environment = ?")
        .bind(target.service.as_str())
        .bind(target.environment.as_str())
        .execute(on)
        .await?;
    Ok(())
}
