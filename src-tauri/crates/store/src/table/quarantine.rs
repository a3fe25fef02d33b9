//! Releases that must not be deployed again until somebody clears them.

use crate::{
    column::{instant, nanos},
    fault::{Fault, damaged, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Instant, name::Service, port::QuarantineRow};

/// Quarantines a release; one that is in quarantine keeps its first date and gets the newer reason, with whose it is.
pub async fn put(
    on: &mut SqliteConnection,
    service: &Service,
    version: &str,
    by: &str,
    why: &str,
    now: Instant,
) -> Result<(), Fault> {
    sqlx::query(
        "insert into quarantine (service, version, since, by, why) values (?, ?, ?, ?, ?)
         on conflict (service, version) do update set by = excluded.by, why = excluded.why",
    )
    .bind(service.as_str())
    .bind(version)
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

/// All, newest first.
pub async fn all(on: &mut SqliteConnection) -> Result<Vec<QuarantineRow>, Fault> {
    let rows: Vec<(String, String, i64, Option<String>, String)> =
        sqlx::query_as("select service, version, since, by, why from quarantine order by since desc, service, version")
            .fetch_all(on)
            .await?;
    rows.into_iter()
        .map(|(service, version, since, by, why)| {
            let service = service.parse().map_err(|_| damaged(format!("service {service}")))?;
            Ok(QuarantineRow { service, version, since: instant(since)?, by, why })
        })
        .collect()
}
