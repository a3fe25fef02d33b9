//! Weekly rules: `Mon..Thu 09:00-17:00`, and over midnight `Fri 22:00-02:00`, which belongs to the day it starts.
//!
//! Read from text here because the text is what people see in every answer.

use super::{
    rule::BadRule,
    spans::{Span, Spans},
};
use jiff::civil::Weekday;
use std::{fmt, str::FromStr};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ALL: u8 = 0b111_1111;
const MIDNIGHT: u16 = 24 * 60;
const EXPECTED: &str = "a weekly rule such as Mon..Thu 09:00-17:00, Sat..Sun 00:00-24:00 or Fri 22:00-02:00";
const NO_DAY: &str =
    "a weekly rule: its days are Mon, Tue, Wed, Thu, Fri, Sat, Sun, a range such as Mon..Thu, or daily";
const EMPTY: &str = "a time that lasts: it begins and ends at once; a whole day is written 00:00-24:00";

/// Days of the week, and a span of minutes that begins on each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekly {
    days: u8,
    /// Minutes after local midnight where it begins, 0 to 1439.
    from: u16,
    /// Minutes after the same midnight where it ends: after `from`, and beyond 1440 on the next day.
    to: u16,
}

impl Weekly {
    /// Whether it begins on a day.
    pub fn on(self, day: Weekday) -> bool {
        self.begins(i64::from(day.to_monday_zero_offset()))
    }

    fn begins(self, from_monday: i64) -> bool {
        self.days & (1 << from_monday.rem_euclid(7)) != 0
    }

    /// The civil seconds it speaks of; `days` are counted since 1970.
    pub(super) fn spans(self, days: std::ops::Range<i64>) -> Spans {
        let at = |day: i64, minutes: u16| day * 86_400 + i64::from(minutes) * 60;
        // The first of January 1970 was a Thursday.
        let own = days.filter(|day| self.begins(day + 3));
        Spans::new(own.map(|day| -> Span { (at(day, self.from), at(day, self.to)) }).collect())
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
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && total <= MIDNIGHT).then_some(total)
}

impl FromStr for Weekly {
    type Err = BadRule;
    fn from_str(text: &str) -> Result<Self, BadRule> {
        let wrong = |expected| BadRule::new(text, expected);
        let parts = || {
            let (named, span) = text.trim().rsplit_once(' ')?;
            let (from, to) = span.split_once('-')?;
            Some((named.trim(), minutes(from)?, minutes(to)?))
        };
        let (named, from, to) = parts().ok_or_else(|| wrong(EXPECTED))?;
        let days = days(named).ok_or_else(|| wrong(NO_DAY))?;
        let to = if to < from { to + MIDNIGHT } else { to };
        if from < to && from < MIDNIGHT { Ok(Self { days, from, to }) } else { Err(wrong(EMPTY)) }
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
        let (from, to) = (self.from, if self.to > MIDNIGHT { self.to - MIDNIGHT } else { self.to });
        write!(f, " {:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, normal: &str) {
        assert_eq!(text.parse::<Weekly>().map(|rule| rule.to_string()).as_deref(), Ok(normal));
        assert_eq!(normal.parse::<Weekly>(), text.parse());
    }

    #[test]
    fn a_weekly_rule_prints_its_normal_form() {
        check("Mon..Thu 09:00-17:00", "Mon..Thu 09:00-17:00");
        check("mon,tue,wed 09:00-24:00", "Mon..Wed 09:00-24:00");
        check("Fri..Mon 00:00-01:00", "Mon,Fri..Sun 00:00-01:00");
        check("Mon..Sun 11:30-13:30", "daily 11:30-13:30");
        check("Fri 22:00-02:00", "Fri 22:00-02:00");
        check("Fri 22:00-00:00", "Fri 22:00-24:00");
    }

    #[test]
    fn a_rule_that_never_holds_or_names_no_day_is_refused() {
        for bad in ["Mon 09:00-09:00", "Mon 24:00-24:00", "Mon 24:00-01:00", "Moon 09:00-10:00", "09:00-10:00"] {
            assert!(bad.parse::<Weekly>().is_err(), "{bad}");
        }
        for bad in ["Mon 9-10", "Mon +9:00-10:00", "Mon 09:60-11:00", "Mon 09:00-25:00", ""] {
            assert!(bad.parse::<Weekly>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_rule_begins_on_its_days_alone_and_may_end_on_the_next() {
        let rule: Weekly = "Sat 22:00-02:00".parse().unwrap();
        assert!(rule.on(Weekday::Saturday) && !rule.on(Weekday::Sunday));
        // The third of January 1970 was a Saturday.
        let all: Vec<Span> = rule.spans(0..7).iter().collect();
        assert_eq!(all, [(2 * 86_400 + 22 * 3600, 3 * 86_400 + 2 * 3600)]);
    }
}
