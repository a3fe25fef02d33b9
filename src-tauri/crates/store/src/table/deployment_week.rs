//! How many deployments a target had in each week. The counts are kept by triggers of the deployment table.

use crate::{
    column::{count, instant},
    fault::Fault,
};
use sqlx::SqliteConnection;
use switchback_core::{name::Target, port::WeekRow};

/// A day in nanoseconds.
const DAY: i64 = 86_400_000_000_000;

/// A target's weeks, newest first.
pub async fn of(on: &mut SqliteConnection, target: &Target) -> Result<Vec<WeekRow>, Fault> {
    let rows: Vec<(i64, i64, i64, i64)> = sqlx::query_as(
        "select week, deployments, rollbacks, undone from deployment_week where service = ? and environment = ?
         order by week desc",
    )
    .bind(target.service.as_str())
    .bind(target.environment.as_str())
    .fetch_all(on)
    .await?;
    let row = |(week, deployments, rollbacks, undone)| {
        // 1970 began on a Thursday, three days after a Monday.
        let since = instant((week * 7 - 3) * DAY)?;
        Ok(WeekRow { since, deployments: count(deployments), rollbacks: count(rollbacks), undone: count(undone) })
    };
    rows.into_iter().map(row).collect()
}
