//! Settings, releases, quarantine.

use super::ToldView;
use serde::Serialize;
use switchback_core::{ident::Instant, port::Topic, workload::RuntimeKind};
use ts_rs::TS;

/// All the settings screen shows.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "Settings")]
pub struct SettingsView {
    /// Home directory.
    pub home: String,
    /// Version of the app.
    pub version: String,
    /// The keychain.
    pub keychain: KeychainView,
    /// Engines of the targets.
    pub engines: Vec<EngineView>,
    /// Targets.
    pub targets: Vec<TargetView>,
    /// Secrets, without values.
    pub secrets: Vec<SecretView>,
    /// Channels.
    pub notify: Vec<ChannelView>,
    /// Whether anybody watches while the window is closed.
    pub agent: AgentView,
}

/// The keychain.
#[derive(Debug, Clone, Serialize, TS)]
pub struct KeychainView {
    /// It answers.
    pub available: bool,
    /// Which one, or why not.
    pub detail: String,
}

/// An engine.
#[derive(Debug, Clone, Serialize, TS)]
pub struct EngineView {
    /// Its runtime.
    pub name: String,
    /// Where.
    pub endpoint: String,
    /// It answers.
    pub reachable: bool,
    /// Its version, or why not.
    pub detail: String,
}

/// A target.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TargetView {
    /// `checkout/production`.
    pub target: String,
    /// On what.
    pub runtime: RuntimeKind,
    /// How it changes over.
    pub strategy: String,
    /// Where.
    pub detail: String,
}

/// A secret.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SecretView {
    /// Its name.
    pub name: String,
    /// Which value.
    pub fingerprint: String,
    /// Since.
    pub set_at: Instant,
}

/// A channel.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChannelView {
    /// `slack`.
    pub kind: String,
    /// On these topics.
    pub on: Vec<Topic>,
    /// The secret's name or the address, never the URL.
    pub detail: String,
    /// The last message that was tried there, and whether it arrived.
    pub last: Option<ToldView>,
}

/// The agent.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AgentView {
    /// It runs.
    pub on: bool,
    /// It was last seen.
    pub last_seen: Option<Instant>,
}

/// A release.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseView {
    /// `2.14.1`.
    pub version: String,
    /// By digest.
    pub artifact: String,
    /// When.
    pub added_at: Instant,
    /// By whom.
    pub by: String,
    /// What is in it.
    pub notes: String,
    /// From which commit.
    pub commit: Option<String>,
    /// It must not ship.
    pub quarantined: bool,
}

/// A quarantined release.
#[derive(Debug, Clone, Serialize, TS)]
pub struct QuarantineView {
    /// Whose.
    pub service: String,
    /// Which.
    pub version: String,
    /// Since.
    pub since: Instant,
    /// Who shipped it when it was found bad, where that is known.
    pub by: Option<String>,
    /// Why.
    pub why: String,
}
