//! A webhook: the message as JSON, to whatever listens.
//!
//! Apart from Slack, because its payload is our own contract: the `Message` of the port, with its `id` by which a
//! receiver drops a repeated delivery. Deliberately not here: signatures; the address itself is the secret.

use crate::address::SecretAddress;
use crate::post::post;
use crate::topics::Topics;
use async_trait::async_trait;
use switchback_core::port::{Message, Notifier, NotifyError, Topic};

/// A receiver of messages as JSON.
#[derive(Debug, Clone)]
pub struct Webhook {
    address: SecretAddress,
    topics: Topics,
}

impl Webhook {
    /// The receiver whose URL is at `address`. Plain `http` is allowed, for receivers inside a network of one's own.
    pub fn new(address: SecretAddress, topics: Topics) -> Self {
        Self { address, topics }
    }
}

#[async_trait]
impl Notifier for Webhook {
    fn name(&self) -> String {
        format!("webhook:{}", self.address.name())
    }

    fn wants(&self, topic: Topic) -> bool {
        self.topics.wants(topic)
    }

    async fn send(&self, message: &Message) -> Result<(), NotifyError> {
        let channel = self.name();
        let url = self.address.fetch(&channel).await?;
        post(&channel, &url, &["https", "http"], message).await
    }
}
