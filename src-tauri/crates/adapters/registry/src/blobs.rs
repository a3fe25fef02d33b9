//! Whether a registry still has what a manifest names: its configuration and its layers. One that was cleaned up has the
//! manifest and not the layers, and a pull finds that out when it is too late.

use crate::registries::{ASKING, Registries};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use oci_client::{
    Client, Reference as Name,
    errors::OciDistributionError,
    manifest::{ImageIndexEntry, OciImageManifest, OciManifest},
    secrets::RegistryAuth,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use switchback_core::{
    failure::{Failure, FailureKind},
    reference::registry,
    release::Artifact,
};

/// How long all of the questions about one image may take. What is not known by then is not held against it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Questions that one registry is asked at once.
const AT_ONCE: usize = 8;
/// No image has more layers than 127; an index of several platforms is asked for one of them.
const MOST: usize = 128;
/// How long a blob that was found counts as there.
const FRESH: Duration = Duration::from_mins(1);
/// Manifests kept: a few kilobytes each. They never change, because they are asked for by digest.
const KEPT: usize = 1000;

/// What an engine runs: operating system and architecture, as images name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform<'a> {
    /// `linux`.
    pub os: &'a str,
    /// `amd64`.
    pub architecture: &'a str,
}

/// What is known already.
#[derive(Default)]
pub(crate) struct Known {
    /// What manifests name, by name and digest.
    named: Mutex<HashMap<String, Vec<String>>>,
    /// Blobs that were there, by repository and digest.
    found: Mutex<HashMap<(String, String), Instant>>,
}

impl Registries {
    /// Fails where the registry has an image's manifest and is sure to lack what that names. Whoever is away or lets nobody
    /// in says nothing about it, and the Hub is not asked: it counts such a look as a pull.
    pub async fn whole(&self, artifact: &Artifact, platform: Option<Platform<'_>>) -> Result<(), Failure> {
        let Artifact::Image { repository, digest } = artifact else { return Ok(()) };
        if registry(repository) == "docker.io" {
            return Ok(());
        }
        let name = format!("{repository}@{digest}");
        match tokio::time::timeout(PATIENCE, self.missing(repository, &name, platform)).await {
            Ok(Ok(Some(blob))) => {
                let said = format!(
                    "{} has the manifest of {name} and not its content {blob}: it was removed there",
                    registry(repository)
                );
                Err(Failure::new(FailureKind::ImageMissing { image: name }, said))
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, image = name, "whether all of an image is there cannot be told from here");
                Ok(())
            }
            Ok(Ok(None)) | Err(_) => Ok(()),
        }
    }

    /// The first blob of an image that is not there.
    async fn missing(
        &self,
        repository: &str,
        name: &str,
        platform: Option<Platform<'_>>,
    ) -> Result<Option<String>, OciDistributionError> {
        let Ok(client) = self.client(registry(repository)).await else { return Ok(None) };
        let (asked, login) = (parsed(name)?, self.login(registry(repository)).await);
        client.store_auth_if_needed(asked.resolve_registry(), &login).await;
        let known = self.known.named.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let blobs = if let Some(blobs) = known {
            blobs
        } else {
            let manifest = match manifest(&client, &login, repository, &asked, platform).await? {
                Manifest::Whole(manifest) => manifest,
                Manifest::Missing(digest) => return Ok(Some(digest)),
                Manifest::Unknown => return Ok(None),
            };
            let blobs = named(&manifest);
            let mut kept = self.known.named.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(name.to_owned(), blobs.clone());
            blobs
        };
        let unknown = blobs.into_iter().filter(|blob| !self.found_lately_there(repository, blob));
        let asking = stream::iter(unknown.take(MOST)).map(|blob| {
            let (client, asked) = (&client, &asked);
            async move {
                let there = tokio::time::timeout(ASKING, client.blob_exists(asked, &blob)).await;
                Ok::<_, OciDistributionError>((there.unwrap_or(Ok(true))?, blob))
            }
        });
        let answers: Vec<(bool, String)> = asking.buffer_unordered(AT_ONCE).try_collect().await?;
        let mut found = self.known.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = None;
        for (there, blob) in answers {
            if there {
                found.insert((repository.to_owned(), blob), Instant::now());
            } else {
                gone = Some(blob);
            }
        }
        Ok(gone)
    }

    fn found_lately_there(&self, repository: &str, blob: &str) -> bool {
        let mut found = self.known.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|_, at| at.elapsed() < FRESH);
        found.contains_key(&(repository.to_owned(), blob.to_owned()))
    }
}

/// The manifest of what would be fetched.
enum Manifest {
    Whole(Box<OciImageManifest>),
    /// An index names it by this digest, and it is not there.
    Missing(String),
    Unknown,
}

async fn manifest(
    client: &Client,
    login: &RegistryAuth,
    repository: &str,
    asked: &Name,
    platform: Option<Platform<'_>>,
) -> Result<Manifest, OciDistributionError> {
    let index = match client.pull_manifest(asked, login).await?.0 {
        OciManifest::Image(manifest) => return Ok(Manifest::Whole(Box::new(manifest))),
        OciManifest::ImageIndex(index) => index,
    };
    // Where nobody tells what runs it, none of several platforms is judged.
    let Some(entry) = one(&index.manifests, platform) else { return Ok(Manifest::Unknown) };
    let of_platform = parsed(&format!("{repository}@{}", entry.digest))?;
    match client.pull_manifest(&of_platform, login).await {
        Ok((OciManifest::Image(manifest), _)) => Ok(Manifest::Whole(Box::new(manifest))),
        Ok(_) => Ok(Manifest::Unknown),
        Err(OciDistributionError::ImageManifestNotFoundError(_)) => Ok(Manifest::Missing(entry.digest.clone())),
        Err(error) => Err(error),
    }
}

fn parsed(name: &str) -> Result<Name, OciDistributionError> {
    name.parse().map_err(|error| OciDistributionError::GenericError(Some(format!("{name}: {error}"))))
}

/// What a pull of a manifest fetches; a layer that is kept elsewhere is not the registry's to have.
fn named(manifest: &OciImageManifest) -> Vec<String> {
    let layers = manifest.layers.iter().filter(|layer| layer.urls.as_ref().is_none_or(Vec::is_empty));
    let mut blobs: Vec<String> = [&manifest.config].into_iter().chain(layers).map(|one| one.digest.clone()).collect();
    blobs.sort();
    blobs.dedup();
    blobs
}

/// The manifest that an engine would take; where nobody says what runs it, only one that stands alone.
fn one<'a>(all: &'a [ImageIndexEntry], platform: Option<Platform<'_>>) -> Option<&'a ImageIndexEntry> {
    let of = |entry: &&ImageIndexEntry| match (&entry.platform, platform) {
        (Some(is), Some(wanted)) => {
            is.os.to_string() == wanted.os && is.architecture.to_string() == wanted.architecture
        }
        // What proves where an image came from is for no machine.
        (Some(is), None) => is.os.to_string() != "unknown",
        (None, _) => true,
    };
    let mut fit = all.iter().filter(of);
    match (fit.next(), fit.next()) {
        (Some(entry), None) => Some(entry),
        _ => None,
    }
}
