//! Takes secret values out of text from outside, before it is stored, shown or sent.
//!
//! By value, not by pattern: what is taken out is exactly what the keychain gave. A program rarely prints a value bare,
//! so it is also recognised line by line (a key in PEM form), quoted as JSON or as a debugger quotes, written into a
//! URL, and in base64 wherever it begins there (a login in an `Authorization` header).
//!
//! Deliberately not here: hashes and ciphers of a value, which do not give it away, and values too short to tell from
//! an ordinary word.

use crate::failure::{Failure, FailureKind, LogLine};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::Write as _;

/// Values, and lines of values, shorter than this many bytes are not masked: `1` or `yes` would hide half of every log.
pub const SHORTEST: usize = 4;

/// A piece of base64 shorter than this stands for fewer than six bytes and is too likely to be a word.
const SHORTEST_ENCODED: usize = 8;

/// What stands in a value's place.
const MASK: &str = "***";

/// Knows the values and takes them out. Prints as nothing.
#[derive(Debug, Default)]
pub struct Mask {
    /// Every form of every value, the longest first: one may be a part of another.
    forms: Vec<SecretString>,
}

impl Mask {
    /// A mask for these values.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut forms = Vec::new();
        for value in values {
            let value = value.expose_secret();
            let lines = value.lines().map(str::trim).filter(|line| *line != value);
            for piece in std::iter::once(value).chain(lines).filter(|piece| piece.len() >= SHORTEST) {
                written(piece, &mut forms);
            }
            encoded(value, &mut forms);
        }
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms: forms.into_iter().map(SecretString::from).collect() }
    }

    /// The text without the values.
    pub fn text(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for form in &self.forms {
            if masked.contains(form.expose_secret()) {
                masked = masked.replace(form.expose_secret(), MASK);
            }
        }
        masked
    }

    /// The lines without the values.
    pub fn lines(&self, lines: Vec<LogLine>) -> Vec<LogLine> {
        lines.into_iter().map(|line| LogLine { text: self.text(&line.text), ..line }).collect()
    }

    /// The failure without the values, in its facts as in its evidence.
    #[must_use]
    pub fn failure(&self, failure: Failure) -> Failure {
        let kind = match failure.kind {
            FailureKind::Unhealthy { last, passes } => FailureKind::Unhealthy { last: self.text(&last), passes },
            FailureKind::SmokeFailed { what } => FailureKind::SmokeFailed { what: self.text(&what) },
            FailureKind::HookFailed { what } => FailureKind::HookFailed { what: self.text(&what) },
            FailureKind::RouterRefused { said } => FailureKind::RouterRefused { said: self.text(&said) },
            FailureKind::Unplaceable { said } => FailureKind::Unplaceable { said: self.text(&said) },
            FailureKind::ReferenceMissing { said } => FailureKind::ReferenceMissing { said: self.text(&said) },
            FailureKind::AdmissionRefused { said } => FailureKind::AdmissionRefused { said: self.text(&said) },
            other => other,
        };
        let events = failure.events.iter().map(|event| self.text(event)).collect();
        Failure { kind, message: self.text(&failure.message), log: self.lines(failure.log), events }
    }
}

/// A value as text shows it: bare, quoted, in a URL.
fn written(value: &str, forms: &mut Vec<String>) {
    forms.push(value.to_owned());
    forms.push(value.escape_debug().to_string());
    if let Ok(quoted) = serde_json::to_string(value) {
        forms.push(quoted[1..quoted.len() - 1].to_owned());
    }
    for (upper, plus) in [(true, false), (true, true), (false, false)] {
        let mut url = String::new();
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
                b' ' if plus => url.push('+'),
                _ if upper => drop(write!(url, "%{byte:02X}")),
                _ => drop(write!(url, "%{byte:02x}")),
            }
        }
        forms.push(url);
    }
}

/// A value as base64 shows it, wherever in the encoded text it begins: what surrounds it decides the edge letters, which
/// are left out.
fn encoded(value: &str, forms: &mut Vec<String>) {
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(value.as_bytes());
        let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        if to.saturating_sub(from) < SHORTEST_ENCODED {
            continue;
        }
        for alphabet in [&STANDARD, &URL_SAFE] {
            forms.push(alphabet.encode(&bytes)[from..to].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[&str]) -> Mask {
        let values: Vec<SecretString> = values.iter().map(|value| SecretString::from(*value)).collect();
        Mask::of(&values)
    }

    #[test]
    fn a_value_that_a_program_prints_is_masked_and_the_rest_stays() {
        let mask = mask(&["s3cr3t-value"]);
        assert_eq!(mask.text("auth failed for s3cr3t-value at db"), "auth failed for *** at db");
        assert!(!format!("{mask:?}").contains("s3cr3t"));
    }

    #[test]
    fn a_value_is_known_in_each_of_its_spellings() {
        let value = "p\"a s/s\\ wörd+?";
        let mask = mask(&[value]);
        let json = serde_json::json!({ "key": value }).to_string();
        let url = "postgres://app:p%22a%20s%2Fs%5C%20w%C3%B6rd%2B%3F@db";
        for text in [json, format!("{value:?}"), url.to_owned(), url.to_lowercase(), url.replace("%20", "+")] {
            let shown = mask.text(&text);
            assert!(shown.contains(MASK) && !shown.contains("rd"), "{text} is shown as {shown}");
        }
    }

    #[test]
    fn a_login_in_base64_is_known_wherever_it_begins() {
        let mask = mask(&["correct horse?>"]);
        for before in ["", "a", "ab", "abc", "user:"] {
            for alphabet in [&STANDARD, &URL_SAFE] {
                let shown = mask.text(&alphabet.encode(format!("{before}correct horse?>")));
                let rest: String = shown.split(MASK).collect();
                let left = alphabet.decode(shown.split(MASK).next().unwrap_or_default()).unwrap_or_default();
                assert!(shown.contains(MASK) && rest.len() <= before.len() * 2 + 5, "{before}: {shown}");
                assert!(!String::from_utf8_lossy(&left).contains("cor"), "{before}: {shown}");
            }
        }
    }

    #[test]
    fn each_line_of_a_long_value_is_masked_and_short_ones_are_not() {
        let mask = mask(&["-----BEGIN-----\r\n  MIIEvQ\nend\n", "yes"]);
        assert_eq!(mask.text("key: MIIEvQ, yes to the end"), "key: ***, yes to the end");
        assert_eq!(mask.text("-----BEGIN-----\\r\\n  MIIEvQ\\nend\\n"), MASK);
    }

    #[test]
    fn the_longest_value_goes_first() {
        assert_eq!(mask(&["horse", "correct horse"]).text("correct horse, horse"), "***, ***");
    }

    #[test]
    fn a_failure_keeps_no_value_in_its_facts() {
        let seen = "GET /: 200, but it begins \"s3cr3t\"".to_owned();
        let failure = Failure::new(FailureKind::Unhealthy { last: seen.clone(), passes: None }, seen);
        let text = serde_json::to_string(&mask(&["s3cr3t"]).failure(failure)).unwrap();
        assert!(!text.contains("s3cr3t") && text.contains(MASK), "{text}");
    }
}
