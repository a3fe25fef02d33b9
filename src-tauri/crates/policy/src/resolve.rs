//! A target as the planner wants it: core's values, every default filled in.
//!
//! Paths stay as they were written, relative to the file; whoever read the file knows where it was.

use crate::{
    Document, config,
    environment::AfterRollback,
    health::{HealthForm, HookForm, SmokeForm},
    scalar::Span,
    strategy::{ConfirmForm, NginxRouter, RouterForm, StrategyForm},
    target::{DockerForm, KubernetesForm, TargetSpec},
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use switchback_core::{
    health::{HealthGate, Hook, Probe, Smoke},
    name::Target,
    strategy::{Confirm, NginxHost, Router, Strategy},
    workload::{DockerSettings, KubernetesSettings, ProcessSettings, Settings, WorkloadKind},
};

const GRACE: Duration = Duration::from_secs(10);
const DRAIN: Duration = Duration::from_secs(10);
const SMOKE_TIMEOUT: Duration = Duration::from_secs(20);
const HOOK_TIMEOUT: Duration = Duration::from_mins(1);

/// Why a target did not resolve. A document that [`crate::parse`] accepted fails in the first way only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The document does not name it.
    #[error("there is no target {target}")]
    UnknownTarget {
        /// What was asked for.
        target: Target,
    },
    /// Something it needs is not written.
    #[error("{target} has no {what}")]
    Incomplete {
        /// What was asked for.
        target: Target,
        /// What is missing.
        what: &'static str,
    },
}

/// A target with every default filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Which it is.
    pub target: Target,
    /// Whether it is read-only in the window until unlocked.
    pub protected: bool,
    /// The IANA time zone of its environment.
    pub zone: String,
    /// How it changes over.
    pub strategy: Strategy,
    /// The gate right after the change.
    pub health: HealthGate,
    /// Tests behind the gate.
    pub smoke: Vec<Smoke>,
    /// Commands before anything changes.
    pub before_deploy: Vec<Hook>,
    /// Commands after the gate and the smoke tests.
    pub after_deploy: Vec<Hook>,
    /// The runtime's part.
    pub settings: Settings,
    /// How many instances serve. At least 1.
    pub replicas: u16,
    /// Configuration with the schema's defaults under it.
    pub config: BTreeMap<String, String>,
    /// Names in the keychain by environment variable.
    pub secrets: BTreeMap<String, String>,
    /// Whether later deploys wait after an automatic rollback.
    pub pause_after_rollback: bool,
    /// The image's repository, for Docker.
    pub image: Option<String>,
    /// The folder releases are taken from, for processes; as written.
    pub folder: Option<PathBuf>,
}

impl Document {
    /// What a target comes to.
    pub fn target(&self, target: &Target) -> Result<Resolved, PolicyError> {
        let incomplete = |what| PolicyError::Incomplete { target: target.clone(), what };
        let spec = self.targets.get(target).ok_or_else(|| PolicyError::UnknownTarget { target: target.clone() })?;
        let service = self.services.get(&target.service).ok_or_else(|| incomplete("service"))?;
        let environment = self.environments.get(&target.environment).ok_or_else(|| incomplete("environment"))?;
        let grace = or(spec.grace, GRACE);
        let settings = match (&spec.docker, &spec.process, &spec.kubernetes) {
            (Some(form), ..) => Settings::Docker(docker(form, grace)),
            (None, Some(form), _) => {
                Settings::Process(ProcessSettings { run: form.run.clone(), port: form.port, grace })
            }
            (None, None, Some(form)) => {
                Settings::Kubernetes(kubernetes(form).ok_or_else(|| incomplete("workload of a known kind"))?)
            }
            (None, None, None) => return Err(incomplete("runtime")),
        };
        Ok(Resolved {
            target: target.clone(),
            protected: environment.protected,
            zone: environment.zone.clone().unwrap_or_else(|| "UTC".to_owned()),
            strategy: strategy(target, spec).ok_or_else(|| incomplete("router"))?,
            health: spec.health.as_ref().map_or_else(|| usual(spec), |form| gate(form, &usual(spec))),
            smoke: spec.smoke.iter().map(smoke).collect(),
            before_deploy: spec.hooks.before_deploy.iter().map(hook).collect(),
            after_deploy: spec.hooks.after_deploy.iter().map(hook).collect(),
            settings,
            replicas: spec.replicas.unwrap_or(1).max(1),
            config: config::effective(self, target),
            secrets: spec.secrets.iter().map(|(key, name)| (key.clone(), name.as_str().to_owned())).collect(),
            pause_after_rollback: environment.after_rollback == AfterRollback::Pause,
            image: service.image.clone(),
            folder: service.folder.clone(),
        })
    }
}

fn or(span: Option<Span>, default: Duration) -> Duration {
    span.map_or(default, |Span(span)| span)
}

/// None where the workload is of no kind we know.
fn kubernetes(form: &KubernetesForm) -> Option<KubernetesSettings> {
    let (kind, name) = form.workload.split_once('/')?;
    Some(KubernetesSettings {
        kubeconfig: form.kubeconfig.clone(),
        context: form.context.clone(),
        namespace: form.namespace.clone(),
        workload: WorkloadKind::of(kind)?,
        name: name.to_owned(),
        container: form.container.clone(),
        port: form.port,
        take_over: form.take_over,
        manifest: None,
    })
}

fn docker(form: &DockerForm, grace: Duration) -> DockerSettings {
    DockerSettings {
        engine: form.engine.0.clone(),
        command: form.command.clone(),
        publish: form.publish.iter().map(|publish| publish.0.clone()).collect(),
        volumes: form.volumes.clone(),
        networks: form.networks.clone(),
        memory: form.limits.memory.map(|size| size.0),
        milli_cpus: form.limits.cpus.map(|cpus| cpus.0),
        grace,
    }
}

/// None where a router is needed and not written.
fn strategy(target: &Target, spec: &TargetSpec) -> Option<Strategy> {
    if spec.kubernetes.is_some() {
        return Some(Strategy::Rollout);
    }
    let form = spec.strategy.as_ref().unwrap_or(&StrategyForm::Recreate);
    let routed = || form.router().map(|written| router(target, written));
    Some(match form {
        StrategyForm::Recreate => Strategy::Recreate,
        StrategyForm::Rolling(_) => Strategy::Rolling { router: routed()? },
        StrategyForm::BlueGreen(blue_green) => {
            let confirm = match blue_green.confirm {
                ConfirmForm::Automatic => Confirm::Automatic,
                ConfirmForm::Manual => Confirm::Manual,
            };
            Strategy::BlueGreen { router: routed()?, confirm }
        }
    })
}

fn router(target: &Target, form: &RouterForm) -> Router {
    let words = |written: &[String], default: &[&str]| {
        if written.is_empty() { default.iter().map(|&word| word.to_owned()).collect() } else { written.to_vec() }
    };
    match form {
        RouterForm::Tcp(tcp) => Router::Tcp { port: tcp.port },
        RouterForm::Nginx(NginxRouter { conf, upstream, container, test, reload, drain }) => Router::Nginx {
            conf: conf.clone(),
            upstream: upstream.clone().unwrap_or_else(|| format!("{}-{}", target.service, target.environment)),
            host: match container {
                Some(name) => NginxHost::Container { name: name.clone() },
                None => NginxHost::Local {
                    test: words(test, &["nginx", "-t"]),
                    reload: words(reload, &["nginx", "-s", "reload"]),
                },
            },
            drain: or(*drain, DRAIN),
        },
    }
}

fn http(path: &str, expect: &crate::health::Expect) -> Probe {
    Probe::Http { path: path.to_owned(), status: expect.status.unwrap_or(200), body: expect.body.clone() }
}

/// The gate of a target that writes none. A cluster's readiness has counted its own passes, and is always there.
fn usual(spec: &TargetSpec) -> HealthGate {
    let default = HealthGate::default();
    if spec.kubernetes.is_some() {
        return HealthGate { probe: Probe::Container, passes: 1, ..default };
    }
    default
}

fn gate(form: &HealthForm, default: &HealthGate) -> HealthGate {
    let probe = match form {
        HealthForm { http: Some(path), expect, .. } => http(path, expect),
        HealthForm { tcp: true, .. } => Probe::Tcp,
        HealthForm { ready: true, .. } => Probe::Container,
        HealthForm { command, .. } if !command.is_empty() => Probe::Command { run: command.clone() },
        _ => default.probe.clone(),
    };
    HealthGate {
        probe,
        delay: or(form.delay, default.delay),
        within: or(form.within, default.within),
        every: or(form.every, default.every),
        timeout: or(form.timeout, default.timeout),
        passes: form.passes.unwrap_or(default.passes),
    }
}

fn smoke(form: &SmokeForm) -> Smoke {
    let probe = match &form.http {
        Some(path) => http(path, &form.expect),
        None => Probe::Command { run: form.run.clone() },
    };
    Smoke { probe, timeout: or(form.timeout, SMOKE_TIMEOUT) }
}

fn hook(form: &HookForm) -> Hook {
    Hook { run: form.run.clone(), timeout: or(form.timeout, HOOK_TIMEOUT) }
}
