//! The audit: pages, the check of the whole chain, and copies for an auditor.

use crate::{
    Answer, ApiError, App,
    dto::{AuditEntry, AuditExport, AuditFilter, AuditPage, AuditVerdict, ExportFormat},
};
use std::fmt::Write as _;
use switchback_core::port::{self, ChainVerdict, Matching};

/// Rows of a page.
const PAGE: u32 = 100;

/// The columns of an export.
const HEAD: &str = "seq,at,who,from,action,subject,environment,why,before,after,hash\n";

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
        let matching = match (&filter.cursor, &page.next) {
            // Who goes on knows it from the first page.
            (Some(_), _) => None,
            (None, None) => Some(Matching { count: page.rows.len() as u64, whole: true }),
            (None, Some(_)) => Some(self.history.matching(&asked).await?),
        };
        let total = self.history.audited().await?;
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
        let entries = entries.collect();
        Ok(AuditPage {
            entries,
            next: page.next,
            total,
            matching: matching.map(|all| all.count),
            counted_all: matching.is_some_and(|all| all.whole),
        })
    }

    /// Writes every entry that a filter matches, newest first, to a file in the home directory.
    pub async fn audit_export(&self, mut filter: AuditFilter, format: ExportFormat) -> Answer<AuditExport> {
        let mut text = match format {
            ExportFormat::Csv => HEAD.to_owned(),
            ExportFormat::Jsonl => String::new(),
        };
        let mut entries = 0;
        loop {
            let page = self.audit(filter.clone()).await?;
            entries += page.entries.len();
            for entry in &page.entries {
                match format {
                    ExportFormat::Csv => csv(&mut text, entry),
                    ExportFormat::Jsonl => text += &serde_json::to_string(entry).unwrap_or_default(),
                }
                text.push('\n');
            }
            filter.cursor = page.next;
            if filter.cursor.is_none() {
                break;
            }
        }
        let folder = self.home.path.join("exports");
        let now = self.ports().clock.now().strftime("%Y-%m-%d-%H%M%S");
        let path = folder.join(format!("audit-{now}.{}", format.ending()));
        let failed = |error| ApiError::new("home_unusable", format!("{}: {error}", path.display()));
        tokio::fs::create_dir_all(&folder).await.map_err(failed)?;
        tokio::fs::write(&path, text).await.map_err(failed)?;
        Ok(AuditExport { path: path.display().to_string(), entries })
    }

    /// Checks every entry, up to the head kept outside the database.
    pub async fn audit_verify(&self) -> Answer<AuditVerdict> {
        Ok(match self.history.verify().await? {
            ChainVerdict::Intact { entries, unsigned, head } => {
                AuditVerdict::Intact { entries, unsigned, at: self.ports().clock.now(), head }
            }
            ChainVerdict::Broken { seq, why } => AuditVerdict::Broken { seq, why },
        })
    }
}

/// One line. A value that a spreadsheet would take for a formula is made text.
fn csv(text: &mut String, entry: &AuditEntry) {
    let values = [
        entry.seq.to_string(),
        entry.at.to_string(),
        entry.who.clone(),
        entry.from.clone(),
        entry.action.clone(),
        entry.subject.clone(),
        entry.environment.clone().unwrap_or_default(),
        entry.why.clone(),
        entry.before.to_string(),
        entry.after.to_string(),
        entry.hash.clone(),
    ];
    for (index, value) in values.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let guard = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        let _ = write!(text, "{comma}\"{guard}{}\"", value.replace('"', "\"\""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_quotes_what_it_holds_and_starts_no_formula() {
        let entry = AuditEntry {
            seq: 7,
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            who: "amara".to_owned(),
            from: "cli, laptop".to_owned(),
            action: "deploy.started".to_owned(),
            subject: "web 1.0".to_owned(),
            environment: None,
            why: "=HYPERLINK(\"evil\")".to_owned(),
            before: serde_json::Value::Null,
            after: serde_json::json!({ "a": 1 }),
            prev_hash: String::new(),
            hash: "ab".to_owned(),
            signed_by: None,
        };
        let mut text = String::new();
        csv(&mut text, &entry);
        let expected = r#""7","2026-11-21T10:00:00Z","amara","cli, laptop","deploy.started","web 1.0","","'=HYPERLINK(""evil"")","null","{""a"":1}","ab""#;
        assert_eq!(text, expected);
        assert_eq!(HEAD.split(',').count(), 11);
    }
}
