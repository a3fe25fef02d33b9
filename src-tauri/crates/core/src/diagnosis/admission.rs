//! What a cluster's own rules say when they refuse something: which rule, in its own words.
//!
//! Apart from the rules over logs, because nothing has to be guessed: the API server says itself that it was admission.

use super::{Confidence, Diagnosis, EvidenceLine, RuntimeName, SHOWN_CHARS, cause::Cause, wording};
use std::collections::BTreeMap;

/// How the API server quotes a rule's name: what stands before it, what ends it, and what kind of rule it is.
const NAMES: [(&str, char, &str); 5] = [
    ("ValidatingAdmissionPolicy '", '\'', "ValidatingAdmissionPolicy "),
    ("MutatingAdmissionPolicy '", '\'', "MutatingAdmissionPolicy "),
    ("admission webhook \"", '"', "webhook "),
    ("failed calling webhook \"", '"', "webhook "),
    ("violates PodSecurity \"", '"', "PodSecurity "),
];

impl Diagnosis {
    /// The cluster's rules refused it, as `said`: their own words are the evidence.
    pub fn of_admission(said: &str) -> Self {
        let params: BTreeMap<String, String> = rule(said).map(|rule| ("rule".to_owned(), rule)).into_iter().collect();
        let (summary, hint) = wording::say(Cause::AdmissionRefused, Some(RuntimeName::Kubernetes), &params);
        Self {
            cause: Cause::AdmissionRefused,
            confidence: Confidence::High,
            summary,
            evidence: vec![EvidenceLine { line: 0, text: said.chars().take(SHOWN_CHARS).collect() }],
            ruled_out: Vec::new(),
            hint,
            params,
        }
    }
}

/// The rule's name, with its kind.
fn rule(said: &str) -> Option<String> {
    NAMES.iter().find_map(|(before, end, kind)| {
        let (_, rest) = said.split_once(before)?;
        Some(format!("{kind}{}", rest.split_once(*end)?.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_named_and_its_words_are_the_evidence() {
        for (said, named) in [
            (
                "deployments.apps \"w\" is forbidden: ValidatingAdmissionPolicy 'no-friday' with binding 'all' denied request: no",
                Some("ValidatingAdmissionPolicy no-friday"),
            ),
            ("admission webhook \"rules.example.com\" denied the request: no", Some("webhook rules.example.com")),
            (
                "Internal error occurred: failed calling webhook \"rules.example.com\": connection refused",
                Some("webhook rules.example.com"),
            ),
            (
                "pods \"w\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true",
                Some("PodSecurity restricted:latest"),
            ),
            ("pods \"w\" is forbidden: no", None),
        ] {
            let told = Diagnosis::of_admission(said);
            assert_eq!(told.params.get("rule").map(String::as_str), named);
            assert_eq!((told.cause, told.evidence[0].text.as_str()), (Cause::AdmissionRefused, said));
            assert!(told.summary.contains(named.unwrap_or("refuse")), "{}", told.summary);
        }
    }
}
