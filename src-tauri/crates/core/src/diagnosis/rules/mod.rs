//! The rules: one pattern, one cause, one weight.
//!
//! Each family of causes is a table in its own file. A weight says how surely the text names the cause *where it
//! stands*; whether it is what ended the start is decided by `ranking`, from position, level and what came after.
//! Deliberately not here: order. No rule is tried before another.

mod crash;
mod data;
mod host;
mod network;
mod platform;
mod setup;

use std::sync::LazyLock;

use regex::{Captures, Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::cause::Cause;

/// One way a cause shows in one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub cause: Cause,
    /// 20 (a hint) to 60 (the tool's own words for exactly this).
    pub weight: i32,
    /// Named groups become the diagnosis' parameters.
    pub pattern: &'static str,
}

/// Shorthand for the tables.
const fn rule(cause: Cause, weight: i32, pattern: &'static str) -> Rule {
    Rule { cause, weight, pattern }
}

/// A pattern written in this crate.
#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles every one")]
pub(super) fn regex(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).size_limit(64 << 20).build().expect("a constant pattern is valid")
}

struct Table {
    rules: Vec<Rule>,
    set: RegexSet,
    single: Vec<LazyLock<Regex, Box<dyn FnOnce() -> Regex + Send>>>,
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles every one")]
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let families = [network::RULES, data::RULES, setup::RULES, host::RULES, platform::RULES, crash::RULES];
    let rules: Vec<Rule> = families.concat();
    let set = RegexSetBuilder::new(rules.iter().map(|rule| rule.pattern))
        .size_limit(256 << 20)
        .dfa_size_limit(64 << 20)
        .build()
        .expect("constant patterns are valid");
    let single = rules
        .iter()
        .map(|rule| {
            let pattern = rule.pattern;
            let build: Box<dyn FnOnce() -> Regex + Send> = Box::new(move || regex(pattern));
            LazyLock::new(build)
        })
        .collect();
    Table { rules, set, single }
});

/// The heaviest rule that matches a line, with what it captured. Of equals the earlier in the tables. A line about a
/// probe quotes the prober's own connection error, which is nobody's cause, so there the probe goes first.
pub(super) fn strongest(text: &str) -> Option<(Rule, Vec<(String, String)>)> {
    let table = &*TABLE;
    let rank = |index: &usize| {
        let rule = table.rules[*index];
        (rule.cause != Cause::ProbeFailed || rule.weight < 60, -rule.weight, *index)
    };
    let index = table.set.matches(text).into_iter().min_by_key(rank)?;
    let pattern = &table.single[index];
    let named = pattern.captures(text).map(|found| parameters(pattern, &found)).unwrap_or_default();
    Some((table.rules[index], named))
}

/// Named groups that took part; `host2` and the like stand for `host` in another branch of the same pattern.
fn parameters(pattern: &Regex, found: &Captures<'_>) -> Vec<(String, String)> {
    pattern
        .capture_names()
        .flatten()
        .filter_map(|name| {
            let value = unquoted(found.name(name)?.as_str());
            (!value.is_empty())
                .then(|| (name.trim_end_matches(|digit: char| digit.is_ascii_digit()).to_owned(), value.to_owned()))
        })
        .collect()
}

/// Without the quotes around it. One that ends what is quoted within it stays.
fn unquoted(text: &str) -> &str {
    let around = ['"', '\'', '`', ' '];
    let bare = text.trim_matches(around);
    if bare.matches('"').count() % 2 == 1 { text.trim_start_matches(around).trim_end() } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_every_weight_is_on_the_scale() {
        for (rule, single) in TABLE.rules.iter().zip(&TABLE.single) {
            assert!(single.as_str() == rule.pattern && (20..=60).contains(&rule.weight), "{rule:?}");
        }
    }
}
