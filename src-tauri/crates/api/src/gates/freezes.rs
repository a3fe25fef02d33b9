//! Freezes that people set and remove, beside those of the policy.

use super::calendar::{dated, declared};
use crate::{Answer, ApiError, App, app::reason, dto::FreezeView};
use jiff::{civil::DateTime, tz::TimeZone};
use switchback_core::{
    gate::window::DatedKind,
    ident::Instant,
    name::Environment,
    port::{FreezeRow, Message, Topic},
};
use switchback_policy::timing::LocalTime;

impl App {
    /// Closes an environment from one local time to another; from now on when none is given.
    pub async fn freeze_add(&self, environment: &str, from: Option<&str>, to: &str, why: &str) -> Answer<FreezeView> {
        let environment: Environment = environment.parse()?;
        let (document, _) = self.document().await?;
        let zone = declared(&document, &environment)?.time_zone();
        let now = self.ports().clock.now();
        let row = FreezeRow {
            id: self.ports().ids.next(),
            environment,
            from: match from {
                Some(text) => local(text)?,
                None => now.to_zoned(zone.clone()).datetime(),
            },
            to: local(to)?,
            why: reason(why)?,
            by: self.actor.name.clone(),
            at: now,
        };
        let view = view(&row, &zone);
        if view.from >= view.to || view.to <= now {
            let what = if view.to <= now { "is over already" } else { "ends before it begins" };
            return Err(ApiError::new("bad_input", format!("a freeze from {} to {} {what}", row.from, row.to))
                .hint("Give local times of the environment: --from 2026-12-18T12:00 --to 2027-01-04T08:00."));
        }
        let mut audit = self.audit_line("freeze.added", dated(&row).written, &row.why);
        audit.environment = Some(row.environment.to_string());
        audit.after = serde_json::json!({ "id": row.id, "from": view.from, "to": view.to });
        let subject = format!("{} is frozen, {}", row.environment, dated(&row).written);
        self.gatebook.add_freeze(&row, &audit, &self.told_of_freeze(&row, subject, &row.why)).await?;
        Ok(view)
    }

    /// All freezes that are not over, those of the policy too.
    pub async fn freezes(&self) -> Answer<Vec<FreezeView>> {
        let (document, _) = self.document().await?;
        let now = self.ports().clock.now();
        let rows = self.gatebook.freezes().await?;
        let mut all = Vec::new();
        for (environment, spec) in &document.environments {
            let zone = spec.time_zone();
            all.extend(rows.iter().filter(|row| row.environment == *environment).map(|row| view(row, &zone)));
            all.extend(spec.freezes.iter().filter_map(|dates| {
                let (from, to) = dates.dated(DatedKind::Freeze).span(&zone);
                Some(FreezeView {
                    id: None,
                    environment: environment.to_string(),
                    from: Instant::from_second(from).ok()?,
                    to: Instant::from_second(to).ok()?,
                    written: dates.dated(DatedKind::Freeze).written,
                    why: dates.why.clone().unwrap_or_default(),
                    by: None,
                })
            }));
        }
        all.retain(|freeze| now < freeze.to);
        all.sort_by_key(|freeze| freeze.from);
        Ok(all)
    }

    /// Ends or withdraws one that somebody set.
    pub async fn freeze_remove(&self, id: &str, why: &str) -> Answer<()> {
        let missing = || {
            ApiError::new("not_found", format!("there is no freeze {id}"))
                .with("what", id)
                .hint("`switchback freeze list`; those of the policy are changed in its file.")
        };
        let rows = self.gatebook.freezes().await?;
        let row = rows.into_iter().find(|row| row.id.to_string() == id).ok_or_else(missing)?;
        let why = reason(why)?;
        let mut audit = self.audit_line("freeze.removed", dated(&row).written, &why);
        audit.environment = Some(row.environment.to_string());
        audit.before = serde_json::json!({ "id": row.id, "why": row.why, "by": row.by });
        let subject = format!("{} is no longer frozen, {}", row.environment, dated(&row).written);
        let told = self.told_of_freeze(&row, subject, &why);
        Ok(self.gatebook.remove_freeze(row.id, self.ports().clock.now(), &audit, &told).await?)
    }

    fn told_of_freeze(&self, row: &FreezeRow, subject: String, why: &str) -> Message {
        let link = format!("switchback://calendar/{}", row.environment);
        self.message(Topic::Frozen, row.environment.to_string(), subject, why.to_owned(), link)
    }
}

fn local(text: &str) -> Answer<DateTime> {
    let read = text.parse::<LocalTime>().map(|LocalTime(at)| at);
    read.map_err(|error| ApiError::new("bad_input", error.to_string()).hint("Local times of the environment."))
}

fn view(row: &FreezeRow, zone: &TimeZone) -> FreezeView {
    let dated = dated(row);
    let (from, to) = dated.span(zone);
    FreezeView {
        id: Some(row.id.to_string()),
        environment: row.environment.to_string(),
        from: Instant::from_second(from).unwrap_or(row.at),
        // The last evening that can be written may lie beyond the last instant there is.
        to: Instant::from_second(to).unwrap_or(Instant::MAX),
        written: dated.written,
        why: row.why.clone(),
        by: Some(row.by.clone()),
    }
}
