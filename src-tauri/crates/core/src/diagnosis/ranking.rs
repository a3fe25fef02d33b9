//! Which of the matches ended the start.
//!
//! Apart from the rules, because this is the part that knows about *time*: logs hold warnings before the real error,
//! retries that worked and errors of a neighbour. A match scores by its rule's weight, by how few meaningful lines
//! follow it in its own stream, by how loud its line is, and loses when the program demonstrably went on.
//! Deliberately not here: words for people (`wording`).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Evidence;
use super::address;
use super::cause::Cause;
use super::level::Level;
use super::lines::{Line, event};
use super::rules::{regex, strongest};

/// Below this a match is no answer: a quiet line, a recovered error, or an unmarked one far from the end.
pub(super) const ENOUGH: i32 = 52;
/// What an event gets in place of a position: it is about this very start, but a later event may take it back.
const EVENT_BONUS: i32 = 30;
/// A failing probe is what a failed program looks like from outside, so anything the log names clearly goes first.
const PROBE_IS_A_CONSEQUENCE: i32 = 25;

/// A match that may be the answer.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub cause: Cause,
    pub score: i32,
    /// As in the input; 0 when it is no line of the log.
    pub number: usize,
    pub text: String,
    pub params: BTreeMap<String, String>,
}

static WENT_ON: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\blistening (?:on|at|for)\b|\bserver (?:is )?(?:now )?(?:started|running|ready|up|listening)|started \S+ in [\d.]+ ?(?:s|ms)|",
        r"ready (?:to accept|for|to handle) (?:start ?up|connections|requests)|startup complete|now ready|running on https?:|",
        r"up and running|ready in [\d.]+|serving (?:on|at|http)|booting worker|application started|startup completed",
    ))
});
static GOT_THROUGH: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:successfully )?(?:re)?connected (?:to|successfully|\()|connection (?:was |has been )?(?:established|successful|restored|ok\b|accepted)|",
        r"successfully (?:re)?connected|(?:database|db|redis|postgres\w*|mysql|mongo\w*|rabbitmq|kafka) (?:is )?(?:connected|ready|available|up)\b|",
        r"\bis available after|recovered|retry succeeded|succeeded after|migrations? (?:complete|applied|done|finished)|",
        r"\b(?:created|opened|migrated) (?:the )?database\b",
    ))
});
static RETRY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bretr(?:y|ying|ies)\b|\battempt(?:s)? (?:#?\d+|left)|will try again|trying again|waiting for|ignor(?:ed|ing)|falling back|non-?fatal|skipping|optional",
    )
});
static GAVE_UP: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)giv(?:e|ing|en) up|exhausted|max(?:imum)? (?:number of )?(?:retries|attempts)|after \d+ (?:attempts|retries|tries)",
    )
});
/// Lines that only repeat that something ended; they put no distance between the cause and the end.
static AFTERMATH: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^npm (?:ERR!|error|notice|warn)|exited with (?:code|status)|^error:? command failed|ELIFECYCLE|shutting down|^exiting|",
        r"^info visit |lifecycle script|exit(?:ed)? (?:code|status)|background on this error|^\s+(?:errno|code|syscall|address|port|path|name|length|severity|detail|hint|position|internalPosition|internalQuery|where|schema|table|column|dataType|constraint|file|line|routine|requireStack|spawnargs|fatal|sql|sqlState|sqlMessage|parent|original|clientVersion|errorCode|meta|cause|opensslErrorStack|library|reason|function): |stopping|^aborting|^killed$",
    ))
});
static TAKEN_BACK: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"Successfully (?:assigned|pulled)|Started container|Created container|^Normal +(?:Scheduled|Pulled|Started)")
});
static READINESS: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\breadiness probe\b"));
static SHELL_NOT_FOUND: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:/bin/)?(?:ba|a)?sh: .*not found"));
static SCRIPT_RUNNER: LazyLock<Regex> = LazyLock::new(|| regex(r"^> |^npm |^yarn |^pnpm |^\$ "));

/// All candidates, the best first. Equal scores keep the later line first.
pub(super) fn rank(evidence: &Evidence<'_>, lines: &[Line]) -> Vec<Candidate> {
    let mut found = from_facts(evidence, lines);
    found.extend(from_events(evidence));
    found.extend(from_log(evidence, lines));
    found.sort_by_key(|candidate| (Reverse(candidate.score), Reverse(candidate.number)));
    found
}

/// What exit code and flags say by themselves. A code alone says nothing: many things end a program with 1 or 137.
fn from_facts(evidence: &Evidence<'_>, lines: &[Line]) -> Vec<Candidate> {
    let fact = |score, text: &str| Candidate {
        cause: Cause::OomKilled,
        score,
        number: 0,
        text: text.to_owned(),
        params: BTreeMap::new(),
    };
    if evidence.oom_killed {
        return vec![fact(130, "the engine reports that the kernel killed it for memory (OOMKilled)")];
    }
    let killed = lines.iter().rev().find(|line| !line.filler).is_some_and(|line| line.text.trim() == "Killed");
    if killed && evidence.exit_code == Some(137) {
        return vec![fact(70, "exit code 137 after `Killed`")];
    }
    Vec::new()
}

fn from_events(evidence: &Evidence<'_>) -> Vec<Candidate> {
    let (mut out, events) = (Vec::new(), evidence.events);
    for (index, text) in events.iter().enumerate() {
        let line = event(text);
        let Some((rule, named)) = strongest(&line.text) else { continue };
        // Nobody ends a program because it is not ready.
        if evidence.exit_code.is_some() && rule.cause == Cause::ProbeFailed && READINESS.is_match(&line.text) {
            continue;
        }
        let taken_back = events[index + 1..].iter().any(|later| TAKEN_BACK.is_match(later));
        let mut score = rule.weight + EVENT_BONUS;
        if rule.cause == Cause::ProbeFailed {
            score -= PROBE_IS_A_CONSEQUENCE;
        } else if before_the_start(rule.cause) {
            score += if taken_back { -50 } else { 10 };
        }
        let mut params: BTreeMap<String, String> = named.into_iter().collect();
        let cause = address::settle(rule.cause, &mut params, std::slice::from_ref(&line), 0);
        out.push(Candidate { cause, score, number: 0, text: line.text, params });
    }
    out
}

/// What a later event of a placed, pulled or started container takes back.
const fn before_the_start(cause: Cause) -> bool {
    matches!(cause, Cause::QuotaOrUnschedulable | Cause::ImagePullAuth | Cause::ImagePullNotFound)
}

fn from_log(evidence: &Evidence<'_>, lines: &[Line]) -> Vec<Candidate> {
    let after = Aftermath::of(lines);
    let mut out = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((rule, named)) = strongest(&line.text) else { continue };
        let mut score = rule.weight + nearness(after.following[index]) + loudness(line.level);
        let in_exception = lines.get(index + 1).is_some_and(|next| next.filler && !next.text.trim().is_empty())
            || index > 0 && lines[index - 1].filler && !lines[index - 1].text.trim().is_empty();
        if in_exception {
            score += 6;
        }
        if line.text.starts_with("Caused by") {
            score += 6;
        }
        if RETRY.is_match(&line.text) && !GAVE_UP.is_match(&line.text) {
            score -= 14;
        }
        if after.got_through[index] {
            score -= 45;
        } else if after.went_on[index] {
            score -= 25;
        }
        let mut cause = rule.cause;
        if cause == Cause::ProbeFailed {
            score -= PROBE_IS_A_CONSEQUENCE;
        }
        if before_the_start(cause) && lines[index + 1..].iter().any(|later| TAKEN_BACK.is_match(&later.text)) {
            score -= 50;
        }
        // A shell that does not find the image's command, and not a script runner whose tool is not installed.
        if cause == Cause::MissingDependency
            && matches!(evidence.exit_code, Some(126 | 127))
            && SHELL_NOT_FOUND.is_match(&line.text)
            && !lines[..index].iter().any(|before| SCRIPT_RUNNER.is_match(&before.text))
        {
            cause = Cause::ExecFormatOrMissingEntrypoint;
        }
        let mut params: BTreeMap<String, String> = named.into_iter().collect();
        let cause = address::settle(cause, &mut params, lines, index);
        out.push(Candidate { cause, score, number: line.number, text: line.text.trim().to_owned(), params });
    }
    out
}

/// 30 for the last meaningful line, 6 less with every doubling of the distance, at worst -15.
fn nearness(following: usize) -> i32 {
    let doublings = i32::try_from((following + 1).ilog2()).unwrap_or(i32::MAX / 8);
    (30 - 6 * doublings).max(-15)
}

const fn loudness(level: Level) -> i32 {
    match level {
        Level::Quiet => -40,
        Level::Warning => -28,
        Level::Unmarked => 0,
        Level::Error => 10,
        Level::Fatal => 16,
    }
}

/// Per line, what comes after it in the same stream.
struct Aftermath {
    following: Vec<usize>,
    went_on: Vec<bool>,
    got_through: Vec<bool>,
}

impl Aftermath {
    fn of(lines: &[Line]) -> Self {
        let mut out = Self { following: Vec::new(), went_on: Vec::new(), got_through: Vec::new() };
        let mut streams: BTreeMap<&str, (usize, bool, bool)> = BTreeMap::new();
        for line in lines.iter().rev() {
            let seen = streams.entry(&line.stream).or_default();
            out.following.push(seen.0);
            out.went_on.push(seen.1);
            out.got_through.push(seen.2);
            if !line.filler && !AFTERMATH.is_match(&line.text) {
                seen.0 += 1;
            }
            let continued = line.text.starts_with(['\t', ' ']);
            if !continued && line.level <= Level::Unmarked && strongest(&line.text).is_none() {
                seen.1 |= WENT_ON.is_match(&line.text);
                seen.2 |= GOT_THROUGH.is_match(&line.text);
            }
        }
        out.following.reverse();
        out.went_on.reverse();
        out.got_through.reverse();
        out
    }
}
