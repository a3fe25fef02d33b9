//! An environment's windows, freezes, holidays and openings as the calendar that core judges by, and what makes them
//! senseless.

use crate::{
    check::Finds,
    environment::{Dates, EnvironmentSpec, Window},
    holidays,
    problem::Problem,
    timing::RuleText,
};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use switchback_core::gate::window::{Bound, Calendar, Dated, DatedKind, Effect, Recurring, Rule};

/// Each window is laid on years of minutes.
const MOST_WINDOWS: usize = 100;
/// Freezes, and openings.
const MOST_DATES: usize = 1000;

/// Texts of calendars by the name the policy gives them.
pub type Calendars = BTreeMap<String, String>;

impl EnvironmentSpec {
    /// Its zone; UTC when it names none.
    pub fn time_zone(&self) -> TimeZone {
        self.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC)
    }

    /// All its rules. Holidays come out of `calendars`; one that is not there is a problem.
    pub fn calendar(&self, calendars: &Calendars) -> Result<Calendar, Vec<Problem>> {
        let mut calendar = self.written();
        for name in &self.holidays {
            let text = calendars.get(name).map(String::as_str).unwrap_or_default();
            calendar.dated.extend(holidays::read(name, text)?);
        }
        Ok(calendar)
    }

    /// All but its holidays.
    fn written(&self) -> Calendar {
        let recurring = self.windows.iter().flat_map(|window| {
            let Window { allow, deny, why } = window;
            let rules = |text: &Option<RuleText>| text.as_ref().map(RuleText::rules).unwrap_or_default();
            let of = |effect, rule| Recurring { effect, rule, why: why.clone() };
            let allowing = rules(allow).into_iter().map(move |rule| of(Effect::Allow, rule));
            allowing.chain(rules(deny).into_iter().map(move |rule| of(Effect::Deny, rule))).collect::<Vec<_>>()
        });
        let freezes = self.freezes.iter().map(|dates| dates.dated(DatedKind::Freeze));
        let openings = self.openings.iter().map(|dates| dates.dated(DatedKind::Opening));
        Calendar { zone: self.time_zone(), recurring: recurring.collect(), dated: freezes.chain(openings).collect() }
    }
}

impl Dates {
    /// As core judges it.
    pub fn dated(&self, kind: DatedKind) -> Dated {
        Dated {
            kind,
            from: Bound::Local(self.from.0),
            to: Bound::Local(self.to.0),
            written: format!("{} to {}", self.from, self.to),
            why: self.why.clone(),
        }
    }
}

/// Rules that say nothing, say it twice, or leave nothing open.
pub(crate) fn check(name: &str, spec: &EnvironmentSpec, finds: &mut Finds) {
    let before = finds.count();
    let base = "environments";
    let lists = [
        ("windows", spec.windows.len(), MOST_WINDOWS),
        ("freezes", spec.freezes.len(), MOST_DATES),
        ("openings", spec.openings.len(), MOST_DATES),
    ];
    if !lists.into_iter().all(|(list, count, most)| finds.few(&[base, name, list], count, most)) {
        return;
    }
    if spec.windows.is_empty() && finds.written(&[base, name, "windows"]) {
        let message = "there is no window in it: name some, or leave windows: away where deploys are always allowed";
        finds.tell(&[base, name, "windows"], "windows_empty", message);
    }
    let allows = spec.windows.iter().any(|window| window.allow.is_some());
    for (index, window) in spec.windows.iter().enumerate() {
        let place = index.to_string();
        let path = [base, name, "windows", &place];
        finds.exactly_one(&path, &[window.allow.is_some(), window.deny.is_some()], "allow and deny");
        if window.deny == Some(RuleText::Default) {
            finds.tell(
                &path,
                "window_default",
                "the default windows say when deploys are allowed: write allow: default",
            );
        }
        let closing = |text: &Option<RuleText>| matches!(text, Some(RuleText::Own(Rule::Closing { .. })));
        if closing(&window.allow) || (closing(&window.deny) && !allows) {
            let message = "\"last\" is denied before what is allowed closes: write it under deny, beside an allow";
            finds.tell(&path, "window_closing", message);
        }
        let same = |other: &Window| (&other.allow, &other.deny) == (&window.allow, &window.deny);
        if let Some(first) = spec.windows[..index].iter().position(same) {
            let message = format!("this rule stands here already, as number {}", first + 1);
            finds.tell(&path, "window_twice", message);
        }
    }
    for (list, all) in [("freezes", &spec.freezes), ("openings", &spec.openings)] {
        for (index, dates) in all.iter().enumerate() {
            let (from, to) = dates.dated(DatedKind::Freeze).span(&spec.time_zone());
            if from >= to {
                let what = if list == "freezes" { "freeze" } else { "opening" };
                let place = index.to_string();
                let message = format!(
                    "this {what} lasts no time: it ends when or before it begins, or lies within an hour that the zone's clocks skip"
                );
                finds.tell(&[base, name, list, &place], "freeze_empty", message);
            }
        }
    }
    // Asked only of rules that each make sense.
    if finds.count() == before && !spec.windows.is_empty() && !spec.written().ever_opens() {
        let message = "these windows never open: what is allowed comes on no day (a cron of 31 February), or is denied as \
                       well; a freeze closes for a time";
        finds.tell(&[base, name, "windows"], "windows_never_open", message);
    }
}
