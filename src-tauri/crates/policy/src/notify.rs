//! Who is told what. Addresses of hooks are secrets, because whoever knows one can post to it.
//!
//! Sending is an adapter's business.

use crate::{form::form, scalar::SecretName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use switchback_core::port::Topic;

form! {
    /// One channel; exactly one of `slack`, `mail`, `webhook` and `desktop`.
    pub struct Notice {
        /// A Slack webhook, by the name of its secret.
        pub slack: Option<SecretName>,
        /// E-mail.
        pub mail: Option<Mail>,
        /// Any webhook, by the name of its secret.
        pub webhook: Option<SecretName>,
        /// A notification on this desktop.
        pub desktop: bool,
        /// What is told.
        pub on: Vec<Event>,
    }
}

/// Where e-mail goes and through which server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mail {
    /// Recipients.
    pub to: Vec<String>,
    /// The server: `smtp://host:port` or `smtps://host:port`.
    pub server: String,
    /// The sender's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The account on the server; with a password and without this, the sender's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password of the account, by the name of its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretName>,
}

/// Something people are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// All of them.
    All,
    /// A deployment began.
    Started,
    /// A deployment succeeded.
    Succeeded,
    /// A deployment failed, whatever became of it: rolled back, stuck, or not begun.
    Failed,
    /// A target was rolled back.
    RolledBack,
    /// A deployment is stuck; a person is needed.
    Stuck,
    /// Somebody went past a gate.
    Overridden,
    /// A freeze began.
    Frozen,
}

impl Notice {
    /// The name its messages are queued under: the kind and whom or what it tells.
    #[must_use]
    pub fn channel(&self) -> String {
        match (&self.slack, &self.webhook, &self.mail) {
            (Some(name), ..) => format!("slack:{}", name.as_str()),
            (_, Some(name), _) => format!("webhook:{}", name.as_str()),
            (_, _, Some(mail)) => format!("mail:{}", mail.to.join(",")),
            _ => "desktop".to_owned(),
        }
    }

    /// What is told, without `all`.
    #[must_use]
    pub fn topics(&self) -> BTreeSet<Topic> {
        self.on.iter().flat_map(|event| event.topics()).copied().collect()
    }
}

impl Event {
    const fn topics(self) -> &'static [Topic] {
        match self {
            Self::All => &Topic::ALL,
            Self::Started => &[Topic::Started],
            Self::Succeeded => &[Topic::Succeeded],
            Self::Failed => &[Topic::Failed, Topic::RolledBack, Topic::Stuck],
            Self::RolledBack => &[Topic::RolledBack],
            Self::Stuck => &[Topic::Stuck],
            Self::Overridden => &[Topic::Overridden],
            Self::Frozen => &[Topic::Frozen],
        }
    }
}
