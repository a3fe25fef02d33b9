//! Slack, by an incoming webhook.
//!
//! Apart, because its payload and its bounds are Slack's. The blocks are `plain_text`, so that what comes from logs can
//! neither mention people nor draw links; only the fallback `text` needs escaping. No emoji: words carry the status.

use crate::address::SecretAddress;
use crate::post::post;
use crate::topics::Topics;
use async_trait::async_trait;
use serde::Serialize;
use switchback_core::port::{Message, Notifier, NotifyError, Topic};

/// Most characters of a header block, by Slack's reference.
const HEADER: usize = 150;
/// Most characters of a section's text.
const SECTION: usize = 3000;

/// A Slack channel.
#[derive(Debug, Clone)]
pub struct Slack {
    address: SecretAddress,
    topics: Topics,
}

impl Slack {
    /// The channel whose incoming webhook's URL is at `address`.
    pub fn new(address: SecretAddress, topics: Topics) -> Self {
        Self { address, topics }
    }
}

#[async_trait]
impl Notifier for Slack {
    fn name(&self) -> String {
        format!("slack:{}", self.address.name())
    }

    fn wants(&self, topic: Topic) -> bool {
        self.topics.wants(topic)
    }

    async fn send(&self, message: &Message) -> Result<(), NotifyError> {
        let channel = self.name();
        let url = self.address.fetch(&channel).await?;
        post(&channel, &url, &["https"], &Payload::of(message)).await
    }
}

#[derive(Debug, Serialize)]
struct Payload {
    text: String,
    blocks: Vec<Block>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Header { text: Plain },
    Section { text: Plain },
    Context { elements: Vec<Plain> },
}

#[derive(Debug, Serialize)]
struct Plain {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    emoji: bool,
}

impl Plain {
    fn of(text: &str, most: usize) -> Self {
        Self { kind: "plain_text", text: cut(text, most), emoji: false }
    }
}

impl Payload {
    fn of(message: &Message) -> Self {
        let mut blocks = vec![Block::Header { text: Plain::of(&message.subject, HEADER) }];
        // Slack refuses an empty text.
        if !message.body.trim().is_empty() {
            blocks.push(Block::Section { text: Plain::of(&message.body, SECTION) });
        }
        let facts = [&message.target, &message.by, &message.link];
        let elements: Vec<_> = facts.iter().filter(|f| !f.is_empty()).map(|f| Plain::of(f, HEADER)).collect();
        if !elements.is_empty() {
            blocks.push(Block::Context { elements });
        }
        Self { text: escape(&cut(&message.subject, HEADER)), blocks }
    }
}

/// At most `most` characters; the last shows that there was more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Slack's three control characters.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str, body: &str) -> Message {
        Message {
            id: uuid::Uuid::nil(),
            topic: Topic::RolledBack,
            target: "checkout/production".into(),
            subject: subject.into(),
            body: body.into(),
            by: "ana".into(),
            link: "switchback://deployment/1".into(),
        }
    }

    #[test]
    fn text_from_outside_can_neither_mention_nor_link() {
        let payload = serde_json::to_value(Payload::of(&message("<!channel> & co", "<http://evil|click>"))).unwrap();
        assert_eq!(payload["text"], "&lt;!channel&gt; &amp; co");
        assert_eq!(payload["blocks"][0]["text"]["type"], "plain_text");
        assert_eq!(payload["blocks"][1]["text"]["type"], "plain_text");
        assert_eq!(payload["blocks"][1]["text"]["emoji"], false);
        assert_eq!(payload["blocks"][2]["elements"][0]["text"], "checkout/production");
    }

    #[test]
    fn long_texts_are_cut_to_what_slack_takes() {
        let payload = serde_json::to_value(Payload::of(&message(&"é".repeat(500), &"b".repeat(9000)))).unwrap();
        assert_eq!(payload["blocks"][0]["text"]["text"].as_str().unwrap().chars().count(), HEADER);
        assert_eq!(payload["blocks"][1]["text"]["text"].as_str().unwrap().chars().count(), SECTION);
    }

    #[test]
    fn an_empty_body_has_no_block() {
        assert_eq!(Payload::of(&message("s", " \n")).blocks.len(), 2);
    }
}
