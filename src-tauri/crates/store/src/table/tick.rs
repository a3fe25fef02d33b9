//! Ticks of checklists. Numbered for each item, so that two people who tick at once do not undo each other unseen.

use crate::{
    column::{instant, nanos},
    fault::{Fault, conflict, damaged},
};
use sqlx::SqliteConnection;
use switchback_core::{gate::Tick, name::Target};

type Columns = (String, i64, bool, String, String, String, i64);

/// Adds one, if its number is the next.
pub async fn add(on: &mut SqliteConnection, target: &Target, version: &str, tick: &Tick) -> Result<(), Fault> {
    let last: i64 = sqlx::query_scalar(
        "select coalesce(max(seq), 0) from tick where service = ? and environment = ? and version = ? and item = ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(version)
    .bind(&tick.item)
    .fetch_one(&mut *on)
    .await?;
    if i64::from(tick.seq) != last + 1 {
        return Err(conflict(format!("{} was ticked or unticked meanwhile: look at it again", tick.item)));
    }
    sqlx::query(
        "insert into tick (service, environment, version, item, seq, ticked, question, note, by, at)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(version)
    .bind(&tick.item)
    .bind(i64::from(tick.seq))
    .bind(tick.ticked)
    .bind(&tick.question)
    .bind(&tick.note)
    .bind(&tick.by)
    .bind(nanos(tick.at))
    .execute(on)
    .await?;
    Ok(())
}

/// All of a version, in the order they were made.
pub async fn all(on: &mut SqliteConnection, target: &Target, version: &str) -> Result<Vec<Tick>, Fault> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select item, seq, ticked, question, note, by, at from tick
         where service = ? and environment = ? and version = ? order by item, seq",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(version)
    .fetch_all(on)
    .await?;
    rows.into_iter()
        .map(|(item, seq, ticked, question, note, by, at)| {
            let seq = u32::try_from(seq).map_err(|_| damaged(format!("tick {seq}")))?;
            Ok(Tick { item, seq, ticked, question, note, by, at: instant(at)? })
        })
        .collect()
}
