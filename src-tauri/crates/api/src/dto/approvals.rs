//! Approvals, and what is carried between desks.

use super::Change;
use serde::Serialize;
use switchback_core::{
    gate::{Approval, Wanted},
    ident::Instant,
};
use ts_rs::TS;

/// A yes to a plan.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalView {
    /// `checkout/production 2.15.0`, or `policy`.
    pub subject: String,
    /// The plan it was given to.
    pub plan_hash: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
    /// It does not count from then on.
    pub expires: Instant,
}

impl ApprovalView {
    pub(crate) fn new(approval: &Approval, wanted: &Wanted) -> Self {
        Self {
            subject: approval.subject.clone(),
            plan_hash: approval.plan.clone(),
            by: approval.by.clone(),
            at: approval.at,
            expires: approval.at.checked_add(wanted.expire).unwrap_or(approval.at),
        }
    }
}

/// Who said yes to deploying a version as it would be deployed now.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalsView {
    /// `checkout/production`.
    pub target: String,
    /// `2.15.0`.
    pub version: String,
    /// The plan.
    pub plan_hash: String,
    /// How many are needed.
    pub need: u16,
    /// Of whom.
    pub of: Vec<String>,
    /// Who looks is one of them.
    pub may_approve: bool,
    /// Every yes to this plan, oldest first.
    pub given: Vec<YesView>,
}

/// One yes.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct YesView {
    /// Who.
    pub by: String,
    /// From where.
    pub origin: String,
    /// What its author added.
    pub note: String,
    /// When.
    pub at: Instant,
    /// It does not count from then on.
    pub expires: Instant,
    /// It was given on another desk.
    pub carried: bool,
    /// Why it does not count.
    pub void: Option<String>,
}

/// What a request from another desk asks for.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// `checkout/production 2.15.0`, or `policy`.
    pub subject: String,
    /// Computed from what would be done.
    pub plan_hash: String,
    /// Who asks.
    pub by: String,
    /// What runs there now.
    pub from: Option<String>,
    /// What would run.
    pub artifact: Option<String>,
    /// What differs in configuration, secrets and settings.
    pub changes: Vec<Change>,
    /// The steps; of a policy, its differences.
    pub lines: Vec<String>,
}

/// A yes that was signed here, to be carried away.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignedView {
    /// To what.
    pub subject: String,
    /// The plan.
    pub plan_hash: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What is carried.
    pub text: String,
}
