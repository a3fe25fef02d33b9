//! The desk's signature: the store's ed25519 under the seed that the keychain keeps. The seed is read when it is needed.

use async_trait::async_trait;
use secrecy::zeroize::Zeroize as _;
use std::sync::Arc;
use switchback_core::port::{Seal, Sealed, SecretError};
use switchback_keychain::Keychain;
use switchback_store::{Signer, signed};

/// What stands before a key's base64.
const KIND: &str = "ed25519:";

/// Signs with this desk's key.
pub struct DeskSeal(pub Arc<Keychain>);

impl DeskSeal {
    async fn signer(&self) -> Result<Signer, SecretError> {
        let mut seed = self.0.signing_key().await?;
        let signer = Signer::new(&seed);
        seed.zeroize();
        Ok(signer)
    }
}

#[async_trait]
impl Seal for DeskSeal {
    async fn key(&self) -> Result<String, SecretError> {
        Ok(format!("{KIND}{}", self.signer().await?.public_key()))
    }

    async fn sign(&self, text: &str) -> Result<Sealed, SecretError> {
        let signer = self.signer().await?;
        Ok(Sealed { key: format!("{KIND}{}", signer.public_key()), signature: signer.sign(text) })
    }

    fn holds(&self, sealed: &Sealed, text: &str) -> bool {
        sealed.key.strip_prefix(KIND).is_some_and(|key| signed(key, text, &sealed.signature))
    }
}
