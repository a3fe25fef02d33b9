//! The release's migrations have a way back.

use super::{Asked, Check, no_data, pass};
use crate::App;
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct MigrationsReversible;

#[async_trait]
impl Check for MigrationsReversible {
    async fn finding(&self, _: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let service = asked.document.services.get(&asked.target.service);
        match service.and_then(|service| service.migrations.as_ref()) {
            None => pass(format!("{} has no migrations", asked.target.service)),
            Some(migrations) => no_data(format!("nobody has proved those of {} yet", migrations.path.display())),
        }
    }
}
