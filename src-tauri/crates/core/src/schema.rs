//! The schema a revision runs on: which database, and which migrations are applied there when it serves.
//!
//! A plan carries the scripts it may run, both ways, so that what a person saw is what runs, and the way back is there
//! whatever becomes of the folder.

use crate::{
    migration::{Layout, Migration, Pin, Script, Set, Tool, Wrapping},
    release::Digest,
    says::parts,
    workload::SecretRef,
};
use serde::{Deserialize, Serialize};

/// A database in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Its name in the policy.
    pub name: String,
    /// Where it is, without a password: `postgres:host=… dbname=… user=…`.
    pub place: String,
    /// Its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
}

/// What a revision needs applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// Where.
    pub database: String,
    /// How the migrations are laid out.
    pub layout: Layout,
    /// The versions with the checksums of their scripts, in order.
    pub versions: Vec<Pin>,
}

impl Schema {
    /// The last version.
    pub fn last(&self) -> Option<&str> {
        self.versions.last().map(|pin| pin.version.as_str())
    }
}

/// The scripts of a plan with the database they are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scripts {
    /// Where they run.
    pub database: Database,
    layout: Layout,
    migrations: Vec<Packed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool: Option<Box<Tool>>,
    /// Ways back that were seen not to lead back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<Loss>,
}

/// A migration with the text of its scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Packed {
    version: String,
    name: String,
    up: Option<Text>,
    down: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Text {
    path: String,
    line: usize,
    checksum: Digest,
    sql: String,
    wrapping: Wrapping,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    file: String,
}

impl Scripts {
    /// The versioned migrations of a set.
    pub fn of(database: Database, set: &Set) -> Self {
        let text = |script: &Script| Text {
            path: script.path.clone(),
            line: script.line,
            checksum: script.checksum.clone(),
            sql: script.sql.clone(),
            wrapping: script.wrapping,
            file: script.file.clone(),
        };
        let pack = |one: &Migration| Packed {
            version: one.version.clone(),
            name: one.name.clone(),
            up: one.up.as_ref().map(text),
            down: one.down.as_ref().map(text),
        };
        let migrations = set.migrations.iter().filter(|one| !one.repeatable).map(pack).collect();
        Self { database, layout: set.layout, migrations, tool: set.tool.clone(), doubts: Vec::new() }
    }

    /// The same with what is known to speak against some of their ways back.
    #[must_use]
    pub fn doubting(self, doubts: Vec<Loss>) -> Self {
        Self { doubts, ..self }
    }

    /// What is known to speak against the way back of a version.
    pub fn doubts(&self, version: &str) -> impl Iterator<Item = Loss> {
        self.doubts.iter().filter(move |doubt| doubt.version == version).cloned()
    }

    /// The set again.
    pub fn set(&self) -> Set {
        let script = |text: &Text| Script {
            path: text.path.clone(),
            line: text.line,
            checksum: text.checksum.clone(),
            sql: text.sql.clone(),
            wrapping: text.wrapping,
            file: text.file.clone(),
        };
        let unpack = |one: &Packed| Migration {
            version: one.version.clone(),
            name: one.name.clone(),
            up: one.up.as_ref().map(script),
            down: one.down.as_ref().map(script),
            repeatable: false,
        };
        Set {
            layout: self.layout,
            migrations: self.migrations.iter().map(unpack).collect(),
            problems: Vec::new(),
            tool: self.tool.clone(),
        }
    }
}

/// What a script takes away, counted in the database as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "DataLoss")]
pub struct Loss {
    /// The version whose script it is.
    pub version: String,
    /// `orders.note`, or a whole table.
    pub what: String,
    /// How many rows have a value there; none where nobody can count them.
    pub rows: Option<u64>,
}

impl Loss {
    /// Whether who gave this up gave that up as well: no more rows than were counted then.
    pub fn covers(&self, now: &Self) -> bool {
        self.what == now.what
            && match (self.rows, now.rows) {
                (Some(given), Some(rows)) => given >= rows,
                (given, rows) => given == rows,
            }
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { version, what, rows } = self;
        f.write_str(&match rows {
            Some(1) => parts::one_row(what, version),
            Some(rows) => parts::rows(what, rows, version),
            None => parts::uncounted(what, version),
        })
    }
}

/// What an up wrote and its down takes away: read right after the up, and once more before the down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Written {
    /// As [`Loss::what`].
    pub what: String,
    /// How many rows.
    pub rows: u64,
    /// A hash of the values: another one is not what the up wrote.
    pub mark: String,
}

/// What is done about a way back that would lose rows, when a person was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "OnDataLoss")]
pub enum OnLoss {
    /// The rows go.
    Lose,
    /// The schema stays as it is, and the old app runs on it.
    Keep,
}
