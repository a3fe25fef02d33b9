//! The calendar held against one that knows nothing but the definition: it asks each minute what the clocks show.
//!
//! Zones with half-hour summer time, changes at midnight, offsets of 45 minutes, a skipped day and four changes a year.

use super::{Bound, Calendar, Dated, DatedKind, Effect, Recurring};
use jiff::{Timestamp, ToSpan as _, civil, tz::TimeZone};
use proptest::prelude::*;

const ZONES: [&str; 18] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Asuncion",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Chatham",
    "Pacific/Apia",
];
const DAY: i64 = 24 * 60;

/// A rule as the definition has it, over civil minutes since 1970.
#[derive(Debug, Clone)]
enum Naive {
    Weekly { days: u8, from: i64, to: i64 },
    Cron { minute: i64, hours: (i64, i64), day: i64, lasting: i64 },
    Closing { last: i64 },
}

impl Naive {
    fn holds(&self, minute: i64, allowed: &dyn Fn(i64) -> bool) -> bool {
        let weekday = |minute: i64| (minute.div_euclid(DAY) + 3).rem_euclid(7);
        let clock = minute.rem_euclid(DAY);
        match self {
            Self::Weekly { days, from, to } => {
                let begins = |minute: i64| days & (1 << weekday(minute)) != 0;
                if from < to {
                    begins(minute) && (*from..*to).contains(&clock)
                } else {
                    (begins(minute) && clock >= *from) || (begins(minute - DAY) && clock < *to)
                }
            }
            Self::Cron { minute: named, hours, day, lasting } => (0..*lasting).any(|back| {
                let start = minute - back;
                let hour = start.rem_euclid(DAY) / 60;
                weekday(start) == *day && hours.0 <= hour && hour <= hours.1 && start.rem_euclid(60) == *named
            }),
            Self::Closing { last } => allowed(minute) && (1..=*last).any(|ahead| !allowed(minute + ahead)),
        }
    }

    fn written(&self) -> String {
        let clock = |minutes: i64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        match self {
            Self::Weekly { days, from, to } => {
                let week = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
                let named: Vec<&str> = (0..7).filter(|day| days & (1 << day) != 0).map(|day| week[day]).collect();
                format!("{} {}-{}", named.join(","), clock(*from), clock(*to))
            }
            Self::Cron { minute, hours, day, lasting } => {
                format!("cron {minute} {}-{} * * {} for {lasting}m", hours.0, hours.1, (day + 1) % 7)
            }
            Self::Closing { last } => format!("last {last}m"),
        }
    }
}

#[derive(Debug, Clone)]
struct World {
    zone: TimeZone,
    rules: Vec<(Effect, Naive)>,
    dated: Vec<(DatedKind, civil::DateTime, civil::DateTime)>,
}

impl World {
    fn calendar(&self) -> Calendar {
        let recurring = self.rules.iter().map(|(effect, rule)| {
            let rule = rule.written().parse().unwrap();
            Recurring { effect: *effect, rule, why: None }
        });
        let dated = self.dated.iter().map(|(kind, from, to)| Dated {
            kind: *kind,
            from: Bound::Local(*from),
            to: Bound::Local(*to),
            written: String::new(),
            why: None,
        });
        Calendar { zone: self.zone.clone(), recurring: recurring.collect(), dated: dated.collect() }
    }

    /// What the clocks show, in civil minutes since 1970.
    fn clock(&self, at: i64) -> i64 {
        let at = Timestamp::from_second(at).unwrap();
        (at.as_second() + i64::from(self.zone.to_offset(at).seconds())).div_euclid(60)
    }

    /// The first and the last minute at which the clocks show `local`, else the first at which they show more.
    fn bound(&self, local: civil::DateTime, first: bool) -> i64 {
        let wanted = super::civil::civil(local) / 60;
        let mut around = (wanted - 30 * 60..wanted + 30 * 60).map(|minute| minute * 60);
        let mut shown = around.clone().filter(|at| self.clock(*at) == wanted);
        let found = if first { shown.next() } else { shown.next_back() };
        found.or_else(|| around.find(|at| self.clock(*at) > wanted)).unwrap()
    }

    fn open(&self, dated: &[(DatedKind, i64, i64)], at: i64) -> bool {
        let minute = self.clock(at);
        let none = |_: i64| false;
        let allowing = || self.rules.iter().filter(|(effect, _)| *effect == Effect::Allow);
        let allowed = |minute: i64| allowing().any(|(_, rule)| rule.holds(minute, &none));
        let within = |opening: bool| {
            dated.iter().any(|(kind, from, to)| (*kind == DatedKind::Opening) == opening && (*from..*to).contains(&at))
        };
        let base = allowing().next().is_none() || allowed(minute) || within(true);
        let mut denying = self.rules.iter().filter(|(effect, _)| *effect == Effect::Deny);
        base && !within(false) && !denying.any(|(_, rule)| rule.holds(minute, &allowed))
    }
}

fn rule(effect: Effect) -> impl Strategy<Value = (Effect, Naive)> {
    let weekly = (1_u8..128, 0_i64..96, 0_i64..96)
        .prop_filter("not empty", |(_, from, to)| from != to)
        .prop_map(|(days, from, to)| Naive::Weekly { days, from: from * 15, to: to * 15 });
    let cron = (0_i64..4, 0_i64..24, 0_i64..24, 0_i64..7, 1_i64..20).prop_map(|(minute, one, two, day, lasting)| {
        Naive::Cron { minute: minute * 15, hours: (one.min(two), one.max(two)), day, lasting: lasting * 10 }
    });
    let closing = (1_i64..8).prop_map(|last| Naive::Closing { last: last * 15 });
    let every = if effect == Effect::Allow {
        prop_oneof![weekly.boxed(), cron.boxed()].boxed()
    } else {
        prop_oneof![weekly.boxed(), cron.boxed(), closing.boxed()].boxed()
    };
    every.prop_map(move |rule| (effect, rule))
}

fn date(year: i16) -> impl Strategy<Value = civil::DateTime> {
    // Mostly at night, where clocks change.
    (0_i32..365, prop_oneof![0_i64..16, 0_i64..96])
        .prop_map(move |(day, quarter)| civil::date(year, 1, 1).at(0, 0, 0, 0) + day.days() + (quarter * 15).minutes())
}

fn world() -> impl Strategy<Value = (World, i16)> {
    (2008_i16..2034).prop_flat_map(|year| {
        let kind = prop_oneof![Just(DatedKind::Freeze), Just(DatedKind::Holiday), Just(DatedKind::Opening)];
        let dated = prop::collection::vec((kind, date(year), 1_i64..200), 0..3);
        let dated = dated.prop_map(|all| {
            all.into_iter().map(|(kind, from, quarters)| (kind, from, from + (quarters * 15).minutes())).collect()
        });
        let allows = prop::collection::vec(rule(Effect::Allow), 0..3);
        let denies = prop::collection::vec(rule(Effect::Deny), 0..3);
        (allows, denies, dated).prop_map(move |(mut rules, mut denies, dated)| {
            rules.append(&mut denies);
            (World { zone: TimeZone::UTC, rules, dated }, year)
        })
    })
}

/// The same rules in every zone.
fn hold(mut world: World, year: i16, scattered: &[i64]) -> Result<(), TestCaseError> {
    for zone in ZONES {
        world.zone = TimeZone::get(zone).unwrap();
        let calendar = world.calendar();
        let dated: Vec<(DatedKind, i64, i64)> = world
            .dated
            .iter()
            .map(|(kind, from, to)| (*kind, world.bound(*from, true), world.bound(*to, false)))
            .collect();
        let open = |at: i64| world.open(&dated, at);
        let start = civil::date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let changes = world.zone.following(start).take(4).map(|change| change.timestamp().as_second());
        let near = changes.chain(dated.iter().flat_map(|(_, from, to)| [*from, *to]));
        let mut asked: Vec<i64> = near.flat_map(|at| (-6..=6).map(move |quarter| at + quarter * 900)).collect();
        asked.extend(scattered.iter().map(|hour| start.as_second() + hour * 3600 + 7 * 60));
        for at in &asked {
            let told = calendar.at(Timestamp::from_second(*at).unwrap());
            prop_assert_eq!(told.open, open(*at), "{:?} at {}", world, at);
            prop_assert!(!told.because.is_empty());
        }
        // From two of them on, minute by minute to the next change.
        for from in asked.iter().step_by(asked.len() / 2) {
            let told = calendar.at(Timestamp::from_second(*from).unwrap());
            let (first, second) =
                if told.open { (told.next_close, told.next_open) } else { (told.next_open, told.next_close) };
            let grid = from.div_euclid(60) * 60;
            let turned = (1..2 * DAY).map(|minute| grid + minute * 60).find(|next| open(*next) != told.open);
            let soon = first.map(Timestamp::as_second).filter(|next| *next < grid + 2 * DAY * 60);
            prop_assert_eq!(soon, turned, "{:?} from {}", world, from);
            prop_assert!(second.is_none_or(|second| first.is_some_and(|first| first < second)));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn every_answer_is_that_of_the_definition((world, year) in world(), scattered in prop::collection::vec(0_i64..8760, 12)) {
        hold(world, year, &scattered)?;
    }
}

#[test]
fn an_answer_over_a_year_without_any_opening_is_null() {
    let world = World {
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        rules: vec![(Effect::Deny, Naive::Weekly { days: 127, from: 0, to: 1440 })],
        dated: Vec::new(),
    };
    let told = world.calendar().at("2026-11-27T15:10:00Z".parse().unwrap());
    assert_eq!((told.open, told.next_open, told.next_close), (false, None, None));
    assert!(!world.calendar().ever_opens());
}

#[test]
fn friday_afternoon_is_told_by_every_rule_that_decides() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let allow = |text: &str| Recurring { effect: Effect::Allow, rule: text.parse().unwrap(), why: None };
    let freeze = Dated {
        kind: DatedKind::Freeze,
        from: Bound::Local(civil::date(2026, 11, 27).at(14, 0, 0, 0)),
        to: Bound::Local(civil::date(2026, 11, 30).at(8, 0, 0, 0)),
        written: "2026-11-27T14:00 to 2026-11-30T08:00".to_owned(),
        why: Some("sale weekend".to_owned()),
    };
    let recurring = vec![allow("Mon..Thu 10:00-16:00"), allow("Fri 10:00-14:00")];
    let calendar = Calendar { zone, recurring, dated: vec![freeze] };
    let told = calendar.at("2026-11-27T14:10:00Z".parse().unwrap());
    let rules: Vec<(&str, bool)> = told.because.iter().map(|one| (one.rule.as_str(), one.holds)).collect();
    assert_eq!(
        rules,
        [("Mon..Thu 10:00-16:00", false), ("Fri 10:00-14:00", false), ("2026-11-27T14:00 to 2026-11-30T08:00", true)]
    );
    assert_eq!(told.next_open, "2026-11-30T09:00:00Z".parse().ok());
    assert_eq!(told.next_close, "2026-11-30T15:00:00Z".parse().ok());
}

/// Not a measurement, but a figure to look at: `cargo test -p switchback-core a_year -- --nocapture`.
#[test]
fn a_year_is_answered_in_one_look() {
    let rules = (0..20_i64).map(|at| (Effect::Deny, Naive::Weekly { days: 127, from: at * 60, to: at * 60 + 90 }));
    let rules = rules.chain([(Effect::Deny, Naive::Weekly { days: 127, from: 20 * 60, to: 30 })]).collect();
    let world = World { zone: TimeZone::get("Africa/Casablanca").unwrap(), rules, dated: Vec::new() };
    let calendar = world.calendar();
    let begun = std::time::Instant::now();
    let told = calendar.at("2026-11-27T14:10:00Z".parse().unwrap());
    println!("a year of 21 rules without an opening: {:?}", begun.elapsed());
    assert_eq!(told.next_open, None);
}
