//! The one-row counter that says "something changed". A heartbeat does not bump it: no reader sees one.

use crate::fault::Fault;
use sqlx::SqliteConnection;

/// One more writing transaction.
pub async fn bump(on: &mut SqliteConnection) -> Result<(), Fault> {
    sqlx::query("update generation set value = value + 1").execute(on).await?;
    Ok(())
}

/// How many there were, of all processes.
pub async fn read(on: &mut SqliteConnection) -> Result<i64, Fault> {
    Ok(sqlx::query_scalar("select value from generation").fetch_one(on).await?)
}
