//! The audit as clients page through it.

use serde::{Deserialize, Serialize};
use switchback_core::ident::Instant;
use ts_rs::TS;

/// Which entries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditFilter {
    /// Words.
    pub search: String,
    /// Exact actor.
    pub who: Option<String>,
    /// Prefix of the action.
    pub action: Option<String>,
    /// Exact environment.
    pub environment: Option<String>,
    /// Not before.
    pub since: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Also single steps and probes.
    pub every_step: bool,
}

/// One page, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditPage {
    /// Rows.
    pub entries: Vec<AuditEntry>,
    /// Hand it back to go on.
    pub next: Option<String>,
    /// Entries in all.
    pub total: u64,
    /// Entries that match; told with the first page alone.
    pub matching: Option<u64>,
    /// Whether that is all of them: a search is counted only up to 1000.
    pub counted_all: bool,
}

/// One entry.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// From 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub who: String,
    /// From which client and machine.
    pub from: String,
    /// A stable word.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Where.
    pub environment: Option<String>,
    /// Why.
    pub why: String,
    /// Before.
    #[ts(type = "unknown")]
    pub before: serde_json::Value,
    /// After.
    #[ts(type = "unknown")]
    pub after: serde_json::Value,
    /// Hash of the entry before.
    pub prev_hash: String,
    /// Its own.
    pub hash: String,
    /// The key that signed it.
    pub signed_by: Option<String>,
}

/// What checking the chain found.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum AuditVerdict {
    /// Whole.
    Intact {
        /// How many entries.
        entries: i64,
        /// Of them without a signature: written while there was no keychain, or stripped since.
        unsigned: i64,
        /// When it was checked.
        at: Instant,
        /// Hash of the last.
        head: String,
    },
    /// Not whole.
    Broken {
        /// The first bad entry.
        seq: i64,
        /// What is wrong.
        why: String,
    },
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// For a spreadsheet.
    Csv,
    /// An entry as JSON per line.
    Jsonl,
}

impl ExportFormat {
    /// The file's ending.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A written export.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AuditExport {
    /// The file.
    pub path: String,
    /// How many entries it holds.
    pub entries: usize,
}
