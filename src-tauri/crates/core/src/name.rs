//! Names people give: services, environments, secrets. Parsed once at the edge, so that nothing inside checks again.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a name: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")]
pub struct BadName {
    /// What was given.
    pub text: String,
}

fn check(text: &str) -> Result<(), BadName> {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let fine = (1..=63).contains(&text.len())
        && text.chars().all(inside)
        && edge(text.chars().next())
        && edge(text.chars().last());
    if fine { Ok(()) } else { Err(BadName { text: text.chars().take(80).collect() }) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::str::FromStr for $name {
            type Err = BadName;
            fn from_str(text: &str) -> Result<Self, BadName> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }
        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// Something deployable: `checkout`.
    Service
);
name!(
    /// Where it is deployed: `production`.
    Environment
);

/// A service in an environment, written `checkout/production`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    /// The service.
    pub service: Service,
    /// The environment.
    pub environment: Environment,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.environment)
    }
}
impl std::str::FromStr for Target {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let (service, environment) = text.split_once('/').ok_or_else(|| BadName { text: text.to_owned() })?;
        Ok(Self { service: service.parse()?, environment: environment.parse()? })
    }
}
impl TryFrom<String> for Target {
    type Error = BadName;
    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}
impl From<Target> for String {
    fn from(target: Target) -> String {
        target.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_reads_as_it_is_written() {
        let target: Target = "checkout/production".parse().unwrap();
        assert_eq!(target.to_string(), "checkout/production");
    }

    #[test]
    fn names_that_would_break_a_container_name_or_a_path_are_refused() {
        for bad in ["", "A", "a b", "../x", "-a", "a-", "a/b/c", &"a".repeat(64)] {
            assert!(bad.parse::<Service>().is_err(), "{bad}");
        }
    }
}
