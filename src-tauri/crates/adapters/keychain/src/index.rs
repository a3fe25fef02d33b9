//! The index entry of a name: which values it has had, and which is today's.
//!
//! Apart, because it is pure: it is read, changed and written whole. It holds no value and nothing derived from one.
//! Deliberately not here: when a value may be forgotten for other reasons than number; a revision may still need it.

use serde::{Deserialize, Serialize};
use switchback_core::port::SecretError;

/// How many values of one name are kept. Fifty rotations back is years of monthly ones, and the index stays below the
/// 2560 bytes an entry may have on Windows: 50 times 32 bytes.
pub(crate) const KEPT: usize = 50;

/// Draws before giving up on an unused fingerprint; two equal ones of 48 random bits mean a broken source.
const DRAWS: usize = 8;

/// All values of one name, oldest first.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    current: Option<String>,
    /// Fingerprint and when it was set, in seconds since 1970.
    values: Vec<(String, u64)>,
}

impl Index {
    /// Reads an entry's text.
    pub(crate) fn from_text(name: &str, text: &str) -> Result<Self, SecretError> {
        serde_json::from_str(text)
            .map_err(|_| SecretError::Other { said: format!("the index of {name} is not readable") })
    }

    /// The text to store.
    pub(crate) fn to_text(&self) -> Result<String, SecretError> {
        serde_json::to_string(self).map_err(|error| SecretError::Other { said: error.to_string() })
    }

    /// Today's fingerprint.
    pub(crate) fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// All fingerprints, oldest first.
    pub(crate) fn fingerprints(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(fingerprint, _)| fingerprint.as_str())
    }

    /// A fingerprint that no value of this name has, from what `draw` gives.
    pub(crate) fn unused(&self, draw: impl Fn() -> Result<[u8; 6], SecretError>) -> Result<String, SecretError> {
        for _ in 0..DRAWS {
            let fingerprint = draw()?.map(|byte| format!("{byte:02x}")).join(":");
            if self.fingerprints().all(|known| known != fingerprint) {
                return Ok(fingerprint);
            }
        }
        Err(SecretError::Other { said: "this machine's randomness repeats itself".to_owned() })
    }

    /// Makes `fingerprint` today's; returns those that are too old to be kept.
    pub(crate) fn add(&mut self, fingerprint: String, at: u64) -> Vec<String> {
        self.current = Some(fingerprint.clone());
        self.values.push((fingerprint, at));
        let surplus = self.values.len().saturating_sub(KEPT);
        self.values.drain(..surplus).map(|(fingerprint, _)| fingerprint).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(count: usize) -> Index {
        let mut index = Index::default();
        for n in 0..count {
            let at = u64::try_from(n).unwrap();
            index.add(format!("00:00:00:00:00:{n:02x}"), at);
        }
        index
    }

    #[test]
    fn the_oldest_value_is_dropped_beyond_fifty() {
        let mut index = numbered(KEPT);
        assert_eq!(index.add("ff:00:00:00:00:00".into(), 99), ["00:00:00:00:00:00"]);
        assert_eq!(index.fingerprints().count(), KEPT);
        assert_eq!(index.current(), Some("ff:00:00:00:00:00"));
    }

    #[test]
    fn a_full_index_fits_the_smallest_keychain_and_survives_its_text() {
        let mut index = Index::default();
        for n in 0..KEPT {
            index.add(format!("00:00:00:00:00:{n:02x}"), 4_000_000_000);
        }
        let text = index.to_text().unwrap();
        assert!(text.len() < 2560, "{}", text.len());
        assert_eq!(Index::from_text("a", &text).unwrap(), index);
    }

    #[test]
    fn a_fingerprint_is_never_used_twice() {
        let index = numbered(2);
        let draws = std::cell::Cell::new(0);
        let next = index.unused(|| {
            draws.set(draws.get() + 1);
            Ok([0, 0, 0, 0, 0, draws.get()])
        });
        assert_eq!(next.unwrap(), "00:00:00:00:00:02");
        assert!(index.unused(|| Ok([0; 6])).is_err());
    }

    #[test]
    fn an_unreadable_index_is_named_and_not_quoted() {
        let said = Index::from_text("stripe", "hunter2").unwrap_err().to_string();
        assert!(said.contains("stripe") && !said.contains("hunter2"), "{said}");
    }
}
