//! Where secrets live. The only port through which a value passes.

use crate::workload::SecretRef;
use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Why a secret could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no keychain.
    #[error("no keychain: {why}")]
    NoKeychain {
        /// Why not, and what to do.
        why: String,
    },
    /// It is locked.
    #[error("the keychain is locked")]
    Locked,
    /// It has no such entry.
    #[error("{name} is not in the keychain")]
    Missing {
        /// Which.
        name: String,
    },
    /// The name or the value is not one it takes.
    #[error("{why}")]
    BadInput {
        /// What would be right; never the value.
        why: String,
    },
    /// It said something else.
    #[error("the keychain said: {said}")]
    Other {
        /// Its words, which never hold a value.
        said: String,
    },
}

/// Whether there is a keychain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretStatus {
    /// It answers.
    pub available: bool,
    /// Which one, or why not.
    pub detail: String,
}

/// The keychain. Old values stay under their fingerprint, so that a rollback brings back the secret of its day.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Whether it is there.
    async fn status(&self) -> SecretStatus;
    /// Stores a value under a name; returns its reference. The same value as now keeps its fingerprint.
    async fn set(&self, name: &str, value: SecretString) -> Result<SecretRef, SecretError>;
    /// The present reference of a name.
    async fn current(&self, name: &str) -> Result<SecretRef, SecretError>;
    /// The value behind a reference, of today or of another day.
    async fn get(&self, reference: &SecretRef) -> Result<SecretString, SecretError>;
    /// Whether the value behind a reference is there, without reading it out.
    async fn has(&self, reference: &SecretRef) -> Result<bool, SecretError>;
    /// Removes a name with all its values.
    async fn remove(&self, name: &str) -> Result<(), SecretError>;
}
