//! Notification channels from the policy, and the courier that empties the outbox.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use switchback_api::ApiError;
use switchback_core::{
    ident::Clock,
    port::{History, Ledger, Notifier, Secrets, Topic},
};
use switchback_engine::Round;
use switchback_notify::{Desktop, Login, Mail, SecretAddress, Slack, Topics, Webhook};
use switchback_policy::{Document, notify::Notice};

/// How often the outbox is looked into when nothing has said that there is something in it.
const ROUND: Duration = Duration::from_secs(10);

/// Delivers what the outbox holds on the channels of the policy in force.
#[derive(Clone)]
pub struct Courier {
    ledger: Arc<dyn Ledger>,
    history: Arc<dyn History>,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    channels: Arc<Mutex<Vec<Arc<dyn Notifier>>>>,
}

impl Courier {
    pub(crate) fn new(
        ledger: Arc<dyn Ledger>,
        history: Arc<dyn History>,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { ledger, history, secrets, clock, channels: Arc::default() }
    }

    /// Reads the channels from the policy in force. To be asked again after each apply.
    pub async fn refresh(&self) -> Result<(), ApiError> {
        let channels = match self.history.policy().await? {
            Some(policy) => {
                let text = policy.document.get("yaml").and_then(serde_json::Value::as_str).unwrap_or_default();
                switchback_policy::parse("the policy in force", text)
                    .map(|document| self.channels_of(&document))
                    .unwrap_or_default()
            }
            None => Vec::new(),
        };
        let wanted: Vec<(String, Vec<Topic>)> = channels
            .iter()
            .map(|channel| (channel.name(), Topic::ALL.into_iter().filter(|topic| channel.wants(*topic)).collect()))
            .collect();
        self.ledger.set_channels(&wanted).await?;
        if let Ok(mut known) = self.channels.lock() {
            *known = channels;
        }
        Ok(())
    }

    fn channels_of(&self, document: &Document) -> Vec<Arc<dyn Notifier>> {
        document.notify.iter().filter_map(|notice| self.channel(notice)).collect()
    }

    fn channel(&self, notice: &Notice) -> Option<Arc<dyn Notifier>> {
        let topics = Topics::only(notice.topics());
        let address = |name: &str| SecretAddress::new(self.secrets.clone(), name);
        if let Some(name) = &notice.slack {
            return Some(Arc::new(Slack::new(address(name.as_str()), topics)));
        }
        if let Some(name) = &notice.webhook {
            return Some(Arc::new(Webhook::new(address(name.as_str()), topics)));
        }
        if notice.desktop {
            return Some(Arc::new(Desktop::new(topics)));
        }
        let mail = notice.mail.as_ref()?;
        let from = mail.from.clone().unwrap_or_else(|| "switchback@localhost".to_owned());
        let login = mail.password.as_ref().map(|password| Login {
            user: mail.user.clone().unwrap_or_else(|| from.clone()),
            password: address(password.as_str()),
        });
        match Mail::new(&mail.server, &from, &mail.to, login, topics) {
            Ok(mail) => Some(Arc::new(mail)),
            Err(error) => {
                tracing::warn!(%error, "this channel cannot be used");
                None
            }
        }
    }

    /// Sends everything that is due, once.
    pub async fn deliver(&self) -> Result<Round, ApiError> {
        self.round(None).await
    }

    /// The same for somebody who waits: what a channel does not answer within `patience` stays in the outbox.
    pub async fn deliver_within(&self, patience: Duration) -> Result<Round, ApiError> {
        self.round(Some(patience)).await
    }

    async fn round(&self, patience: Option<Duration>) -> Result<Round, ApiError> {
        let channels = self.channels.lock().map(|channels| channels.clone()).unwrap_or_default();
        Ok(switchback_engine::deliver_due(self.ledger.as_ref(), self.clock.as_ref(), &channels, patience).await?)
    }

    /// Delivers until the process ends: after each of its deployments' events, and every `ROUND` for what another
    /// process left or what is due again.
    pub async fn run(self, app: switchback_api::App) {
        let mut changes = app.changes();
        let mut round = tokio::time::interval(ROUND);
        loop {
            tokio::select! {
                _ = round.tick() => {}
                _ = changes.recv() => {}
            }
            match self.deliver().await {
                Ok(round) => {
                    for why in round.failures {
                        tracing::warn!(why, "a message was not delivered");
                    }
                }
                Err(error) => tracing::warn!(%error, "the outbox could not be emptied"),
            }
        }
    }
}
