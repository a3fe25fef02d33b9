//! Weekly rules (`Mon..Thu 09:00-17:00`) and local times, read into values and written back in one form.
//!
//! No zone and no clock here: a rule says nothing about instants until an environment's zone is laid under it.

use crate::{form::scalar, scalar::BadScalar};
use jiff::civil::{DateTime, Weekday};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ALL: u8 = 0b111_1111;
const EXPECTED: &str = "a weekly rule such as Mon..Thu 09:00-17:00, Sat,Sun 10:00-12:00 or daily 11:30-13:30";

/// Days of the week and a span of minutes within each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Weekly {
    days: u8,
    /// Minutes after local midnight where it begins, 0 to 1439.
    pub from: u16,
    /// Minutes after local midnight where it ends, 1 to 1440, always after `from`.
    pub to: u16,
}

impl Weekly {
    /// Whether the rule speaks of a day.
    pub fn on(&self, day: Weekday) -> bool {
        self.days & (1 << day.to_monday_zero_offset()) != 0
    }
}

fn day(text: &str) -> Option<usize> {
    DAYS.iter().position(|day| day.eq_ignore_ascii_case(text))
}

fn days(text: &str) -> Option<u8> {
    if text.eq_ignore_ascii_case("daily") {
        return Some(ALL);
    }
    let mut mask = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once("..").unwrap_or((part, part));
        let (mut at, last) = (day(first.trim())?, day(last.trim())?);
        mask |= 1 << at;
        // A range may run over the weekend: Fri..Mon.
        while at != last {
            at = (at + 1) % 7;
            mask |= 1 << at;
        }
    }
    Some(mask)
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && total <= 1440).then_some(total)
}

impl FromStr for Weekly {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let read = || {
            let (named, span) = text.trim().rsplit_once(' ')?;
            let (from, to) = span.split_once('-')?;
            let (days, from, to) = (days(named.trim())?, minutes(from)?, minutes(to)?);
            (from < to).then_some(Self { days, from, to })
        };
        read().ok_or_else(|| BadScalar::new(text, EXPECTED))
    }
}

impl fmt::Display for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days == ALL {
            f.write_str("daily")?;
        } else {
            let mut parts = Vec::new();
            let mut at = 0;
            while at < 7 {
                let run = (at..7).take_while(|day| self.days & (1 << day) != 0).count();
                match run {
                    0 => {}
                    1 => parts.push(DAYS[at].to_owned()),
                    2 => parts.extend([DAYS[at].to_owned(), DAYS[at + 1].to_owned()]),
                    _ => parts.push(format!("{}..{}", DAYS[at], DAYS[at + run - 1])),
                }
                at += run.max(1);
            }
            f.write_str(&parts.join(","))?;
        }
        let Self { from, to, .. } = self;
        write!(f, " {:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}
scalar!(Weekly, "a weekly rule such as Mon..Thu 09:00-17:00 or daily 11:30-13:30");

/// A date and time without a zone: `2026-12-18T12:00`. A date alone is its midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime(pub DateTime);

impl FromStr for LocalTime {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        text.parse().map(Self).map_err(|_| BadScalar::new(text, "a local date and time such as 2026-12-18T12:00"))
    }
}
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0;
        if at.second() == 0 && at.subsec_nanosecond() == 0 {
            write!(f, "{}T{:02}:{:02}", at.date(), at.hour(), at.minute())
        } else {
            write!(f, "{at}")
        }
    }
}
scalar!(LocalTime, "a local date and time such as 2026-12-18T12:00");

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, normal: &str) {
        assert_eq!(text.parse::<Weekly>().map(|rule| rule.to_string()).as_deref(), Ok(normal));
    }

    #[test]
    fn a_weekly_rule_prints_its_normal_form() {
        check("Mon..Thu 09:00-17:00", "Mon..Thu 09:00-17:00");
        check("mon,tue,wed 09:00-24:00", "Mon..Wed 09:00-24:00");
        check("Fri..Mon 00:00-01:00", "Mon,Fri..Sun 00:00-01:00");
        check("Mon..Sun 11:30-13:30", "daily 11:30-13:30");
    }

    #[test]
    fn a_rule_that_never_holds_or_names_no_day_is_refused() {
        for bad in
            ["Mon 17:00-09:00", "Mon 09:00-09:00", "Moon 09:00-10:00", "09:00-10:00", "Mon 9-10", "Mon 09:60-11:00"]
        {
            assert!(bad.parse::<Weekly>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rule_holds_on_its_days_alone() {
        let rule: Weekly = "Sat,Sun 10:00-12:00".parse().unwrap();
        assert!(rule.on(Weekday::Sunday) && !rule.on(Weekday::Monday));
    }
}
