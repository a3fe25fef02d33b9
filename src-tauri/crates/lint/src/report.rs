//! What the linter answers.

use crate::{Dialect, Rule, Severity};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use switchback_core::{migration::Layout, said::Said};

/// Which side of a migration a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// The way there.
    Up,
    /// The way back.
    Down,
    /// Both together, or the set of them.
    Pair,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The file, from the folder.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule.
    pub rule: Rule,
    /// The side.
    #[serde(rename = "where")]
    pub place: Where,
    /// Whether it refuses.
    pub severity: Severity,
    /// What would happen.
    pub why: Said,
    /// The way out.
    pub rewrite: String,
}

/// A finding that somebody accepted in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// The last day it is.
    pub until: Date,
}

/// Whether a version can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversible {
    /// Its down brings back what was.
    Yes,
    /// Its down brings back the schema and not all data.
    DataLoss,
    /// Not.
    No,
    /// The text does not tell.
    Unknown,
}

/// The verdict on one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionVerdict {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Whether it can be taken back.
    pub reversible: Reversible,
    /// What says so.
    pub because: Option<Said>,
    /// Whether somebody accepted in its files, with a reason and a last day, that something is lost.
    pub accepted: bool,
}

/// Everything the linter says of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How it is laid out.
    pub layout: Layout,
    /// Whose SQL it is.
    pub dialect: Dialect,
    /// What to look at, by path and line.
    pub findings: Vec<Finding>,
    /// What would have been found and is accepted.
    pub accepted: Vec<Accepted>,
    /// The verdict on each version, in their order.
    pub versions: Vec<VersionVerdict>,
}

impl Report {
    /// Whether a release with this is refused.
    pub fn refuses(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}
