//! A window is open, and no freeze is on.

use super::{Asked, Check};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use switchback_core::gate::local;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct WindowOpen;

#[async_trait]
impl Check for WindowOpen {
    async fn finding(&self, app: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let calendar = match app.calendar_of(asked.document, &asked.target.environment).await {
            Ok(calendar) => calendar,
            Err(error) => return Finding::no_data(error.to_string()),
        };
        let told = calendar.at(app.ports().clock.now());
        let next = |at: Option<jiff::Timestamp>| {
            at.map_or_else(|| "not within a year".to_owned(), |at| local(at, &calendar.zone))
        };
        if told.open {
            Finding::pass(items::open(next(told.next_close)))
        } else {
            Finding::fail(items::closed(next(told.next_open)))
        }
    }
}
