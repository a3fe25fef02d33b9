//! Probes as they are written: the health gate, smoke tests, hooks and watches.
//!
//! A probe is written flat (`http` and `expect` beside `within`), because that is how people think of it; the one enum
//! core wants is made in [`crate::resolve`], and that exactly one question is asked is checked in `crate::check`.

use crate::{
    form::{form, scalar},
    scalar::{BadScalar, Span},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

form! {
    /// The gate right after a change; at most one of `http`, `tcp`, `ready` and `command`.
    pub struct HealthForm {
        /// An HTTP GET: a path, or a whole `http://` URL.
        pub http: Option<String>,
        /// What the answer must be.
        pub expect: Expect,
        /// A TCP connection is accepted.
        pub tcp: bool,
        /// The runtime's own check says ready: `HEALTHCHECK` on Docker, readiness on Kubernetes.
        pub ready: bool,
        /// A command that must exit 0.
        pub command: Vec<String>,
        /// Wait before the first probe.
        pub delay: Option<Span>,
        /// The whole gate's time; 30 s when left out.
        pub within: Option<Span>,
        /// From one probe's start to the next; 1 s when left out.
        pub every: Option<Span>,
        /// One probe's time; 5 s when left out.
        pub timeout: Option<Span>,
        /// How many passes in a row; 2 when left out.
        pub passes: Option<u32>,
    }
}

form! {
    /// What an HTTP answer must be.
    #[derive(Eq)]
    pub struct Expect {
        /// Its status; 200 when left out.
        pub status: Option<u16>,
        /// Text its body must hold.
        pub body: Option<String>,
    }
}

form! {
    /// A test behind the gate; exactly one of `http` and `run`.
    pub struct SmokeForm {
        /// An HTTP GET: a path, or a whole `http://` URL.
        pub http: Option<String>,
        /// A command that must exit 0. `{url}` and `{port}` are replaced.
        pub run: Vec<String>,
        /// What the answer must be.
        pub expect: Expect,
        /// How long it may take; 20 s when left out.
        pub timeout: Option<Span>,
    }
}

form! {
    /// Commands around the deployment.
    pub struct Hooks {
        /// Before anything changes.
        pub before_deploy: Vec<HookForm>,
        /// After the gate and the smoke tests.
        pub after_deploy: Vec<HookForm>,
    }
}

/// A command around a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HookForm {
    /// Program and arguments; no shell.
    pub run: Vec<String>,
    /// How long it may take; 1 min when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
}

form! {
    /// What is watched after a deployment.
    pub struct Watch {
        /// How long; 5 min when left out.
        #[serde(rename = "for")]
        pub lasting: Option<Span>,
        /// From one sample to the next; 30 s when left out.
        pub every: Option<Span>,
        /// Metrics by name.
        pub metrics: BTreeMap<String, Metric>,
    }
}

/// One metric and its threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Metric {
    /// The Prometheus server's URL.
    pub prometheus: String,
    /// What it is asked.
    pub query: String,
    /// When a sample fails.
    pub fail: Threshold,
    /// How long it must fail without a break; two samples when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Span>,
}

/// A comparison with a number: `> 0.05`. The number is kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Threshold {
    op: Op,
    number: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// The longer ones first, so that `>=` is not read as `>`.
const OPS: [(&str, Op); 4] = [(">=", Op::AtLeast), ("<=", Op::AtMost), (">", Op::Above), ("<", Op::Below)];

impl Threshold {
    /// Whether a sample is over the line. NaN never is: it is no data, which the caller tells apart first.
    pub fn fails(&self, sample: f64) -> bool {
        let Ok(line) = self.number.parse::<f64>() else { return false };
        match self.op {
            Op::Above => sample > line,
            Op::AtLeast => sample >= line,
            Op::Below => sample < line,
            Op::AtMost => sample <= line,
        }
    }
}
impl FromStr for Threshold {
    type Err = BadScalar;
    fn from_str(text: &str) -> Result<Self, BadScalar> {
        let bad = || BadScalar::new(text, "a threshold such as \"> 0.05\"");
        let (number, op) = OPS.iter().find_map(|(sign, op)| Some((text.strip_prefix(sign)?, *op))).ok_or_else(bad)?;
        let number = number.trim();
        number.parse::<f64>().ok().filter(|line| line.is_finite()).ok_or_else(bad)?;
        Ok(Self { op, number: number.to_owned() })
    }
}
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = OPS.iter().find(|(_, op)| *op == self.op).map_or("", |(sign, _)| sign);
        write!(f, "{sign} {}", self.number)
    }
}
scalar!(Threshold, "a threshold such as \"> 0.05\"");
