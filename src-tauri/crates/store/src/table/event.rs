//! The journal: every event of every deployment, append-only. States are folded elsewhere; here are only the rows.

use crate::{
    column::{instant, json, nanos, parse},
    fault::{Fault, damaged},
};
use sqlx::SqliteConnection;
use switchback_core::{
    deployment::{Entry, Event},
    ident::{DeploymentId, Instant},
};

/// Appends an event at `seq`.
pub async fn insert(
    on: &mut SqliteConnection,
    id: DeploymentId,
    seq: u32,
    at: Instant,
    event: &Event,
) -> Result<(), Fault> {
    sqlx::query("insert into event (deployment, seq, at, event) values (?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(i64::from(seq))
        .bind(nanos(at))
        .bind(json(event)?)
        .execute(on)
        .await?;
    Ok(())
}

/// The next free place.
pub async fn next_seq(on: &mut SqliteConnection, id: DeploymentId) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar("select coalesce(max(seq), -1) + 1 from event where deployment = ?")
        .bind(id.to_string())
        .fetch_one(on)
        .await?)
}

/// All events, in order.
pub async fn all(on: &mut SqliteConnection, id: DeploymentId) -> Result<Vec<Entry>, Fault> {
    let rows: Vec<(i64, i64, String)> =
        sqlx::query_as("select seq, at, event from event where deployment = ? order by seq")
            .bind(id.to_string())
            .fetch_all(on)
            .await?;
    rows.into_iter()
        .map(|(seq, at, event)| {
            let seq = u32::try_from(seq).map_err(|_| damaged(format!("event {seq}")))?;
            Ok(Entry { seq, at: instant(at)?, event: parse(&event)? })
        })
        .collect()
}
