//! Registry logins from the keychain: the secret `registry/HOST` holds `user:password`.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use switchback_core::port::{Credentials, Secrets};

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
        let name = format!("registry/{}", registry.replace(':', "-"));
        let reference = self.secrets.current(&name).await.ok()?;
        let value = self.secrets.get(&reference).await.ok()?;
        let (user, password) = value.expose_secret().split_once(':')?;
        Some((user.to_owned(), SecretString::from(password.to_owned())))
    }
}
