//! The calendar of one environment: whether it is open at an instant, which rules decide that, and when it changes.

use super::{
    civil::{Dated, DatedKind, instants, stretches},
    rule::{self, Recurring},
    spans::{Span, Spans},
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde::Serialize;
use ts_rs::TS;

/// Days around a question whose rules are looked at: a rule reaches into the next day, and a day's clock may differ from
/// UTC's by more than half a day.
const MARGIN: i64 = 3;
const DAY: i64 = 86_400;

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// It opens.
    Allow,
    /// It closes, whatever opens.
    Deny,
}

/// What kind of rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RuleKind {
    /// A recurring rule.
    Window,
    /// A freeze.
    Freeze,
    /// A day of a calendar.
    Holiday,
    /// A one-off opening.
    Opening,
    /// There is no rule that allows, so that all is open which nothing denies.
    Always,
}

/// One rule that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Because {
    /// What kind.
    pub kind: RuleKind,
    /// What it does.
    pub effect: Effect,
    /// Whether it speaks of this instant. One that allows and does not is why it is closed.
    pub holds: bool,
    /// As it is written.
    pub rule: String,
    /// Why, as its author wrote it.
    pub why: Option<String>,
    /// When it stops to hold.
    pub until: Option<Timestamp>,
}

/// Whether deploys are allowed, and when that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "WindowAnswer")]
pub struct Answer {
    /// Whether they are.
    pub open: bool,
    /// The IANA zone whose clocks decide; of no use to a program, which reads instants.
    #[serde(skip)]
    #[ts(skip)]
    pub zone: String,
    /// Every rule that decides.
    pub because: Vec<Because>,
    /// The next instant at which it opens, within a year.
    pub next_open: Option<Timestamp>,
    /// The next instant at which it closes, within a year.
    pub next_close: Option<Timestamp>,
}

/// A stretch of the calendar that a rule makes, for showing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "CalendarBlock")]
pub struct Block {
    /// What makes it; `always` stands for what is open in the end.
    pub kind: RuleKind,
    /// What it does.
    pub effect: Effect,
    /// As it is written.
    pub rule: String,
    /// Why, as its author wrote it.
    pub why: Option<String>,
    /// From here.
    pub from: Timestamp,
    /// To here.
    pub to: Timestamp,
}

/// All rules of an environment, in its zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Where its clocks are.
    pub zone: TimeZone,
    /// Rules by civil time.
    pub recurring: Vec<Recurring>,
    /// Spans with dates.
    pub dated: Vec<Dated>,
}

/// One rule's part of a span of the time line.
struct Part {
    kind: RuleKind,
    effect: Effect,
    rule: String,
    why: Option<String>,
    spans: Spans,
}

impl Calendar {
    /// Whether deploys are allowed at an instant, why, and when that changes.
    pub fn at(&self, at: Timestamp) -> Answer {
        let now = at.as_second();
        let horizon = self.a_year_after(at);
        let range = bounded((now - DAY, horizon + DAY));
        let open = self.open(range);
        let here = open.holding(now);
        // What ends where time does is not closed there.
        let after = |second: &i64| (now < *second && *second <= horizon && *second < range.1).then_some(*second);
        Answer {
            open: here.is_some(),
            zone: self.zone.iana_name().unwrap_or("UTC").to_owned(),
            because: self.because(now, here.is_some()),
            next_open: open.iter().find_map(|(from, _)| after(&from)).and_then(stamp),
            next_close: open.iter().find_map(|(_, to)| after(&to)).and_then(stamp),
        }
    }

    /// What is to be seen between two instants: what is open in the end, then what each rule that closes makes.
    pub fn blocks(&self, from: Timestamp, to: Timestamp) -> Vec<Block> {
        let range = (from.as_second(), to.as_second());
        let open = Part {
            kind: RuleKind::Always,
            effect: Effect::Allow,
            rule: String::new(),
            why: None,
            spans: self.open(range),
        };
        let closing = self.parts(range).into_iter().filter(|part| part.effect == Effect::Deny);
        std::iter::once(open)
            .chain(closing)
            .flat_map(|part| {
                let Part { kind, effect, rule, why, spans } = part;
                let within: Vec<Span> = spans.within(range).iter().collect();
                within.into_iter().filter_map(move |(from, to)| {
                    let (from, to) = (stamp(from)?, stamp(to)?);
                    Some(Block { kind, effect, rule: rule.clone(), why: why.clone(), from, to })
                })
            })
            .collect()
    }

    /// Whether the recurring rules leave anything open at all. Four years and a day hold every date there is.
    pub fn ever_opens(&self) -> bool {
        let weekly = |rule: &Recurring| !matches!(rule.rule, rule::Rule::Cron(_));
        let days = if self.recurring.iter().all(weekly) { 21 } else { 4 * 366 };
        let all = 0..days;
        let Some(allowed) = rule::allowed(&self.recurring, all.clone()) else {
            let day = Spans::new(vec![(7 * DAY, (days - 7) * DAY)]);
            return !day.minus(&self.denied(all, &Spans::default())).is_empty();
        };
        !allowed.minus(&self.denied(all, &allowed)).is_empty()
    }

    fn a_year_after(&self, at: Timestamp) -> i64 {
        let year = at.to_zoned(self.zone.clone()).checked_add(1.year());
        year.map_or(Timestamp::MAX.as_second(), |year| year.timestamp().as_second())
    }

    /// What recurs as denied, in civil seconds.
    fn denied(&self, days: std::ops::Range<i64>, allowed: &Spans) -> Spans {
        let denying = self.recurring.iter().filter(|rule| rule.effect == Effect::Deny);
        denying.fold(Spans::default(), |all, rule| all.or(rule::spans(&rule.rule, days.clone(), allowed)))
    }

    /// What is open, on the time line.
    fn open(&self, range: Span) -> Spans {
        let days = days(range);
        let stretches = stretches(&self.zone, range);
        let allowed = rule::allowed(&self.recurring, days.clone());
        let denied = self.denied(days.clone(), allowed.as_ref().unwrap_or(&Spans::default()));
        let always = || Spans::new(vec![(days.start * DAY, days.end * DAY)]);
        let base = instants(&allowed.unwrap_or_else(always), &stretches);
        let dated = |wanted: fn(DatedKind) -> bool| {
            Spans::new(self.dated.iter().filter(|one| wanted(one.kind)).map(|one| one.span(&self.zone)).collect())
        };
        base.or(dated(|kind| kind == DatedKind::Opening))
            .minus(&instants(&denied, &stretches))
            .minus(&dated(|kind| kind != DatedKind::Opening))
    }

    /// What each rule makes of a span of the time line.
    fn parts(&self, range: Span) -> Vec<Part> {
        let days = days(range);
        let stretches = stretches(&self.zone, range);
        let allowed = rule::allowed(&self.recurring, days.clone()).unwrap_or_default();
        let recurring = self.recurring.iter().map(|one| Part {
            kind: RuleKind::Window,
            effect: one.effect,
            rule: one.rule.to_string(),
            why: one.why.clone(),
            spans: instants(&rule::spans(&one.rule, days.clone(), &allowed), &stretches),
        });
        let dated = self.dated.iter().map(|one| {
            let (kind, effect) = match one.kind {
                DatedKind::Freeze => (RuleKind::Freeze, Effect::Deny),
                DatedKind::Holiday => (RuleKind::Holiday, Effect::Deny),
                DatedKind::Opening => (RuleKind::Opening, Effect::Allow),
            };
            let spans = Spans::new(vec![one.span(&self.zone)]);
            Part { kind, effect, rule: one.written.clone(), why: one.why.clone(), spans }
        });
        recurring.chain(dated).collect()
    }

    /// Every rule that decides about a second: what denies it, what allows it while it is open, and while nothing allows
    /// it all that would.
    fn because(&self, now: i64, open: bool) -> Vec<Because> {
        let range = bounded((now - 2 * DAY, now + 2 * DAY));
        let parts = self.parts(range);
        let allowed = |part: &&Part| part.effect == Effect::Allow;
        let unbounded = !self.recurring.iter().any(|rule| rule.effect == Effect::Allow);
        let any_allows = unbounded || parts.iter().filter(allowed).any(|part| part.spans.holding(now).is_some());
        let mut all: Vec<Because> = parts
            .into_iter()
            .filter_map(|part| {
                let holding = part.spans.holding(now);
                let decides = match part.effect {
                    Effect::Deny => holding.is_some(),
                    Effect::Allow if any_allows => open && holding.is_some(),
                    Effect::Allow => part.kind == RuleKind::Window,
                };
                let Part { kind, effect, rule, why, .. } = part;
                // What ends where we stopped looking does not end there.
                let until = holding.filter(|(_, to)| *to != range.1).and_then(|(_, to)| stamp(to));
                decides.then_some(Because { kind, effect, holds: holding.is_some(), rule, why, until })
            })
            .collect();
        if all.is_empty() {
            all.push(Because {
                kind: RuleKind::Always,
                effect: Effect::Allow,
                holds: true,
                rule: "no rule denies it".to_owned(),
                why: None,
                until: None,
            });
        }
        all
    }
}

/// As much of a span as there is time: beyond it no clock shows anything.
fn bounded((from, to): Span) -> Span {
    (from.max(Timestamp::MIN.as_second()), to.min(Timestamp::MAX.as_second() + 1))
}

/// The days whose rules may speak of a span of the time line.
fn days((from, to): Span) -> std::ops::Range<i64> {
    from.div_euclid(DAY) - MARGIN..to.div_euclid(DAY) + MARGIN
}

fn stamp(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_also_where_time_begins_and_ends() {
        let rule = |text: &str| Recurring { effect: Effect::Allow, rule: text.parse().unwrap(), why: None };
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for rules in [vec![], vec![rule("Mon..Fri 10:00-16:00"), rule("cron */2 * * * *")]] {
            let always = rules.is_empty();
            let calendar = Calendar { zone: zone.clone(), recurring: rules, dated: Vec::new() };
            let last = calendar.at(Timestamp::MAX);
            assert_eq!((last.next_open, last.next_close), (None, None));
            assert_eq!((last.open, calendar.at(Timestamp::MIN).open), (always, always));
            let year = "9999-02-01T03:00:30Z".parse().unwrap();
            assert_eq!(calendar.at(year).next_close.is_none(), always);
        }
    }
}
