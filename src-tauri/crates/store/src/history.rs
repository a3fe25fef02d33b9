//! The reading side: each method of the port as queries on a read-only connection. None waits for the writer.

use crate::{
    Store,
    column::count,
    fault::{Fault, damage},
    table::{
        audit, audit_page, deployment, deployment_list, deployment_week, generation, lease, outbox, pause, policy,
        quarantine, release, revision, secret, target,
    },
};
use async_trait::async_trait;
use sqlx::{Sqlite, pool::PoolConnection};
use switchback_core::{
    ident::{DeploymentId, Instant, RevisionNumber},
    name::{Service, Target},
    plan::Kind,
    port::{
        AuditFilter, AuditRow, ChainVerdict, Counts, Delivery, DeploymentRow, History, LedgerError, Matching, Page,
        Policy, QuarantineRow, RevisionRow, TargetRow, WeekRow,
    },
    release::{Artifact, Release},
    workload::SecretRef,
};

type Answer<T> = Result<T, LedgerError>;

impl Store {
    /// A connection that only reads.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, Fault> {
        Ok(self.readers.acquire().await?)
    }
}

#[async_trait]
impl History for Store {
    async fn policy(&self) -> Answer<Option<Policy>> {
        Ok(policy::read(&mut *self.reader().await?).await?)
    }

    async fn target(&self, target: &Target) -> Answer<TargetRow> {
        // One transaction, so that the row is one moment's.
        let mut on = self.readers.begin().await.map_err(Fault::from)?;
        let row = target::read(&mut on, target).await?;
        let lease = lease::read(&mut on, target).await?;
        Ok(TargetRow {
            target: target.clone(),
            current: row.current,
            arrived: row.arrived,
            kept: row.kept,
            paused: pause::read(&mut on, target).await?,
            running: deployment::under_way(&mut on, target).await?,
            lease: lease.and_then(|lease| Some((lease.owner?, lease.since, lease.message))),
            next_revision: revision::next(&mut on, target).await?,
        })
    }

    async fn artifacts(&self) -> Answer<Vec<Artifact>> {
        Ok(revision::artifacts(&mut *self.reader().await?).await?)
    }

    async fn revision(&self, target: &Target, revision: RevisionNumber) -> Answer<RevisionRow> {
        Ok(revision::read(&mut *self.reader().await?, target, revision).await?)
    }

    async fn revisions(&self, target: &Target, limit: u32) -> Answer<Vec<RevisionRow>> {
        Ok(revision::ran(&mut *self.reader().await?, target, limit).await?)
    }

    async fn before(&self, target: &Target, revision: RevisionNumber) -> Answer<Option<RevisionRow>> {
        Ok(revision::before(&mut *self.reader().await?, target, revision).await?)
    }

    async fn deployments(&self, target: &Target, cursor: Option<&str>, limit: u32) -> Answer<Page<DeploymentRow>> {
        Ok(deployment_list::page(&mut *self.reader().await?, target, cursor, limit).await?)
    }

    async fn deployment(&self, id: DeploymentId) -> Answer<DeploymentRow> {
        Ok(deployment_list::one(&mut *self.reader().await?, id).await?)
    }

    async fn knows(&self, target: &Target, short: &str) -> Answer<bool> {
        Ok(deployment::known(&mut *self.reader().await?, target, short).await?)
    }

    async fn counts(&self, target: &Target) -> Answer<Counts> {
        let row = target::read(&mut *self.reader().await?, target).await?;
        Ok(Counts { all: count(row.deployments), undone: count(row.undone), rollbacks: count(row.rollbacks) })
    }

    async fn weeks(&self, target: &Target) -> Answer<Vec<WeekRow>> {
        Ok(deployment_week::of(&mut *self.reader().await?, target).await?)
    }

    async fn told(&self, deployment: DeploymentId) -> Answer<Vec<Delivery>> {
        Ok(outbox::of(&mut *self.reader().await?, deployment).await?)
    }

    async fn last_told(&self, channel: &str) -> Answer<Option<Delivery>> {
        Ok(outbox::last(&mut *self.reader().await?, channel).await?)
    }

    async fn durations(&self, target: &Target, kind: Kind, limit: u32) -> Answer<Vec<u64>> {
        Ok(deployment_list::durations(&mut *self.reader().await?, target, kind, limit).await?)
    }

    async fn undos(&self, target: &Target, limit: u32) -> Answer<Vec<u64>> {
        Ok(deployment_list::undos(&mut *self.reader().await?, target, limit).await?)
    }

    async fn releases(&self, service: &Service) -> Answer<Vec<Release>> {
        Ok(release::all(&mut *self.reader().await?, service).await?)
    }

    async fn release(&self, service: &Service, version: &str) -> Answer<Release> {
        Ok(release::read(&mut *self.reader().await?, service, version).await?)
    }

    async fn quarantine(&self) -> Answer<Vec<QuarantineRow>> {
        Ok(quarantine::all(&mut *self.reader().await?).await?)
    }

    async fn secrets(&self) -> Answer<Vec<(SecretRef, Instant)>> {
        Ok(secret::all(&mut *self.reader().await?).await?)
    }

    async fn audited(&self) -> Answer<u64> {
        Ok(count(audit::last(&mut *self.reader().await?).await?.seq))
    }

    async fn matching(&self, filter: &AuditFilter) -> Answer<Matching> {
        Ok(audit_page::matching(&mut *self.reader().await?, filter).await?)
    }

    async fn audit(&self, filter: &AuditFilter, cursor: Option<&str>, limit: u32) -> Answer<Page<AuditRow>> {
        Ok(audit_page::page(&mut *self.reader().await?, filter, cursor, limit).await?)
    }

    async fn verify(&self) -> Answer<ChainVerdict> {
        Ok(crate::verify::verify(self).await?)
    }

    async fn sound(&self) -> Answer<()> {
        let mut on = self.reader().await?;
        for check in ["pragma quick_check(deployment)", "pragma quick_check(train)"] {
            let said: Vec<String> = sqlx::query_scalar(check).fetch_all(&mut *on).await.map_err(Fault::from)?;
            if said != ["ok"] {
                return Err(damage("it is damaged"));
            }
        }
        Ok(())
    }

    async fn generation(&self) -> Answer<i64> {
        Ok(generation::read(&mut *self.reader().await?).await?)
    }
}
