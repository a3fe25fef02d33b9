//! A deployment as it is watched.

use super::{Change, TrainOf};
use serde::Serialize;
use switchback_core::{
    diagnosis::Confidence,
    failure::LogLine,
    health::Verdict,
    ident::Instant,
    plan::Kind,
    port::{Delivery, DeliveryState, Topic},
    record::Undone,
    workload::RuntimeKind,
};
use ts_rs::TS;

/// All the live screen shows.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    /// Its id.
    pub id: String,
    /// `checkout/production`.
    pub target: String,
    /// Its environment is protected.
    pub protected: bool,
    /// The release train it is part of.
    pub train: Option<TrainOf>,
    /// Deploy or rollback.
    pub kind: Kind,
    /// Where it arrives.
    pub revision: u32,
    /// What ran before.
    pub from_version: Option<String>,
    /// What will run.
    pub to_version: String,
    /// Where.
    pub runtime: RuntimeKind,
    /// What this deployment changes beside the artifact.
    pub changes: Vec<Change>,
    /// Who.
    pub by: String,
    /// Since.
    pub started_at: Instant,
    /// Until.
    pub ended_at: Option<Instant>,
    /// Where it is.
    pub state: DeploymentState,
    /// Forwards, then the undone ones in the order they were undone.
    pub steps: Vec<StepView>,
    /// The gate's probes.
    pub probes: Vec<ProbeView>,
    /// Passes in a row the gate wants.
    pub probes_wanted: u32,
    /// The failed instance's last lines.
    pub log: Vec<LogView>,
    /// What the rules make of them.
    pub diagnosis: Option<DiagnosisView>,
    /// Who was told.
    pub told: Vec<ToldView>,
    /// What a person still has to do.
    pub left_open: Vec<String>,
    /// What lies ahead; none on the way back and once it is over.
    pub outlook: Option<Outlook>,
}

/// What lies ahead of a deployment that goes forwards.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Outlook {
    /// How long its like usually took, milliseconds: the middle of the last that came through; none without any.
    pub usual_ms: Option<u64>,
    /// What an abort would do as it stands now, the first first; none once it has gone over and only tidies up.
    pub undoes: Option<Vec<StepView>>,
    /// How long the target's last ways back took, from the failure until the old one served, milliseconds, newest first.
    pub undos_ms: Vec<u64>,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeploymentState {
    /// Committed.
    Planned,
    /// At this step, from 1.
    Running {
        /// Which.
        step: usize,
    },
    /// Held against the gate.
    Verifying {
        /// Which.
        step: usize,
    },
    /// Undoing this step.
    RollingBack {
        /// Which.
        step: usize,
        /// Why, as one of the codes of failures.
        code: String,
        /// The same in the runtime's own words.
        cause: String,
    },
    /// Done.
    Succeeded,
    /// Undone.
    RolledBack {
        /// Whose fault it was, and how far it came.
        undone: Undone,
        /// Why, as one of the codes of failures.
        code: String,
        /// The same in the runtime's own words.
        cause: String,
        /// The way out, in English.
        hint: Option<String>,
        /// From the failure until the old revision was back, in milliseconds.
        took_ms: Option<u64>,
    },
    /// A person is needed.
    Stuck {
        /// Why, as one of the codes of failures.
        code: String,
        /// The same in the runtime's own words.
        cause: String,
        /// What to do.
        instructions: Vec<String>,
    },
    /// Nothing was done.
    Aborted {
        /// Why.
        cause: String,
    },
}

/// One step.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// From 1.
    pub number: usize,
    /// The action's word.
    pub action: String,
    /// On what.
    pub detail: String,
    /// It goes backwards.
    pub undo: bool,
    /// How far.
    pub status: StepStatus,
    /// How long.
    pub took_ms: Option<u64>,
    /// What came of it.
    pub result: Option<String>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum StepStatus {
    /// Not begun.
    Waiting,
    /// Begun.
    Running,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Will not happen.
    Skipped,
}

/// One probe.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Probe")]
pub struct ProbeView {
    /// When.
    pub at: Instant,
    /// What it says.
    pub verdict: Verdict,
    /// What was seen.
    pub detail: String,
}

/// One line of output.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "LogLine")]
pub struct LogView {
    /// When, if known.
    pub at: Option<Instant>,
    /// `stdout` or `stderr`.
    #[ts(type = "'stdout' | 'stderr'")]
    pub stream: &'static str,
    /// The text, secrets masked.
    pub text: String,
    /// The diagnosis rests on it.
    pub evidence: bool,
}

impl LogView {
    /// A line, with its text as it may be shown.
    pub(crate) fn new(line: &LogLine, text: String, evidence: bool) -> Self {
        Self { at: line.at, stream: if line.stderr { "stderr" } else { "stdout" }, text, evidence }
    }
}

/// A diagnosis.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "Diagnosis")]
pub struct DiagnosisView {
    /// `connection_refused_localhost`.
    pub cause: String,
    /// One sentence.
    pub summary: String,
    /// Facts for the translated sentence.
    pub params: std::collections::BTreeMap<String, String>,
    /// The lines it rests on.
    pub evidence: Vec<Evidence>,
    /// What it is not.
    pub ruled_out: Vec<String>,
    /// Where to look.
    pub hint: String,
    /// How sure.
    pub confidence: Confidence,
}

/// One line of evidence.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Evidence {
    /// From 1; 0 when it is an event.
    pub line: usize,
    /// The text.
    pub text: String,
}

/// One message, to one channel.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ToldView {
    /// `slack:slack/releases`.
    pub channel: String,
    /// What it tells: `rolled-back`.
    pub topic: Topic,
    /// How often it was tried.
    pub attempts: u64,
    /// How far it came.
    pub state: DeliveryState,
}

impl From<Delivery> for ToldView {
    fn from(delivery: Delivery) -> Self {
        let Delivery { channel, topic, attempts, state } = delivery;
        Self { channel, topic, attempts, state }
    }
}
