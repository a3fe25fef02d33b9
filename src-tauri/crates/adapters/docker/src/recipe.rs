//! The recipe: an instance's spec as the engine's create call wants it.
//!
//! Pure, so that what a container is made of can be read and tested without an engine. The restart policy is `no`: a
//! program that ends must be seen to end, not be started again behind the gate's back. It changes once the deployment is
//! through (`instance::settle`).

use crate::label::labels;
use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use secrecy::ExposeSecret as _;
use std::collections::HashMap;
use switchback_core::{
    plan::InstanceSpec,
    port::ResolvedSecrets,
    workload::{DockerSettings, Publish},
};

/// Log files are kept small: three of ten megabytes hold the last words of any program.
const LOG_FILES: &str = "3";
const LOG_SIZE: &str = "10m";
/// Nanoseconds of a processor's second per thousandth of a core.
const NANOS_PER_MILLI: u64 = 1_000_000;

/// The ports an instance is published on. With a router in front, each gets another one instead that is chosen when it is
/// made: 0.
pub(crate) fn published(spec: &InstanceSpec, settings: &DockerSettings) -> Vec<Publish> {
    let port = |one: &Publish| if spec.behind_router { 0 } else { one.port };
    settings.publish.iter().map(|one| Publish { port: port(one), ..one.clone() }).collect()
}

/// The create call's body. The only place where secrets are written out.
pub(crate) fn body(
    spec: &InstanceSpec,
    settings: &DockerSettings,
    secrets: &ResolvedSecrets,
    image: String,
    choose: impl Fn() -> u16,
) -> ContainerCreateBody {
    let plain = spec.workload.config.iter().map(|(name, value)| format!("{name}={value}"));
    let secret = secrets.iter().map(|(name, value)| format!("{name}={}", value.expose_secret()));
    let publish = published(spec, settings);
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for one in &publish {
        let host_port = if one.port == 0 { choose() } else { one.port };
        let binding = PortBinding { host_ip: Some(one.host.clone()), host_port: Some(host_port.to_string()) };
        bindings.entry(tcp(one.container)).or_default().get_or_insert_default().push(binding);
    }
    ContainerCreateBody {
        image: Some(image),
        env: Some(plain.chain(secret).collect()),
        cmd: (!settings.command.is_empty()).then(|| settings.command.clone()),
        labels: Some(labels(spec, settings)),
        exposed_ports: Some(bindings.keys().cloned().collect()),
        host_config: Some(HostConfig {
            binds: Some(settings.volumes.clone()),
            port_bindings: Some(bindings),
            memory: settings.memory.and_then(|bytes| i64::try_from(bytes).ok()),
            nano_cpus: settings.milli_cpus.and_then(|milli| i64::try_from(milli * NANOS_PER_MILLI).ok()),
            // The others are joined after: engines before API 1.44 take one network here.
            network_mode: settings.networks.first().cloned(),
            restart_policy: Some(RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }),
            log_config: Some(HostConfigLogConfig {
                typ: Some("json-file".to_owned()),
                config: Some(
                    [("max-size", LOG_SIZE), ("max-file", LOG_FILES)].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
                ),
            }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// A TCP port as the engine writes it.
pub(crate) fn tcp(port: u16) -> String {
    format!("{port}/tcp")
}
