//! What programs print now, and how two revisions differ.

use super::{Change, ImageChange, LogView};
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
