//! A checklist as it stands for one deployment, and the gate it comes to.
//!
//! Only required items before the deployment hold it back. What is asked while it runs and afterwards is shown with it
//! and never cuts it.

use super::{
    says,
    verdict::{Gate, GateKind},
};
use crate::{
    health::{Finding, Verdict},
    ident::Instant,
    said::Said,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// When an item is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Before the deployment may start.
    Before,
    /// While it runs.
    During,
    /// Before it counts as closed.
    After,
}

/// One item as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "ChecklistLine")]
pub struct Line {
    /// Its name within the checklist.
    pub id: String,
    /// When it is asked.
    pub phase: Phase,
    /// What a person is asked; the item's name for one that evaluates itself.
    pub text: String,
    /// What evaluates it; nothing when a person ticks it.
    pub auto: Option<String>,
    /// Whether its phase waits for it.
    pub required: bool,
    /// What it says.
    pub verdict: Verdict,
    /// From what.
    pub evidence: String,
    /// Who ticked it last, or took the tick back.
    pub by: Option<String>,
    /// When; of one that evaluates itself, when it looked.
    pub at: Option<Instant>,
    /// How often it was ticked and unticked: handed back with the next tick, so that two people do not undo each other.
    pub seen: u32,
}

/// A tick, or one taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The item.
    pub item: String,
    /// From 1, without gaps, for each item.
    pub seq: u32,
    /// Ticked, or taken back.
    pub ticked: bool,
    /// What was asked then. A tick under another question says nothing about this one.
    pub question: String,
    /// What its author added.
    pub note: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// What an item's last tick says about a question, for a deployment that began after `since`.
pub fn ticked(question: &str, last: Option<&Tick>, since: Option<Instant>) -> Finding {
    let open = |evidence: Said| Finding::fail(evidence);
    match last {
        None => open(says::item_open()),
        Some(tick) if !tick.ticked => open(match tick.note.as_str() {
            "" => says::taken_back(&tick.by),
            note => says::taken_back_for(&tick.by, note),
        }),
        Some(tick) if tick.question != question => {
            open(says::other_question(&tick.by, format_args!("{:?}", tick.question)))
        }
        Some(tick) if since.is_some_and(|since| tick.at <= since) => open(says::earlier_deployment()),
        Some(tick) => Finding::pass(match tick.note.as_str() {
            "" => says::ticked(&tick.by),
            note => says::ticked_with(&tick.by, note),
        }),
    }
}

/// The gate that the required items before a deployment come to.
pub fn gate(template: &str, lines: &[Line]) -> Gate {
    let asked = lines.iter().filter(|line| line.phase == Phase::Before && line.required);
    let missing: Vec<&Line> = asked.clone().filter(|line| line.verdict != Verdict::Pass).collect();
    let all = asked.count();
    let verdict = if missing.iter().any(|line| line.verdict == Verdict::Fail) {
        Verdict::Fail
    } else if missing.is_empty() {
        Verdict::Pass
    } else {
        Verdict::NoData
    };
    let mut gate = Gate::new(GateKind::Checklist, verdict, says::items_done(template, all - missing.len(), all));
    gate.evidence.extend(missing.iter().map(|line| match line.verdict {
        Verdict::NoData => says::item_no_data(&line.id, &line.evidence),
        _ => says::item(&line.id, &line.evidence),
    }));
    gate
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, required: bool, verdict: Verdict) -> Line {
        Line {
            id: id.to_owned(),
            phase: Phase::Before,
            text: String::new(),
            auto: None,
            required,
            verdict,
            evidence: "because".to_owned(),
            by: None,
            at: None,
            seen: 0,
        }
    }

    #[test]
    fn required_items_hold_and_advisory_ones_do_not() {
        let pass = line("a", true, Verdict::Pass);
        let advice = line("b", false, Verdict::Fail);
        assert_eq!(gate("production", &[pass.clone(), advice.clone()]).verdict, Verdict::Pass);
        let held = gate("production", &[pass.clone(), advice, line("c", true, Verdict::Fail)]);
        assert_eq!((held.verdict, held.told().as_str()), (Verdict::Fail, "production: 1 of 2 done; c: because"));
        let unknown = gate("production", &[pass, line("d", true, Verdict::NoData)]);
        assert!(unknown.holds() && unknown.told().ends_with("d: no data: because"));
        let later = Line { phase: Phase::After, ..line("e", true, Verdict::Fail) };
        assert!(!gate("production", &[later]).holds());
    }

    #[test]
    fn a_tick_counts_for_its_question_and_for_this_deployment() {
        let at = |second| Instant::from_second(second).unwrap();
        let tick = Tick {
            item: "support".to_owned(),
            seq: 1,
            ticked: true,
            question: "Support told".to_owned(),
            note: String::new(),
            by: "amara".to_owned(),
            at: at(100),
        };
        let says = |question: &str, tick: Option<&Tick>, since| ticked(question, tick, since).verdict;
        assert_eq!(says("Support told", Some(&tick), None), Verdict::Pass);
        assert_eq!(says("Support told", Some(&tick), Some(at(99))), Verdict::Pass);
        assert_eq!(says("Support told", Some(&tick), Some(at(100))), Verdict::Fail);
        assert_eq!(says("Support and sales told", Some(&tick), None), Verdict::Fail);
        let back = Tick { ticked: false, ..tick };
        assert_eq!(says("Support told", Some(&back), None), Verdict::Fail);
        assert_eq!(says("Support told", None, None), Verdict::Fail);
    }
}
