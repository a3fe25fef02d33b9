//! The bytes an audit entry's hash is made from: its canonical JSON (RFC 8785).
//!
//! They are spliced together by hand, keys in RFC 8785's order, because `before` and `after` are stored in canonical
//! form already: checking a million entries then parses nothing. A test holds the splice against the real canonicaliser.

use crate::fault::Fault;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use switchback_core::ident::Instant;

/// What the first entry names as its predecessor's hash.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry's hashed parts, borrowed from wherever they stand.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// From 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: &'a str,
    /// From where.
    pub origin: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To what.
    pub subject: &'a str,
    /// Where.
    pub environment: Option<&'a str>,
    /// Why.
    pub why: &'a str,
    /// Canonical JSON.
    pub before: &'a str,
    /// Canonical JSON.
    pub after: &'a str,
    /// The predecessor's hash.
    pub prev_hash: &'a str,
}

impl Link<'_> {
    /// The canonical text, written over what `text` held.
    pub fn write(&self, text: &mut String) {
        text.clear();
        text.push_str(r#"{"action":"#);
        string(text, self.action);
        text.push_str(r#","after":"#);
        text.push_str(self.after);
        let _ = write!(text, r#","at":"{}","before":"#, self.at);
        text.push_str(self.before);
        text.push_str(r#","by":{"name":"#);
        string(text, self.actor);
        text.push_str(r#","origin":"#);
        string(text, self.origin);
        text.push_str(r#"},"environment":"#);
        match self.environment {
            Some(environment) => string(text, environment),
            None => text.push_str("null"),
        }
        text.push_str(r#","prevHash":"#);
        string(text, self.prev_hash);
        let _ = write!(text, r#","seq":{},"subject":"#, self.seq);
        string(text, self.subject);
        text.push_str(r#","why":"#);
        string(text, self.why);
        text.push('}');
    }

    /// The entry's hash, hexadecimal.
    pub fn hash(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        hash(&text)
    }
}

/// SHA-256 of some text, hexadecimal.
pub fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// A value as canonical JSON.
pub fn canonical(value: &serde_json::Value) -> Result<String, Fault> {
    Ok(serde_json_canonicalizer::to_string(value)?)
}

/// RFC 8785 asks for the escapes that `serde_json` writes; strings cannot fail to serialise.
fn string(text: &mut String, value: &str) {
    if let Ok(quoted) = serde_json::to_string(value) {
        text.push_str(&quoted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spliced_text_is_what_a_canonicaliser_writes() {
        let odd = "tab\t quote\" back\\ nul\u{0} del\u{7f} é 漢 \u{1f600} \u{2028}";
        let before = serde_json::json!({ "z": 1.0, "a": [1e21, 0.1, true, null], "é": odd });
        let at: Instant = "2026-03-01T02:03:04.000000005Z".parse().unwrap();
        for environment in [None, Some("production")] {
            let text = canonical(&before).unwrap();
            let link = Link {
                seq: 7,
                at,
                actor: odd,
                origin: "cli",
                action: "deploy.started",
                subject: odd,
                environment,
                why: odd,
                before: &text,
                after: "null",
                prev_hash: FIRST,
            };
            let whole = serde_json::json!({
                "seq": 7, "at": at, "by": { "name": odd, "origin": "cli" }, "action": "deploy.started", "subject": odd,
                "environment": environment, "why": odd, "before": before, "after": null, "prevHash": FIRST,
            });
            let mut spliced = String::new();
            link.write(&mut spliced);
            assert_eq!(spliced, canonical(&whole).unwrap());
        }
    }
}
