//! A plan: all a deployment will do, computed before anything changes, stored, and what the person saw.
//!
//! Steps up to the [`Plan::pivot`] can be undone, in reverse. Steps from the pivot on only tidy up after a success:
//! they are finished whatever dies, never undone.

use crate::{
    health::{HealthGate, Hook, Smoke},
    ident::{DeploymentId, Instant, RevisionNumber, TrainId},
    migration::Way,
    name::Target,
    release::Digest,
    schema::{Loss, Scripts},
    strategy::Router,
    workload::Workload,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long connections through the TCP switch may finish; the same default as nginx has.
const TCP_DRAIN: Duration = Duration::from_secs(10);

/// What kind of act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "DeploymentKind")]
pub enum Kind {
    /// A new release.
    Deploy,
    /// Back to a prior revision.
    Rollback,
    /// What runs is taken as the truth: nothing is started or stopped.
    Adopt,
    /// What a first deployment brought is taken away again: nothing of ours runs after it.
    Withdraw,
}

impl Kind {
    /// The word it is stored and told by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Adopt => "adopt",
            Self::Withdraw => "withdraw",
        }
    }
}

/// Names one running (or stopped) copy of a revision: `sb-checkout-production-r44-1f0c22aa-0`. Derived from the
/// deployment that creates it, so that creating it twice is creating it once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceName(pub String);

impl InstanceName {
    /// The name of the `index`-th copy that `deployment` makes of `revision`.
    pub fn new(target: &Target, revision: RevisionNumber, deployment: DeploymentId, index: u16) -> Self {
        Self(format!("sb-{}-{}-{revision}-{}-{index}", target.service, target.environment, deployment.short()))
    }
}
impl InstanceName {
    /// The end of the id of the deployment that made it ([`DeploymentId::short`]); `None` for a name that is not of
    /// ours.
    pub fn deployment(&self) -> Option<&str> {
        let mut parts = self.0.strip_prefix("sb-")?.rsplit('-');
        parts.next()?.parse::<u16>().ok()?;
        parts.next().filter(|short| short.len() == 8 && short.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}
impl std::fmt::Display for InstanceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an instance is made from: enough to create it again on another day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceSpec {
    /// Its name.
    pub name: InstanceName,
    /// Whose it is.
    pub target: Target,
    /// The revision it is a copy of.
    pub revision: RevisionNumber,
    /// The deployment that makes it.
    pub deployment: DeploymentId,
    /// Its content.
    pub workload: Workload,
    /// A free port of the loopback instead of the published one, because a router stands in front.
    pub behind_router: bool,
}

/// One thing to do. Every act is idempotent: doing it twice is doing it once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Action {
    /// Get the artifact onto the runtime, by digest.
    Prepare,
    /// A command around the phase.
    Hook {
        /// Which.
        hook: Hook,
    },
    /// Make an instance, not yet started.
    Create {
        /// Which.
        instance: InstanceName,
    },
    /// Start it.
    Start {
        /// Which.
        instance: InstanceName,
    },
    /// Stop it and keep it startable in milliseconds.
    Stop {
        /// Which.
        instance: InstanceName,
    },
    /// Let the workload's controller start so many pods beside those that run at once.
    RaiseSurge {
        /// How many.
        pods: u32,
    },
    /// Give the workload its own way of replacing pods back.
    RestoreSurge,
    /// Hold instances against the health gate.
    Verify {
        /// Which.
        instances: Vec<InstanceName>,
    },
    /// Wait for a person's yes.
    Confirm,
    /// Send traffic to these instances and to no other.
    Switch {
        /// Where it goes. Nowhere: those it went to are stopped next.
        to: Vec<InstanceName>,
        /// Where it went.
        from: Vec<InstanceName>,
    },
    /// One smoke test.
    Smoke {
        /// Which.
        smoke: Smoke,
        /// Asked of this instance.
        instance: InstanceName,
    },
    /// Take what runs under this name for the instance, as it is.
    Adopt {
        /// Which.
        instance: InstanceName,
    },
    /// Let it outlive restarts of its runtime, now that it is known to be good.
    Settle {
        /// Which.
        instance: InstanceName,
    },
    /// Run the script of a migration.
    Migrate {
        /// Its version.
        version: String,
        /// Which of its scripts.
        way: Way,
        /// What it takes away with a person's word; anything beside it stops the deployment.
        accepted: Vec<Loss>,
    },
    /// Delete an instance.
    Remove {
        /// Which.
        instance: InstanceName,
    },
}

/// How a step is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "undo", rename_all = "camelCase")]
pub enum Undo {
    /// It changed nothing that needs undoing.
    Nothing,
    /// Do this instead.
    By {
        /// The inverse.
        action: Action,
    },
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How it is undone.
    pub undo: Undo,
}

/// What ran before, recorded by digest and content before anything is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Before {
    /// The revision.
    pub revision: RevisionNumber,
    /// Its version.
    pub version: String,
    /// Its content.
    pub workload: Workload,
    /// Its instances.
    pub instances: Vec<InstanceName>,
}

/// All a deployment will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The deployment this plan is for.
    pub deployment: DeploymentId,
    /// What kind of act.
    pub kind: Kind,
    /// What it moves.
    pub target: Target,
    /// When it was computed.
    pub planned_at: Instant,
    /// What runs now; none at the first deployment.
    pub before: Option<Before>,
    /// The revision it arrives at.
    pub revision: RevisionNumber,
    /// Its version.
    pub version: String,
    /// Its content.
    pub workload: Workload,
    /// The copies it makes.
    pub instances: Vec<InstanceName>,
    /// Where traffic is switched, if anywhere.
    pub router: Option<Router>,
    /// The gate.
    pub health: HealthGate,
    /// In order.
    pub steps: Vec<Step>,
    /// Index of the first step that is only finished, never undone.
    pub pivot: usize,
    /// A failed deployment pauses the target (G6).
    pub pause_after_rollback: bool,
    /// The migrations its steps run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scripts: Option<Scripts>,
    /// The release train it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<TrainId>,
}

impl Plan {
    /// What the person saw, as one hash: everything but the id, the time of planning and the train, so that a second look
    /// at an unchanged world gives the same hash, and a yes to it counts in a train too.
    pub fn hash(&self) -> Digest {
        let mut same = self.clone();
        let nil = DeploymentId(uuid::Uuid::nil());
        let (old, new) = (self.deployment.short(), nil.short());
        same.deployment = nil;
        same.planned_at = Instant::UNIX_EPOCH;
        same.train = None;
        let text = serde_json::to_string(&same).unwrap_or_default().replace(&format!("-{old}-"), &format!("-{new}-"));
        Digest::of(text.as_bytes())
    }

    /// How to make one of this plan's instances, new or old.
    pub fn spec(&self, name: &InstanceName) -> Option<InstanceSpec> {
        let behind_router = self.router.is_some();
        let target = self.target.clone();
        if self.instances.contains(name) {
            return Some(InstanceSpec {
                name: name.clone(),
                target,
                revision: self.revision,
                deployment: self.deployment,
                workload: self.workload.clone(),
                behind_router,
            });
        }
        let before = self.before.as_ref().filter(|before| before.instances.contains(name))?;
        Some(InstanceSpec {
            name: name.clone(),
            target,
            revision: before.revision,
            deployment: self.deployment,
            workload: before.workload.clone(),
            behind_router,
        })
    }

    /// Whether anything that serves is touched by the first of its steps, as many as these.
    pub fn touches(&self, steps: usize) -> bool {
        let harmless =
            |step: &Step| matches!(step.action, Action::Prepare | Action::Hook { .. } | Action::Create { .. });
        !self.steps.iter().take(steps).all(harmless)
    }

    /// The longest time an old connection may take to finish after the switch.
    pub fn drain(&self) -> Duration {
        match &self.router {
            Some(Router::Nginx { drain, .. }) => *drain,
            Some(Router::Tcp { .. }) => TCP_DRAIN,
            None => Duration::ZERO,
        }
    }
}
