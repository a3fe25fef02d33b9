//! Mistakes of meaning in one target: its names, its runtime, its strategy and its probes.
//!
//! Configuration against the service's schema is not here: that stops a deployment, not the file; see
//! [`crate::config`].

use crate::{
    check::{Finds, known_environment},
    check_kubernetes,
    document::Document,
    health::{Expect, HealthForm, SmokeForm},
    strategy::{RouterForm, StrategyForm},
    target::TargetSpec,
};
use switchback_core::name::{Service, Target};

pub(crate) fn check(document: &Document, target: &Target, spec: &TargetSpec, finds: &mut Finds) {
    let name = target.to_string();
    let base = ["targets", name.as_str()];
    let services = document.services.keys().map(Service::as_str);
    finds.known(&base, "service_unknown", "the service", &target.service, services);
    known_environment(document, &base, &target.environment, finds);
    let runtimes = [spec.docker.is_some(), spec.kubernetes.is_some(), spec.process.is_some()];
    finds.exactly_one(&base, &runtimes, "docker, kubernetes and process");
    runtime(document, target, spec, &name, finds);
    strategy(spec, &name, finds);
    if let Some(kubernetes) = &spec.kubernetes {
        check_kubernetes::check(kubernetes, spec, &name, finds);
    }
    if let Some(health) = &spec.health {
        gate(health, spec, &name, finds);
    }
    for (index, smoke) in spec.smoke.iter().enumerate() {
        let index = index.to_string();
        let path = ["targets", &name, "smoke", &index];
        let SmokeForm { http, run, expect, .. } = smoke;
        finds.exactly_one(&path, &[http.is_some(), !run.is_empty()], "http and run");
        expectation(http.as_deref(), expect, &path, finds);
    }
    let hooks = [("before-deploy", &spec.hooks.before_deploy), ("after-deploy", &spec.hooks.after_deploy)];
    for (phase, hooks) in hooks {
        for (index, hook) in hooks.iter().enumerate() {
            if hook.run.is_empty() {
                let path = ["targets", &name, "hooks", phase, &index.to_string()];
                finds.tell(&path, "command_empty", "this hook runs nothing");
            }
        }
    }
    for key in spec.secrets.keys().filter(|key| spec.config.contains_key(*key)) {
        let message = format!("{key} is written both as configuration and as a secret");
        finds.tell(&["targets", &name, "secrets", key], "config_and_secret", message);
    }
    for (section, key) in
        spec.config.keys().map(|key| ("config", key)).chain(spec.secrets.keys().map(|key| ("secrets", key)))
    {
        if key.is_empty() || key.contains(['=', '\0']) {
            finds.tell(&["targets", &name, section, key], "variable_name", "this cannot name an environment variable");
        }
    }
}

fn runtime(document: &Document, target: &Target, spec: &TargetSpec, name: &str, finds: &mut Finds) {
    let service = document.services.get(&target.service);
    if let Some(docker) = &spec.docker {
        if service.is_some_and(|service| service.image.is_none()) {
            let message = format!("the service {} names no image for a container", target.service);
            finds.tell(&["targets", name, "docker"], "image_missing", message);
        }
        let routed = spec.strategy.as_ref().is_some_and(|strategy| strategy.router().is_some());
        if routed && docker.publish.is_empty() {
            let message = "the router sends to a port of the container: publish it, as in [\"127.0.0.1:0:8080\"]";
            finds.tell(&["targets", name, "docker"], "router_without_port", message);
        }
        for (index, publish) in docker.publish.iter().enumerate() {
            let path = ["targets", name, "docker", "publish", &index.to_string()];
            // Behind a router each instance gets a port of its own.
            if !routed {
                finds.port(&path, publish.0.port);
            }
            finds.port(&path, publish.0.container);
        }
    }
    if spec.kubernetes.is_some() && service.is_some_and(|service| service.image.is_none()) {
        let message = format!("the service {} names no image for a cluster", target.service);
        finds.tell(&["targets", name, "kubernetes"], "image_missing", message);
    }
    if let Some(process) = &spec.process {
        finds.port(&["targets", name, "process", "port"], process.port);
        if process.run.is_empty() {
            finds.tell(&["targets", name, "process", "run"], "command_empty", "this process runs nothing");
        }
        if service.is_some_and(|service| service.image.is_some()) {
            let message = format!("the service {} is released as an image, which no process runs", target.service);
            finds.tell(&["targets", name, "process"], "image_for_process", message);
        }
    }
}

fn strategy(spec: &TargetSpec, name: &str, finds: &mut Finds) {
    let path = ["targets", name, "strategy"];
    let written = spec.strategy.as_ref().unwrap_or(&StrategyForm::Recreate);
    let router = written.router();
    // Kubernetes moves traffic by its own Services.
    if spec.kubernetes.is_none() && router.is_none() {
        match written {
            StrategyForm::Recreate => {}
            StrategyForm::Rolling(_) => {
                let message = "rolling needs a router here, to move traffic from one instance to the next";
                finds.tell(&path, "rolling_without_router", message);
            }
            StrategyForm::BlueGreen(_) => {
                let message = "blue-green needs a router, to switch traffic between the two sides";
                finds.tell(&path, "blue_green_without_router", message);
            }
        }
        if spec.replicas.is_some_and(|replicas| replicas > 1) {
            let message = "several instances cannot share one port without a router";
            finds.tell(&["targets", name, "replicas"], "replicas_without_router", message);
        }
    }
    if spec.replicas == Some(0) {
        finds.tell(&["targets", name, "replicas"], "replicas_zero", "a target has at least one instance");
    }
    if let Some(RouterForm::Tcp(tcp)) = router {
        let word = if matches!(written, StrategyForm::Rolling(_)) { "rolling" } else { "blue-green" };
        finds.port(&["targets", name, "strategy", word, "router", "tcp", "port"], tcp.port);
    }
}

fn gate(health: &HealthForm, spec: &TargetSpec, name: &str, finds: &mut Finds) {
    let path = ["targets", name, "health"];
    let HealthForm { http, expect, tcp, ready, command, passes, every, .. } = health;
    let probes = [http.is_some(), *tcp, *ready, !command.is_empty()];
    // None at all is right: then the exit watch alone decides.
    if probes.contains(&true) {
        finds.exactly_one(&path, &probes, "http, tcp, ready and command");
    }
    if *ready && spec.process.is_some() {
        let message = "a process has no check of its own to be ready by: use http, tcp or command";
        finds.tell(&["targets", name, "health", "ready"], "ready_on_process", message);
    }
    if *passes == Some(0) {
        finds.tell(&["targets", name, "health", "passes"], "passes_zero", "a gate needs at least one pass");
    }
    if every.is_some_and(|every| every.0.is_zero()) {
        finds.tell(&["targets", name, "health", "every"], "every_zero", "probes need some time between them");
    }
    expectation(http.as_deref(), expect, &path, finds);
}

fn expectation(http: Option<&str>, expect: &Expect, path: &[&str], finds: &mut Finds) {
    match http {
        Some(url) if !url.starts_with('/') && !url.starts_with("http://") => {
            let message = "an http probe is a path that begins with a slash, or a whole http:// URL";
            finds.tell(path, "probe_url", message);
        }
        None if *expect != Expect::default() => {
            finds.tell(path, "expect_without_http", "\"expect\" describes an HTTP answer and needs \"http\" beside it");
        }
        _ => {}
    }
    if expect.status.is_some_and(|status| !(100..600).contains(&status)) {
        finds.tell(path, "status_unknown", "an HTTP status is a number from 100 to 599");
    }
}
