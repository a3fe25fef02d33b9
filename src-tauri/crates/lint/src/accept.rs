//! Findings accepted in the file: `-- switchback:accept RULE until 2026-12-31 because nobody reads it any more`.
//!
//! It covers the statement it stands before or in, and for rules of the pair the whole file. Without a reason and a last
//! day it accepts nothing: an exception without an end is a rule switched off.

use crate::{Rule, says, sql::Comment, statement::Cut};
use jiff::civil::Date;
use switchback_core::said::Said;

/// One acceptance.
#[derive(Debug, Clone)]
pub struct Acceptance {
    pub rules: Vec<Rule>,
    pub until: Date,
    pub reason: String,
    /// The lines it covers.
    pub from: usize,
    pub to: usize,
}

/// An acceptance that does not hold, with the reason.
#[derive(Debug, Clone)]
pub struct Refused {
    pub line: usize,
    pub why: Said,
}

/// The acceptances of a script.
pub fn acceptances(cut: &Cut, today: Date) -> (Vec<Acceptance>, Vec<Refused>) {
    let (mut held, mut refused) = (Vec::new(), Vec::new());
    for comment in &cut.comments {
        let Some(said) = comment.text.trim().strip_prefix("switchback:").map(str::trim) else { continue };
        // Says when what it takes away went out of use; read where a release is planned.
        if said.starts_with("unused-since ") {
            continue;
        }
        match read(said, comment, cut, today) {
            Ok(acceptance) => held.push(acceptance),
            Err(why) => refused.push(Refused { line: comment.line, why }),
        }
    }
    (held, refused)
}

fn read(said: &str, comment: &Comment, cut: &Cut, today: Date) -> Result<Acceptance, Said> {
    let rest = said.strip_prefix("accept").ok_or_else(|| says::unknown_word(format_args!("{said:?}")))?.trim();
    let (rules, rest) = rest.split_once(" until ").ok_or_else(says::no_last_day)?;
    let rules: Result<Vec<Rule>, Said> = rules
        .split([',', ' '])
        .filter(|name| !name.is_empty())
        .map(|name| Rule::ALL.iter().copied().find(|rule| rule.as_str() == name).ok_or_else(|| says::no_rule(name)))
        .collect();
    let (day, reason) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
    let until: Date = day.parse().map_err(|_| says::no_date(day))?;
    let reason = reason.trim().trim_start_matches(':').trim();
    if reason.is_empty() {
        return Err(says::no_reason());
    }
    if until < today {
        return Err(says::held_until(until));
    }
    let covered = cut.statements.iter().find(|statement| statement.last_line() >= comment.line);
    let to = covered.map_or(comment.line, |statement| statement.last_line().max(comment.line));
    let from = covered.map_or(comment.line, |statement| statement.line().min(comment.line));
    Ok(Acceptance { rules: rules?, until, reason: reason.to_owned(), from, to })
}
