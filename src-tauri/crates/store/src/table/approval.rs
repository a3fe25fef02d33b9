//! Approvals: who said yes to what.

use crate::{
    column::{instant, nanos},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::{gate::Approval, name::Target};

type Columns = (String, String, String, String, i64);

/// Notes one.
pub async fn add(on: &mut SqliteConnection, target: &Target, version: &str, row: &Approval) -> Result<(), Fault> {
    sqlx::query(
        "insert into approval (service, environment, version, plan, by, origin, note, at)
         values (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(version)
    .bind(&row.plan)
    .bind(&row.by)
    .bind(&row.origin)
    .bind(&row.note)
    .bind(nanos(row.at))
    .execute(on)
    .await?;
    Ok(())
}

/// All to one plan, oldest first.
pub async fn of(on: &mut SqliteConnection, target: &Target, plan: &str) -> Result<Vec<Approval>, Fault> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select plan, by, origin, note, at from approval
         where service = ? and environment = ? and plan = ? order by id",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(plan)
    .fetch_all(on)
    .await?;
    rows.into_iter()
        .map(|(plan, by, origin, note, at)| Ok(Approval { plan, by, origin, note, at: instant(at)? }))
        .collect()
}
