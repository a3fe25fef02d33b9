//! Somebody is on call, by name, as a file, an address or a command says.

use super::{Asked, Check, source};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

pub(super) struct OnCall;

#[async_trait]
impl Check for OnCall {
    async fn finding(&self, app: &App, asked: &Asked<'_>, item: &Item, _: Option<&DeploymentRow>) -> Finding {
        match source::ask(app, asked, item).await {
            Err(finding) => finding,
            Ok(said) => match said.lines().map(str::trim).find(|line| !line.is_empty()) {
                Some(name) => Finding::pass(source::plain(name)),
                None => Finding::no_data(items::nobody_named()),
            },
        }
    }
}
