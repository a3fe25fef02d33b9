//! Deployments that begin by themselves.

use serde::Serialize;
use switchback_core::{
    ident::Instant,
    port::{ScheduleRow, ScheduleState},
};
use ts_rs::TS;

/// A deployment that begins by itself, or what became of it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// By which it is cancelled.
    pub id: String,
    /// `checkout/production`.
    pub target: String,
    /// `2.15.0`.
    pub version: String,
    /// The plan that was looked at; nothing else is begun in its place.
    pub plan_hash: String,
    /// Who wants it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was scheduled.
    pub at: Instant,
    /// The IANA zone of its environment.
    pub zone: String,
    /// Not before.
    pub due: Instant,
    /// Not from then on.
    pub lapses: Instant,
    /// What became of it.
    pub state: ScheduleState,
}

impl ScheduleView {
    /// As it is shown where these clocks count.
    pub(crate) fn new(row: &ScheduleRow, zone: &str) -> Self {
        Self {
            id: row.id.to_string(),
            target: row.target.to_string(),
            version: row.version.clone(),
            plan_hash: row.plan.clone(),
            by: row.by.name.clone(),
            reason: row.reason.clone(),
            at: row.at,
            zone: zone.to_owned(),
            due: row.due,
            lapses: row.lapses,
            state: row.state.clone(),
        }
    }
}
