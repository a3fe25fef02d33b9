//! Masks secret values in what programs print, before it is stored, shown or sent.
//!
//! By value, not by pattern: what is masked is exactly what the keychain gave for this instance.

use secrecy::ExposeSecret as _;
use switchback_core::{failure::LogLine, port::ResolvedSecrets};

/// Values shorter than this many bytes are not masked: `1` or `yes` would hide half of every log.
const SHORTEST: usize = 4;

/// What stands in a masked value's place.
const MASK: &str = "[secret]";

/// The text with every secret value replaced.
pub fn text(text: &str, secrets: &ResolvedSecrets) -> String {
    let mut masked = text.to_owned();
    for secret in secrets.values() {
        for piece in secret.expose_secret().lines().filter(|piece| piece.len() >= SHORTEST) {
            if masked.contains(piece) {
                masked = masked.replace(piece, MASK);
            }
        }
    }
    masked
}

/// The lines with every secret value replaced.
pub fn lines(lines: Vec<LogLine>, secrets: &ResolvedSecrets) -> Vec<LogLine> {
    lines.into_iter().map(|line| LogLine { text: text(&line.text, secrets), ..line }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_a_program_prints_is_masked_and_the_rest_stays() {
        let secrets = ResolvedSecrets::from([("KEY".into(), "s3cr3t-value".to_owned().into())]);
        assert_eq!(text("auth failed for s3cr3t-value at db", &secrets), "auth failed for [secret] at db");
    }
}
