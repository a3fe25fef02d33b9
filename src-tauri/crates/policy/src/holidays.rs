//! Holidays from an iCalendar file: each event is a span without deploys. Pure: the text comes from whoever read it.
//!
//! Read are whole days and times, local, in UTC or in a zone of their own, and what comes back each year. Any other
//! repetition is refused and not guessed: a holiday missed is a deployment on a holiday.

use crate::{places::Place, problem::Problem};
use icalendar::parser::{Component, Property, read_calendar, unfold};
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use switchback_core::gate::window::{Bound, Dated, DatedKind};

/// The longest calendar read, in bytes.
pub const CALENDAR_LIMIT: usize = 1 << 20;

/// The most days a calendar may come to: centuries of every country's holidays are fewer.
const MOST_DAYS: usize = 20_000;
/// The most that is told to be wrong at once.
const MOST_PROBLEMS: usize = 20;
/// How deep components may lie in each other; an alarm of an event is the third.
const DEEPEST: usize = 8;
/// The longest name of a day, in characters.
const LONGEST_NAME: usize = 200;

/// What comes back each year is known until this year.
const LAST_YEAR: i16 = 2100;

/// All events of a calendar.
pub fn read(file: &str, text: &str) -> Result<Vec<Dated>, Vec<Problem>> {
    balanced(file, text)?;
    let unfolded = unfold(text);
    let calendar = read_calendar(&unfolded).map_err(|_| vec![at(file, 1, "calendar_invalid", NOT_ONE)])?;
    let mut all = Vec::new();
    let mut problems = Vec::new();
    let events = calendar.components.iter().filter(|component| component.name == "VEVENT");
    for (index, event) in events.enumerate() {
        match days(event) {
            Ok(dated) => all.extend(dated),
            Err(_) if problems.len() == MOST_PROBLEMS => break,
            Err(wrong) => {
                let line = line_of(text, index, wrong.property);
                problems.push(at(file, line, "calendar_event", &wrong.said).suggesting(wrong.meant));
            }
        }
        if all.len() > MOST_DAYS {
            let message = format!("the calendar comes to more than {MOST_DAYS} days");
            return Err(vec![at(file, 1, "too_large", &message)]);
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(problems) }
}

const NOT_ONE: &str = "this is not an iCalendar file: it begins with BEGIN:VCALENDAR and ends with END:VCALENDAR";

/// What is wrong with an event.
struct Wrong {
    property: &'static str,
    said: String,
    meant: Option<String>,
}

fn wrong(property: &'static str, said: impl Into<String>) -> Wrong {
    Wrong { property, said: said.into(), meant: None }
}

fn at(file: &str, line: u64, code: &'static str, message: &str) -> Problem {
    Problem::at(&Place { file: file.to_owned(), line, column: 1 }, code, message)
}

/// The library skips what it cannot read; a calendar that is cut off would be an empty one.
fn balanced(file: &str, text: &str) -> Result<(), Vec<Problem>> {
    if text.len() > CALENDAR_LIMIT {
        let message = format!("the calendar has {} bytes; at most {CALENDAR_LIMIT} are read", text.len());
        return Err(vec![at(file, 1, "too_large", &message)]);
    }
    let mut open: Vec<&str> = Vec::new();
    let mut last = 1;
    for (number, line) in (1_u64..).zip(text.lines()) {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with([' ', '\t']) {
            continue;
        }
        last = number;
        let Some((name, value)) = line.split_once(':') else {
            return Err(vec![at(file, number, "calendar_invalid", "this line is no NAME:VALUE")]);
        };
        match name.to_ascii_uppercase().as_str() {
            "BEGIN" if open.len() == DEEPEST => {
                let message = format!("more than {DEEPEST} components lie in each other");
                return Err(vec![at(file, number, "calendar_invalid", &message)]);
            }
            "BEGIN" => open.push(value),
            "END" if open.pop() != Some(value) => {
                let message = format!("{line} ends what was not begun");
                return Err(vec![at(file, number, "calendar_invalid", &message)]);
            }
            _ if open.is_empty() && name != "END" => return Err(vec![at(file, number, "calendar_invalid", NOT_ONE)]),
            _ => {}
        }
    }
    match open.last() {
        None if last > 1 => Ok(()),
        None => Err(vec![at(file, 1, "calendar_invalid", NOT_ONE)]),
        Some(name) => Err(vec![at(file, last, "calendar_invalid", &format!("the file ends within {name}"))]),
    }
}

/// The line of an event's property, or where the event begins.
fn line_of(text: &str, event: usize, property: &str) -> u64 {
    let mut seen = 0;
    let mut begun = 1;
    for (number, line) in (1_u64..).zip(text.lines()) {
        let line = line.trim_end().to_ascii_uppercase();
        if line == "BEGIN:VEVENT" {
            seen += 1;
            begun = number;
        }
        if seen == event + 1 {
            if line.starts_with(property) {
                return number;
            }
            if line == "END:VEVENT" {
                return begun.min(number);
            }
        }
    }
    begun
}

/// An event's spans: one, or one a year.
fn days(event: &Component) -> Result<Vec<Dated>, Wrong> {
    let text = |name: &str| event.find_prop(name).map(|property| property.val.as_str().to_owned());
    if text("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("cancelled")) {
        return Ok(Vec::new());
    }
    let start = event.find_prop("DTSTART").ok_or_else(|| wrong("BEGIN:VEVENT", "this event has no DTSTART"))?;
    let from = When::read("DTSTART", start)?;
    let to = match (event.find_prop("DTEND"), text("DURATION")) {
        (Some(end), _) => When::read("DTEND", end)?,
        (None, Some(length)) => {
            let span: jiff::Span = length
                .parse()
                .map_err(|_| wrong("DURATION", format!("{length:?} is no duration such as P1D or PT8H")))?;
            from.later(span).ok_or_else(|| wrong("DURATION", "this event ends beyond all calendars"))?
        }
        (None, None) => match &from {
            When { whole_day: true, .. } => from.later(1.day()).ok_or_else(|| wrong("DTSTART", "no day follows"))?,
            _ => return Err(wrong("DTSTART", "this event has a time and neither DTEND nor DURATION")),
        },
    };
    if from.local >= to.local && from.zone == to.zone {
        return Err(wrong("DTEND", "this event ends before it begins"));
    }
    for name in ["EXDATE", "RDATE"] {
        if event.find_prop(name).is_some() {
            return Err(wrong(
                if name == "EXDATE" { "EXDATE" } else { "RDATE" },
                format!("{name} is not read here: write these days as events of their own"),
            ));
        }
    }
    let name = text("SUMMARY").unwrap_or_else(|| "a day of the calendar".to_owned());
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let years = text("RRULE").map_or(Ok(vec![0]), |rule| yearly(&rule, &from))?;
    Ok(years
        .into_iter()
        .filter_map(|years| {
            let (from, to) = (from.later(years.years())?, to.later(years.years())?);
            // The 29th of February comes back in leap years alone.
            let same_day = from.local.day() == start_day(start)?;
            same_day.then(|| Dated {
                kind: DatedKind::Holiday,
                from: from.bound(),
                to: to.bound(),
                written: name.clone(),
                why: None,
            })
        })
        .collect())
}

fn start_day(start: &Property) -> Option<i8> {
    start.val.as_str().get(6..8)?.parse().ok()
}

/// Years after the first in which an event comes back.
fn yearly(rule: &str, from: &When) -> Result<Vec<i16>, Wrong> {
    let refused = |what: &str| {
        let said = format!(
            "{what} is not read here: only FREQ=YEARLY on the same date is; write other days as events of their own"
        );
        wrong("RRULE", said)
    };
    let (mut interval, mut count, mut last, mut each_year) = (1_i16, usize::MAX, LAST_YEAR, false);
    for part in rule.split(';') {
        let (key, value) = part.split_once('=').ok_or_else(|| refused(part))?;
        let number = || value.parse::<i16>().ok().filter(|number| *number > 0).ok_or_else(|| refused(part));
        match key {
            "FREQ" if value == "YEARLY" => each_year = true,
            "INTERVAL" => interval = number()?,
            "COUNT" => count = usize::try_from(number()?).unwrap_or(usize::MAX),
            "UNTIL" => {
                let until: Date = value.get(..8).and_then(|day| day.parse().ok()).ok_or_else(|| refused(part))?;
                let this_year = from.local.date().with().year(until.year()).build();
                let reached = this_year.is_ok_and(|day| day <= until);
                last = if reached { until.year() } else { until.year() - 1 };
            }
            "BYMONTH" if value.parse() == Ok(from.local.month()) => {}
            "BYMONTHDAY" if value.parse() == Ok(from.local.day()) => {}
            "WKST" => {}
            _ => return Err(refused(part)),
        }
    }
    if !each_year {
        return Err(refused(rule));
    }
    let step = usize::try_from(interval).unwrap_or(1);
    let span = last.min(LAST_YEAR).saturating_sub(from.local.year());
    Ok((0..=span).step_by(step).take(count).collect())
}

/// A date or time of a calendar.
#[derive(Clone)]
struct When {
    local: DateTime,
    zone: Option<TimeZone>,
    whole_day: bool,
}

impl When {
    fn read(name: &'static str, property: &Property) -> Result<Self, Wrong> {
        let text = property.val.as_str().trim();
        let bad = || {
            let said = format!("{text:?} is no date such as 20261225 or 20261225T090000Z");
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let meant = (digits.len() == 8 && digits.parse::<Date>().is_ok()).then_some(digits);
            Wrong { property: name, said, meant }
        };
        let shaped = text.len() >= 8 && text.bytes().take(8).all(|byte| byte.is_ascii_digit());
        if !shaped {
            return Err(bad());
        }
        if text.len() == 8 {
            let date: Date = text.parse().map_err(|_| bad())?;
            return Ok(Self { local: date.to_datetime(jiff::civil::Time::midnight()), zone: None, whole_day: true });
        }
        let (clock, utc) = text.strip_suffix('Z').map_or((text, false), |clock| (clock, true));
        let local: DateTime = clock.parse().map_err(|_| bad())?;
        let named = property.params.iter().find(|one| one.key == "TZID").and_then(|one| one.val.as_ref());
        let zone = match named {
            _ if utc => Some(TimeZone::UTC),
            None => None,
            Some(zone) => Some(
                TimeZone::get(zone.as_str().trim_matches('"'))
                    .map_err(|_| wrong(name, format!("there is no time zone {:?}", zone.as_str())))?,
            ),
        };
        Ok(Self { local, zone, whole_day: false })
    }

    fn later(&self, span: jiff::Span) -> Option<Self> {
        Some(Self { local: self.local.checked_add(span).ok()?, ..self.clone() })
    }

    fn bound(&self) -> Bound {
        let own = self.zone.as_ref().and_then(|zone| self.local.to_zoned(zone.clone()).ok());
        own.map_or(Bound::Local(self.local), |zoned| Bound::At(zoned.timestamp()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    }

    fn event(lines: &str) -> String {
        calendar(&format!("BEGIN:VEVENT\r\n{lines}\r\nSUMMARY:Tag der\r\n  Einheit\r\nEND:VEVENT\r\n"))
    }

    #[track_caller]
    fn spans(lines: &str) -> Vec<(i64, i64)> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        read("x.ics", &event(lines)).unwrap().iter().map(|one| one.span(&zone)).collect()
    }

    fn second(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn a_whole_day_is_the_day_of_the_environments_zone() {
        let day = (second("2026-10-02T22:00:00Z"), second("2026-10-03T22:00:00Z"));
        assert_eq!(spans("DTSTART;VALUE=DATE:20261003"), [day]);
        assert_eq!(spans("DTSTART;VALUE=DATE:20261003\r\nDTEND;VALUE=DATE:20261004"), [day]);
        assert_eq!(spans("DTSTART;VALUE=DATE:20261003\r\nDURATION:P1D"), [day]);
        let told = read("x.ics", &event("DTSTART;VALUE=DATE:20261003")).unwrap();
        assert_eq!(told[0].written, "Tag der Einheit");
    }

    #[test]
    fn a_time_in_utc_or_in_its_own_zone_is_an_instant() {
        let both = [(second("2026-10-03T08:00:00Z"), second("2026-10-03T10:00:00Z"))];
        assert_eq!(spans("DTSTART:20261003T080000Z\r\nDTEND:20261003T100000Z"), both);
        assert_eq!(spans("DTSTART;TZID=Asia/Tokyo:20261003T170000\r\nDURATION:PT2H"), both);
        assert_eq!(spans("DTSTART:20261003T100000\r\nDURATION:PT2H"), both);
    }

    #[test]
    fn what_comes_back_each_year_does_and_the_leap_day_in_leap_years() {
        assert_eq!(spans("DTSTART;VALUE=DATE:20241225\r\nRRULE:FREQ=YEARLY;COUNT=3").len(), 3);
        assert_eq!(spans("DTSTART;VALUE=DATE:20241225\r\nRRULE:FREQ=YEARLY;UNTIL=20261224T000000Z").len(), 2);
        assert_eq!(spans("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY;COUNT=5").len(), 2);
        assert!(spans("DTSTART;VALUE=DATE:19900501\r\nRRULE:FREQ=YEARLY").len() > 100);
    }

    #[track_caller]
    fn refused(text: &str, line: u64, says: &str) -> Problem {
        let problem = read("x.ics", text).unwrap_err().remove(0);
        assert_eq!((problem.line, problem.column), (line, 1), "{problem}");
        assert!(problem.message.contains(says), "{problem}");
        problem
    }

    #[test]
    fn a_calendar_that_cannot_be_read_is_told_at_its_line() {
        refused("", 1, "not an iCalendar file");
        refused("hello\n", 1, "NAME:VALUE");
        refused("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:cut off\n", 3, "ends within VEVENT");
        refused("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\n", 3, "was not begun");
        refused(&event("SUMMARY:x"), 3, "no DTSTART");
        let dashes = refused(&event("UID:1\r\nDTSTART;VALUE=DATE:2026-10-03"), 5, "no date");
        assert_eq!(dashes.suggestion.as_deref(), Some("20261003"));
        refused(&event("DTSTART:20261003T080000Z\r\nRRULE:FREQ=WEEKLY\r\nDURATION:PT1H"), 5, "FREQ=WEEKLY");
        refused(&event("DTSTART;TZID=Mars/Base:20261003T080000\r\nDURATION:PT1H"), 4, "no time zone");
        refused(&event("DTSTART:20261003T080000Z\r\nDTEND:20261003T070000Z"), 5, "ends before");
    }

    #[test]
    fn a_calendar_beyond_all_measure_is_refused_at_once() {
        let refused = |text: &str| read("x.ics", text).unwrap_err();
        let deep = calendar(&("BEGIN:X\r\n".repeat(30_000) + &"END:X\r\n".repeat(30_000)));
        assert_eq!(refused(&deep)[0].code, "calendar_invalid");
        let yearly = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:00010101\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n";
        assert_eq!(refused(&calendar(&yearly.repeat(10_000)))[0].code, "too_large");
        let wrong = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261399\r\nEND:VEVENT\r\n";
        assert_eq!(refused(&calendar(&wrong.repeat(10_000))).len(), MOST_PROBLEMS);
    }
}
