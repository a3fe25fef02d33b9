//! Rules of windows and local times as they are written; what they mean is core's ([`switchback_core::gate::window`]).
//!
//! No zone and no clock here: a rule says nothing about instants until an environment's zone is laid under it.

use crate::{form::scalar, scalar::BadScalar};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use switchback_core::gate::window::Rule;

/// The window of an environment that says no more than `allow: default`: well before the end of the day, and on Friday
/// early enough to watch it.
const DEFAULT: [&str; 2] = ["Mon..Thu 10:00-16:00", "Fri 10:00-14:00"];

/// When a window is: a rule, or the default ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RuleText {
    /// `default`.
    Default,
    /// A rule of its own.
    Own(Rule),
}

impl RuleText {
    /// What it stands for.
    pub fn rules(&self) -> Vec<Rule> {
        match self {
            Self::Default => DEFAULT.iter().filter_map(|text| text.parse().ok()).collect(),
            Self::Own(rule) => vec![rule.clone()],
        }
    }
}

impl FromStr for RuleText {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        if text.trim() == "default" {
            return Ok(Self::Default);
        }
        text.parse()
            .map(Self::Own)
            .map_err(|bad: switchback_core::gate::window::BadRule| BadScalar::new(text, bad.expected))
    }
}
impl fmt::Display for RuleText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Own(rule) => rule.fmt(f),
        }
    }
}
scalar!(RuleText, "a rule such as Mon..Thu 09:00-17:00, cron 0 22 * * Fri for 4h, last 2h, or default");

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

    #[test]
    fn the_default_window_leaves_friday_afternoon_alone() {
        let rules: RuleText = "default".parse().unwrap();
        let told: Vec<String> = rules.rules().iter().map(ToString::to_string).collect();
        assert_eq!(told, DEFAULT);
        assert_eq!(rules.to_string(), "default");
    }

    #[test]
    fn a_rule_of_no_form_is_told_with_what_would_be_right() {
        for (written, way_out) in [
            ("Mon 9 to 12", "such as Mon..Thu 09:00-17:00"),
            ("Fry 09:00-12:00", "Mon, Tue, Wed"),
            ("Mon 09:00-09:00", "a whole day is written 00:00-24:00"),
        ] {
            let error = written.parse::<RuleText>().unwrap_err();
            assert!(error.to_string().contains(way_out), "{error}");
        }
    }
}
