//! What runs on an engine and is not ours, as a start for taking it over. Reads only.

use crate::{client::Client, image, label, reference::Reference, state, trouble::Said as _};
use bollard::{models::ContainerInspectResponse, query_parameters::ListContainersOptions};
use switchback_core::{failure::Failure, ident::Instant, release::Artifact, workload::Publish};

/// A running container that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningContainer {
    /// Its name.
    pub name: String,
    /// The image as the container's maker wrote it.
    pub image: String,
    /// What runs, by digest.
    pub artifact: Option<Artifact>,
    /// Its own variables, without those of the image. Values may be secrets: not for logs.
    pub env: Vec<(String, String)>,
    /// Published TCP ports.
    pub publish: Vec<Publish>,
    /// `name:/path` or `/host:/path[:ro]`.
    pub volumes: Vec<String>,
    /// When it started.
    pub started: Option<Instant>,
}

/// All of an engine, sorted by name.
pub(crate) async fn running(client: &Client) -> Result<Vec<RunningContainer>, Failure> {
    let options = ListContainersOptions::default();
    let listed = client.list_containers(Some(options)).await.map_err(|error| error.on(client.endpoint()))?;
    let mut all = Vec::new();
    for one in listed {
        let ours = one.labels.as_ref().is_some_and(|labels| labels.contains_key(label::TARGET));
        let Some(id) = one.id.filter(|_| !ours) else { continue };
        let Some(found) = client.inspect_named(&id).await? else { continue };
        all.push(describe(client, &found).await?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

async fn describe(client: &Client, found: &ContainerInspectResponse) -> Result<RunningContainer, Failure> {
    let config = found.config.clone().unwrap_or_default();
    let written = config.image.unwrap_or_default();
    let is = match &found.image {
        Some(id) => image::inspect(client, id).await?,
        None => None,
    };
    let repository = Reference::parse(&written).repository;
    let digest = is.as_ref().and_then(|is| image::digest_of(is, &repository));
    let inherited = is.and_then(|is| is.config?.env).unwrap_or_default();
    let own = config.env.unwrap_or_default().into_iter().filter(|line| !inherited.contains(line));
    let env = own.filter_map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
    let host = found.host_config.clone().unwrap_or_default();
    let mut publish = Vec::new();
    for (port, bound) in host.port_bindings.unwrap_or_default() {
        let Some(container) = port.strip_suffix("/tcp").and_then(|text| text.parse().ok()) else { continue };
        for one in bound.into_iter().flatten() {
            let address = one.host_ip.filter(|text| !text.is_empty()).unwrap_or_else(|| "0.0.0.0".to_owned());
            let port = one.host_port.and_then(|text| text.parse().ok()).unwrap_or(0);
            publish.push(Publish { host: address, port, container });
        }
    }
    publish.sort_by_key(|one| (one.container, one.port));
    Ok(RunningContainer {
        name: found.name.as_deref().unwrap_or_default().trim_start_matches('/').to_owned(),
        image: written,
        artifact: digest.map(|digest| Artifact::Image { repository, digest }),
        env: env.collect(),
        publish,
        volumes: host.binds.unwrap_or_default(),
        started: state::instant(found.state.as_ref().and_then(|state| state.started_at.as_deref())),
    })
}
