//! What runs now would come back whole if this deployment is bad.

use super::{Asked, Check};
use crate::App;
use crate::readiness::Way;
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct RollbackReady;

#[async_trait]
impl Check for RollbackReady {
    async fn finding(&self, app: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let row = match app.history.target(asked.target).await {
            Ok(row) => row,
            Err(error) => return Finding::no_data(error.to_string()),
        };
        let Some(current) = row.current else { return Finding::pass("nothing runs yet that could be lost") };
        match app.way_back(asked.target, current.revision, &current.workload).await {
            Way::Whole => Finding::pass(format!("{} ({}) comes back whole", current.revision, current.version)),
            Way::Partly(why) | Way::Gone(why) => Finding::fail(format!("{}: {why}", current.revision)),
            Way::Unknown(why) => Finding::no_data(format!("{}: {why}", current.revision)),
        }
    }
}
