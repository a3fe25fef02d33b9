//! One question to a registry: which digest a name has, by the login that is kept for it.

use crate::blobs::Known;
use docker_credential::DockerCredential;
use oci_client::{
    Client, Reference as Name,
    client::{ClientConfig, ClientProtocol},
    errors::{OciDistributionError, OciError, OciErrorCode},
    secrets::RegistryAuth,
};
use secrecy::ExposeSecret as _;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::Credentials,
    reference::{HUB, Reference, registry},
    release::{Artifact, ArtifactRequest, Digest},
};

/// How long a registry may take to name a digest.
pub(crate) const ASKING: Duration = Duration::from_secs(15);

/// How long an image that was found counts as there. One deployment asks while planning, when it begins and before its
/// first step, which is one question; the next look of a person is another.
const FRESH: Duration = Duration::from_secs(2);

/// The registries of images, with the logins to them.
#[derive(Default)]
pub struct Registries {
    credentials: Option<Arc<dyn Credentials>>,
    clients: Arc<Clients>,
    found: Mutex<HashMap<String, Instant>>,
    pub(crate) known: Known,
}

/// To registries of this machine, and to others. Making one reads the system's certificates, which blocks for tens of
/// milliseconds.
#[derive(Default)]
struct Clients {
    plain: OnceLock<Client>,
    secure: OnceLock<Client>,
}

impl Clients {
    fn to(&self, local: bool) -> Client {
        let (client, protocol) =
            if local { (&self.plain, ClientProtocol::Http) } else { (&self.secure, ClientProtocol::Https) };
        // The main program chooses the provider; where none did (a test, a library's user), TLS would panic.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let config = || ClientConfig { protocol, connect_timeout: Some(ASKING), ..ClientConfig::default() };
        client.get_or_init(|| Client::new(config())).clone()
    }
}

impl Registries {
    /// Without connections; they are made at first use. `credentials` is asked for logins before Docker's own
    /// configuration.
    pub fn new(credentials: Option<Arc<dyn Credentials>>) -> Self {
        Self { credentials, ..Self::default() }
    }

    /// Begins to make the client that this one will be asked for with: whoever looks at a plan asks soon.
    pub fn warm(&self, artifact: &Artifact) {
        if let Artifact::Image { repository, .. } = artifact {
            let (clients, local) = (self.clients.clone(), is_local(registry(repository)));
            drop(tokio::task::spawn_blocking(move || clients.to(local)));
        }
    }

    /// What a person asks for, by digest.
    pub async fn resolve(&self, request: &ArtifactRequest) -> Result<Artifact, Failure> {
        let reference = match request {
            ArtifactRequest::Image { reference } => Reference::parse(reference),
            ArtifactRequest::Folder { path } => return Err(no_image(&path.display().to_string())),
        };
        let asked = match &reference.digest {
            Some(digest) => format!("{}@{digest}", reference.repository),
            None => reference.tagged(),
        };
        let digest = self.ask(&reference.repository, &asked).await?;
        Ok(Artifact::Image { repository: reference.repository, digest })
    }

    /// Whether its registry has it. What its manifest names may be on the nodes that want it, and is not asked for.
    pub async fn available(&self, artifact: &Artifact) -> Result<(), Failure> {
        match artifact {
            Artifact::Image { repository, digest } => {
                let name = format!("{repository}@{digest}");
                if self.found_lately(&name) {
                    return Ok(());
                }
                self.ask(repository, &name).await?;
                self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(name, Instant::now());
                Ok(())
            }
            Artifact::Folder { path, .. } => Err(no_image(&path.display().to_string())),
        }
    }

    fn found_lately(&self, name: &str) -> bool {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|_, at| at.elapsed() < FRESH);
        found.contains_key(name)
    }

    /// Fails only when it is sure that no node can fetch it. Nodes have logins and ways of their own.
    pub async fn expected(&self, artifact: &Artifact) -> Result<(), Failure> {
        match self.available(artifact).await {
            Err(failure)
                if matches!(
                    failure.kind,
                    FailureKind::ImageDenied { .. } | FailureKind::RegistryUnreachable { .. }
                ) =>
            {
                tracing::warn!(%failure, "the image cannot be looked for from here; the cluster's nodes will tell");
                Ok(())
            }
            other => other,
        }
    }

    async fn ask(&self, repository: &str, name: &str) -> Result<Digest, Failure> {
        let asked: Name = name.parse().map_err(|error| {
            let kind = FailureKind::ImageMissing { image: name.to_owned() };
            Failure::new(kind, format!("{name:?} is no image's name: {error}"))
        })?;
        let host = registry(repository);
        let client = self.client(host).await?;
        let login = self.login(host).await;
        match tokio::time::timeout(ASKING, client.fetch_manifest_digest(&asked, &login)).await {
            Ok(Ok(digest)) => Ok(Digest(digest)),
            Ok(Err(error)) => Err(of(&error, host, name)),
            Err(_) => {
                let said = format!("{host} did not answer within {} s", ASKING.as_secs());
                Err(Failure::new(FailureKind::RegistryUnreachable { image: name.to_owned() }, said))
            }
        }
    }

    pub(crate) async fn client(&self, host: &str) -> Result<Client, Failure> {
        let (clients, local) = (self.clients.clone(), is_local(host));
        tokio::task::spawn_blocking(move || clients.to(local)).await.map_err(|error| {
            Failure::new(FailureKind::Other, format!("the way to {host} could not be prepared: {error}"))
        })
    }

    pub(crate) async fn login(&self, host: &str) -> RegistryAuth {
        if let Some(credentials) = &self.credentials
            && let Some((user, password)) = credentials.lookup(host).await
        {
            return RegistryAuth::Basic(user, password.expose_secret().to_owned());
        }
        let address = if host == "docker.io" { HUB } else { host }.to_owned();
        // Reads a file and may run a helper program: both block.
        let found = tokio::task::spawn_blocking(move || docker_credential::get_credential(&address)).await;
        match found {
            Ok(Ok(DockerCredential::UsernamePassword(user, password))) => RegistryAuth::Basic(user, password),
            Ok(Ok(DockerCredential::IdentityToken(token))) => RegistryAuth::Bearer(token),
            _ => RegistryAuth::Anonymous,
        }
    }
}

/// Registries on this machine speak plainly, as container engines have it.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn of(error: &OciDistributionError, host: &str, name: &str) -> Failure {
    use OciDistributionError as Error;
    let denied = |error: &OciError| matches!(error.code, OciErrorCode::Unauthorized | OciErrorCode::Denied);
    let image = name.to_owned();
    let (kind, said) = match error {
        Error::UnauthorizedError { .. }
        | Error::AuthenticationFailure(_)
        | Error::ServerError { code: 401 | 403, .. } => {
            (FailureKind::ImageDenied { image }, format!("{host} wants another login for {name}"))
        }
        Error::RegistryError { envelope, .. } if envelope.errors.iter().any(denied) => {
            (FailureKind::ImageDenied { image }, format!("{host} wants another login for {name}"))
        }
        Error::ImageManifestNotFoundError(_)
        | Error::RegistryError { .. }
        | Error::RegistryNoDigestError
        | Error::ServerError { code: 404, .. } => {
            (FailureKind::ImageMissing { image }, format!("{host} does not have {name}"))
        }
        other => {
            let said = format!("{host} does not answer for {name}: {}", innermost(other));
            (FailureKind::RegistryUnreachable { image }, said)
        }
    };
    Failure::new(kind, said)
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

fn no_image(what: &str) -> Failure {
    Failure::new(FailureKind::Other, format!("{what} is a folder, and no image"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_of_this_machine_speak_plainly() {
        assert!(is_local("127.0.0.1:5000") && is_local("localhost"));
        assert!(!is_local("ghcr.io") && !is_local("registry.example:5000"));
    }
}
