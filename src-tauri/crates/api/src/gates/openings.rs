//! The next times at which deploys of a target are allowed, for whoever chooses one of them.

use crate::{
    Answer, App, app,
    dto::{Opening, OpeningsView},
};
use switchback_core::{gate::window::Calendar, ident::Instant};

/// How many are told.
const TOLD: usize = 6;

impl App {
    /// The next openings of a target's environment, the one that is under way first.
    pub async fn openings(&self, target: &str) -> Answer<OpeningsView> {
        let target = app::target(target)?;
        let (document, _) = self.document().await?;
        let calendar = self.calendar_of(&document, &target.environment).await?;
        let now = self.ports().clock.now();
        let zone = calendar.zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(OpeningsView { zone, now, spans: next(&calendar, now) })
    }
}

/// From `now` on, as far as the calendar sees.
fn next(calendar: &Calendar, now: Instant) -> Vec<Opening> {
    let mut spans = Vec::new();
    let mut at = Some(now);
    while let Some(from) = at.filter(|_| spans.len() < TOLD) {
        let answer = calendar.at(from);
        at = if answer.open {
            spans.push(Opening { from, to: answer.next_close });
            answer.next_close
        } else {
            answer.next_open
        };
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use switchback_core::gate::window::{Effect, Recurring};

    fn calendar(rules: &[(Effect, &str)]) -> Calendar {
        let recurring =
            rules.iter().map(|(effect, rule)| Recurring { effect: *effect, rule: rule.parse().unwrap(), why: None });
        Calendar { zone: TimeZone::get("Europe/Berlin").unwrap(), recurring: recurring.collect(), dated: Vec::new() }
    }

    #[test]
    fn the_one_under_way_comes_first_and_each_is_cut_by_what_denies() {
        let rules = [(Effect::Allow, "Mon..Fri 10:00-16:00"), (Effect::Deny, "daily 12:00-13:00")];
        let spans = next(&calendar(&rules), "2026-11-27T11:30:00+01:00".parse().unwrap());
        let shown: Vec<String> = spans.iter().map(|span| format!("{} {}", span.from, span.to.unwrap())).collect();
        assert_eq!(spans.len(), TOLD);
        assert_eq!(shown[0], "2026-11-27T10:30:00Z 2026-11-27T11:00:00Z");
        assert_eq!(shown[1], "2026-11-27T12:00:00Z 2026-11-27T15:00:00Z");
        assert_eq!(shown[2], "2026-11-30T09:00:00Z 2026-11-30T11:00:00Z");
    }

    #[test]
    fn what_never_closes_is_one_and_what_never_opens_is_none() {
        let now = "2026-11-27T10:00:00Z".parse().unwrap();
        assert_eq!(next(&calendar(&[]), now), [Opening { from: now, to: None }]);
        assert_eq!(next(&calendar(&[(Effect::Deny, "daily 00:00-24:00")]), now), []);
    }
}
