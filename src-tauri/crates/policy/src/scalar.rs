//! The friendly scalars: durations, sizes, CPUs, published ports and names of secrets.
//!
//! Each parses from the text a person writes and prints one normal form, so that `export` is stable. No YAML here.

use crate::form::scalar;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};
use switchback_core::workload::Publish;

/// Why a scalar was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct BadScalar {
    /// What was given, cut at 80 characters.
    pub text: String,
    /// What would have been right.
    pub expected: &'static str,
}

impl BadScalar {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), expected }
    }
}

/// A length of time: `500ms`, `30s`, `1m`, `2h`, `7d`, or several together as in `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let bad = || BadScalar::new(text, "a duration such as 500ms, 30s, 5m, 2h or 1h30m");
        let mut rest = text.trim();
        let mut total: u64 = 0;
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let (number, tail) = rest.split_at(digits);
            let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let factor: u64 = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(bad()),
            };
            let number: u64 = number.parse().map_err(|_| bad())?;
            total = number.checked_mul(factor).and_then(|ms| total.checked_add(ms)).ok_or_else(bad)?;
            rest = tail;
        }
        Ok(Self(Duration::from_millis(total)))
    }
}
impl fmt::Display for Span {
    /// The largest of ms, s, m and h that divides it; days are written in hours, because `24h` is what people say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        match ms {
            0 => f.write_str("0s"),
            ms if ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            ms if ms % 60_000 == 0 => write!(f, "{}m", ms / 60_000),
            ms if ms % 1_000 == 0 => write!(f, "{}s", ms / 1_000),
            ms => write!(f, "{ms}ms"),
        }
    }
}
scalar!(Span, "a duration such as 500ms, 30s, 5m, 2h or 1h30m");

/// An amount of memory in bytes: `512Mi`, `2Gi`, `500M`, or plain bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub u64);

/// Binary units first: they are how memory limits are written, and the normal form tries them in this order.
const UNITS: [(&str, u64); 7] = [
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
];

impl FromStr for Size {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let bad = || BadScalar::new(text, "a size such as 512Mi, 2Gi or 500M");
        let (number, factor) = UNITS
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))
            .unwrap_or((text, 1));
        let number: u64 = number.trim().parse().map_err(|_| bad())?;
        number.checked_mul(factor).map(Self).ok_or_else(bad)
    }
}
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor)) {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}
scalar!(Size, "a size such as 512Mi, 2Gi or 500M");

/// A share of processors in thousandths of a core: `1`, `0.5`, `250m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cpus(pub u64);

impl FromStr for Cpus {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let bad = || BadScalar::new(text, "a number of CPUs such as 1, 0.5 or 250m");
        if let Some(milli) = text.strip_suffix('m') {
            return milli.parse().map(Self).map_err(|_| bad());
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let whole: u64 = whole.parse().map_err(|_| bad())?;
        let part: u64 = format!("{part:0<3}").parse().map_err(|_| bad())?;
        whole.checked_mul(1000).and_then(|milli| milli.checked_add(part)).map(Self).ok_or_else(bad)
    }
}
impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}
impl Serialize for Cpus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A whole number is written as a number, as people write it; thousandths need their letter.
        if self.0.is_multiple_of(1000) {
            serializer.serialize_u64(self.0 / 1000)
        } else {
            serializer.serialize_str(&self.to_string())
        }
    }
}
scalar!(Cpus, "a number of CPUs such as 1, 0.5 or 250m");

/// A published port: `127.0.0.1:8080:80`, or `8080:80` for the loopback alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublishText(pub Publish);

impl FromStr for PublishText {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let bad = || {
            BadScalar::new(
                text,
                "a published port such as 127.0.0.1:8080:80, 8080:80, or 127.0.0.1:0:80 for any free one",
            )
        };
        let (rest, container) = text.rsplit_once(':').ok_or_else(bad)?;
        let (host, port) = rest.rsplit_once(':').unwrap_or(("127.0.0.1", rest));
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host: std::net::IpAddr = host.parse().map_err(|_| bad())?;
        let port = port.parse().map_err(|_| bad())?;
        let container = container.parse().map_err(|_| bad())?;
        Ok(Self(Publish { host: host.to_string(), port, container }))
    }
}
impl fmt::Display for PublishText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Publish { host, port, container } = &self.0;
        if host.contains(':') {
            write!(f, "[{host}]:{port}:{container}")
        } else {
            write!(f, "{host}:{port}:{container}")
        }
    }
}
scalar!(PublishText, "a published port such as 127.0.0.1:8080:80, 8080:80, or 127.0.0.1:0:80 for any free one");

/// Where a secret's value is: `keychain:stripe/production`. Never the value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretName(String);

impl SecretName {
    /// The name in the keychain, without the `keychain:` before it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for SecretName {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        match text.strip_prefix("keychain:") {
            Some(name) if (1..=200).contains(&name.len()) && name.chars().all(fine) => Ok(Self(name.to_owned())),
            // What was given may be the secret itself, so it is not repeated.
            _ => Err(BadScalar::new("the value given", "a reference to a secret such as keychain:stripe/production")),
        }
    }
}
impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keychain:{}", self.0)
    }
}
scalar!(SecretName, "a reference to a secret such as keychain:stripe/production");

/// A desk's public key: `ed25519:` and 32 bytes in base64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(String);

impl PublicKey {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl FromStr for PublicKey {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let bytes = text.strip_prefix("ed25519:").and_then(|key| STANDARD.decode(key).ok());
        match bytes {
            Some(bytes) if bytes.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(BadScalar::new(text, "a public key as `switchback approval key` prints it")),
        }
    }
}
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
scalar!(PublicKey, "a public key as `switchback approval key` prints it");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_prints_the_normal_form_of_what_was_written() {
        let span = |text: &str| text.parse::<Span>().map(|span| span.to_string());
        assert_eq!(span("90s").as_deref(), Ok("90s"));
        assert_eq!(span("1h30m").as_deref(), Ok("90m"));
        assert_eq!(span("1d").as_deref(), Ok("24h"));
        assert_eq!("1024Mi".parse::<Size>().map(|size| size.to_string()).as_deref(), Ok("1Gi"));
        assert_eq!("0.25".parse::<Cpus>(), Ok(Cpus(250)));
        assert_eq!("8080:80".parse::<PublishText>().unwrap().to_string(), "127.0.0.1:8080:80");
        assert_eq!("[::1]:1:2".parse::<PublishText>().unwrap().to_string(), "[::1]:1:2");
    }

    #[test]
    fn a_scalar_without_its_unit_is_refused() {
        for bad in ["", "30", "s", "1 h", "-1s", "99999999999999999999s"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
        assert!("lots".parse::<Size>().is_err());
        assert!("1.2345".parse::<Cpus>().is_err());
        assert!("80".parse::<PublishText>().is_err());
    }

    #[test]
    fn a_secret_written_in_plain_text_is_not_repeated_in_the_error() {
        let error = "sk_live_123".parse::<SecretName>().unwrap_err();
        assert!(!error.to_string().contains("sk_live"));
    }
}
