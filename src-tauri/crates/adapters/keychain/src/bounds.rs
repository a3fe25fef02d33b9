//! What may be a name, a fingerprint and a value.
//!
//! Apart, because these are the checks before anything reaches the keychain; every store accepts what passes here,
//! but for Windows, whose entries end at 2560 bytes and which says so itself.

use switchback_core::port::SecretError;

/// Longest name, in bytes.
const NAME: usize = 128;
/// Largest value, in bytes: a certificate chain with its key fits, a file somebody piped in by mistake does not.
const VALUE: usize = 64 * 1024;
/// Six bytes in hex with colons.
const FINGERPRINT: usize = 17;

/// A name is `[a-z0-9][a-z0-9._/-]{0,127}` and not the signing key's.
pub(crate) fn check_name(name: &str) -> Result<(), SecretError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let first = name.bytes().next().is_some_and(plain);
    if !first || name.len() > NAME || !name.bytes().all(|byte| plain(byte) || b"._/-".contains(&byte)) {
        let why =
            "a secret's name starts with a lower-case letter or digit and goes on with these or . _ / -, 128 at most";
        return Err(SecretError::BadInput { why: why.to_owned() });
    }
    if name == crate::SIGNING_KEY {
        return Err(SecretError::BadInput { why: format!("{name} is the desk's own entry") });
    }
    Ok(())
}

/// A fingerprint is six pairs of hex digits with colons between.
pub(crate) fn check_fingerprint(fingerprint: &str) -> Result<(), SecretError> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = |(at, byte)| if at % 3 == 2 { byte == b':' } else { hex(byte) };
    if fingerprint.len() == FINGERPRINT && fingerprint.bytes().enumerate().all(fits) {
        return Ok(());
    }
    Err(SecretError::BadInput { why: "a fingerprint looks like 7c:19:e0:42:a1:0d".to_owned() })
}

/// A value is not empty and at most 64 KiB. The error says the length and nothing else of it.
pub(crate) fn check_value(value: &str) -> Result<(), SecretError> {
    match value.len() {
        0 => Err(SecretError::BadInput { why: "the value is empty".to_owned() }),
        size if size > VALUE => {
            Err(SecretError::BadInput { why: format!("the value has {size} bytes; {VALUE} is the most") })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_trade_pass_and_others_do_not() {
        for name in ["stripe/production", "a", "0.x_y-z/q", &"n".repeat(128)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "/a", "-a", "A", "a b", "a@b", "ä", "a\n", &"n".repeat(129), crate::SIGNING_KEY] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn only_six_hex_pairs_are_a_fingerprint() {
        assert!(check_fingerprint("7c:19:e0:42:a1:0d").is_ok());
        for other in
            ["", "7c:19:e0", "7C:19:e0:42:a1:0d", "7c-19-e0-42-a1-0d", "7c:19:e0:42:a1:0d:", "7c:19:e0:42:a1:g0"]
        {
            assert!(check_fingerprint(other).is_err(), "{other}");
        }
    }

    #[test]
    fn an_empty_and_an_oversized_value_are_refused_without_being_quoted() {
        assert!(check_value("").is_err());
        assert!(check_value(&"v".repeat(VALUE)).is_ok());
        let refused = check_value(&"v".repeat(VALUE + 1)).unwrap_err().to_string();
        assert!(refused.contains("65537") && !refused.contains("vv"), "{refused}");
    }
}
