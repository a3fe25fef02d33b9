//! Logins to image registries.

use async_trait::async_trait;
use secrecy::SecretString;

/// Where registry logins come from besides Docker's own configuration.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// User and password for a registry host (`registry.example:5000`, `docker.io`), if known.
    async fn lookup(&self, registry: &str) -> Option<(String, SecretString)>;
}
