//! Gates, calendars, freezes and overrides.

use serde::Serialize;
use switchback_core::{
    gate::{
        Gate, Line,
        window::{Answer, Block},
    },
    ident::Instant,
    port::{OverrideRow, Passed},
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

/// The next times at which deploys of a target are allowed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpeningsView {
    /// IANA zone.
    pub zone: String,
    /// The present instant.
    pub now: Instant,
    /// In order; the first begins now when it is open now.
    pub spans: Vec<Opening>,
}

/// A time at which deploys are allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Opening {
    /// Its first instant.
    pub from: Instant,
    /// The first instant after it; none when that is not within a year.
    pub to: Option<Instant>,
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
    /// `checkout/production 2.14.1`, or `policy`.
    pub subject: String,
    /// `checkout/production`; none for a change of the policy.
    pub target: Option<String>,
    /// The version it is for.
    pub version: Option<String>,
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
    /// A line per gate that was passed, or per change of the policy.
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
        let followed = row.followed_up.as_ref();
        let (of, until, lines) = match &row.passed {
            Passed::Deployments { target, version, until, let_through } => {
                let lines = let_through.iter().flat_map(|passed| {
                    passed.gates.iter().map(|(gate, said)| format!("{}: {gate}: {said}", passed.deployment))
                });
                (Some((target.to_string(), version.clone())), *until, lines.collect())
            }
            Passed::Policy { said, changes } => {
                (None, None, std::iter::once(said.clone()).chain(changes.iter().cloned()).collect())
            }
        };
        let (target, version) = of.unzip();
        Self {
            id: row.id.to_string(),
            subject: row.subject(),
            target,
            version,
            by: row.by.name.clone(),
            reason: row.reason.clone(),
            risk: row.risk.clone(),
            task: row.task.clone(),
            at: row.at,
            until,
            counts: followed.is_none() && until.is_some_and(|until| now < until),
            let_through: lines,
            followed_up_by: followed.map(|(_, by, _)| by.clone()),
            followed_up_at: followed.map(|(at, ..)| *at),
            note: followed.map(|(.., note)| note.clone()),
        }
    }
}
