//! The version has run for a time since it was deployed, and still runs.

use super::{Asked, Check};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use jiff::SignedDuration;
use switchback_core::deployment::State;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct Observed;

#[async_trait]
impl Check for Observed {
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, last: Option<&DeploymentRow>) -> Finding {
        let Some(last) = last else { return Finding::no_data(items::not_deployed()) };
        let wanted = item.lasting.map(|span| span.0).unwrap_or_default();
        let ended = match (&last.state, last.ended) {
            (State::Succeeded, Some(ended)) => ended,
            (_, Some(_)) => return Finding::fail(items::not_succeeded()),
            (_, None) => return Finding::no_data(items::under_way()),
        };
        // Time alone is no observation: what went down meanwhile, or was started again, was not well for so long.
        let began = match app.serves_since(asked.document, asked.target, last.revision).await {
            Ok(Ok(began)) => began,
            Ok(Err(down)) => return Finding::fail(down.join("; ")),
            Err(error) => return Finding::no_data(error.to_string()),
        };
        let runs = app.ports().clock.now().duration_since(ended.max(began));
        let minutes = |length: SignedDuration| length.as_mins();
        let wanted = SignedDuration::try_from(wanted).unwrap_or_default();
        if runs >= wanted {
            return Finding::pass(items::runs(minutes(runs), minutes(wanted)));
        }
        let said = if began > ended { items::runs_again } else { items::runs_yet };
        Finding::no_data(said(minutes(runs), minutes(wanted)))
    }
}
