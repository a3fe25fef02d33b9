//! References to secrets: name, which value, since when. Never a value.

use crate::{
    column::{instant, nanos},
    fault::{Fault, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Instant, workload::SecretRef};

/// Notes a new value's reference.
pub async fn note(on: &mut SqliteConnection, secret: &SecretRef, now: Instant) -> Result<(), Fault> {
    sqlx::query("insert or replace into secret_ref (name, fingerprint, set_at) values (?, ?, ?)")
        .bind(&secret.name)
        .bind(&secret.fingerprint)
        .bind(nanos(now))
        .execute(on)
        .await?;
    Ok(())
}

/// Forgets a secret.
pub async fn forget(on: &mut SqliteConnection, name: &str) -> Result<(), Fault> {
    let done = sqlx::query("delete from secret_ref where name = ?").bind(name).execute(on).await?;
    if done.rows_affected() == 0 { Err(not_found(format!("secret {name}"))) } else { Ok(()) }
}

/// All, by name.
pub async fn all(on: &mut SqliteConnection) -> Result<Vec<(SecretRef, Instant)>, Fault> {
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as("select name, fingerprint, set_at from secret_ref order by name").fetch_all(on).await?;
    rows.into_iter().map(|(name, fingerprint, at)| Ok((SecretRef { name, fingerprint }, instant(at)?))).collect()
}
