//! Every sentence a summary can be, with the names of its facts in place of them.
//!
//! For clients that translate and have a summary alone: what was written down about a deployment, in the audit and for a
//! quarantine, is the sentence. They find by it which cause it was, and with which facts.

use super::{RuntimeName, cause::Cause, wording};
use std::collections::{BTreeMap, BTreeSet};

/// The facts that summaries name.
const FACTS: [&str; 16] = [
    "host",
    "port",
    "detail",
    "user",
    "table",
    "column",
    "variable",
    "key",
    "file",
    "module",
    "command",
    "image",
    "rule",
    "probe",
    "passes",
    "exception",
];

/// A sentence of a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The cause.
    pub cause: Cause,
    /// It is said of a process on a host. Of others where this is not set, and of all where they are not told apart.
    pub process: bool,
    /// `connection refused to {host}:{port}: nothing listens there on this machine`.
    pub text: String,
}

/// All of them.
pub fn sentences() -> Vec<Sentence> {
    let mut all = Vec::new();
    for cause in Cause::ALL {
        for runtime in [None, Some(RuntimeName::Process)] {
            let mut seen = BTreeSet::new();
            for facts in choices(cause, runtime) {
                let params = facts.iter().map(|fact| ((*fact).to_owned(), format!("{{{fact}}}"))).collect();
                let (text, _) = wording::say(cause, runtime, &params);
                let known = all.iter().any(|one: &Sentence| one.cause == cause && one.text == text);
                if !known && seen.insert(text.clone()) {
                    all.push(Sentence { cause, process: runtime.is_some(), text });
                }
            }
        }
    }
    all
}

/// Every choice among the facts that a cause's sentence changes with.
fn choices(cause: Cause, runtime: Option<RuntimeName>) -> Vec<Vec<&'static str>> {
    let plain = wording::say(cause, runtime, &BTreeMap::new()).0;
    let one = |fact: &str| BTreeMap::from([(fact.to_owned(), format!("{{{fact}}}"))]);
    let used: Vec<_> = FACTS.into_iter().filter(|fact| wording::say(cause, runtime, &one(fact)).0 != plain).collect();
    let among = |choice: usize| (0..used.len()).filter(move |at| choice & (1 << at) != 0);
    (0..1 << used.len()).map(|choice| among(choice).map(|at| used[at]).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_its_sentences_with_and_without_its_facts() {
        let all = sentences();
        assert!(Cause::ALL.into_iter().all(|cause| all.iter().any(|one| one.cause == cause)));
        let of = |cause| all.iter().filter(move |one| one.cause == cause).map(|one| (one.process, one.text.as_str()));
        let localhost: Vec<_> = of(Cause::ConnectionRefusedLocalhost).collect();
        assert_eq!(localhost.len(), 8, "{localhost:?}");
        let said = "connection refused to {host}:{port}: nothing listens there on this machine";
        assert!(localhost.contains(&(true, said)), "{localhost:?}");
        assert_eq!(of(Cause::OomKilled).collect::<Vec<_>>(), [(false, "memory ran out")]);
    }

    /// A fact that no list names would never be recognised.
    #[test]
    fn every_fact_of_the_wording_is_listed() {
        let source = include_str!("wording.rs");
        let named = source.split("named(").skip(1).filter_map(|call| call.split('"').nth(3));
        let got = source.split("get(\"").skip(1).filter_map(|call| call.split('"').next());
        let listed: BTreeSet<&str> = FACTS.into_iter().collect();
        assert_eq!(named.chain(got).collect::<BTreeSet<&str>>(), listed);
    }
}
