//! When an environment takes deployments: weekly and cron rules, freezes, holidays and one-off openings in one zone.
//!
//! A recurring rule is judged by civil time: an hour that happens twice counts twice, one that does not exist opens
//! nothing. Dated spans are `[from, to)` on the time line. Whatever denies wins; where nothing recurring allows, all that
//! is not denied is open. An opening adds to what is allowed and never closes anything.

mod calendar;
mod civil;
mod rule;
mod spans;
mod weekly;

#[cfg(test)]
mod against_brute_force;

pub use calendar::{Answer, Because, Block, Calendar, Effect, RuleKind};
pub use civil::{Bound, Dated, DatedKind};
pub use rule::{BadRule, Recurring, Rule};
pub use weekly::Weekly;
