//! What programs print now, and how two revisions or two environments differ.

use super::{Change, Health, ImageChange, LogView};
use serde::Serialize;
use ts_rs::TS;

/// The last lines of one instance.
#[derive(Debug, Clone, Serialize, TS)]
pub struct InstanceLog {
    /// `sb-checkout-production-r41-1f0c22aa-0`.
    pub instance: String,
    /// Oldest first, secrets masked.
    pub lines: Vec<LogView>,
}

/// How one revision differs from another.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiffView {
    /// `checkout/production`.
    pub target: String,
    /// Against which.
    pub from: u32,
    /// Its version.
    pub from_version: String,
    /// Of which.
    pub to: u32,
    /// Its version.
    pub to_version: String,
    /// What ran.
    pub image: ImageChange,
    /// Configuration.
    pub config: Vec<Change>,
    /// Secrets, by fingerprint.
    pub secrets: Vec<Change>,
    /// How it was run and judged.
    pub settings: Vec<Change>,
    /// The last migration: absent where the service has none.
    pub schema: Option<Change>,
}

/// How one environment differs from another.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CompareView {
    /// Against which.
    pub from: SideView,
    /// Which.
    pub to: SideView,
    /// What runs in both.
    pub image: ImageChange,
    /// Whether both run the same by digest.
    pub same_artifact: bool,
    /// Configuration: `before` is that of `from`, `after` that of `to`.
    pub config: Vec<Change>,
    /// Variables that are secrets in `from` alone.
    pub only_from: Vec<String>,
    /// Variables that are secrets in `to` alone.
    pub only_to: Vec<String>,
    /// How it is run and judged, as in `config`; without where it stands.
    pub settings: Vec<Change>,
}

/// One of two environments that are compared.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SideView {
    /// `checkout/staging`.
    pub target: String,
    /// 41 for r41; `None` for what would be deployed.
    pub revision: Option<u32>,
    /// Its version.
    pub version: String,
    /// How what runs there is; `None` for what would be deployed.
    pub condition: Option<ConditionView>,
}

/// Whether what runs is well, and as it was deployed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConditionView {
    /// Whether it is well.
    pub health: Health,
    /// What was changed by hand, a line each.
    pub drift: Vec<String>,
}
