//! Where proofs of migrations are kept: a proof is of two scripts by their checksums, so it is stale when a file changes.

use super::LedgerError;
use crate::{ident::Instant, name::Service, record::Audit, release::Digest};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What came of proving one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proven {
    /// The version.
    pub version: String,
    /// The checksum of its way up.
    pub up: Digest,
    /// The checksum of its way down.
    pub down: Option<Digest>,
    /// Whether a release may rest on it.
    pub holds: bool,
    /// In words.
    pub told: String,
    /// What rows lost on the way.
    pub lost: Vec<String>,
}

/// A proof as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRow {
    /// What came of it.
    pub proven: Proven,
    /// When.
    pub at: Instant,
    /// Who had it made.
    pub by: String,
}

/// Keeps proofs of a service's migrations on one of its databases.
#[async_trait]
pub trait Proofbook: Send + Sync {
    /// Keeps one. A later one of the same scripts takes its place.
    async fn keep_proof(
        &self,
        service: &Service,
        database: &str,
        row: &ProofRow,
        audit: &Audit,
    ) -> Result<(), LedgerError>;

    /// All of a service's on a database.
    async fn proofs(&self, service: &Service, database: &str) -> Result<Vec<ProofRow>, LedgerError>;
}
