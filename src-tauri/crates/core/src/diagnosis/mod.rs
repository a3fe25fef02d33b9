//! Why a start failed, by rules, offline, with the lines that say so.
//!
//! `lines` cleans the log, `level` hears how loud a line is, `rules` find what each line names, `ranking` decides which of
//! it ended the start, `address` tells this machine from another, `wording` puts it in a sentence, of which `sentences` has all; `admission` names a
//! cluster's rule. Apart from the
//! deployment, because a diagnosis changes nothing: it is read by people, and by the command line.
//!
//! Deliberately not here: I/O, a language model, and any action. And no guess: [`Cause::Unknown`] is an answer, and a
//! better one than a wrong name. An exit code alone is never evidence enough.

mod address;
mod admission;
mod cause;
mod level;
mod lines;
mod ranking;
mod rules;
mod sentences;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::failure::InARow;
pub use cause::{Cause, UnknownCauseName};
use ranking::{Candidate, ENOUGH};
pub use sentences::{Sentence, sentences};

/// What it ran on. Only localhost reads differently by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeName {
    /// A process on a host: localhost is that host.
    Process,
    /// A container of a Docker engine.
    Docker,
    /// A pod.
    Kubernetes,
}

/// What is known of a start that failed.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// What it ran on, when known.
    pub runtime: Option<RuntimeName>,
    /// How it ended, when it ended.
    pub exit_code: Option<i64>,
    /// Whether the engine says the kernel ended it for memory.
    pub oom_killed: bool,
    /// Texts of engine or cluster events, oldest first.
    pub events: &'a [String],
    /// Its output, oldest first. Only the last 256 KiB and 4000 lines are read.
    pub log: &'a str,
}

/// How sure a diagnosis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Something points there.
    Low,
    /// Named, with a rival or at some distance from the end.
    Medium,
    /// Named in the tool's own words where the start ended.
    High,
}

/// A line that supports a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceLine {
    /// 1-based line of the log; 0 when it is an exit code or an event.
    pub line: usize,
    /// The text, without colours and prefixes, at most 400 characters.
    pub text: String,
}

/// Why a start failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The cause, or [`Cause::Unknown`].
    pub cause: Cause,
    /// How sure.
    pub confidence: Confidence,
    /// One English sentence, without a full stop.
    pub summary: String,
    /// The lines it rests on, the strongest first, at most five.
    pub evidence: Vec<EvidenceLine>,
    /// Causes that were named somewhere or lay near, and are not it.
    pub ruled_out: Vec<Cause>,
    /// Where to look, in English.
    pub hint: String,
    /// Host, port, variable, file and the like, for translated texts.
    pub params: BTreeMap<String, String>,
}

impl Diagnosis {
    /// The program runs, its log names nothing, and a probe says no, or not yes often enough: the probe's answer is all
    /// the evidence there is.
    pub fn of_probe(said: &str, passes: Option<InARow>, runtime: Option<RuntimeName>) -> Self {
        let params = passes.map(|passes| (String::from("passes"), passes.to_string())).into_iter().collect();
        let (summary, hint) = wording::say(Cause::ProbeFailed, runtime, &params);
        Self {
            cause: Cause::ProbeFailed,
            confidence: Confidence::Medium,
            summary,
            evidence: vec![EvidenceLine { line: 0, text: said.chars().take(SHOWN_CHARS).collect() }],
            ruled_out: Vec::new(),
            hint,
            params,
        }
    }
}

/// Lines of evidence shown.
const SHOWN: usize = 5;
/// Characters of a line shown.
const SHOWN_CHARS: usize = 400;

/// Compiles the rules, so that the first [`diagnose`] after it is quick: compiling takes far longer than judging, and
/// while a dead release is judged nobody is served. Asked before a deployment's first step.
pub fn prepare() {
    // Lines of several shapes, so that every stage has something to read.
    let log = "starting\n2024-01-01T00:00:00Z INFO app | up\n    at connect (net.js:55)\nError: connect ECONNREFUSED \
               127.0.0.1:5432\n  errno: -111,\n  code: 'ECONNREFUSED',\n  port: 5432\n}\n";
    let _ = diagnose(&Evidence { runtime: None, exit_code: Some(1), oom_killed: false, events: &[], log });
}

/// Names the cause. Total: any input has an answer, and the same input the same one.
pub fn diagnose(evidence: &Evidence<'_>) -> Diagnosis {
    let lines = lines::read(evidence.log);
    let ranked = ranking::rank(evidence, &lines);
    let best = ranked.first().filter(|best| best.score >= ENOUGH);
    let cause = best.map_or(Cause::Unknown, |best| best.cause);
    let params = best.map(|best| best.params.clone()).unwrap_or_default();
    let (summary, hint) = wording::say(cause, evidence.runtime, &params);
    Diagnosis {
        cause,
        confidence: confidence(best, &ranked),
        summary,
        evidence: shown(best, &ranked),
        ruled_out: ruled_out(cause, evidence, &ranked),
        hint,
        params,
    }
}

fn confidence(best: Option<&Candidate>, ranked: &[Candidate]) -> Confidence {
    let Some(best) = best.filter(|best| best.cause != Cause::Unknown) else { return Confidence::Low };
    let rival = ranked.iter().filter(|other| other.cause != best.cause).map(|other| other.score).max().unwrap_or(0);
    match best.score {
        85.. if best.score - rival >= 10 => Confidence::High,
        68.. => Confidence::Medium,
        _ => Confidence::Low,
    }
}

/// The best line, and others that name the same cause.
fn shown(best: Option<&Candidate>, ranked: &[Candidate]) -> Vec<EvidenceLine> {
    let Some(best) = best else { return Vec::new() };
    let mut seen = BTreeSet::new();
    ranked
        .iter()
        .filter(|other| other.cause == best.cause && seen.insert((other.number, other.text.as_str())))
        .take(SHOWN)
        .map(|other| EvidenceLine { line: other.number, text: other.text.chars().take(SHOWN_CHARS).collect() })
        .collect()
}

/// Named but not it, and those the facts exclude: a known exit code other than 137 without the engine's flag is no
/// kill for memory, and a log means that the command was found.
fn ruled_out(cause: Cause, evidence: &Evidence<'_>, ranked: &[Candidate]) -> Vec<Cause> {
    let mut out: BTreeSet<Cause> = ranked.iter().map(|candidate| candidate.cause).collect();
    if !evidence.oom_killed && evidence.exit_code.is_some_and(|code| code != 137) {
        out.insert(Cause::OomKilled);
    }
    if !evidence.log.trim().is_empty() {
        out.extend([Cause::ImagePullAuth, Cause::ImagePullNotFound, Cause::QuotaOrUnschedulable]);
    }
    out.remove(&cause);
    out.remove(&Cause::Unknown);
    out.into_iter().collect()
}
