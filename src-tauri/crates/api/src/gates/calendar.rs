//! When deploys are allowed: the policy's rules, its calendars, and the freezes that people set.

use crate::{Answer, ApiError, App, app, dto::CalendarView};
use std::path::Path;
use switchback_core::{
    gate::window::{self, Bound, Calendar, Dated, DatedKind},
    ident::Instant,
    name::Environment,
    port::FreezeRow,
};
use switchback_policy::{CALENDAR_LIMIT, Calendars, Document, Problem, environment::EnvironmentSpec};

/// The longest part of a calendar shown at once: six weeks are a month's page.
const SHOWN: i64 = 42 * 86_400;

impl App {
    /// Whether deploys of a target are allowed at an instant (now, when none is given), why, and when that changes.
    pub async fn window_when(&self, target: &str, at: Option<Instant>) -> Answer<window::Answer> {
        let target = app::target(target)?;
        let (document, _) = self.document().await?;
        if !document.targets.contains_key(&target) {
            return Err(switchback_policy::PolicyError::UnknownTarget { target }.into());
        }
        let at = at.unwrap_or_else(|| self.ports().clock.now());
        Ok(self.calendar_of(&document, &target.environment).await?.at(at))
    }

    /// An environment's calendar between two instants.
    pub async fn calendar(&self, environment: &str, from: Instant, to: Instant) -> Answer<CalendarView> {
        let environment: Environment = environment.parse()?;
        if from >= to || to.as_second() - from.as_second() > SHOWN {
            return Err(ApiError::new("bad_input", "a calendar is shown for at most 42 days"));
        }
        let (document, _) = self.document().await?;
        let calendar = self.calendar_of(&document, &environment).await?;
        let now = self.ports().clock.now();
        Ok(CalendarView {
            environment: environment.to_string(),
            zone: calendar.zone.iana_name().unwrap_or("UTC").to_owned(),
            now,
            answer: calendar.at(now),
            blocks: calendar.blocks(from, to),
        })
    }

    /// All rules of an environment.
    pub(crate) async fn calendar_of(&self, document: &Document, environment: &Environment) -> Answer<Calendar> {
        let spec = declared(document, environment)?;
        let calendars = if spec.holidays.is_empty() { Calendars::new() } else { self.calendars_in_force().await? };
        let mut calendar = spec.calendar(&calendars)?;
        let freezes = self.gatebook.freezes().await?;
        calendar.dated.extend(freezes.iter().filter(|row| row.environment == *environment).map(dated));
        Ok(calendar)
    }

    /// The texts of the calendars as they were when the policy was applied.
    async fn calendars_in_force(&self) -> Answer<Calendars> {
        let Some(policy) = self.history.policy().await? else { return Ok(Calendars::new()) };
        let texts = policy.document.get("calendars").cloned().unwrap_or_default();
        Ok(serde_json::from_value(texts).unwrap_or_default())
    }
}

/// What the policy says of an environment.
pub(super) fn declared<'a>(document: &'a Document, environment: &Environment) -> Answer<&'a EnvironmentSpec> {
    document.environments.get(environment).ok_or_else(|| {
        let known: Vec<&str> = document.environments.keys().map(Environment::as_str).collect();
        ApiError::new("not_found", format!("there is no environment {environment}"))
            .with("what", environment)
            .hint(format!("There are {}.", known.join(", ")))
    })
}

/// A freeze that somebody set, as the calendar judges it.
pub(super) fn dated(row: &FreezeRow) -> Dated {
    Dated {
        kind: DatedKind::Freeze,
        from: Bound::Local(row.from),
        to: Bound::Local(row.to),
        written: format!("{} to {}", minutes(row.from), minutes(row.to)),
        why: Some(format!("{}, set by {}", row.why, row.by)),
    }
}

fn minutes(at: jiff::civil::DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The calendars that a document names, read from beside its files; each that cannot be used is told with its place.
pub(crate) fn read(files: &[(String, String)], base: &Path, document: &Document) -> Result<Calendars, Vec<Problem>> {
    let mut calendars = Calendars::new();
    let mut problems = Vec::new();
    for (environment, spec) in &document.environments {
        for (index, name) in spec.holidays.iter().enumerate() {
            if calendars.contains_key(name) {
                continue;
            }
            match text(&base.join(name)) {
                Ok(text) => {
                    problems.extend(switchback_policy::read_holidays(name, &text).err().unwrap_or_default());
                    calendars.insert(name.clone(), text);
                }
                Err(error) => {
                    let index = index.to_string();
                    let path = ["environments", environment.as_str(), "holidays", &index];
                    let message = format!("the calendar {name} cannot be read from {}: {error}", base.display());
                    problems.push(switchback_policy::problem_in(files, &path, "calendar_missing", &message));
                }
            }
        }
    }
    if problems.is_empty() { Ok(calendars) } else { Err(problems) }
}

fn text(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    // One more byte than is read, so that what is too long is told as such.
    std::fs::File::open(path)?.take(CALENDAR_LIMIT as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}
