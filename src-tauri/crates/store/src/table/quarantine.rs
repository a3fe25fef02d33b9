//! Releases that must not be deployed again until somebody clears them.

use crate::{
    column::{instant, nanos},
    fault::{Fault, damaged, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Instant, name::Service, port::QuarantineRow, release::Digest};

/// Quarantines a release; one that is in quarantine keeps its first date and gets the newer reason, with whose it is.
pub async fn put(
    on: &mut SqliteConnection,
    (service, version): (&Service, &str),
    content: &Digest,
    by: &str,
    why: &str,
    now: Instant,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into quarantine (service, version, content, since, by, why) values (?, ?, ?, ?, ?, ?)
         on conflict (service, version)
         do update set content = excluded.content, by = excluded.by, why = excluded.why",
    )
    .bind(service.as_str())
    .bind(version)
    .bind(&content.0)
    .bind(nanos(now))
    .bind(by)
    .bind(why)
    .execute(on)
    .await?;
    Ok(())
}

/// Lets a release out.
pub async fn clear(on: &mut SqliteConnection, service: &Service, version: &str) -> Result<(), Fault> {
    let done = sqlx::query("delete from quarantine where service = ? and version = ?")
        .bind(service.as_str())
        .bind(version)
        .execute(on)
        .await?;
    if done.rows_affected() == 0 { Err(not_found(format!("quarantine of {service} {version}"))) } else { Ok(()) }
}

#[derive(sqlx::FromRow)]
struct Columns {
    service: String,
    version: String,
    content: Option<String>,
    since: i64,
    by: Option<String>,
    why: String,
}

/// All, newest first.
pub async fn all(on: &mut SqliteConnection) -> Result<Vec<QuarantineRow>, Fault> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select service, version, content, since, by, why from quarantine order by since desc, service, version",
    )
    .fetch_all(on)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(QuarantineRow {
                service: row.service.parse().map_err(|_| damaged(format!("service {}", row.service)))?,
                version: row.version,
                content: row.content.map(Digest),
                since: instant(row.since)?,
                by: row.by,
                why: row.why,
            })
        })
        .collect()
}
