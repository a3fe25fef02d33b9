//! What people wrote down about gates: freezes, and overrides with what they let through. Each method is one transaction
//! that also appends the audit
//! and queues the message for people, where there is one.

use super::{LedgerError, Message};
use crate::{
    gate::{Approval, Gate, GateKind, Tick},
    ident::{Actor, DeploymentId, Instant},
    name::{Environment, Target},
    record::Audit,
    release::Digest,
    said::Said,
};
use async_trait::async_trait;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// A freeze that somebody set beside the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeRow {
    /// Its id.
    pub id: uuid::Uuid,
    /// Where.
    pub environment: Environment,
    /// The first local instant of it, in the environment's zone.
    pub from: DateTime,
    /// The first local instant after it.
    pub to: DateTime,
    /// Why.
    pub why: String,
    /// Who set it.
    pub by: String,
    /// When it was set.
    pub at: Instant,
}

/// What an override let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetThrough {
    /// Which deployment.
    pub deployment: DeploymentId,
    /// What the gates said, by the gate's word.
    pub gates: Vec<(String, String)>,
    /// What it brought ([`crate::workload::Workload::content`]), where that was noted.
    #[serde(default)]
    pub content: Option<Digest>,
    /// When.
    pub at: Instant,
}

impl LetThrough {
    /// Whether it passed a gate for the reasons that the gate has now.
    fn passed(&self, gate: &Gate) -> bool {
        let said = self.gates.iter().filter(|(word, _)| word == gate.kind.word());
        // What counts, and what comes with the hour, is not a reason of its own.
        let telling = |line: &&Said| !line.starts_with("opens ") && !line.starts_with("overridden ");
        let known = |said: &str| match gate.kind {
            GateKind::Lock => false,
            // Its hours are the policy's, and a yes is for the content, which is the same.
            GateKind::Window | GateKind::Approvals => true,
            GateKind::Checklist => gate.evidence.iter().skip(1).all(|line| said.contains(&**line)),
            GateKind::Freeze | GateKind::Quarantine | GateKind::Pause => {
                gate.evidence.iter().filter(telling).all(|line| said.contains(&**line))
            }
        };
        said.into_iter().any(|(_, said)| known(said))
    }
}

/// What an override is for, with what it let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passed {
    /// Deployments.
    Deployments {
        /// To which target.
        target: Target,
        /// Of which version, and of no other.
        version: String,
        /// Until then more of them may pass; `None`: the one it was given with.
        until: Option<Instant>,
        /// Each of them.
        let_through: Vec<LetThrough>,
    },
    /// One change of the policy.
    Policy {
        /// What was missing.
        said: String,
        /// A line per semantic difference.
        changes: Vec<String>,
    },
}

/// Glass that somebody broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideRow {
    /// Its id.
    pub id: uuid::Uuid,
    /// What for.
    pub passed: Passed,
    /// Who.
    pub by: Actor,
    /// Why.
    pub reason: String,
    /// What may go wrong, as its author sees it.
    pub risk: String,
    /// What is to be done afterwards.
    pub task: String,
    /// Since.
    pub at: Instant,
    /// When the task was done, by whom, and what came of it.
    pub followed_up: Option<(Instant, String, String)>,
}

impl OverrideRow {
    /// What it is for, for people: `checkout/production 2.14.1`, or `policy`.
    pub fn subject(&self) -> String {
        match &self.passed {
            Passed::Deployments { target, version, .. } => format!("{target} {version}"),
            Passed::Policy { .. } => "policy".to_owned(),
        }
    }

    /// Whether it was given for this: by the same person, for the same content, in spite of the same reasons. What
    /// closes later, what others do and what was changed since, it does not pass.
    pub fn covers(&self, gate: &Gate, who: &str, content: Option<&Digest>) -> bool {
        let Passed::Deployments { let_through, .. } = &self.passed else { return false };
        let same = |first: &LetThrough| content.is_some() && first.content.as_ref() == content;
        self.by.name == who && let_through.first().is_some_and(|first| same(first) && first.passed(gate))
    }

    /// Whether more deployments of the version to the target may pass by it.
    pub fn counts(&self, of: &Target, what: &str, now: Instant) -> bool {
        match &self.passed {
            Passed::Deployments { target, version, until, .. } => {
                target == of && version == what && until.is_some_and(|until| now < until)
            }
            Passed::Policy { .. } => false,
        }
    }
}

/// The book of gates.
#[async_trait]
pub trait Gatebook: Send + Sync {
    /// Freezes that nobody removed, by their beginning.
    async fn freezes(&self) -> Result<Vec<FreezeRow>, LedgerError>;
    /// Sets one.
    async fn add_freeze(&self, freeze: &FreezeRow, audit: &Audit, tell: &Message) -> Result<(), LedgerError>;
    /// Removes one.
    async fn remove_freeze(
        &self,
        id: uuid::Uuid,
        now: Instant,
        audit: &Audit,
        tell: &Message,
    ) -> Result<(), LedgerError>;
    /// Overrides, newest first; `open`: only those whose task is not done, else at most `limit`.
    async fn overrides(&self, open: bool, limit: u32) -> Result<Vec<OverrideRow>, LedgerError>;
    /// Notes an override, or what one more deployment passed by it: the row as it is now.
    async fn note_override(
        &self,
        row: &OverrideRow,
        now: Instant,
        audit: &Audit,
        tell: Option<&Message>,
    ) -> Result<(), LedgerError>;
    /// Every tick of a version's checklist for a target, in the order they were made.
    async fn ticks(&self, target: &Target, version: &str) -> Result<Vec<Tick>, LedgerError>;
    /// Every yes to a plan, or to a change of the policy, by its hash.
    async fn approvals(&self, plan: &str) -> Result<Vec<Approval>, LedgerError>;
    /// Notes one at an instant, which for one that was carried here is not when it was given.
    async fn approve(&self, approval: &Approval, now: Instant, audit: &Audit) -> Result<(), LedgerError>;
    /// Adds one. A conflict when its number is taken: somebody else was quicker.
    async fn tick(&self, target: &Target, version: &str, tick: &Tick, audit: &Audit) -> Result<(), LedgerError>;
}
