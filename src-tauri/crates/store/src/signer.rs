//! The key that signs audit entries. Its bytes come from the caller, who has them from the keychain; here they are
//! never written anywhere.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Signs audit entries with ed25519.
pub struct Signer {
    key: SigningKey,
    id: String,
}

impl Signer {
    /// From the 32 secret bytes of an ed25519 key.
    pub fn new(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let id = key_id(&key.verifying_key());
        Self { key, id }
    }

    /// The first 16 hexadecimal digits of the public key's SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key, base64.
    pub fn public_key(&self) -> String {
        STANDARD.encode(self.key.verifying_key().as_bytes())
    }

    /// A signature over some text, base64.
    pub fn sign(&self, text: &str) -> String {
        STANDARD.encode(self.key.sign(text.as_bytes()).to_bytes())
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The id of a public key.
pub fn key_id(key: &VerifyingKey) -> String {
    crate::chain::hex(&Sha256::digest(key.as_bytes()))[..16].to_owned()
}

/// A public key from its base64; `None` when it is none.
pub fn public_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

/// Whether `signature` is `key`'s over `text`; both in base64.
pub fn signed(key: &str, text: &str, signature: &str) -> bool {
    public_key(key).is_some_and(|key| holds(&key, text, signature))
}

/// Whether `signature` (base64) is `key`'s over `text`.
pub fn holds(key: &VerifyingKey, text: &str, signature: &str) -> bool {
    let Some(bytes) = STANDARD.decode(signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else {
        return false;
    };
    key.verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes)).is_ok()
}
