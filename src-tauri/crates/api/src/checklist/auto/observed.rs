//! The version has run for a time since it was deployed, and still runs.

use super::{Asked, Check};
use crate::App;
use async_trait::async_trait;
use jiff::SignedDuration;
use switchback_core::deployment::State;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct Observed;

#[async_trait]
impl Check for Observed {
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, last: Option<&DeploymentRow>) -> Finding {
        let Some(last) = last else { return Finding::no_data("it was not deployed here") };
        let wanted = item.lasting.map(|span| span.0).unwrap_or_default();
        let ended = match (&last.state, last.ended) {
            (State::Succeeded, Some(ended)) => ended,
            (_, Some(_)) => return Finding::fail("its last deployment did not succeed"),
            (_, None) => return Finding::no_data("its deployment is under way"),
        };
        // Time alone is no observation: what went down meanwhile was not well for so long.
        match app.down(asked.document, asked.target, last.revision).await {
            Ok(down) if down.is_empty() => {}
            Ok(down) => return Finding::fail(down.join("; ")),
            Err(error) => return Finding::no_data(error.to_string()),
        }
        let runs = app.ports().clock.now().duration_since(ended);
        let minutes = |length: SignedDuration| length.as_mins();
        let wanted = SignedDuration::try_from(wanted).unwrap_or_default();
        if runs >= wanted {
            return Finding::pass(format!("runs since {} min, {} were asked for", minutes(runs), minutes(wanted)));
        }
        Finding::no_data(format!("runs since {} min of {}", minutes(runs), minutes(wanted)))
    }
}
