//! A container as it really is, ours or anybody's, for telling drift and for taking it over. Reads only.

use crate::{
    client::Client,
    image,
    label::{self, ARTIFACT, Labels},
    observe, state,
    trouble::Said as _,
};
use bollard::{
    models::{ContainerInspectResponse, HostConfig, ImageInspect, MountPoint, RestartPolicyNameEnum},
    query_parameters::ListContainersOptions,
};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use switchback_core::{
    failure::Failure,
    plan::InstanceName,
    port::{Found, InstanceState},
    reference::{Reference, pinned},
    release::Artifact,
    workload::{DockerSettings, EngineAddress, Publish, Settings},
};

/// How long an engine waits before it kills, where a container does not say.
const GRACE: Duration = Duration::from_secs(10);
/// Nanoseconds of a processor's second per thousandth of a core.
const NANOS_PER_MILLI: i64 = 1_000_000;

/// All that run on an engine and do not carry our label, sorted by name.
pub(crate) async fn foreign(client: &Client, engine: &EngineAddress) -> Result<Vec<Found>, Failure> {
    let options = ListContainersOptions::default();
    let listed = client.list_containers(Some(options)).await.map_err(|error| error.on(client.endpoint()))?;
    let mut all = Vec::new();
    for one in listed {
        let ours = one.labels.as_ref().is_some_and(|labels| labels.contains_key(label::TARGET));
        let Some(id) = one.id.filter(|_| !ours) else { continue };
        // Gone since it was listed: not there.
        let Some(found) = client.inspect_named(&id).await? else { continue };
        all.push(read(client, engine, &found).await?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// One container.
pub(crate) async fn inspect(
    client: &Client,
    engine: &EngineAddress,
    name: &InstanceName,
) -> Result<Option<Found>, Failure> {
    match client.inspect(name).await? {
        Some(found) => read(client, engine, &found).await.map(Some),
        None => Ok(None),
    }
}

/// One that was inspected already.
pub(crate) async fn read(
    client: &Client,
    engine: &EngineAddress,
    found: &ContainerInspectResponse,
) -> Result<Found, Failure> {
    let image = match &found.image {
        Some(id) => image::inspect(client, id).await?,
        None => None,
    };
    Ok(told(found, image.as_ref(), engine))
}

fn told(found: &ContainerInspectResponse, image: Option<&ImageInspect>, engine: &EngineAddress) -> Found {
    let config = found.config.clone().unwrap_or_default();
    let host = found.host_config.clone().unwrap_or_default();
    let written = config.image.clone().unwrap_or_default();
    let base = image.and_then(|image| image.config.clone()).unwrap_or_default();
    let inherited = base.env.clone().unwrap_or_default();
    let own = config.env.iter().flatten().filter(|line| !inherited.contains(line));
    let pair = |line: &String| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    let command = config.cmd.clone().filter(|command| base.cmd.as_ref() != Some(command)).unwrap_or_default();
    let (volumes, anonymous) = volumes(found.mounts.as_deref().unwrap_or_default());
    let grace = config.stop_timeout.and_then(|seconds| u64::try_from(seconds).ok());
    let settings = DockerSettings {
        engine: engine.clone(),
        command,
        publish: publish(&host),
        volumes,
        networks: networks(found, &host),
        memory: host.memory.filter(|bytes| *bytes > 0).and_then(|bytes| u64::try_from(bytes).ok()),
        milli_cpus: host.nano_cpus.filter(|nanos| *nanos > 0).and_then(|it| u64::try_from(it / NANOS_PER_MILLI).ok()),
        grace: grace.map_or(GRACE, Duration::from_secs),
    };
    let mut beyond = beyond(&host);
    beyond.extend(anonymous);
    beyond.extend(labels(config.labels.as_ref(), base.labels.as_ref()));
    let differs = [
        ("entrypoint", config.entrypoint.unwrap_or_default() != base.entrypoint.unwrap_or_default()),
        ("user", config.user.unwrap_or_default() != base.user.unwrap_or_default()),
        ("working directory", config.working_dir.unwrap_or_default() != base.working_dir.unwrap_or_default()),
    ];
    // Without its image nobody can tell what a container inherited.
    beyond
        .extend(differs.iter().filter(|(_, differs)| *differs && image.is_some()).map(|(word, _)| (*word).to_owned()));
    let running = match state::of(found, "") {
        InstanceState::Running { since, .. } => Some(since),
        _ => None,
    };
    Found {
        name: InstanceName(found.name.as_deref().unwrap_or_default().trim_start_matches('/').to_owned()),
        artifact: artifact(found, image, &written),
        written,
        env: own.filter_map(pair).map(|(name, value)| (name, value.into())).collect(),
        inherited: inherited.iter().filter_map(pair).collect::<BTreeMap<_, _>>(),
        inherited_command: base.cmd.unwrap_or_default(),
        settings: Settings::Docker(settings),
        beyond,
        running,
        changed: Vec::new(),
        hands: BTreeMap::new(),
        hand: None,
    }
}

/// What runs, by digest: as it is recorded on the container, else under the repository its maker wrote.
fn artifact(found: &ContainerInspectResponse, image: Option<&ImageInspect>, written: &str) -> Option<Artifact> {
    let recorded = Labels::of(found).get(ARTIFACT).is_some() || pinned(written).is_some();
    // A bare id is written where the tag has moved on since.
    if recorded || written.starts_with("sha256:") {
        return observe::running(found, image);
    }
    let repository = Reference::parse(written).repository;
    let digest = image::digest_of(image?, &repository)?;
    Some(Artifact::Image { repository, digest })
}

fn publish(host: &HostConfig) -> Vec<Publish> {
    let mut publish = Vec::new();
    for (port, bound) in host.port_bindings.iter().flatten() {
        let Some(container) = port.strip_suffix("/tcp").and_then(|text| text.parse().ok()) else { continue };
        for one in bound.iter().flatten() {
            let address = one.host_ip.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| "0.0.0.0".to_owned());
            let port = one.host_port.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
            publish.push(Publish { host: address, port, container });
        }
    }
    publish.sort_by_key(|one| (one.container, one.port));
    publish
}

/// Named volumes and folders as ours are written, and a word for each volume without a name.
fn volumes(mounts: &[MountPoint]) -> (Vec<String>, Vec<String>) {
    let (mut named, mut anonymous) = (Vec::new(), Vec::new());
    for mount in mounts {
        let (kind, place) = (mount.typ.as_deref().unwrap_or_default(), mount.destination.clone().unwrap_or_default());
        let read_only = if mount.rw == Some(false) { ":ro" } else { "" };
        let source = match kind {
            "volume" => mount.name.clone().unwrap_or_default(),
            "bind" => mount.source.clone().unwrap_or_default(),
            other => {
                anonymous.push(format!("{other} at {place}"));
                continue;
            }
        };
        // 64 hexadecimal digits: the engine's own name for a volume that nobody named.
        if kind == "volume" && source.len() == 64 && source.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            anonymous.push(format!("the volume without a name at {place}"));
        } else {
            named.push(format!("{source}:{place}{read_only}"));
        }
    }
    named.sort();
    (named, anonymous)
}

fn networks(found: &ContainerInspectResponse, host: &HostConfig) -> Vec<String> {
    let joined = found.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let first = host.network_mode.clone().unwrap_or_default();
    let mut all: Vec<String> = joined.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    // The default network needs no word; the one it was made in stands first, as the recipe wants it.
    all.retain(|name| name != "bridge");
    all.sort_by_key(|name| (*name != first, name.clone()));
    all
}

/// The labels somebody gave the container itself, in one line.
fn labels(own: Option<&HashMap<String, String>>, base: Option<&HashMap<String, String>>) -> Option<String> {
    let inherited = |name: &str, value: &str| base.is_some_and(|base| base.get(name).is_some_and(|it| it == value));
    let mut names: Vec<&str> = own
        .into_iter()
        .flatten()
        .filter(|(name, value)| !name.starts_with(label::OURS) && !inherited(name, value))
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| format!("labels: {}", names.join(", ")))
}

/// What the host's part holds that our settings cannot say.
fn beyond(host: &HostConfig) -> Vec<String> {
    fn some<T>(list: Option<&Vec<T>>) -> bool {
        list.is_some_and(|list| !list.is_empty())
    }
    let udp = host.port_bindings.iter().flatten().any(|(port, _)| !port.ends_with("/tcp"));
    let restart = host.restart_policy.as_ref().and_then(|policy| policy.name);
    let shares = host.network_mode.as_deref().is_some_and(|mode| mode.starts_with("container:"));
    [
        ("privileged", host.privileged == Some(true)),
        ("capabilities", some(host.cap_add.as_ref()) || some(host.cap_drop.as_ref())),
        ("devices", some(host.devices.as_ref())),
        ("extra hosts", some(host.extra_hosts.as_ref())),
        ("links", some(host.links.as_ref())),
        ("ports that are not TCP", udp),
        ("another container's network", shares),
        ("removal at its end", host.auto_remove == Some(true)),
        ("restart only on failure", restart == Some(RestartPolicyNameEnum::ON_FAILURE)),
    ]
    .into_iter()
    .filter(|(_, is)| *is)
    .map(|(word, _)| word.to_owned())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn what_a_person_started_by_hand_is_told_as_ours_could_be_written() {
        let text = serde_json::json!({
            "Name": "/web",
            "Image": "sha256:1",
            "State": { "Status": "running", "StartedAt": "2026-01-02T03:04:05Z" },
            "Config": { "Image": "shop/web:2", "Env": ["PATH=/bin", "MODE=slow"], "Cmd": ["serve", "-v"], "User": "root",
                "Labels": { "team": "shop", "maintainer": "the image's", "switchback.target": "web/production" } },
            "HostConfig": {
                "PortBindings": { "80/tcp": [{ "HostIp": "", "HostPort": "8080" }], "53/udp": [{ "HostPort": "53" }] },
                "Memory": 1024, "NanoCpus": 500_000_000_i64, "NetworkMode": "shop", "Privileged": true,
                "RestartPolicy": { "Name": "on-failure", "MaximumRetryCount": 3 },
            },
            "Mounts": [
                { "Type": "bind", "Source": "/etc/web", "Destination": "/etc/web", "RW": false },
                { "Type": "volume", "Name": "data", "Destination": "/data", "RW": true },
                { "Type": "volume", "Name": "a".repeat(64), "Destination": "/cache", "RW": true },
            ],
            "NetworkSettings": { "Networks": { "back": {}, "shop": {} } },
        });
        let found: ContainerInspectResponse = serde_json::from_value(text).unwrap();
        let image: ImageInspect = serde_json::from_value(serde_json::json!({
            "Id": "sha256:1", "RepoDigests": ["shop/web@sha256:bb"], "Config": { "Env": ["PATH=/bin"], "Cmd": ["serve"], "Labels": { "maintainer": "the image's" } },
        }))
        .unwrap();
        let told = told(&found, Some(&image), &EngineAddress::Default);
        assert_eq!((told.name.0.as_str(), told.written.as_str()), ("web", "shop/web:2"));
        assert_eq!(told.artifact.unwrap().digest().0, "sha256:bb");
        assert_eq!(
            told.env.iter().map(|(k, v)| (k.as_str(), v.expose_secret())).collect::<Vec<_>>(),
            [("MODE", "slow")]
        );
        assert_eq!(
            told.settings,
            Settings::Docker(DockerSettings {
                engine: EngineAddress::Default,
                command: vec!["serve".into(), "-v".into()],
                publish: vec![Publish { host: "0.0.0.0".into(), port: 8080, container: 80 }],
                volumes: vec!["/etc/web:/etc/web:ro".into(), "data:/data".into()],
                networks: vec!["shop".into(), "back".into()],
                memory: Some(1024),
                milli_cpus: Some(500),
                grace: GRACE,
            })
        );
        let beyond = [
            "privileged",
            "ports that are not TCP",
            "restart only on failure",
            "the volume without a name at /cache",
            "labels: team",
            "user",
        ];
        assert_eq!(told.beyond, beyond);
        assert!(told.running.is_some());
    }
}
