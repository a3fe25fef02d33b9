//! A channel tells people that a deployment starts, and what was last sent there arrived.

use super::{Asked, Check};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use switchback_core::{
    health::Finding,
    port::{DeploymentRow, Topic},
};
use switchback_policy::{environment::Item, notify::Notice};

pub(super) struct PeopleInformed;

#[async_trait]
impl Check for PeopleInformed {
    async fn finding(&self, app: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let (mut told, mut silent) = (Vec::new(), Vec::new());
        for notice in asked.document.notify.iter().filter(|notice| notice.topics().contains(&Topic::Started)) {
            if let Some(why) = unset(app, notice).await {
                silent.push(items::cannot_tell(channel(notice), why).to_string());
                continue;
            }
            match app.history.last_told(&notice.channel()).await {
                Ok(last) => match last.and_then(|last| last.state.lost()) {
                    None => told.push(channel(notice)),
                    Some(why) => silent.push(items::not_arrived(channel(notice), why).to_string()),
                },
                Err(error) => return Finding::no_data(error.to_string()),
            }
        }
        if told.is_empty() && silent.is_empty() {
            return Finding::fail(items::no_channel());
        }
        if told.is_empty() {
            return Finding::fail(format!("{}; `switchback notify test` tries again", silent.join("; ")));
        }
        silent.insert(0, items::told(told.join(", ")).to_string());
        Finding::pass(silent.join("; "))
    }
}

/// Why the keychain does not give what the channel needs.
async fn unset(app: &App, notice: &Notice) -> Option<String> {
    let Notice { slack, mail, webhook, .. } = notice;
    let password = mail.as_ref().and_then(|mail| mail.password.as_ref());
    for name in [slack.as_ref(), webhook.as_ref(), password].into_iter().flatten() {
        if let Err(error) = app.ports().secrets.current(name.as_str()).await {
            return Some(error.to_string());
        }
    }
    None
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
