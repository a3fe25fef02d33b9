//! How loud a line is.
//!
//! Apart from `lines`, because formats disagree about it more than about anything else: words in many spellings, and
//! supervisors and clusters that report a death in a quiet voice. Deliberately not here: structured lines, whose level is
//! a field.

use std::sync::LazyLock;

use regex::Regex;

use super::rules::regex;

/// How loud a line says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Quiet,
    Warning,
    Unmarked,
    Error,
    Fatal,
}

static FATAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:^|[\s\[(<|=/:])(?:fatal|panic|critical|emerg|alert|severe|crit|ftl)(?:[\s\]):>|,]|$)|^fatal error|panicked at|\[F\]",
    )
});
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)(?:^|[\s\[(<|=/:!])(?:error|err|erro|exception|fail)(?:[\s\]):>|,!]|$)|^caused by|^\S*(?:error|exception)\b|",
        r"^uncaught|^unhandled|\[E\]",
    ))
});
static WARNING: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(?:^|[\s\[(<|=])(?:warn|warning|wrn|deprecat\w+|\w*warning)(?:[\s\]):>|,!]|$)|\[W\]"));
static QUIET: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:^|[\s\[(<|=])(?:INFO|DEBUG|TRACE|NOTICE|LOG|HINT|Hint|DETAIL|STATEMENT|info|debug|trace|notice|Info|INF|DBG)(?:[\s\]):>|,]|$)|\[I\]",
    )
});

/// How supervisord reports, at level INFO, that a program it keeps has died.
static SUPERVISED_DEATH: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\bexited: \S+ \(.*; not expected\)|\bgave up: \S+ entered FATAL state"));
/// A row of a cluster's events, whose loudest type is `Warning`.
static CLUSTER_EVENT: LazyLock<Regex> = LazyLock::new(|| regex(r"\bWarning\s+[A-Z][A-Za-z]+\s{2,}"));
/// An error that a program reports in the voice of another: louder than the line says, quieter than an error.
static REPORTED: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(?:Error|Exception): "));

/// The loudest word near the beginning, where formats put the level.
pub(super) fn level(text: &str) -> Level {
    let mut end = text.len().min(90);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    if SUPERVISED_DEATH.is_match(text) || CLUSTER_EVENT.is_match(head) {
        return Level::Error;
    }
    let words = [
        (Level::Quiet, QUIET.find(head)),
        (Level::Warning, WARNING.find(head)),
        (Level::Error, ERROR.find(head)),
        (Level::Fatal, FATAL.find(head)),
    ];
    words
        .into_iter()
        .filter_map(|(level, found)| found.map(|found| (found.start(), std::cmp::Reverse(level))))
        .min()
        .map_or(Level::Unmarked, |(_, level)| level.0)
        .max(if REPORTED.is_match(head) { Level::Warning } else { Level::Quiet })
}
