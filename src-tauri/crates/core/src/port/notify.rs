//! Telling people. A failure here never blocks a deployment; the outbox in the store is what retries.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What a message is about; people choose by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// A deployment began.
    Started,
    /// It succeeded.
    Succeeded,
    /// It failed before anything was changed.
    Failed,
    /// It was rolled back.
    RolledBack,
    /// A person is needed.
    Stuck,
    /// Somebody broke the glass.
    Overridden,
    /// A freeze began or ended.
    Frozen,
}

impl Topic {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Started, Self::Succeeded, Self::Failed, Self::RolledBack, Self::Stuck, Self::Overridden, Self::Frozen];
}

/// One message. Holds no secret: its texts come from masked logs and plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Unique, so that a receiver can drop a repeated delivery.
    pub id: uuid::Uuid,
    /// What it is about.
    pub topic: Topic,
    /// `checkout/production`.
    pub target: String,
    /// One line.
    pub subject: String,
    /// The reason and the evidence.
    pub body: String,
    /// Who did it.
    pub by: String,
    /// The deployment, as `switchback://deployment/<id>`.
    pub link: String,
}

/// Why a delivery failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{channel}: {why}")]
pub struct NotifyError {
    /// Which channel.
    pub channel: String,
    /// Why; never holds the address's secret part.
    pub why: String,
    /// Trying again may help.
    pub passing: bool,
}

/// One channel: Slack, e-mail, webhook, desktop.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// A stable name for the outbox: `slack:slack/releases`.
    fn name(&self) -> String;
    /// Whether it wants messages on this topic.
    fn wants(&self, topic: Topic) -> bool;
    /// Delivers one.
    async fn send(&self, message: &Message) -> Result<(), NotifyError>;
}
