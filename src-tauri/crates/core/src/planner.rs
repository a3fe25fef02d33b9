//! Computes plans. Changes nothing; what it is given is all it knows.

use crate::{
    health::{HealthGate, Hook, Smoke},
    ident::{DeploymentId, Instant, RevisionNumber},
    migration::Way,
    name::Target,
    plan::{Action, Before, InstanceName, Kind, Plan, Step, Undo},
    schema::{Loss, Scripts},
    strategy::{Confirm, Router, Strategy},
    workload::Workload,
};

/// What a plan is computed from.
#[derive(Debug, Clone)]
pub struct Intent {
    /// The id the deployment will have.
    pub deployment: DeploymentId,
    /// Deploy or rollback.
    pub kind: Kind,
    /// What is moved.
    pub target: Target,
    /// The present instant.
    pub now: Instant,
    /// What runs now.
    pub before: Option<Before>,
    /// Instances that neither run nor are the way back of `before`: tidied up after success.
    pub leftovers: Vec<InstanceName>,
    /// The revision to arrive at.
    pub revision: RevisionNumber,
    /// Its version.
    pub version: String,
    /// Its content.
    pub workload: Workload,
    /// How to change over.
    pub strategy: Strategy,
    /// The gate.
    pub health: HealthGate,
    /// Tests after the gate.
    pub smoke: Vec<Smoke>,
    /// Commands before anything changes.
    pub before_deploy: Vec<Hook>,
    /// Commands after success is certain.
    pub after_deploy: Vec<Hook>,
    /// Whether a failure pauses the target.
    pub pause_after_rollback: bool,
    /// What happens to the schema.
    pub schema: Moves,
    /// The urgent way: how many pods may start at once beside those that run, for this deployment alone.
    pub surge: Option<u32>,
}

/// Migrations that run with a deployment.
#[derive(Debug, Clone, Default)]
pub struct Moves {
    /// The scripts and where they run; none where there are none.
    pub scripts: Option<Scripts>,
    /// Before the new instances start.
    pub before: Vec<Move>,
    /// After it is certain that they stay: what the old ones needed goes.
    pub after: Vec<Move>,
}

/// One script that runs.
#[derive(Debug, Clone)]
pub struct Move {
    /// Its version.
    pub version: String,
    /// Which of its scripts.
    pub way: Way,
    /// Whether there is the other one.
    pub undoable: bool,
    /// What it takes away with a person's word.
    pub accepted: Vec<Loss>,
}

impl Move {
    fn step(&self) -> Step {
        let Self { version, way, .. } = self;
        let forward = Action::Migrate { version: version.clone(), way: *way, accepted: self.accepted.clone() };
        if !self.undoable {
            return step(forward);
        }
        undoable(forward, Action::Migrate { version: version.clone(), way: way.back(), accepted: Vec::new() })
    }
}

fn step(action: Action) -> Step {
    Step { action, undo: Undo::Nothing }
}
fn undoable(action: Action, undo: Action) -> Step {
    Step { action, undo: Undo::By { action: undo } }
}
fn create(name: &InstanceName) -> Step {
    undoable(Action::Create { instance: name.clone() }, Action::Remove { instance: name.clone() })
}
fn start(name: &InstanceName) -> Step {
    undoable(Action::Start { instance: name.clone() }, Action::Stop { instance: name.clone() })
}
/// The workload moves from the instances it is at to another; back is the same act.
fn replace(name: &InstanceName, old: &[InstanceName]) -> Step {
    match old.first() {
        Some(old) => undoable(Action::Start { instance: name.clone() }, Action::Start { instance: old.clone() }),
        None => start(name),
    }
}
fn stop(name: &InstanceName) -> Step {
    undoable(Action::Stop { instance: name.clone() }, Action::Start { instance: name.clone() })
}
/// Nothing serves from here on. On the way back the old ones run again by now, and get their traffic.
fn divert(from: &[InstanceName]) -> Step {
    let back = Action::Switch { to: from.to_vec(), from: Vec::new() };
    undoable(Action::Switch { to: Vec::new(), from: from.to_vec() }, back)
}
fn switch(to: &[InstanceName], from: &[InstanceName]) -> Step {
    let forward = Action::Switch { to: to.to_vec(), from: from.to_vec() };
    // With nothing before there is nothing to switch back to: the router keeps its last word and the new one goes.
    if from.is_empty() {
        return step(forward);
    }
    undoable(forward, Action::Switch { to: from.to_vec(), from: to.to_vec() })
}

/// The plan for an intent.
pub fn plan(intent: Intent) -> Plan {
    let new: Vec<InstanceName> = (0..intent.workload.replicas.max(1))
        .map(|index| InstanceName::new(&intent.target, intent.revision, intent.deployment, index))
        .collect();
    let old: Vec<InstanceName> = intent.before.as_ref().map(|before| before.instances.clone()).unwrap_or_default();
    let verify = |names: &[InstanceName]| step(Action::Verify { instances: names.to_vec() });

    let mut steps = vec![step(Action::Prepare)];
    steps.extend(intent.before_deploy.iter().map(|hook| step(Action::Hook { hook: hook.clone() })));
    steps.extend(new.iter().map(create));
    // Nothing serves on a schema that is not its own: with nothing beside it, the old one is stopped first, so that on the
    // way back the downs run before it starts again. Elsewhere the old one serves on what was only added to; but what a
    // down takes away it may need, and then it is stopped as well. A rollout alone cannot do without it.
    let takes = intent.schema.before.iter().any(|one| one.way == Way::Down);
    let alone = match intent.strategy {
        Strategy::Recreate => true,
        Strategy::Rolling { .. } | Strategy::BlueGreen { .. } => takes,
        Strategy::Rollout => false,
    };
    if alone {
        steps.extend((router(&intent.strategy).is_some() && !old.is_empty()).then(|| divert(&old)));
        steps.extend(old.iter().map(stop));
    }
    steps.extend(intent.schema.before.iter().map(Move::step));
    match &intent.strategy {
        Strategy::Rolling { .. } | Strategy::BlueGreen { .. } if alone => {
            steps.extend(new.iter().map(start));
            steps.push(verify(&new));
            if matches!(intent.strategy, Strategy::BlueGreen { confirm: Confirm::Manual, .. }) {
                steps.push(step(Action::Confirm));
            }
            steps.push(step(Action::Switch { to: new.clone(), from: Vec::new() }));
        }
        Strategy::Recreate => {
            steps.extend(new.iter().map(start));
            steps.push(verify(&new));
        }
        Strategy::BlueGreen { confirm, .. } => {
            steps.extend(new.iter().map(start));
            steps.push(verify(&new));
            if *confirm == Confirm::Manual {
                steps.push(step(Action::Confirm));
            }
            steps.push(switch(&new, &old));
        }
        Strategy::Rolling { .. } => rolling(&mut steps, &new, &old),
        Strategy::Rollout => {
            steps.extend(intent.surge.map(|pods| undoable(Action::RaiseSurge { pods }, Action::RestoreSurge)));
            steps.extend(new.iter().map(|name| replace(name, &old)));
            steps.push(verify(&new));
        }
    }
    let smoke_first = new.first().cloned();
    for smoke in intent.smoke.iter().cloned() {
        if let Some(instance) = smoke_first.clone() {
            steps.push(step(Action::Smoke { smoke, instance }));
        }
    }
    if !alone && matches!(intent.strategy, Strategy::BlueGreen { .. }) {
        steps.extend(old.iter().map(stop));
    }
    let pivot = steps.len();
    if matches!(intent.strategy, Strategy::Rollout) {
        steps.extend(intent.surge.map(|_| step(Action::RestoreSurge)));
    }
    // Not before: what is restarted behind the gate's back would be seen to run.
    steps.extend(new.iter().map(|name| step(Action::Settle { instance: name.clone() })));
    steps.extend(intent.schema.after.iter().map(Move::step));
    steps.extend(intent.after_deploy.iter().map(|hook| step(Action::Hook { hook: hook.clone() })));
    steps.extend(intent.leftovers.iter().map(|name| step(Action::Remove { instance: name.clone() })));

    assemble(intent, new, steps, pivot)
}

/// The plan that takes what runs as the truth: `taken` become the instances of the intent's revision, untouched.
pub fn adopt(intent: Intent, taken: Vec<InstanceName>) -> Plan {
    let mut steps = vec![step(Action::Prepare)];
    steps.extend(taken.iter().map(|name| step(Action::Adopt { instance: name.clone() })));
    let pivot = steps.len();
    steps.extend(taken.iter().map(|name| step(Action::Settle { instance: name.clone() })));
    assemble(Intent { pause_after_rollback: false, ..intent }, taken, steps, pivot)
}

/// The plan that takes away what a first deployment brought, as that one would have undone itself: nothing is there to go
/// back to but what a workload's own manifest had.
pub fn withdraw(intent: Intent) -> Plan {
    let old: Vec<InstanceName> = intent.before.as_ref().map(|before| before.instances.clone()).unwrap_or_default();
    let mut steps: Vec<Step> = old.iter().map(stop).collect();
    let pivot = steps.len();
    let gone = old.iter().chain(&intent.leftovers);
    steps.extend(gone.map(|name| step(Action::Remove { instance: name.clone() })));
    assemble(Intent { pause_after_rollback: false, ..intent }, Vec::new(), steps, pivot)
}

fn assemble(intent: Intent, instances: Vec<InstanceName>, steps: Vec<Step>, pivot: usize) -> Plan {
    Plan {
        deployment: intent.deployment,
        kind: intent.kind,
        target: intent.target,
        planned_at: intent.now,
        before: intent.before,
        revision: intent.revision,
        version: intent.version,
        workload: intent.workload,
        instances,
        router: router(&intent.strategy).cloned(),
        health: intent.health,
        steps,
        pivot,
        pause_after_rollback: intent.pause_after_rollback,
        scripts: intent.schema.scripts,
        train: None,
    }
}

/// One new instance joins, one old leaves, until all are new.
fn rolling(steps: &mut Vec<Step>, new: &[InstanceName], old: &[InstanceName]) {
    let mut serving: Vec<InstanceName> = old.to_vec();
    for index in 0..new.len().max(old.len()) {
        let mut next = serving.clone();
        if let Some(name) = new.get(index) {
            steps.push(start(name));
            steps.push(step(Action::Verify { instances: vec![name.clone()] }));
            next.push(name.clone());
        }
        let leaving = old.get(index);
        if let Some(name) = leaving {
            next.retain(|other| other != name);
        }
        steps.push(switch(&next, &serving));
        if let Some(name) = leaving {
            steps.push(stop(name));
        }
        serving = next;
    }
}

/// Whether a router stands in front under this strategy.
pub fn router(strategy: &Strategy) -> Option<&Router> {
    match strategy {
        Strategy::Recreate | Strategy::Rollout => None,
        Strategy::Rolling { router } | Strategy::BlueGreen { router, .. } => Some(router),
    }
}
