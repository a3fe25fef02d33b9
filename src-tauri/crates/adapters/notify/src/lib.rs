//! Channels that tell people: Slack, e-mail, a webhook, the desktop.
//!
//! Apart, because each of them talks to a server we do not run. All of them are bounded in time, follow no redirect and
//! keep their secret part (a webhook's address, a mail account's password) out of names, errors and `Debug`.
//!
//! Deliberately not here: retries, order and de-duplication, which are the outbox's; it reads `NotifyError::passing`.
//! Nor the texts, which come masked from whoever writes the message.

mod address;
mod desktop;
mod mail;
mod post;
#[cfg(test)]
mod sink;
mod slack;
mod topics;
mod webhook;

pub use address::SecretAddress;
pub use desktop::Desktop;
pub use mail::{Login, Mail};
pub use slack::Slack;
pub use topics::Topics;
pub use webhook::Webhook;

/// How long one delivery may take in all. A channel that is slower is retried by the outbox.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
