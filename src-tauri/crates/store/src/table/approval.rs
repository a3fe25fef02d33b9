//! Approvals: who said yes to what.

use crate::{
    column::{instant, nanos},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::{gate::Approval, port::Sealed};

#[derive(sqlx::FromRow)]
struct Columns {
    service: String,
    environment: String,
    version: String,
    subject: Option<String>,
    plan: String,
    by: String,
    origin: String,
    note: String,
    at: i64,
    key: Option<String>,
    signature: Option<String>,
    carried: bool,
}

/// Notes one.
pub async fn add(on: &mut SqliteConnection, row: &Approval) -> Result<(), Fault> {
    sqlx::query(
        "insert into approval (service, environment, version, subject, plan, by, origin, note, at, key, signature, carried)
         values ('', '', '', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&row.subject)
    .bind(&row.plan)
    .bind(&row.by)
    .bind(&row.origin)
    .bind(&row.note)
    .bind(nanos(row.at))
    .bind(row.sealed.as_ref().map(|sealed| &sealed.key))
    .bind(row.sealed.as_ref().map(|sealed| &sealed.signature))
    .bind(row.carried)
    .execute(on)
    .await?;
    Ok(())
}

/// All to one plan, oldest first.
pub async fn of(on: &mut SqliteConnection, plan: &str) -> Result<Vec<Approval>, Fault> {
    let rows: Vec<Columns> =
        sqlx::query_as("select * from approval where plan = ? order by id").bind(plan).fetch_all(on).await?;
    rows.into_iter()
        .map(|row| {
            // What was noted before a yes named its subject stood in three columns.
            let subject = row.subject.unwrap_or_else(|| format!("{}/{} {}", row.service, row.environment, row.version));
            let sealed = row.key.zip(row.signature).map(|(key, signature)| Sealed { key, signature });
            Ok(Approval {
                subject,
                plan: row.plan,
                by: row.by,
                origin: row.origin,
                note: row.note,
                at: instant(row.at)?,
                sealed,
                carried: row.carried,
            })
        })
        .collect()
}
