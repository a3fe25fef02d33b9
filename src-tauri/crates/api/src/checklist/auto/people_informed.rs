//! A channel tells people that a deployment starts.

use super::{Asked, Check};
use crate::App;
use async_trait::async_trait;
use switchback_core::{
    health::Finding,
    port::{DeploymentRow, Topic},
};
use switchback_policy::{environment::Item, notify::Notice};

pub(super) struct PeopleInformed;

#[async_trait]
impl Check for PeopleInformed {
    async fn finding(&self, _: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let told = asked.document.notify.iter().filter(|notice| notice.topics().contains(&Topic::Started));
        let told: Vec<String> = told.map(channel).collect();
        if told.is_empty() {
            return Finding::fail("no channel is told when a deployment starts: name `started` under `notify`");
        }
        Finding::pass(format!("told when it starts: {}", told.join(", ")))
    }
}

/// As people know it; an address stays with its secret.
fn channel(notice: &Notice) -> String {
    let Notice { slack, mail, webhook, desktop, .. } = notice;
    let named = |kind: &str, name: &dyn std::fmt::Display| format!("{kind} ({name})");
    match (slack, mail, webhook) {
        (Some(name), ..) => named("slack", name),
        (_, Some(mail), _) => named("mail", &mail.to.join(", ")),
        (_, _, Some(name)) => named("webhook", name),
        _ if *desktop => "this desktop".to_owned(),
        _ => "nobody".to_owned(),
    }
}
