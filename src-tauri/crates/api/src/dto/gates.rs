//! Gates, calendars, freezes and overrides.

use serde::Serialize;
use switchback_core::{
    gate::{
        Gate, Line,
        window::{Answer, Block},
    },
    ident::Instant,
    port::OverrideRow,
};
use ts_rs::TS;

/// The gates of one deployment.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatesView {
    /// `checkout/production`.
    pub target: String,
    /// The version asked about.
    pub version: Option<String>,
    /// None of them holds it back.
    pub open: bool,
    /// When they were asked.
    pub at: Instant,
    /// All of them.
    pub gates: Vec<Gate>,
}

/// A version's checklist for a target.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChecklistView {
    /// `checkout/production`.
    pub target: String,
    /// `2.15.0`.
    pub version: String,
    /// The template's name.
    pub template: String,
    /// Changes with the template's content.
    pub template_version: String,
    /// Nothing required before the deployment is missing.
    pub open: bool,
    /// Every item, by phase.
    pub lines: Vec<Line>,
}

/// Part of an environment's calendar.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CalendarView {
    /// `production`.
    pub environment: String,
    /// IANA zone.
    pub zone: String,
    /// The present instant.
    pub now: Instant,
    /// Its answer now.
    pub answer: Answer,
    /// What is open, then what closes.
    pub blocks: Vec<Block>,
}

/// A freeze.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FreezeView {
    /// By which it is removed; the policy's own have none.
    pub id: Option<String>,
    /// Where.
    pub environment: String,
    /// Its first instant.
    pub from: Instant,
    /// The first instant after it.
    pub to: Instant,
    /// In local time.
    pub written: String,
    /// Why.
    pub why: String,
    /// Who set it.
    pub by: Option<String>,
}

/// Glass that somebody broke.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OverrideView {
    /// By which it is followed up.
    pub id: String,
    /// `checkout/production`.
    pub target: String,
    /// The version it is for.
    pub version: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What may go wrong.
    pub risk: String,
    /// What is to be done.
    pub task: String,
    /// Since.
    pub at: Instant,
    /// Until then more deployments of the version pass.
    pub until: Option<Instant>,
    /// More may pass now.
    pub counts: bool,
    /// A line per gate that was passed.
    pub let_through: Vec<String>,
    /// Who did the task; red until then.
    pub followed_up_by: Option<String>,
    /// When.
    pub followed_up_at: Option<Instant>,
    /// What came of it.
    pub note: Option<String>,
}

impl OverrideView {
    /// As it is at an instant.
    pub(crate) fn new(row: &OverrideRow, now: Instant) -> Self {
        let lines = row.let_through.iter().flat_map(|passed| {
            passed.gates.iter().map(|(gate, said)| format!("{}: {gate}: {said}", passed.deployment))
        });
        let followed = row.followed_up.as_ref();
        Self {
            id: row.id.to_string(),
            target: row.target.to_string(),
            version: row.version.clone(),
            by: row.by.name.clone(),
            reason: row.reason.clone(),
            risk: row.risk.clone(),
            task: row.task.clone(),
            at: row.at,
            until: row.until,
            counts: followed.is_none() && row.until.is_some_and(|until| now < until),
            let_through: lines.collect(),
            followed_up_by: followed.map(|(_, by, _)| by.clone()),
            followed_up_at: followed.map(|(at, ..)| *at),
            note: followed.map(|(.., note)| note.clone()),
        }
    }
}
