//! The target's configuration satisfies the service's schema, and its secrets are in the keychain.

use super::{Asked, Check};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct ConfigComplete;

#[async_trait]
impl Check for ConfigComplete {
    async fn finding(&self, app: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let mut problems: Vec<String> =
            asked.document.config_problems(asked.target).iter().map(ToString::to_string).collect();
        let resolved = match asked.document.target(asked.target) {
            Ok(resolved) => resolved,
            Err(error) => return Finding::no_data(error.to_string()),
        };
        for (key, name) in &resolved.secrets {
            if let Err(error) = app.ports().secrets.current(name).await {
                problems.push(format!("{key}: {error}"));
            }
        }
        if problems.is_empty() {
            let (keys, secrets) = (resolved.config.len(), resolved.secrets.len());
            return Finding::pass(items::config(keys, secrets));
        }
        Finding::fail(problems.join("; "))
    }
}
