//! The audit: pages and the check of the whole chain.

use crate::{
    Answer, App,
    dto::{AuditEntry, AuditFilter, AuditPage, AuditVerdict},
};
use switchback_core::port::{self, ChainVerdict};

/// Rows of a page.
const PAGE: u32 = 100;

impl App {
    /// One page of the audit, newest first.
    pub async fn audit(&self, filter: AuditFilter) -> Answer<AuditPage> {
        let asked = port::AuditFilter {
            search: filter.search.chars().take(200).collect(),
            who: filter.who,
            action: filter.action,
            environment: filter.environment,
            since: filter.since,
            until: filter.until,
            milestones_only: !filter.every_step,
        };
        let page = self.history.audit(&asked, filter.cursor.as_deref(), PAGE).await?;
        let all = self.history.audit(&port::AuditFilter::default(), None, 1).await?.total;
        let entries = page.rows.into_iter().map(|row| AuditEntry {
            seq: row.seq,
            at: row.at,
            who: row.audit.by.name,
            from: row.audit.by.origin,
            action: row.audit.action,
            subject: row.audit.subject,
            environment: row.audit.environment,
            why: row.audit.why,
            before: row.audit.before,
            after: row.audit.after,
            prev_hash: row.prev_hash,
            hash: row.hash,
            signed_by: row.signed_by,
        });
        Ok(AuditPage { entries: entries.collect(), next: page.next, total: all, matching: page.total })
    }

    /// Checks every entry, up to the head kept outside the database.
    pub async fn audit_verify(&self) -> Answer<AuditVerdict> {
        Ok(match self.history.verify().await? {
            ChainVerdict::Intact { entries, head } => {
                AuditVerdict::Intact { entries, at: self.ports().clock.now(), head }
            }
            ChainVerdict::Broken { seq, why } => AuditVerdict::Broken { seq, why },
        })
    }
}
