//! What runs on a target, as recorded at the last commit, and the counts that would otherwise cost a scan.

use crate::{
    column::{instant, json, nanos, parse, revision},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::{
    deployment::State,
    ident::{Actor, Instant},
    name::Target,
    plan::{Before, InstanceName, Kind, Plan},
};

/// A target's own columns.
#[derive(Default)]
pub struct Row {
    /// What runs.
    pub current: Option<Before>,
    /// Since when, by whom.
    pub arrived: Option<(Instant, Actor)>,
    /// The way back.
    pub kept: Vec<InstanceName>,
    /// All deployments.
    pub deployments: i64,
    /// Those rolled back or stuck.
    pub undone: i64,
    /// Those that are manual rollbacks.
    pub rollbacks: i64,
}

#[derive(sqlx::FromRow)]
struct Columns {
    revision: Option<i64>,
    version: Option<String>,
    workload: Option<String>,
    instances: String,
    kept: String,
    arrived_at: Option<i64>,
    arrived_by: Option<String>,
    deployments: i64,
    undone: i64,
    rollbacks: i64,
}

/// Makes the row of a target seen for the first time, and counts one more deployment of it.
pub async fn count_deployment(on: &mut SqliteConnection, target: &Target, kind: Kind) -> Result<(), Fault> {
    sqlx::query(
        "insert into target (service, environment, deployments, rollbacks) values (?1, ?2, 1, ?3)
         on conflict (service, environment) do update set deployments = deployments + 1, rollbacks = rollbacks + ?3",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(i64::from(kind == Kind::Rollback))
    .execute(on)
    .await?;
    Ok(())
}

/// Counts an ending that was not the wished one.
pub async fn count_ending(
    on: &mut SqliteConnection,
    target: &Target,
    before: &State,
    state: &State,
) -> Result<(), Fault> {
    let undone = |state: &State| i64::from(matches!(state, State::RolledBack { .. } | State::Stuck { .. }));
    // One that is stuck counts, and counts no more while it is resumed.
    let change = undone(state) - undone(before);
    if change != 0 {
        sqlx::query("update target set undone = undone + ? where service = ? and environment = ?")
            .bind(change)
            .bind(target.service.as_str())
            .bind(target.environment.as_str())
            .execute(on)
            .await?;
    }
    Ok(())
}

/// The plan's revision is the current one now; what ran before is the way back, and what was the way back is forgotten.
pub async fn arrive(on: &mut SqliteConnection, plan: &Plan, by: &str, now: Instant) -> Result<(), Fault> {
    let kept = plan.before.as_ref().map(|before| before.instances.as_slice()).unwrap_or_default();
    sqlx::query(
        "update target set revision = ?, version = ?, workload = ?, instances = ?, kept = ?, arrived_at = ?, arrived_by = ?
         where service = ? and environment = ?",
    )
    .bind(i64::from(plan.revision.0))
    .bind(&plan.version)
    .bind(json(&plan.workload)?)
    .bind(json(&plan.instances)?)
    .bind(json(kept)?)
    .bind(nanos(now))
    .bind(by)
    .bind(plan.target.service.as_str())
    .bind(plan.target.environment.as_str())
    .execute(on)
    .await?;
    Ok(())
}

/// Nothing of ours runs there any more, as before the first deployment.
pub async fn leave(on: &mut SqliteConnection, target: &Target) -> Result<(), Fault> {
    sqlx::query(
        "update target set revision = null, version = null, workload = null, instances = '[]', kept = '[]',
           arrived_at = null, arrived_by = null
         where service = ? and environment = ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .execute(on)
    .await?;
    Ok(())
}

/// The first of `names` that another target has as what it runs or as its way back, and that target.
pub async fn of_another(
    on: &mut SqliteConnection,
    target: &Target,
    names: &[&InstanceName],
) -> Result<Option<(String, String)>, Fault> {
    Ok(sqlx::query_as(
        "select name.value, other.service || '/' || other.environment
         from json_each(?3) as name, target as other
         where (other.service, other.environment) <> (?1, ?2)
           and (name.value in (select value from json_each(other.instances))
             or name.value in (select value from json_each(other.kept)))
         order by name.key, other.service, other.environment limit 1",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .bind(json(names)?)
    .fetch_optional(on)
    .await?)
}

/// A target's row; the default for one never deployed.
pub async fn read(on: &mut SqliteConnection, target: &Target) -> Result<Row, Fault> {
    let columns: Option<Columns> = sqlx::query_as(
        "select revision, version, workload, instances, kept, arrived_at, arrived_by, deployments, undone, rollbacks
         from target where service = ? and environment = ?",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .fetch_optional(on)
    .await?;
    let Some(columns) = columns else { return Ok(Row::default()) };
    let current = match (columns.revision, columns.version, columns.workload) {
        (Some(number), Some(version), Some(workload)) => Some(Before {
            revision: revision(number)?,
            version,
            workload: parse(&workload)?,
            instances: parse(&columns.instances)?,
        }),
        _ => None,
    };
    let arrived = match (columns.arrived_at, columns.arrived_by) {
        (Some(at), Some(by)) => Some((instant(at)?, parse(&by)?)),
        _ => None,
    };
    Ok(Row {
        current,
        arrived,
        kept: parse(&columns.kept)?,
        deployments: columns.deployments,
        undone: columns.undone,
        rollbacks: columns.rollbacks,
    })
}
