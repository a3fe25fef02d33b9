//! Identity and time as values that are passed in: the clock, the source of ids, and who acts.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant, to the nanosecond, always UTC.
pub type Instant = jiff::Timestamp;

/// Where the time comes from. Tests pass their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// Where new ids come from.
pub trait IdSource: Send + Sync {
    /// A fresh UUIDv7.
    fn next(&self) -> uuid::Uuid;
}

/// One act that moves a target: UUIDv7, so that ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeploymentId(pub uuid::Uuid);

impl DeploymentId {
    /// Eight hexadecimal digits from the random end: enough to tell a target's containers apart by eye.
    pub fn short(self) -> String {
        let text = self.0.simple().to_string();
        text[24..].to_owned()
    }
}
impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl std::str::FromStr for DeploymentId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Ok(Self(text.parse()?))
    }
}

/// One release train: UUIDv7, so that ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrainId(pub uuid::Uuid);

impl TrainId {
    /// What people call it: `train-1f0c22aa`. Every line of the audit that belongs to it has this word.
    pub fn short(self) -> String {
        format!("train-{}", DeploymentId(self.0).short())
    }
}
impl fmt::Display for TrainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl std::str::FromStr for TrainId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Ok(Self(text.parse()?))
    }
}

/// The n-th state a target has been in, written `r41`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RevisionNumber(pub u32);

impl fmt::Display for RevisionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}
impl std::str::FromStr for RevisionNumber {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.strip_prefix('r').unwrap_or(text).parse()?))
    }
}

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The operating system's user name, or `agent`.
    pub name: String,
    /// Which client on which machine: `desktop, mbp-amara`.
    pub origin: String,
}
