//! The target's configuration satisfies the service's schema.

use super::{Asked, Check};
use crate::App;
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct ConfigComplete;

#[async_trait]
impl Check for ConfigComplete {
    async fn finding(&self, _: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let problems = asked.document.config_problems(asked.target);
        if problems.is_empty() {
            let keys = asked.document.target(asked.target).map_or(0, |resolved| resolved.config.len());
            return Finding::pass(format!("{keys} keys, no rule broken"));
        }
        Finding::fail(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}
