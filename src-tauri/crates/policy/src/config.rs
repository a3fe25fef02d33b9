//! A target's configuration held against its service's schema: missing, of the wrong type, not allowed, forbidden.
//!
//! These do not stop a file from being applied; they stop a deployment, at its gate, and are shown before.

use crate::{
    Document,
    document::{Rule, ValueType},
    scalar::Span,
};
use std::collections::BTreeMap;
use switchback_core::name::{Environment, Target};

/// A configuration key that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigProblem {
    /// The key.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
    /// Why the rule is there, as its author wrote it.
    pub why: Option<String>,
}

/// How a key breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Fault {
    /// It is required and set neither as configuration nor as a secret.
    Missing,
    /// It is not of the type.
    WrongType {
        /// What it is.
        value: String,
        /// What it should be.
        expected: ValueType,
    },
    /// It is none of the values allowed.
    NotAllowed {
        /// What it is.
        value: String,
        /// What it may be.
        allowed: Vec<String>,
    },
    /// It must not be this in this environment.
    Forbidden {
        /// What it is.
        value: String,
        /// Where that is forbidden.
        environment: Environment,
    },
}

impl std::fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = &self.key;
        match &self.fault {
            Fault::Missing => write!(f, "{key} is required and not set")?,
            Fault::WrongType { value, expected } => write!(f, "{key} is {value:?}, which is not {}", expected.named())?,
            Fault::NotAllowed { value, allowed } => write!(f, "{key} is {value:?}, not one of {}", allowed.join(", "))?,
            Fault::Forbidden { value, environment } => write!(f, "{key} must not be {value:?} in {environment}")?,
        }
        self.why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
    }
}

impl ValueType {
    /// The type in words.
    pub fn named(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Url => "a URL",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Duration => "a duration such as 30s",
        }
    }

    /// Whether a value is of the type.
    pub fn holds(self, value: &str) -> bool {
        match self {
            Self::String => true,
            Self::Url => value.split_once("://").is_some_and(|(scheme, rest)| {
                let letters = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(letters)
                    && !rest.is_empty()
                    && !rest.starts_with('/')
                    && !rest.contains(char::is_whitespace)
            }),
            Self::Bool => matches!(value, "true" | "false"),
            Self::Int => value.parse::<i64>().is_ok(),
            Self::Duration => value.parse::<Span>().is_ok(),
        }
    }
}

impl Rule {
    /// What is wrong with a value, apart from environments.
    pub(crate) fn fault(&self, value: &str) -> Option<Fault> {
        let value = || value.to_owned();
        if !self.kind.holds(&value()) {
            return Some(Fault::WrongType { value: value(), expected: self.kind });
        }
        let allowed = self.allowed.is_empty() || self.allowed.contains(&value());
        (!allowed).then(|| Fault::NotAllowed { value: value(), allowed: self.allowed.clone() })
    }
}

/// A target's configuration with the schema's defaults under it. Empty for a target the document does not name.
pub(crate) fn effective(document: &Document, target: &Target) -> BTreeMap<String, String> {
    let Some(spec) = document.targets.get(target) else { return BTreeMap::new() };
    let rules = document.services.get(&target.service).map(|service| &service.config);
    let defaults = rules.into_iter().flatten().filter_map(|(key, rule)| Some((key.clone(), rule.default.clone()?)));
    // A secret of the same name takes the default's place.
    let mut config: BTreeMap<_, _> = defaults.filter(|(key, _)| !spec.secrets.contains_key(key)).collect();
    config.extend(spec.config.clone());
    config
}

impl Document {
    /// What is wrong with a target's configuration, by key. Empty when all is well or the target is not declared.
    pub fn config_problems(&self, target: &Target) -> Vec<ConfigProblem> {
        let (Some(spec), Some(service)) = (self.targets.get(target), self.services.get(&target.service)) else {
            return Vec::new();
        };
        let config = effective(self, target);
        let judge = |(key, rule): (&String, &Rule)| {
            let fault = match config.get(key) {
                None if rule.required && !spec.secrets.contains_key(key) => Fault::Missing,
                None => return None,
                Some(value) => {
                    let forbidden = rule.forbid.get(&target.environment).is_some_and(|list| list.contains(value));
                    if forbidden {
                        Fault::Forbidden { value: value.clone(), environment: target.environment.clone() }
                    } else {
                        rule.fault(value)?
                    }
                }
            };
            Some(ConfigProblem { key: key.clone(), fault, why: rule.why.clone() })
        };
        service.config.iter().filter_map(judge).collect()
    }
}
