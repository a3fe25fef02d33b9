//! What was found that nobody deployed: drift, and what can be taken over.

use crate::ApiError;
use serde::Serialize;
use switchback_core::{drift::Difference, ident::Instant};
use ts_rs::TS;

/// A target that does not run as it was deployed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DriftView {
    /// `checkout/production`.
    pub target: String,
    /// What is recorded: 41 for r41.
    pub revision: u32,
    /// Its version.
    pub version: String,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Why nothing is known.
    pub error: Option<ApiError>,
}

/// Something that runs and is not ours.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportableView {
    /// Where.
    pub engine: String,
    /// Its name.
    pub name: String,
    /// What its maker asked to run.
    pub image: String,
    /// What runs, by digest.
    pub artifact: Option<String>,
    /// Published ports.
    pub publish: Vec<String>,
    /// Since when.
    pub since: Option<Instant>,
    /// Variables that look like secrets.
    pub secret_like: Vec<String>,
    /// What is lost at its next deployment, a word each.
    pub lost: Vec<String>,
}

/// What taking something over means.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportView {
    /// `checkout/production`.
    pub target: String,
    /// What it is called from now on.
    pub version: String,
    /// What runs, by digest.
    pub artifact: String,
    /// The policy with the target in it.
    pub yaml: String,
    /// What changes in the policy, a line each.
    pub changes: Vec<String>,
    /// Names that its secrets get in the keychain.
    pub secrets: Vec<String>,
    /// What is lost at its next deployment, a word each.
    pub lost: Vec<String>,
    /// The deployment that took it over; `None` when nothing was done.
    pub deployment: Option<String>,
}
