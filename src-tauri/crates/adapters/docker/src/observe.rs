//! What really runs for a target, held against what its labels say was asked for.
//!
//! Drift in a container is rare, because an engine changes none in place; it comes from tools that make a container
//! anew with our labels and other content. Values are never told, only names.

use crate::{
    client::Client,
    image,
    label::{self, ARTIFACT, CONTENT, Labels, REVISION},
    recipe::tcp,
    reference::{digest_for, pinned, plain},
    state,
    trouble::Said as _,
};
use bollard::{
    models::{ContainerInspectResponse, ImageInspect},
    query_parameters::ListContainersOptions,
};
use std::collections::BTreeSet;
use switchback_core::{
    failure::Failure,
    name::Target,
    plan::InstanceName,
    port::Observed,
    release::{Artifact, Digest},
};

/// All containers of a target, sorted by name.
pub(crate) async fn observe(client: &Client, target: &Target) -> Result<Vec<Observed>, Failure> {
    let options =
        ListContainersOptions { all: true, filters: Some(label::filter(target)), ..ListContainersOptions::default() };
    let listed = client.list_containers(Some(options)).await.map_err(|error| error.on(client.endpoint()))?;
    let mut all = Vec::with_capacity(listed.len());
    for id in listed.into_iter().filter_map(|one| one.id) {
        // Removed since it was listed: not there.
        let Some(found) = client.inspect_named(&id).await? else { continue };
        let image = match &found.image {
            Some(id) => image::inspect(client, id).await?,
            None => None,
        };
        all.push(observed(&found, image.as_ref(), target, client.host()));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn observed(found: &ContainerInspectResponse, image: Option<&ImageInspect>, target: &Target, host: &str) -> Observed {
    let labels = Labels::of(found);
    let name = found.name.as_deref().unwrap_or_default().trim_start_matches('/').to_owned();
    let artifact = running(found, image);
    let mut drift = Vec::new();
    if !name.starts_with(&format!("sb-{}-{}-", target.service, target.environment)) {
        drift.push(format!("name {name} is not one of ours"));
    }
    if let (Some(asked), Some(is)) = (labels.get(ARTIFACT).and_then(pinned), &artifact)
        && asked.digest() != is.digest()
    {
        drift.push(format!("image {} instead of {}", is.brief(), asked.brief()));
    }
    environment(found, image, &labels, &mut drift);
    ports(found, &labels, &mut drift);
    Observed {
        name: InstanceName(name),
        revision: labels.get(REVISION).and_then(|text| text.parse().ok()),
        artifact,
        content: labels.get(CONTENT).map(str::to_owned),
        state: state::of(found, host),
        drift,
    }
}

/// The artifact that runs: by the image's repository digests, by what the container was made from where the image was
/// deleted since, else by its id.
fn running(found: &ContainerInspectResponse, image: Option<&ImageInspect>) -> Option<Artifact> {
    let given = found.config.as_ref().and_then(|config| config.image.as_deref()).unwrap_or_default();
    let made_from = pinned(given);
    let asked = Labels::of(found).get(ARTIFACT).and_then(pinned);
    let wanted = made_from.as_ref().or(asked.as_ref());
    let Some(image) = image else { return made_from };
    let known = image.repo_digests.as_deref().unwrap_or_default();
    if let Some(Artifact::Image { repository, digest }) = wanted {
        // One image may have several digests in one repository (pushed by different engines): ours is right if it is one.
        let ours = |text: &String| {
            text.split_once('@').is_some_and(|(name, is)| plain(name) == plain(repository) && is == digest.0)
        };
        let digest = if known.iter().any(ours) || image.id.as_ref() == Some(&digest.0) {
            digest.clone()
        } else {
            digest_for(known, repository).or_else(|| image.id.clone().map(Digest))?
        };
        return Some(Artifact::Image { repository: repository.clone(), digest });
    }
    known.first().and_then(|text| pinned(text)).or_else(|| {
        let digest = image.id.clone().map(Digest)?;
        Some(Artifact::Image { repository: given.to_owned(), digest })
    })
}

fn environment(
    found: &ContainerInspectResponse,
    image: Option<&ImageInspect>,
    labels: &Labels<'_>,
    drift: &mut Vec<String>,
) {
    if labels.get(label::CONFIG).is_none() {
        return;
    }
    let (config, secrets) = (labels.config(), labels.secrets());
    let env = found.config.as_ref().and_then(|config| config.env.as_deref()).unwrap_or_default();
    let inherited = image.and_then(|image| image.config.as_ref()?.env.as_deref()).unwrap_or_default();
    let pairs: Vec<(&str, &str)> = env.iter().filter_map(|line| line.split_once('=')).collect();
    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| *name).collect();
    for (name, value) in &pairs {
        match config.get(*name) {
            Some(hash) if *hash != label::hash(value) => drift.push(format!("environment {name} changed")),
            Some(_) => {}
            None if secrets.iter().any(|secret| secret == name) => {}
            None if inherited.iter().any(|line| line.split_once('=') == Some((*name, *value))) => {}
            // Without its image nobody can tell what a container inherited.
            None if image.is_none() => {}
            None => drift.push(format!("environment {name} added")),
        }
    }
    let asked = config.keys().chain(&secrets).map(String::as_str);
    drift.extend(asked.filter(|name| !names.contains(name)).map(|name| format!("environment {name} missing")));
}

fn ports(found: &ContainerInspectResponse, labels: &Labels<'_>, drift: &mut Vec<String>) {
    if labels.get(label::PUBLISH).is_none() {
        return;
    }
    let bindings = found.host_config.as_ref().and_then(|host| host.port_bindings.clone()).unwrap_or_default();
    let mut actual = BTreeSet::new();
    for (port, bound) in &bindings {
        for one in bound.iter().flatten() {
            let host_port = one.host_port.as_deref().filter(|text| !text.is_empty()).unwrap_or("0");
            actual.insert(format!("{}:{host_port} to {port}", one.host_ip.as_deref().unwrap_or_default()));
        }
    }
    let asked: BTreeSet<String> =
        labels.publish().iter().map(|one| format!("{}:{} to {}", one.host, one.port, tcp(one.container))).collect();
    drift.extend(asked.difference(&actual).map(|port| format!("port {port} missing")));
    drift.extend(actual.difference(&asked).map(|port| format!("port {port} added")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_made_anew_by_another_tool_shows_what_differs_without_values() {
        let text = serde_json::json!({
            "Name": "/checkout-copy",
            "Config": {
                "Image": "shop@sha256:aa",
                "Env": ["PATH=/bin", "MODE=slow", "EXTRA=1", "KEY=s3cr3t"],
                "Labels": {
                    "switchback.revision": "r4",
                    "switchback.artifact": "shop@sha256:aa",
                    "switchback.config": format!(r#"{{"MODE":"{}","GONE":"x"}}"#, label::hash("fast")),
                    "switchback.secrets": r#"["KEY"]"#,
                    "switchback.publish": r#"[{"host":"127.0.0.1","port":8080,"container":80}]"#,
                },
            },
            "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}},
        });
        let found: ContainerInspectResponse = serde_json::from_value(text).unwrap();
        let image: ImageInspect = serde_json::from_value(serde_json::json!({
            "Id": "sha256:1", "RepoDigests": ["shop@sha256:bb"], "Config": {"Env": ["PATH=/bin"]},
        }))
        .unwrap();
        let seen = observed(&found, Some(&image), &"checkout/production".parse().unwrap(), "127.0.0.1");
        assert_eq!(seen.artifact.unwrap().digest().0, "sha256:bb");
        assert_eq!(
            seen.drift,
            [
                "name checkout-copy is not one of ours",
                "image shop@bb instead of shop@aa",
                "environment MODE changed",
                "environment EXTRA added",
                "environment GONE missing",
                "port 127.0.0.1:8080 to 80/tcp missing",
                "port 0.0.0.0:8080 to 80/tcp added",
            ]
        );
    }
}
