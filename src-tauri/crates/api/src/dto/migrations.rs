//! A target's migrations as a person sees them.

use serde::Serialize;
use switchback_core::{ident::Instant, said::Said, schema::Loss};
use ts_rs::TS;

/// All of them.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MigrationsView {
    /// `checkout/production`.
    pub target: String,
    /// The database's name.
    pub database: String,
    /// Where it is; never with a password.
    pub place: String,
    /// How the files are laid out.
    pub layout: String,
    /// Whether the scripts are SQL: what a tool's own commands run is not linted.
    pub readable: bool,
    /// Why the database could not be asked; then every state is `unknown`.
    pub unreachable: Option<String>,
    /// In order.
    pub versions: Vec<MigrationView>,
    /// Versions the database has and the folder does not.
    pub ahead: Vec<String>,
    /// Files that are not any more what was applied, or released.
    pub edited: Vec<EditedView>,
    /// Where the service's other databases stand.
    pub environments: Vec<SchemaAt>,
}

/// A file that is another one than was applied.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EditedView {
    /// Whose.
    pub version: String,
    /// The file, from the folder.
    pub path: String,
    /// The line its script begins in.
    pub line: usize,
    /// What is wrong.
    #[ts(type = "string")]
    pub why: Said,
    /// The way out.
    pub way_out: String,
}

/// One version.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MigrationView {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// What became of it there.
    pub state: MigrationState,
    /// The way there.
    pub up: Option<ScriptView>,
    /// The way back.
    pub down: Option<ScriptView>,
    /// Whether it can be taken back: `yes`, `data-loss`, `no` or `unknown`.
    pub reversible: String,
    /// What says so.
    #[ts(type = "string | null")]
    pub because: Option<Said>,
    /// What the linter found.
    pub findings: Vec<FindingView>,
    /// What was proven of exactly these scripts, on the schema as it is.
    pub proof: Option<ProofView>,
    /// Why a proof that there is counts no more.
    pub stale: Option<Stale>,
}

/// Why a proof counts no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Stale {
    /// It is of other scripts than these: a file was changed since.
    Files,
    /// The schema is not the one it was proven from: somebody changed it otherwise since.
    Schema,
}

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum MigrationState {
    /// It is applied.
    Applied,
    /// It is not.
    Pending,
    /// A run of it ended in the middle.
    HalfApplied,
    /// Nobody could be asked.
    Unknown,
}

/// One script.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ScriptView {
    /// Its file, from the folder.
    pub path: String,
    /// The line of the file it begins in.
    pub line: usize,
    /// Its text.
    pub sql: String,
}

/// Something the linter found.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FindingView {
    /// The rule's name.
    pub rule: String,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// `up`, `down` or `pair`.
    pub place: String,
    /// `error` or `warning`.
    pub severity: String,
    /// Why.
    #[ts(type = "string")]
    pub why: Said,
    /// The safe way.
    pub rewrite: String,
}

/// What accepting a finding writes into its file.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AcceptanceView {
    /// The file, from the folder.
    pub path: String,
    /// The line it is, or would be.
    pub line: usize,
    /// What stands before it.
    pub before: Vec<String>,
    /// The line.
    pub comment: String,
    /// What stands behind it.
    pub after: Vec<String>,
    /// Names the file with this line, for whoever is sure.
    pub hash: String,
    /// Whether it is written.
    pub written: bool,
}

/// A proof.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ProofView {
    /// When it was made.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Whether a release may rest on it.
    pub holds: bool,
    /// In words.
    pub told: String,
    /// What rows lose on the way.
    pub lost: Vec<String>,
}

/// Where a service's schema stands in one environment.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SchemaAt {
    /// Which.
    pub environment: String,
    /// The last applied version; none before the first, and none when nobody could be asked.
    pub version: Option<String>,
    /// How many of the folder's are not applied.
    pub pending: usize,
    /// What is applied and not in the folder.
    pub ahead: Vec<String>,
    /// Why it could not be asked.
    pub unreachable: Option<String>,
}

/// What going back to a revision does to the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaWay {
    /// Nothing.
    Same,
    /// Downs run.
    Downs {
        /// How many.
        downs: usize,
        /// When the last of them that was proven was; none when one of them never was.
        proven: Option<Instant>,
        /// Whether a proof of one of them was made on another schema, as of the last look.
        strayed: bool,
        /// What goes with them.
        losses: Vec<Loss>,
    },
    /// There is no way.
    Impossible(String),
    /// Nobody could be asked.
    Unknown(String),
}
