//! Stable words for actions and runtimes. Clients translate them.

use switchback_core::{plan::Action, strategy::Strategy, workload::RuntimeKind};

/// An action's word.
pub fn action(action: &Action) -> &'static str {
    match action {
        Action::Prepare => "prepare",
        Action::Hook { .. } => "hook",
        Action::Create { .. } => "create",
        Action::Start { .. } => "start",
        Action::Stop { .. } => "stop",
        Action::RaiseSurge { .. } => "raise_surge",
        Action::RestoreSurge => "restore_surge",
        Action::Verify { .. } => "verify",
        Action::Confirm => "confirm",
        Action::Switch { .. } => "switch",
        Action::Smoke { .. } => "smoke",
        Action::Adopt { .. } => "adopt",
        Action::Settle { .. } => "settle",
        Action::Migrate { .. } => "migrate",
        Action::Remove { .. } => "remove",
    }
}

/// What the action is done to.
pub fn detail(action: &Action) -> String {
    let list = |names: &[switchback_core::plan::InstanceName]| {
        names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    match action {
        Action::Prepare | Action::Confirm | Action::RestoreSurge => String::new(),
        Action::RaiseSurge { pods } => pods.to_string(),
        Action::Hook { hook } => hook.run.join(" "),
        Action::Create { instance }
        | Action::Start { instance }
        | Action::Stop { instance }
        | Action::Smoke { instance, .. }
        | Action::Adopt { instance }
        | Action::Settle { instance }
        | Action::Remove { instance } => instance.to_string(),
        Action::Migrate { version, way, .. } => format!("{} {version}", way.as_str()),
        Action::Verify { instances } => list(instances),
        Action::Switch { to, from } if to.is_empty() => format!("away from {}", list(from)),
        Action::Switch { to, .. } => list(to),
    }
}

/// A runtime's word.
pub fn runtime(kind: RuntimeKind) -> &'static str {
    match kind {
        RuntimeKind::Process => "process",
        RuntimeKind::Docker => "docker",
        RuntimeKind::Kubernetes => "kubernetes",
    }
}

/// A strategy's word.
pub fn strategy(strategy: &Strategy) -> &'static str {
    match strategy {
        Strategy::Recreate => "recreate",
        Strategy::Rolling { .. } | Strategy::Rollout => "rolling",
        Strategy::BlueGreen { .. } => "blue-green",
    }
}
