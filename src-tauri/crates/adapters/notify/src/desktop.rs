//! Notifications on the desktop: handed to whatever shell is listening.
//!
//! Apart from the shell, which subscribes and shows them, so that this crate links no window system. Deliberately not
//! here: what a notification looks like, and remembering those nobody listened to; the outbox does.

use crate::topics::Topics;
use async_trait::async_trait;
use switchback_core::port::{Message, Notifier, NotifyError, Topic};
use tokio::sync::broadcast;

/// Messages a slow listener may be behind before it misses the oldest.
const BEHIND: usize = 64;

/// The desktop.
#[derive(Debug, Clone)]
pub struct Desktop {
    listeners: broadcast::Sender<Message>,
    topics: Topics,
}

impl Desktop {
    /// A desktop nobody listens to yet.
    pub fn new(topics: Topics) -> Self {
        Self { listeners: broadcast::Sender::new(BEHIND), topics }
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.listeners.subscribe()
    }
}

#[async_trait]
impl Notifier for Desktop {
    fn name(&self) -> String {
        "desktop".to_owned()
    }

    fn wants(&self, topic: Topic) -> bool {
        self.topics.wants(topic)
    }

    async fn send(&self, message: &Message) -> Result<(), NotifyError> {
        let sent = self.listeners.send(message.clone());
        sent.map(|_| ()).map_err(|_| NotifyError {
            channel: self.name(),
            why: "no window is open".to_owned(),
            passing: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            id: uuid::Uuid::nil(),
            topic: Topic::Stuck,
            target: "checkout/production".into(),
            subject: "A person is needed".into(),
            body: String::new(),
            by: "ana".into(),
            link: String::new(),
        }
    }

    #[tokio::test]
    async fn every_listener_gets_the_message() {
        let desktop = Desktop::new(Topics::all());
        let (mut one, mut two) = (desktop.subscribe(), desktop.subscribe());
        desktop.send(&message()).await.unwrap();
        assert_eq!((one.recv().await.unwrap(), two.recv().await.unwrap()), (message(), message()));
    }

    #[tokio::test]
    async fn without_a_window_the_outbox_keeps_the_message() {
        assert!(Desktop::new(Topics::all()).send(&message()).await.unwrap_err().passing);
    }
}
