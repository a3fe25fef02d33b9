//! The desk's own signature: what proves on another desk who said something here.

use super::SecretError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A signature with the public key it is by. Both are public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// `ed25519:` and the key in base64, as the policy names it.
    pub key: String,
    /// Base64.
    pub signature: String,
}

/// Signs with the key in the keychain, and verifies anybody's.
#[async_trait]
pub trait Seal: Send + Sync {
    /// This desk's public key.
    async fn key(&self) -> Result<String, SecretError>;
    /// Signs a text; what may be signed is for the caller to say, and for nobody outside.
    async fn sign(&self, text: &str) -> Result<Sealed, SecretError>;
    /// Whether a text was signed by exactly that key.
    fn holds(&self, sealed: &Sealed, text: &str) -> bool;
}
