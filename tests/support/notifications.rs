//! A notification daemon of the test's own on a private session bus: what it is shown, it remembers.

#![allow(
    clippy::unused_self,
    clippy::needless_pass_by_value,
    clippy::used_underscore_binding,
    clippy::too_many_arguments,
    reason = "the interface is the standard's"
)]

use crate::part::PartError;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
};
use zbus::{connection, zvariant::OwnedValue};

/// One notification as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Who sent it.
    pub app: String,
    /// Its title.
    pub summary: String,
    /// Its text.
    pub body: String,
    /// 2 is critical.
    pub urgency: u8,
}

/// A running daemon. Dropping it takes it off the bus.
pub struct Notifications {
    shown: Arc<Mutex<Vec<Shown>>>,
    _connection: zbus::Connection,
}

struct Daemon(Arc<Mutex<Vec<Shown>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    fn get_capabilities(&self) -> Vec<String> {
        ["body", "body-markup"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let word = |text: &str| text.to_owned();
        (word("test"), word("switchback"), word("1"), word("1.2"))
    }

    fn close_notification(&self, _id: u32) {}

    fn notify(
        &self,
        app: String,
        _replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let urgency = hints.get("urgency").and_then(|value| u8::try_from(value).ok()).unwrap_or(1);
        let mut shown = self.0.lock().expect("nobody panics under it");
        shown.push(Shown { app, summary, body, urgency });
        u32::try_from(shown.len()).unwrap_or(u32::MAX)
    }
}

impl Notifications {
    /// Takes the standard's name on the bus at this address.
    pub async fn start(bus: &Path) -> Result<Self, PartError> {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let refused = |error: zbus::Error| PartError::Refused {
            what: "a notification daemon on the test's bus".to_owned(),
            status: 0,
            body: error.to_string(),
        };
        let address = bus.display().to_string();
        let connection = async {
            connection::Builder::address(address.as_str())?
                .name("org.freedesktop.Notifications")?
                .serve_at("/org/freedesktop/Notifications", Daemon(shown.clone()))?
                .build()
                .await
        };
        Ok(Self { _connection: connection.await.map_err(refused)?, shown })
    }

    /// All it was shown.
    pub fn shown(&self) -> Vec<Shown> {
        self.shown.lock().expect("nobody panics under it").clone()
    }
}
