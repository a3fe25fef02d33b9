//! One recurring rule: weekly, by a cron expression, or "the last hours before closing".
//!
//! All of them are sets of civil seconds; the zone is laid under them elsewhere.

use super::{
    calendar::Effect,
    spans::{Span, Spans},
    weekly::Weekly,
};
use croner::parser::{CronParser, Seconds, Year};
use jiff::{civil::Date, tz::TimeZone};
use std::{fmt, ops::Range, str::FromStr};

/// Longest a cron rule lasts, and longest "before closing": a day, so that no rule reaches further than the next day.
const LONGEST: i64 = 86_400;
const MINUTE: i64 = 60;
const CRON: &str =
    "a cron expression of five fields such as cron */15 9-16 * * Mon-Fri, or of a start: cron 0 22 * * Fri for 4h";
const LAST: &str = "a time before closing such as last 2h, at least a minute and at most 24h";

/// Why a rule was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct BadRule {
    /// What was given, cut at 80 characters.
    pub text: String,
    /// What would have been right.
    pub expected: &'static str,
}

impl BadRule {
    pub(super) fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), expected }
    }
}

/// A recurring rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// `Mon..Thu 09:00-17:00`
    Weekly(Weekly),
    /// `cron */15 9-16 * * Mon-Fri`: the minutes it names; with `for 4h`, so long from each of them.
    Cron(Cron),
    /// `last 2h`: so long before everything that recurs as allowed closes.
    Closing {
        /// Seconds.
        last: i64,
    },
}

/// A cron expression with how long it lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    written: String,
    expression: Box<croner::Cron>,
    /// Minutes of a day it names.
    minutes: Vec<i64>,
    /// Seconds from each of them.
    lasting: i64,
    /// All of them on one day, so that those that touch are one.
    day: Spans,
}

impl Cron {
    fn read(text: &str) -> Option<Self> {
        let (written, lasting) = match text.split_once(" for ") {
            Some((written, lasting)) => (written, seconds(lasting)?),
            None => (text, MINUTE),
        };
        let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let expression = parser.parse(&written).ok()?;
        let named = |hour, minute| {
            expression.pattern.hour_match(hour).unwrap_or(false)
                && expression.pattern.minute_match(minute).unwrap_or(false)
        };
        let minutes: Vec<i64> = (0..24 * 60_u32).filter(|at| named(at / 60, at % 60)).map(i64::from).collect();
        let day = Spans::new(minutes.iter().map(|minute| (minute * MINUTE, minute * MINUTE + lasting)).collect());
        Some(Self { written, expression: Box::new(expression), minutes, lasting, day })
    }

    /// Whether it names any minute of a day.
    fn on(&self, day: i64) -> bool {
        let Some(first) = self.minutes.first() else { return false };
        let Some(date) = date(day) else { return false };
        let at = date.at(0, 0, 0, 0).checked_add(jiff::Span::new().minutes(*first));
        // UTC stands for "no zone": civil time is what the expression speaks of.
        let at = at.ok().and_then(|at| at.to_zoned(TimeZone::UTC).ok());
        at.is_some_and(|at| self.expression.is_time_matching(&at).unwrap_or(false))
    }

    fn spans(&self, days: Range<i64>) -> Spans {
        let mut all: Vec<Span> = Vec::new();
        for day in days.filter(|day| self.on(*day)) {
            all.extend(self.day.iter().map(|(from, to)| (day * 86_400 + from, day * 86_400 + to)));
        }
        Spans::new(all)
    }
}

fn date(day: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// `90m`, `2h`, `1h30m`: whole minutes, at most a day.
fn seconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit())?);
        let factor = match tail.chars().next()? {
            'h' => 3600,
            'm' => MINUTE,
            _ => return None,
        };
        total = total.checked_add(number.parse::<i64>().ok()?.checked_mul(factor)?)?;
        rest = &tail[1..];
    }
    (MINUTE..=LONGEST).contains(&total).then_some(total)
}

fn lasting(f: &mut fmt::Formatter<'_>, seconds: i64) -> fmt::Result {
    if seconds % 3600 == 0 { write!(f, "{}h", seconds / 3600) } else { write!(f, "{}m", seconds / MINUTE) }
}

impl FromStr for Rule {
    type Err = BadRule;
    fn from_str(text: &str) -> Result<Self, BadRule> {
        let trimmed = text.trim();
        if let Some(cron) = trimmed.strip_prefix("cron ") {
            return Cron::read(cron).map(Self::Cron).ok_or_else(|| BadRule::new(text, CRON));
        }
        if let Some(last) = trimmed.strip_prefix("last ") {
            return seconds(last).map(|last| Self::Closing { last }).ok_or_else(|| BadRule::new(text, LAST));
        }
        trimmed.parse().map(Self::Weekly)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly(weekly) => weekly.fmt(f),
            Self::Cron(cron) => {
                write!(f, "cron {}", cron.written)?;
                if cron.lasting == MINUTE {
                    return Ok(());
                }
                f.write_str(" for ")?;
                lasting(f, cron.lasting)
            }
            Self::Closing { last } => {
                f.write_str("last ")?;
                lasting(f, *last)
            }
        }
    }
}

/// A rule with what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurring {
    /// Allow or deny.
    pub effect: Effect,
    /// When.
    pub rule: Rule,
    /// Why, as its author wrote it.
    pub why: Option<String>,
}

/// The civil seconds of a rule that begin on `days`. `allowed` is what everything that recurs as allowed comes to.
pub fn spans(rule: &Rule, days: Range<i64>, allowed: &Spans) -> Spans {
    match rule {
        Rule::Weekly(weekly) => weekly.spans(days),
        Rule::Cron(cron) => cron.spans(days),
        Rule::Closing { last } => Spans::new(allowed.iter().map(|(from, to)| (from.max(to - last), to)).collect()),
    }
}

/// What recurs as allowed, within `days`; `None` when no rule allows anything.
pub fn allowed(rules: &[Recurring], days: Range<i64>) -> Option<Spans> {
    let mut allowing = rules.iter().filter(|rule| rule.effect == Effect::Allow).peekable();
    allowing.peek()?;
    Some(allowing.fold(Spans::default(), |all, rule| all.or(spans(&rule.rule, days.clone(), &Spans::default()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, normal: &str) {
        assert_eq!(text.parse::<Rule>().map(|rule| rule.to_string()).as_deref(), Ok(normal));
    }

    #[test]
    fn each_form_prints_its_normal_form() {
        check("cron  0 22 * *  Fri for 240m", "cron 0 22 * * Fri for 4h");
        check("cron */15 9-16 * * Mon-Fri", "cron */15 9-16 * * Mon-Fri");
        check("last 1h30m", "last 90m");
        check("Mon 09:00-10:00", "Mon 09:00-10:00");
    }

    #[test]
    fn a_rule_of_no_form_is_refused_with_what_would_be_right() {
        for bad in ["cron", "cron 61 * * * *", "cron 0 0 9 * * Mon", "cron 0 9 * * Mon for 2d", "last 0m", "last 25h"] {
            let error = bad.parse::<Rule>().unwrap_err();
            assert!(error.to_string().contains("such as"), "{error}");
        }
    }
}
