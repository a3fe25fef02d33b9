//! Revisions: every content a target was ever moved to, and which of them arrived. Append-only.

use crate::{
    column::{json, nanos, parse, revision as number},
    fault::{Fault, conflict, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{
    ident::{DeploymentId, Instant, RevisionNumber},
    name::Target,
    plan::Plan,
    port::RevisionRow,
    release::Artifact,
};

type Columns = (i64, String, String, bool);

/// Notes the plan's revision. A rollback goes to one that is here already; the same number with another content is
/// somebody else's.
pub async fn keep(on: &mut SqliteConnection, plan: &Plan) -> Result<(), Fault> {
    let digest = plan.workload.digest().to_string();
    let there: Option<(String, String)> =
        sqlx::query_as("select version, digest from revision where service = ? and environment = ? and revision = ?")
            .bind(plan.target.service.as_str())
            .bind(plan.target.environment.as_str())
            .bind(i64::from(plan.revision.0))
            .fetch_optional(&mut *on)
            .await?;
    match there {
        Some(there) if there == (plan.version.clone(), digest.clone()) => return Ok(()),
        Some((version, _)) => {
            return Err(conflict(format!("revision {} of {} is taken by {version}", plan.revision, plan.target)));
        }
        None => {}
    }
    sqlx::query(
        "insert into revision (service, environment, revision, version, workload, digest) values (?, ?, ?, ?, ?, ?)",
    )
    .bind(plan.target.service.as_str())
    .bind(plan.target.environment.as_str())
    .bind(i64::from(plan.revision.0))
    .bind(&plan.version)
    .bind(json(&plan.workload)?)
    .bind(digest)
    .execute(on)
    .await?;
    Ok(())
}

/// Notes that it became the current one.
pub async fn arrived(on: &mut SqliteConnection, plan: &Plan, by: DeploymentId, now: Instant) -> Result<(), Fault> {
    sqlx::query("insert into arrival (service, environment, revision, at, deployment) values (?, ?, ?, ?, ?)")
        .bind(plan.target.service.as_str())
        .bind(plan.target.environment.as_str())
        .bind(i64::from(plan.revision.0))
        .bind(nanos(now))
        .bind(by.to_string())
        .execute(on)
        .await?;
    Ok(())
}

/// The next free number, from 1.
pub async fn next(on: &mut SqliteConnection, target: &Target) -> Result<RevisionNumber, Fault> {
    let next =
        sqlx::query_scalar("select coalesce(max(revision), 0) + 1 from revision where service = ? and environment = ?")
            .bind(target.service.as_str())
            .bind(target.environment.as_str())
            .fetch_one(on)
            .await?;
    number(next)
}

/// One revision.
pub async fn read(on: &mut SqliteConnection, target: &Target, revision: RevisionNumber) -> Result<RevisionRow, Fault> {
    let columns: Option<Columns> = sqlx::query_as(
        "select r.revision, r.version, r.workload, exists (select 1 from arrival a where a.service = r.service
           and a.environment = r.environment and a.revision = r.revision)
         from revision r where r.service = ? and r.environment = ? and r.revision = ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(i64::from(revision.0))
    .fetch_optional(on)
    .await?;
    row(columns.ok_or_else(|| not_found(format!("revision {revision} of {target}")))?)
}

/// Those that once ran, newest first.
pub async fn ran(on: &mut SqliteConnection, target: &Target, limit: u32) -> Result<Vec<RevisionRow>, Fault> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select r.revision, r.version, r.workload, true from revision r where r.service = ? and r.environment = ?
           and exists (select 1 from arrival a where a.service = r.service and a.environment = r.environment
             and a.revision = r.revision)
         order by r.revision desc limit ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(i64::from(limit))
    .fetch_all(on)
    .await?;
    rows.into_iter().map(row).collect()
}

/// What ran when a revision came for the first time.
pub async fn before(
    on: &mut SqliteConnection,
    target: &Target,
    revision: RevisionNumber,
) -> Result<Option<RevisionRow>, Fault> {
    let before: Option<i64> = sqlx::query_scalar(
        "with came as (select at, rowid as place from arrival where service = ?1 and environment = ?2 and revision = ?3
           order by at, rowid limit 1)
         select a.revision from arrival a, came where a.service = ?1 and a.environment = ?2 and a.revision <> ?3
           and (a.at, a.rowid) < (came.at, came.place)
         order by a.at desc, a.rowid desc limit 1",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(i64::from(revision.0))
    .fetch_optional(&mut *on)
    .await?;
    match before {
        Some(before) => read(on, target, number(before)?).await.map(Some),
        None => Ok(None),
    }
}

/// What revisions that once ran are made of, of all targets, and deployments that have not ended; each once.
pub async fn artifacts(on: &mut SqliteConnection) -> Result<Vec<Artifact>, Fault> {
    let rows: Vec<String> = sqlx::query_scalar(
        "select json_extract(r.workload, '$.artifact') from revision r
           where exists (select 1 from arrival a where a.service = r.service and a.environment = r.environment
             and a.revision = r.revision)
         union select json_extract(plan, '$.workload.artifact') from deployment where ended is null",
    )
    .fetch_all(on)
    .await?;
    rows.iter().map(|text| parse(text)).collect()
}

fn row((revision, version, workload, ran): Columns) -> Result<RevisionRow, Fault> {
    Ok(RevisionRow { revision: number(revision)?, version, workload: parse(&workload)?, ran })
}
