//! Logins to image registries.

use async_trait::async_trait;
use secrecy::SecretString;

/// Where registry logins come from besides Docker's own configuration.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// User and password for a registry host (`registry.example:5000`, `docker.io`), if known.
    async fn lookup(&self, registry: &str) -> Option<(String, SecretString)>;
}

/// What the names of secrets that hold logins begin with.
const LOGINS: &str = "registry/";

/// The name of the secret that holds a registry's login as `user:password`.
#[must_use]
pub fn login_secret(registry: &str) -> String {
    format!("{LOGINS}{}", registry.replace(':', "-"))
}

/// Whether a secret of this name holds a login.
#[must_use]
pub fn is_login(secret: &str) -> bool {
    secret.starts_with(LOGINS)
}

/// User and password of a login's text.
#[must_use]
pub fn login(text: &str) -> Option<(&str, &str)> {
    text.split_once(':').filter(|(user, password)| !user.is_empty() && !password.is_empty())
}
