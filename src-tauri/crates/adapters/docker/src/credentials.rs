//! Registry logins: first from whoever wires this crate (the keychain), then from Docker's own configuration.

use bollard::auth::DockerCredentials;
use docker_credential::DockerCredential;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use switchback_core::{port::Credentials, reference::HUB};

/// All logins.
#[derive(Default)]
pub(crate) struct Keyring(pub(crate) Option<Arc<dyn Credentials>>);

impl Keyring {
    /// The login for a registry host; none is a valid answer, most registries serve without.
    pub(crate) async fn login(&self, registry: &str) -> Option<DockerCredentials> {
        let address = if registry == "docker.io" { HUB } else { registry }.to_owned();
        if let Some((user, password)) = self.ours(registry).await {
            return Some(DockerCredentials {
                username: Some(user),
                password: Some(password.expose_secret().to_owned()),
                serveraddress: Some(address),
                ..DockerCredentials::default()
            });
        }
        let asked = address.clone();
        // Reads a file and may run a helper program: both block.
        let found = tokio::task::spawn_blocking(move || docker_credential::get_credential(&asked)).await.ok()?;
        match found {
            Ok(DockerCredential::UsernamePassword(user, password)) => Some(DockerCredentials {
                username: Some(user),
                password: Some(password),
                serveraddress: Some(address),
                ..DockerCredentials::default()
            }),
            Ok(DockerCredential::IdentityToken(token)) => Some(DockerCredentials {
                identitytoken: Some(token),
                serveraddress: Some(address),
                ..DockerCredentials::default()
            }),
            Err(error) => {
                // The error may repeat a helper's output: only that there is no login is told.
                let kind = std::mem::discriminant(&error);
                tracing::debug!(registry = %address, ?kind, "no login in Docker's configuration");
                None
            }
        }
    }

    async fn ours(&self, registry: &str) -> Option<(String, SecretString)> {
        self.0.as_ref()?.lookup(registry).await
    }
}
