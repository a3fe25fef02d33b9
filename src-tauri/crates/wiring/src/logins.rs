//! Registry logins from the keychain.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use switchback_core::port::{Credentials, Secrets, login, login_secret};

/// Looks logins up in the keychain.
pub struct KeychainLogins {
    secrets: Arc<dyn Secrets>,
}

impl KeychainLogins {
    /// Over this keychain.
    pub fn new(secrets: Arc<dyn Secrets>) -> Self {
        Self { secrets }
    }
}

#[async_trait]
impl Credentials for KeychainLogins {
    async fn lookup(&self, registry: &str) -> Option<(String, SecretString)> {
        let reference = self.secrets.current(&login_secret(registry)).await.ok()?;
        let value = self.secrets.get(&reference).await.ok()?;
        let (user, password) = login(value.expose_secret())?;
        Some((user.to_owned(), SecretString::from(password.to_owned())))
    }
}
