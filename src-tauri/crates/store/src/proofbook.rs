//! The book of proofs.

use crate::{Store, table::migration_proof};
use async_trait::async_trait;
use switchback_core::{
    name::Service,
    port::{LedgerError, ProofRow, Proofbook},
    record::Audit,
};

#[async_trait]
impl Proofbook for Store {
    async fn keep_proof(
        &self,
        service: &Service,
        database: &str,
        row: &ProofRow,
        audit: &Audit,
    ) -> Result<(), LedgerError> {
        let mut work = self.write().await?;
        migration_proof::keep(work.on(), service, database, row).await?;
        work.audit(row.at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn keep_strayed(&self, service: &Service, database: &str, rows: &[ProofRow]) -> Result<(), LedgerError> {
        let mut work = self.write().await?;
        for row in rows {
            migration_proof::note(work.on(), service, database, row).await?;
        }
        Ok(work.commit().await?)
    }

    async fn proofs(&self, service: &Service, database: &str) -> Result<Vec<ProofRow>, LedgerError> {
        Ok(migration_proof::all(&mut *self.reader().await?, service, database).await?)
    }
}
