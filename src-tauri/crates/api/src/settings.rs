//! Settings and secrets.

use crate::{
    Answer, ApiError, App,
    app::place,
    dto::{AgentView, ChannelView, EngineView, KeychainView, SecretView, SettingsView, TargetView},
    word,
};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;
use switchback_core::{
    port::{is_login, login},
    workload::RuntimeKind,
};

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
            notify = channels(&document);
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

    /// Removes a name with all its values.
    pub async fn secret_remove(&self, name: &str) -> Answer<()> {
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

fn channels(document: &switchback_policy::Document) -> Vec<ChannelView> {
    document
        .notify
        .iter()
        .map(|notice| {
            let (kind, detail) = match (&notice.slack, &notice.mail, &notice.webhook) {
                (Some(name), ..) => ("slack", name.to_string()),
                (_, Some(mail), _) => ("mail", mail.to.join(", ")),
                (.., Some(name)) => ("webhook", name.to_string()),
                _ => ("desktop", String::new()),
            };
            ChannelView { kind: kind.to_owned(), on: notice.topics().into_iter().collect(), detail }
        })
        .collect()
}
