//! Deployments that begin by themselves: when a window opens or at an instant, once every gate holds open, and only then.
//!
//! What is scheduled is the plan that a person saw. When its hour comes it is planned again, and anything else than what
//! was seen is not begun but told. Whoever is awake begins it (the window, the agent, a command that waits); that it
//! began stands in the transaction of its first event, so that two of them never begin it twice.

mod rounds;

pub use rounds::{Begun, ROUND, Rounds};

use crate::{Answer, ApiError, App, app::reason, deploy::confirmed, dto::ScheduleView, gates::refused};
use jiff::ToSpan as _;
use switchback_core::{
    gate::{self, Gate, window::Calendar},
    ident::Instant,
    plan::{Kind, Plan},
    port::{ScheduleRow, ScheduleState, Topic},
};
use switchback_policy::Document;

/// What could not begin within a day of its hour is not begun by surprise later.
const LAPSES_HOURS: i64 = 24;
/// How many are listed.
const LISTED: u32 = 100;

impl App {
    /// Has exactly the plan that a person saw begin by itself: not before `at`, or when the window opens. `confirm` is
    /// the environment's name where it is protected.
    pub async fn schedule(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        at: Option<Instant>,
    ) -> Answer<ScheduleView> {
        let why = reason(why)?;
        let plan = self.ports().ledger.proposed(plan_hash).await?;
        if plan.kind != Kind::Deploy {
            return Err(ApiError::new("bad_input", "a way back is open at any hour: there is nothing to wait for"));
        }
        let (document, _) = self.document().await?;
        let resolved = document.target(&plan.target)?;
        confirmed(&plan.target, resolved.protected, confirm)?;
        let now = self.ports().clock.now();
        let due = hour(&self.calendar_of(&document, &plan.target.environment).await?, &plan, at, now)?;
        let row = ScheduleRow {
            id: self.ports().ids.next(),
            target: plan.target.clone(),
            version: plan.version.clone(),
            plan: plan_hash.to_owned(),
            by: self.actor.clone(),
            reason: why,
            at: now,
            due,
            lapses: due.checked_add(LAPSES_HOURS.hours()).unwrap_or(due),
            state: ScheduleState::Waiting { why: String::new() },
        };
        let mut audit = self.schedule_line("schedule.added", &row, &row.reason);
        audit.after = serde_json::json!({ "schedule": row.id, "due": row.due, "lapses": row.lapses, "plan": row.plan });
        self.agenda.schedule(&row, &audit).await.map_err(taken)?;
        Ok(ScheduleView::new(&row, zone_of(&document, &row)))
    }

    /// What is scheduled; `waiting`: only what has not begun.
    pub async fn scheduled(&self, waiting: bool) -> Answer<Vec<ScheduleView>> {
        let rows = self.agenda.scheduled(waiting, LISTED).await?;
        let document = self.policy_in_force().await?.map(|(document, _)| document).unwrap_or_default();
        Ok(rows.iter().map(|row| ScheduleView::new(row, zone_of(&document, row))).collect())
    }

    /// Takes one back.
    pub async fn unschedule(&self, id: &str, why: &str) -> Answer<()> {
        let why = reason(why)?;
        let rows = self.agenda.scheduled(true, u32::MAX).await?;
        let row = rows.into_iter().find(|row| row.id.to_string() == id).ok_or_else(|| {
            ApiError::new("not_found", format!("no scheduled deployment {id} waits"))
                .with("what", id)
                .hint("`switchback scheduled list`; one that has begun is stopped with `switchback abort`.")
        })?;
        let now = self.ports().clock.now();
        let audit = self.schedule_line("schedule.cancelled", &row, &why);
        let end = ScheduleState::Cancelled { at: now, by: self.actor.name.clone(), why };
        self.agenda.end_waiting(row.id, &end, now, &audit, None).await.map_err(|error| {
            let hint = "Somebody was quicker, or it has just begun: `switchback scheduled list --all`.";
            ApiError::from(error).hint(hint)
        })
    }

    /// Ends one that will not begin any more, and tells people.
    async fn lapse(&self, row: &ScheduleRow, why: String) -> Answer<()> {
        let now = self.ports().clock.now();
        let mut audit = self.schedule_line("schedule.lapsed", row, &why);
        audit.before = serde_json::json!({ "schedule": row.id, "due": row.due, "by": row.by.name });
        let subject = format!("{}: the scheduled deployment of {} did not begin", row.target, row.version);
        let link = format!("switchback://calendar/{}", row.target.environment);
        let message = self.message(Topic::Failed, row.target.to_string(), subject, why.clone(), link);
        let end = ScheduleState::Lapsed { at: now, why };
        Ok(self.agenda.end_waiting(row.id, &end, now, &audit, Some(&message)).await?)
    }

    fn schedule_line(&self, action: &str, row: &ScheduleRow, why: &str) -> switchback_core::record::Audit {
        let mut audit = self.audit_line(action, format!("{} {}", row.target.service, row.version), why);
        audit.environment = Some(row.target.environment.to_string());
        audit
    }
}

/// The zone whose clocks say when it begins.
fn zone_of<'a>(document: &'a Document, row: &ScheduleRow) -> &'a str {
    document.environments.get(&row.target.environment).and_then(|spec| spec.zone.as_deref()).unwrap_or("UTC")
}

/// When it may begin: the given instant if it is allowed then, else when the window opens.
fn hour(calendar: &Calendar, plan: &Plan, at: Option<Instant>, now: Instant) -> Answer<Instant> {
    let Some(at) = at else {
        let answer = calendar.at(now);
        return if answer.open { Some(now) } else { answer.next_open }.ok_or_else(|| {
            ApiError::new("window_closed", format!("{} does not open within a year", plan.target.environment))
                .with("target", &plan.target)
                .hint("`switchback window when` says which rules close it.")
        });
    };
    if at <= now {
        return Err(ApiError::new("bad_input", format!("{at} is over"))
            .hint("Give an instant to come, such as 2026-11-30T10:00:00+01:00; or deploy now."));
    }
    let answer = calendar.at(at);
    if answer.open {
        return Ok(at);
    }
    let gates = gate::windows(plan.kind, &answer, &calendar.zone);
    let held: Vec<&Gate> = gates.iter().filter(|gate| gate.holds()).collect();
    let opens = answer.next_open.map_or_else(
        || "It does not open within a year.".to_owned(),
        |opens| format!("It opens {}: --at {opens}, or --when-open.", gate::local(opens, &calendar.zone)),
    );
    Err(refused(&held, plan).hint(opens))
}

fn taken(error: switchback_core::port::LedgerError) -> ApiError {
    let conflict = matches!(error, switchback_core::port::LedgerError::Conflict { .. });
    let text = error.to_string();
    if conflict {
        ApiError::new("conflict", text).hint("`switchback scheduled list`; cancel that one first.")
    } else {
        error.into()
    }
}
