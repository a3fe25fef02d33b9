//! A channel tells people that a deployment starts.

use super::{Asked, Check};
use crate::App;
use async_trait::async_trait;
use switchback_core::{
    health::Finding,
    port::{DeploymentRow, Topic},
};
use switchback_policy::environment::Item;

pub(super) struct PeopleInformed;

#[async_trait]
impl Check for PeopleInformed {
    async fn finding(&self, _: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let told = asked.document.notify.iter().filter(|notice| notice.topics().contains(&Topic::Started));
        match told.count() {
            0 => Finding::fail("no channel is told when a deployment starts: name `started` under `notify`"),
            count => Finding::pass(format!("{count} channels are told when it starts")),
        }
    }
}
