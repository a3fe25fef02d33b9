//! Images: from what a person asks for to a digest, and that digest onto the engine.
//!
//! What identifies an image is the digest its registry names, which holds on every engine. Only an image that never saw
//! a registry (`docker load`, `docker build`) is known by the engine's own id, and then holds on this engine alone.

use crate::{
    client::Client,
    credentials::Keyring,
    trouble::{Said as _, of_registry},
};
use bollard::{errors::Error, models::ImageInspect, query_parameters::CreateImageOptions};
use futures::StreamExt as _;
use std::time::Duration;
use switchback_core::{
    failure::{Failure, FailureKind},
    port::Arrival,
    reference::{Reference, digest_for, registry},
    release::{Artifact, ArtifactRequest, Digest},
};
use switchback_registry::{Platform, Registries};

/// How long a registry may take to name a digest.
const ASKING: Duration = Duration::from_secs(15);
/// How long a pull may stand still. An engine tells its progress several times a second.
const STALLED: Duration = Duration::from_mins(2);

/// What a person asks for, by digest.
pub(crate) async fn resolve(
    client: &Client,
    keyring: &Keyring,
    registries: &Registries,
    request: &ArtifactRequest,
) -> Result<Artifact, Failure> {
    let reference = match request {
        ArtifactRequest::Image { reference } => Reference::parse(reference),
        ArtifactRequest::Folder { path } => return Err(no_image(&path.display().to_string())),
    };
    if let Some(digest) = reference.digest {
        let artifact = Artifact::Image { repository: reference.repository, digest };
        available(client, keyring, registries, &artifact).await?;
        return Ok(artifact);
    }
    let tagged = reference.tagged();
    let repository = reference.repository;
    let digest = match ask(client, keyring, &repository, &tagged).await {
        Ok(digest) => digest,
        Err(failure) => {
            // Built or loaded here, or the registry is away: what the engine has under that name is pinned by digest too.
            // A refusal by a registry that was named is no such case: the tag may have moved on without us.
            let local = match failure.kind {
                FailureKind::RegistryUnreachable { .. } | FailureKind::ImageMissing { .. } => true,
                FailureKind::ImageDenied { .. } => registry(&repository) == "docker.io",
                _ => false,
            };
            let found = if local { inspect(client, &tagged).await? } else { None };
            found.and_then(|image| digest_of(&image, &repository)).ok_or(failure)?
        }
    };
    Ok(Artifact::Image { repository, digest })
}

/// Whether an artifact is here or still to be had: its registry has the manifest, by the engine's word, and, as far as that
/// can be seen from this machine, all that the manifest names.
pub(crate) async fn available(
    client: &Client,
    keyring: &Keyring,
    registries: &Registries,
    artifact: &Artifact,
) -> Result<(), Failure> {
    if local(client, artifact).await?.is_some() {
        return Ok(());
    }
    let (repository, digest) = parts(artifact)?;
    ask(client, keyring, repository, &format!("{repository}@{digest}")).await?;
    let version = client.version_of_engine().await;
    let version = version.as_ref().map(|version| (version.os.as_deref(), version.arch.as_deref()));
    let platform = match version {
        Ok((Some(os), Some(architecture))) => Some(Platform { os, architecture }),
        _ => None,
    };
    registries.whole(artifact, platform).await
}

/// Pulls an artifact by digest unless it is here.
pub(crate) async fn prepare(client: &Client, keyring: &Keyring, artifact: &Artifact) -> Result<Arrival, Failure> {
    if local(client, artifact).await?.is_some() {
        return Ok(Arrival::Already);
    }
    let (repository, digest) = parts(artifact)?;
    let image = format!("{repository}@{digest}");
    let options = CreateImageOptions {
        from_image: Some(repository.to_owned()),
        tag: Some(digest.0.clone()),
        ..CreateImageOptions::default()
    };
    let login = keyring.login(registry(repository)).await;
    let mut progress = client.create_image(Some(options), None, login);
    loop {
        let step = match tokio::time::timeout(STALLED, progress.next()).await {
            Ok(None) => break,
            Ok(Some(step)) => step.map_err(|error| of_registry(&error, &image, client.endpoint()))?,
            Err(_) => {
                let said = format!("the pull of {image} stood still for {} s", STALLED.as_secs());
                return Err(Failure::new(FailureKind::RegistryUnreachable { image }, said));
            }
        };
        if let Some(said) = step.error_detail.and_then(|detail| detail.message) {
            return Err(of_registry(&Error::DockerStreamError { error: said }, &image, client.endpoint()));
        }
    }
    if local(client, artifact).await?.is_none() {
        let said = format!("{image} is not there after its pull");
        return Err(Failure::new(FailureKind::ImageMissing { image }, said));
    }
    Ok(Arrival::Done)
}

/// The name under which this engine has the artifact; `None` when it has it not.
pub(crate) async fn local(client: &Client, artifact: &Artifact) -> Result<Option<String>, Failure> {
    let (repository, digest) = parts(artifact)?;
    // By repository first: its digest is what a pull gave. The bare digest is an id, of an image that was never pulled.
    for name in [format!("{repository}@{digest}"), digest.0.clone()] {
        if inspect(client, &name).await?.is_some() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// An image as the engine has it.
pub(crate) async fn inspect(client: &Client, name: &str) -> Result<Option<ImageInspect>, Failure> {
    match client.inspect_image(name).await {
        Ok(image) => Ok(Some(image)),
        Err(error) if error.absent() => Ok(None),
        Err(error) => Err(error.on(client.endpoint())),
    }
}

/// What identifies an image: the repository's digest, else the engine's id.
pub(crate) fn digest_of(image: &ImageInspect, repository: &str) -> Option<Digest> {
    let known = image.repo_digests.as_deref().unwrap_or_default();
    digest_for(known, repository).or_else(|| image.id.clone().map(Digest))
}

/// Asks the registry, through the engine, which digest a name has.
async fn ask(client: &Client, keyring: &Keyring, repository: &str, name: &str) -> Result<Digest, Failure> {
    let login = keyring.login(registry(repository)).await;
    let away = || FailureKind::RegistryUnreachable { image: name.to_owned() };
    let found = match tokio::time::timeout(ASKING, client.inspect_registry_image(name, login)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(of_registry(&error, name, client.endpoint())),
        Err(_) => {
            let host = registry(repository);
            return Err(Failure::new(away(), format!("{host} did not answer within {} s", ASKING.as_secs())));
        }
    };
    let digest = found.descriptor.digest.map(Digest);
    digest.ok_or_else(|| Failure::new(FailureKind::Other, format!("the registry named no digest for {name}")))
}

fn parts(artifact: &Artifact) -> Result<(&str, &Digest), Failure> {
    match artifact {
        Artifact::Image { repository, digest } => Ok((repository, digest)),
        Artifact::Folder { path, .. } => Err(no_image(&path.display().to_string())),
    }
}

fn no_image(what: &str) -> Failure {
    Failure::new(FailureKind::Other, format!("{what} is a folder; a Docker engine runs images"))
}
