//! What runs now would come back whole if this deployment is bad, and a way back was rehearsed lately where that is asked
//! for.

use super::{Asked, Check};
use crate::App;
use crate::readiness::Way;
use crate::says::items;
use async_trait::async_trait;
use std::time::Duration;
use switchback_core::{
    drill::{Drill, Outcome},
    health::Finding,
    name::Target,
    port::DeploymentRow,
    said::Said,
};
use switchback_policy::environment::Item;

pub(super) struct RollbackReady;

#[async_trait]
impl Check for RollbackReady {
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, _: Option<&DeploymentRow>) -> Finding {
        let row = match app.history.target(asked.target).await {
            Ok(row) => row,
            Err(error) => return Finding::no_data(error.to_string()),
        };
        let Some(current) = row.current else { return Finding::pass(items::nothing_runs()) };
        match app.way_back(&current.workload).await {
            Way::Whole => {
                let whole = items::whole(current.revision, &current.version);
                rehearsed(app, asked.target, item, whole).await
            }
            Way::Gone(why) => Finding::fail(format!("{}: {why}", current.revision)),
            Way::Unknown(why) => Finding::no_data(format!("{}: {why}", current.revision)),
        }
    }
}

/// `whole` says that the way back is there; the last drill says whether it was gone.
async fn rehearsed(app: &App, target: &Target, item: &Item, whole: Said) -> Finding {
    let drills = match app.drillbook.drills(target, 1).await {
        Ok(drills) => drills,
        Err(error) => return Finding::no_data(error.to_string()),
    };
    let last = drills.first().and_then(|drill| Some((drill, drill.outcome.as_ref()?)));
    let told = match last {
        None => items::not_rehearsed(),
        Some((drill, Outcome::Back { took_ms, .. })) => {
            let took = Duration::from_millis(*took_ms).as_secs_f64();
            items::rehearsed(drill.from, drill.to, drill.at.strftime("%F"), format_args!("{took:.1}"))
        }
        Some((drill, _)) => items::drill_failed(drill.from, drill.to),
    };
    let told = format!("{whole}; {told}");
    let Some(within) = item.rehearsed_within else { return Finding::pass(told) };
    let age = |drill: &Drill| Duration::try_from(app.ports().clock.now().duration_since(drill.at)).unwrap_or_default();
    match last {
        Some((drill, outcome)) if outcome.holds() && age(drill) <= within.0 => Finding::pass(told),
        _ => Finding::fail(format!("{told}; `switchback drill {} {}` does", target.service, target.environment)),
    }
}
