//! What people ask of a deployment under way: stop it, or let it go on. The first of each kind counts; the executor,
//! in whatever process it runs, reads it here.

use crate::{
    column::{json, nanos, parse},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::ident::{Actor, DeploymentId, Instant};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Request {
    /// Stop and undo.
    Abort,
    /// Yes, go on.
    Confirm,
}

impl Request {
    fn name(self) -> &'static str {
        match self {
            Self::Abort => "abort",
            Self::Confirm => "confirm",
        }
    }
}

/// Notes a request; `false` when the same was asked before.
pub async fn note(
    on: &mut SqliteConnection,
    id: DeploymentId,
    request: Request,
    by: &Actor,
    reason: &str,
    now: Instant,
) -> Result<bool, Fault> {
    let done = sqlx::query(
        "insert into request (deployment, kind, by, reason, at) values (?, ?, ?, ?, ?) on conflict do nothing",
    )
    .bind(id.to_string())
    .bind(request.name())
    .bind(json(by)?)
    .bind(reason)
    .bind(nanos(now))
    .execute(on)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Who asked, and why.
pub async fn read(
    on: &mut SqliteConnection,
    id: DeploymentId,
    request: Request,
) -> Result<Option<(Actor, String)>, Fault> {
    let row: Option<(String, String)> =
        sqlx::query_as("select by, reason from request where deployment = ? and kind = ?")
            .bind(id.to_string())
            .bind(request.name())
            .fetch_optional(on)
            .await?;
    row.map(|(by, reason)| Ok((parse(&by)?, reason))).transpose()
}
