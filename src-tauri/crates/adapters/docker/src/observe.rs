//! What is there of a target, by our labels: each container's state, and by digest what it runs.

use crate::{
    client::Client,
    image,
    label::{self, ARTIFACT, CONTENT, Labels, REVISION},
    state,
    trouble::Said as _,
};
use bollard::{
    models::{ContainerInspectResponse, ImageInspect},
    query_parameters::ListContainersOptions,
};
use switchback_core::{
    failure::Failure,
    name::Target,
    plan::InstanceName,
    port::Observed,
    reference::{digest_for, pinned, plain},
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
        all.push(observed(&found, image.as_ref(), client.host()));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn observed(found: &ContainerInspectResponse, image: Option<&ImageInspect>, host: &str) -> Observed {
    let labels = Labels::of(found);
    let name = found.name.as_deref().unwrap_or_default().trim_start_matches('/').to_owned();
    let artifact = running(found, image);
    Observed {
        name: InstanceName(name),
        revision: labels.get(REVISION).and_then(|text| text.parse().ok()),
        artifact,
        content: labels.get(CONTENT).map(str::to_owned),
        state: state::of(found, host),
    }
}

/// The artifact that runs: by the image's repository digests, by what the container was made from where the image was
/// deleted since, else by its id.
pub(crate) fn running(found: &ContainerInspectResponse, image: Option<&ImageInspect>) -> Option<Artifact> {
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
