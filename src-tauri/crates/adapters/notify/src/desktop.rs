//! Notifications on the desktop of whoever runs this process: the window, or a command at a shell.
//!
//! On Linux that is a daemon on the session's bus. Without one the message stays in the outbox, where a window opened
//! later finds it, and the failure says what is missing. Deliberately not here: buttons; a notification is a pointer.

use crate::topics::Topics;
use async_trait::async_trait;
use notify_rust::Notification;
use std::time::Duration;
use switchback_core::port::{Message, Notifier, NotifyError, Topic};

/// A daemon that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest text of a notification, in characters; daemons show a few lines.
const LONGEST: usize = 400;

/// The desktop.
#[derive(Debug, Clone)]
pub struct Desktop {
    topics: Topics,
}

impl Desktop {
    /// The desktop of this session.
    pub fn new(topics: Topics) -> Self {
        Self { topics }
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
        let failed = |why: String| NotifyError { channel: self.name(), why, passing: true };
        if !has_session() {
            return Err(failed(
                "there is no session bus here (DBUS_SESSION_BUS_ADDRESS); it is shown once the window is open"
                    .to_owned(),
            ));
        }
        let message = message.clone();
        let shown = tokio::task::spawn_blocking(move || show(&message));
        match tokio::time::timeout(PATIENCE, shown).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(failed(format!("no notification daemon took it: {error}"))),
            Ok(Err(panicked)) => Err(failed(panicked.to_string())),
            Err(_) => Err(failed(format!("the notification daemon did not answer within {} s", PATIENCE.as_secs()))),
        }
    }
}

fn show(message: &Message) -> Result<(), notify_rust::error::Error> {
    let body: String = message.body.chars().take(LONGEST).collect();
    // The body holds lines of logs; a daemon that knows markup must not take them for it.
    let body = if reads_markup()? { escaped(&body) } else { body };
    let mut notification = Notification::new();
    notification.appname("Switchback").summary(&message.subject).body(&body).icon("switchback");
    if matches!(message.topic, Topic::Failed | Topic::RolledBack | Topic::Stuck) {
        urgent(&mut notification);
    }
    notification.show().map(|_| ())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(unix, not(target_os = "macos")))]
fn urgent(notification: &mut Notification) {
    notification.urgency(notify_rust::Urgency::Critical);
}

#[cfg(all(unix, not(target_os = "macos")))]
fn reads_markup() -> Result<bool, notify_rust::error::Error> {
    Ok(notify_rust::get_capabilities()?.iter().any(|capability| capability == "body-markup"))
}

#[cfg(all(unix, not(target_os = "macos")))]
fn has_session() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|dir| std::path::Path::new(&dir).join("bus").exists())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn urgent(_: &mut Notification) {}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn reads_markup() -> Result<bool, notify_rust::error::Error> {
    Ok(false)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn has_session() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_log_is_never_markup() {
        assert_eq!(escaped("<a href=\"x\">1 & 2</a>"), "&lt;a href=\"x\"&gt;1 &amp; 2&lt;/a&gt;");
    }
}
