//! An address that is itself a secret: whoever knows an incoming webhook's URL can post to it.
//!
//! Apart, so that the URL exists only between the keychain and the request. It is fetched anew for each delivery, so a
//! rotated one works at once, and what is printed of it is its name in the keychain.

use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use switchback_core::port::{NotifyError, SecretError, Secrets};

/// A keychain entry that holds a URL or a password.
#[derive(Clone)]
pub struct SecretAddress {
    secrets: Arc<dyn Secrets>,
    name: String,
}

impl SecretAddress {
    /// The entry `name` (`slack/releases`) of this keychain.
    pub fn new(secrets: Arc<dyn Secrets>, name: impl Into<String>) -> Self {
        Self { secrets, name: name.into() }
    }

    /// Its name in the keychain.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value of now.
    pub(crate) async fn fetch(&self, channel: &str) -> Result<SecretString, NotifyError> {
        let fetched = async { self.secrets.get(&self.secrets.current(&self.name).await?).await };
        fetched.await.map_err(|error| NotifyError {
            channel: channel.to_owned(),
            why: error.to_string(),
            // A person unlocks a keychain; nobody's waiting makes a missing entry appear.
            passing: matches!(error, SecretError::Locked | SecretError::NoKeychain { .. }),
        })
    }
}

impl fmt::Debug for SecretAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keychain:{}", self.name)
    }
}
