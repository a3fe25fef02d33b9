//! What "healthy" means for a target: the gate right after a change, and the smoke tests behind it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest body, in bytes, a probe reads before it judges.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The gate: probes until enough pass in a row, or the time is up, or the program is seen to exit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthGate {
    /// What is asked each time.
    pub probe: Probe,
    /// Wait before the first probe.
    pub delay: Duration,
    /// The whole gate's time. Default 30 s.
    pub within: Duration,
    /// From one probe's start to the next. Default 1 s.
    pub every: Duration,
    /// One probe's time. Default 5 s.
    pub timeout: Duration,
    /// How many passes in a row make the gate pass. Default 2.
    pub passes: u32,
}

impl Default for HealthGate {
    fn default() -> Self {
        Self {
            probe: Probe::Running,
            delay: Duration::ZERO,
            within: Duration::from_secs(30),
            every: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
            passes: 2,
        }
    }
}

/// One question to a running instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Probe {
    /// Is it running at all? The exit watch alone decides.
    Running,
    /// The engine's own health check (`HEALTHCHECK`) says healthy.
    Container,
    /// A TCP connection is accepted.
    Tcp,
    /// An HTTP GET. Redirects are not followed: a login page is not health.
    Http {
        /// Path with leading slash, or a whole `http://` URL.
        path: String,
        /// The status that counts. Default 200.
        status: u16,
        /// Text the body must hold.
        body: Option<String>,
    },
    /// A command that must exit 0. `{url}` and `{port}` are replaced.
    Command {
        /// Program and arguments; no shell.
        run: Vec<String>,
    },
}

/// A test after the gate: the same questions, asked once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Smoke {
    /// What is asked.
    pub probe: Probe,
    /// How long it may take. Default 20 s.
    pub timeout: Duration,
}

/// A command around a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hook {
    /// Program and arguments; no shell.
    pub run: Vec<String>,
    /// How long it may take. Default 1 min.
    pub timeout: Duration,
}

/// What a verdict says. No data is never pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// The condition holds.
    Pass,
    /// The condition does not hold.
    Fail,
    /// Nothing could be measured.
    NoData,
    /// It did not hold, and a person let it through.
    Overridden,
}

/// A verdict with what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// What was seen: `503 Service Unavailable in 12 ms`.
    pub evidence: String,
}

impl Finding {
    /// The condition holds.
    pub fn pass(evidence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, evidence: evidence.into() }
    }
    /// It does not hold.
    pub fn fail(evidence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, evidence: evidence.into() }
    }
    /// Nothing could be measured.
    pub fn no_data(evidence: impl Into<String>) -> Self {
        Self { verdict: Verdict::NoData, evidence: evidence.into() }
    }
}
