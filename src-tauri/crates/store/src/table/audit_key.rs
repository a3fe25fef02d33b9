//! The public keys that signed entries. Private keys are never here.

use crate::{column::nanos, fault::Fault, signer::Signer};
use sqlx::SqliteConnection;
use std::collections::HashMap;
use switchback_core::ident::Instant;

/// Notes a key; one that is known already stays as it is.
pub async fn note(on: &mut SqliteConnection, signer: &Signer, now: Instant) -> Result<(), Fault> {
    sqlx::query("insert into audit_key (id, public_key, since) values (?, ?, ?) on conflict do nothing")
        .bind(signer.id())
        .bind(signer.public_key())
        .bind(nanos(now))
        .execute(on)
        .await?;
    Ok(())
}

/// Whether a key is noted.
pub async fn known(on: &mut SqliteConnection, id: &str) -> Result<bool, Fault> {
    Ok(sqlx::query_scalar("select exists (select 1 from audit_key where id = ?)").bind(id).fetch_one(on).await?)
}

/// All public keys (base64) by id.
pub async fn all(on: &mut SqliteConnection) -> Result<HashMap<String, String>, Fault> {
    let rows: Vec<(String, String)> = sqlx::query_as("select id, public_key from audit_key").fetch_all(on).await?;
    Ok(rows.into_iter().collect())
}
