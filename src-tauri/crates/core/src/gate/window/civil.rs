//! Civil time laid on the time line: stretches of one offset, and the bounds of dated spans.

use super::spans::{Span, Spans};
use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use serde::{Deserialize, Serialize};

/// One end of a dated span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// In the environment's zone.
    Local(DateTime),
    /// An instant, whatever the zone.
    At(Timestamp),
}

/// What a dated span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub enum DatedKind {
    /// Nothing is deployed.
    Freeze,
    /// Nothing is deployed, because a calendar says so.
    Holiday,
    /// Deploys are allowed, where nothing denies them.
    Opening,
}

/// A span with dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// What it is.
    pub kind: DatedKind,
    /// The first instant of it.
    pub from: Bound,
    /// The first instant after it.
    pub to: Bound,
    /// How it is told: `2026-12-18T12:00 to 2027-01-04T08:00`, or a holiday's name.
    pub written: String,
    /// Why, and who set it.
    pub why: Option<String>,
}

impl Dated {
    /// Its seconds on the time line; empty when a gap swallows it.
    pub fn span(&self, zone: &TimeZone) -> Span {
        (second(zone, self.from, End::From), second(zone, self.to, End::To))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    From,
    To,
}

/// A bound in a gap moves to the first instant after the gap; in a repeated hour `from` is the first and `to` the second.
fn second(zone: &TimeZone, bound: Bound, end: End) -> i64 {
    let local = match bound {
        Bound::At(at) => return at.as_second(),
        Bound::Local(local) => local,
    };
    let civil = civil(local);
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => civil - i64::from(offset.seconds()),
        AmbiguousOffset::Fold { before, after } => {
            let offset = if end == End::From { before } else { after };
            civil - i64::from(offset.seconds())
        }
        AmbiguousOffset::Gap { before, after } => {
            // Read with the later offset it lies before the gap's instant, which is the next at which anything changes.
            let early = civil - i64::from(after.seconds());
            let late = civil - i64::from(before.seconds());
            let next = Timestamp::from_second(early).ok().and_then(|early| zone.following(early).next());
            next.map_or(late, |change| change.timestamp().as_second().min(late))
        }
    }
}

/// Civil seconds since 1970, as if every day had its 86 400.
pub fn civil(at: DateTime) -> i64 {
    let days = at.date().since(jiff::civil::Date::constant(1970, 1, 1)).map_or(0, |span| i64::from(span.get_days()));
    days * 86_400 + i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second())
}

/// Part of the time line with one offset.
pub struct Stretch {
    from: i64,
    to: i64,
    offset: i64,
}

/// The stretches of a span of the time line.
pub fn stretches(zone: &TimeZone, (first, last): Span) -> Vec<Stretch> {
    let Ok(start) = Timestamp::from_second(first) else { return Vec::new() };
    let mut all = Vec::new();
    let (mut from, mut offset) = (first, i64::from(zone.to_offset(start).seconds()));
    for change in zone.following(start) {
        let to = change.timestamp().as_second();
        if to >= last {
            break;
        }
        all.push(Stretch { from, to, offset });
        (from, offset) = (to, i64::from(change.offset().seconds()));
    }
    all.push(Stretch { from, to: last, offset });
    all
}

/// The instants at which clocks show one of these civil seconds.
pub fn instants(civil: &Spans, stretches: &[Stretch]) -> Spans {
    let shown = |stretch: &Stretch| {
        let Stretch { from, to, offset } = *stretch;
        let own = civil.within((from + offset, to + offset));
        own.iter().map(|(from, to)| (from - offset, to - offset)).collect::<Vec<_>>()
    };
    Spans::new(stretches.iter().flat_map(shown).collect())
}
