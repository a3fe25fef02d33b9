//! Settings and secrets.

use crate::{
    Answer, ApiError, App,
    app::place,
    dto::{AgentView, ChannelView, EngineView, KeychainView, SecretView, SettingsView, TargetView, ToldView},
    word,
};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;
use switchback_core::{
    name::Target,
    port::{Delivery, Topic, is_login, login},
    workload::RuntimeKind,
};
use switchback_policy::{Document, notify::Notice};

impl App {
    /// All the settings screen shows.
    pub async fn settings(&self) -> Answer<SettingsView> {
        let keychain = self.ports().secrets.status().await;
        let mut targets = Vec::new();
        let mut engines = BTreeMap::new();
        let mut notify = Vec::new();
        if let Some((document, _)) = self.policy_in_force().await? {
            for target in document.targets.keys() {
                let Ok(resolved) = document.target(target) else { continue };
                let kind = resolved.settings.kind();
                targets.push(TargetView {
                    target: target.to_string(),
                    runtime: kind,
                    strategy: word::strategy(&resolved.strategy).to_owned(),
                    detail: place(&resolved.settings),
                });
                let endpoint = match kind {
                    RuntimeKind::Process => "this machine".to_owned(),
                    RuntimeKind::Docker | RuntimeKind::Kubernetes => place(&resolved.settings),
                };
                engines.entry((word::runtime(kind), endpoint)).or_insert(resolved.settings);
            }
            notify = self.channels_of(&document).await?;
        }
        let engines = engines.into_iter().map(|((name, endpoint), settings)| async move {
            let answer = match self.runtime(settings.kind()) {
                Ok(runtime) => runtime.ping(&settings).await.map_err(ApiError::from),
                Err(error) => Err(error),
            };
            let reachable = answer.is_ok();
            EngineView {
                name: name.to_owned(),
                endpoint,
                reachable,
                detail: answer.unwrap_or_else(|error| error.to_string()),
            }
        });
        let secrets = self.secret_list().await?;
        let awake = crate::awake::somebody(&self.home.path);
        Ok(SettingsView {
            home: self.home.path.display().to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            keychain: KeychainView { available: keychain.available, detail: keychain.detail },
            engines: futures::future::join_all(engines).await,
            targets,
            secrets,
            notify,
            agent: AgentView { on: awake, last_seen: awake.then(|| self.ports().clock.now()) },
        })
    }

    /// The policy's channels with what was last sent to each.
    pub async fn channels(&self) -> Answer<Vec<ChannelView>> {
        let (document, _) = self.document().await?;
        self.channels_of(&document).await
    }

    async fn channels_of(&self, document: &Document) -> Answer<Vec<ChannelView>> {
        let mut all = Vec::with_capacity(document.notify.len());
        for notice in &document.notify {
            all.push(channel(notice, self.history.last_told(&notice.channel()).await?));
        }
        Ok(all)
    }

    /// Sends a message to every channel, so that it is known whether it arrives. It is under way when this returns.
    pub async fn notify_test(&self) -> Answer<()> {
        let (document, _) = self.document().await?;
        if document.notify.is_empty() {
            return Err(ApiError::new("not_found", "the policy names no channel")
                .with("what", "channel")
                .hint("Name one under `notify:` and apply the file."));
        }
        let by = &self.actor.name;
        let subject = format!("A test by {by}: messages of Switchback arrive here");
        let link = "switchback://settings".to_owned();
        let message = self.message(Topic::Started, "notify".to_owned(), subject, String::new(), link);
        let names: Vec<String> = document.notify.iter().map(Notice::channel).collect();
        let audit = self.audit_line("notify.tested", names.join(", "), "");
        Ok(self.ports().ledger.tell_all(&message, self.ports().clock.now(), &audit).await?)
    }

    /// Stores a value in the keychain; the history notes its fingerprint only.
    pub async fn secret_set(&self, name: &str, value: SecretString) -> Answer<String> {
        if value.expose_secret().is_empty() {
            return Err(ApiError::new("bad_input", "the value is empty").hint("Give it on standard input."));
        }
        if is_login(name) && login(value.expose_secret()).is_none() {
            return Err(ApiError::new("bad_input", format!("{name} holds a registry's login, and this is none"))
                .with("name", name)
                .hint("Give it as USER:PASSWORD."));
        }
        let secret = self.ports().secrets.set(name, value).await?;
        let mut audit = self.audit_line("secret.set", name.to_owned(), "");
        audit.after = serde_json::json!({ "fingerprint": secret.fingerprint });
        self.ports().ledger.note_secret(&secret, self.ports().clock.now(), &audit).await?;
        Ok(secret.fingerprint)
    }

    /// Removes a name with all its values. `confirm` is the name once more where a target uses it.
    pub async fn secret_remove(&self, name: &str, confirm: &str) -> Answer<()> {
        let users = match self.policy_in_force().await? {
            Some((document, _)) => users(&document, name),
            None => Vec::new(),
        };
        if !users.is_empty() && confirm != name {
            let said = format!("{name} is used by {}; prior revisions lose its values too", users.join(", "));
            return Err(ApiError::new("confirm", said)
                .with("environment", name)
                .hint(format!("Where that is meant: --confirm {name}")));
        }
        self.ports().secrets.remove(name).await?;
        let audit = self.audit_line("secret.removed", name.to_owned(), "");
        Ok(self.ports().ledger.forget_secret(name, &audit).await?)
    }

    /// Secrets by name and fingerprint.
    pub async fn secret_list(&self) -> Answer<Vec<SecretView>> {
        let rows = self.history.secrets().await?;
        Ok(rows
            .into_iter()
            .map(|(secret, set_at)| SecretView { name: secret.name, fingerprint: secret.fingerprint, set_at })
            .collect())
    }
}

/// The targets that are given a secret.
fn users(document: &Document, name: &str) -> Vec<String> {
    let given = |target: &&Target| {
        document.target(target).is_ok_and(|resolved| resolved.secrets.values().any(|secret| secret == name))
    };
    document.targets.keys().filter(given).map(Target::to_string).collect()
}

fn channel(notice: &Notice, last: Option<Delivery>) -> ChannelView {
    let (kind, detail) = match (&notice.slack, &notice.mail, &notice.webhook) {
        (Some(name), ..) => ("slack", name.to_string()),
        (_, Some(mail), _) => ("mail", mail.to.join(", ")),
        (.., Some(name)) => ("webhook", name.to_string()),
        _ => ("desktop", String::new()),
    };
    let on = notice.topics().into_iter().collect();
    ChannelView { kind: kind.to_owned(), on, detail, last: last.map(ToldView::from) }
}
