//! Database migrations as the team's own tool lays them out: which files there are, which up has which down, and what
//! of it does not fit.
//!
//! [`read`] is told the files of a folder and never opens one. Every script keeps the line numbers of its file, so that
//! whoever reads its SQL later can point into the file. What the SQL says is not judged here: that is the linter's
//! crate; here only whether a script says anything at all.

#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "the tools compare so")]

mod blank;
mod layout;
mod liquibase;
mod pin;
mod route;
pub mod says;
mod sections;
mod sqitch;
mod tool;
mod versioned;

use crate::{release::Digest, said::Said};
use serde::{Deserialize, Serialize};

pub use blank::is_blank;
pub use layout::{Layout, UnknownLayout};
pub use pin::{Pin, against_pins, pins};
pub use route::{Goal, Leg, NoRoute, Way};
pub use tool::{BadLine, Listed, Told, ToldState, Tool, listed, told};

/// Most files of one folder, and most versions that a tool's own list may tell.
pub const MOST_FILES: usize = 20_000;
/// Most bytes of one file; a dump of a whole database is no migration.
pub const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path from the folder, with `/` between the parts.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// The hash of all of it, as [`Script::checksum`] of a script that is a whole file.
    pub fn checksum(&self) -> Digest {
        Script::whole(self, Wrapping::None).checksum
    }
}

/// Whether the tool puts the script into a transaction of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrapping {
    /// Yes: what cannot run in a transaction fails there.
    Transaction,
    /// No, unless the script begins one.
    None,
}

/// One script of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its file's path from the folder.
    pub path: String,
    /// The first line of the file that belongs to it, from 1.
    pub line: usize,
    /// The hash of its SQL; line ends count as `\n`, however the file was checked out.
    pub checksum: Digest,
    /// The SQL. Lines of the file that belong to something else are empty, so that line numbers are the file's.
    #[serde(skip)]
    pub sql: String,
    /// Whether the tool wraps it.
    pub wrapping: Wrapping,
    /// The file as it is, for tools that keep a checksum over all of it; empty where the script is a part of its file.
    #[serde(skip)]
    pub file: String,
}

impl Script {
    /// `lines` are the file's, with those of others already emptied.
    fn new(path: &str, lines: &[&str], first: usize, wrapping: Wrapping) -> Self {
        let sql = lines.join("\n") + "\n";
        let checksum = Digest::of(sql.trim().as_bytes());
        Self { path: path.to_owned(), line: first, checksum, sql, wrapping, file: String::new() }
    }

    fn whole(file: &SourceFile, wrapping: Wrapping) -> Self {
        let lines: Vec<&str> = file.text.trim_start_matches('\u{feff}').lines().collect();
        Self { file: file.text.clone(), ..Self::new(&file.path, &lines, 1, wrapping) }
    }

    /// Whether it holds no statement.
    pub fn is_blank(&self) -> bool {
        is_blank(&self.sql)
    }
}

/// One version with its two ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Its version as the tool writes it into its table.
    pub version: String,
    /// What it is called.
    pub name: String,
    /// The way there.
    pub up: Option<Script>,
    /// The way back.
    pub down: Option<Script>,
    /// Whether the tool runs it again whenever it changed, so that it has no version and no way back of its own.
    pub repeatable: bool,
}

impl Migration {
    /// Its script of one way.
    #[must_use]
    pub const fn script(&self, way: Way) -> Option<&Script> {
        match way {
            Way::Up => self.up.as_ref(),
            Way::Down => self.down.as_ref(),
        }
    }
}

/// What may be wrong with the set of files. The names are the linter's rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetRule {
    /// An up without a down.
    MissingDown,
    /// A down without an up, or an up that holds no statement.
    MissingUp,
    /// A down that holds no statement.
    EmptyDown,
    /// Two of one version.
    DuplicateVersion,
    /// One that would run before what it needs, or behind what is already out.
    OutOfOrder,
    /// One that is not what was released.
    EditedAfterRelease,
    /// A file the tool does not take for a migration.
    BadFileName,
    /// A marker in the file that the tool does not understand.
    AnnotationError,
}

impl SetRule {
    /// The rule's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingDown => "missing_down",
            Self::MissingUp => "missing_up",
            Self::EmptyDown => "empty_down",
            Self::DuplicateVersion => "duplicate_version",
            Self::OutOfOrder => "out_of_order",
            Self::EditedAfterRelease => "edited_after_release",
            Self::BadFileName => "bad_file_name",
            Self::AnnotationError => "annotation_error",
        }
    }
}

/// Something that does not fit, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What.
    pub rule: SetRule,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: Said,
    /// The way out.
    pub rewrite: String,
}

/// Everything a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Set {
    /// How it is laid out.
    pub layout: Layout,
    /// Its migrations in the order they run; repeatable ones last.
    pub migrations: Vec<Migration>,
    /// What does not fit, by path and line.
    pub problems: Vec<Problem>,
    /// Who lists and runs them, where that is the team's own tool: their scripts are no SQL then, and nobody reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Box<Tool>>,
}

impl Set {
    /// Two migrations of one version, if there are: one of them is in no list, and would be left out without a word.
    pub fn ambiguous(&self) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.rule == SetRule::DuplicateVersion)
    }
}

/// Reads a folder's files.
pub fn read(layout: Layout, files: &[SourceFile]) -> Set {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found = Found::default();
    match layout {
        Layout::GolangMigrate | Layout::Sqlx | Layout::Flyway => versioned::read(layout, &files, &mut found),
        Layout::Goose | Layout::Dbmate => sections::read(layout, &files, &mut found),
        Layout::Liquibase => liquibase::read(&files, &mut found),
        Layout::Sqitch => sqitch::read(&files, &mut found),
        // Its tool says what there is: `Tool::set`.
        Layout::Command => {}
    }
    found.pairs();
    found.problems.sort_by(|a, b| (&a.path, a.line, a.rule).cmp(&(&b.path, b.line, b.rule)));
    Set { layout, migrations: found.migrations, problems: found.problems, tool: None }
}

/// What reading gathers.
#[derive(Default)]
struct Found {
    migrations: Vec<Migration>,
    problems: Vec<Problem>,
}

impl Found {
    fn tell(&mut self, rule: SetRule, path: &str, line: usize, why: Said, rewrite: impl Into<String>) {
        self.problems.push(Problem { rule, path: path.to_owned(), line, why, rewrite: rewrite.into() });
    }

    /// Every up has its down, and the down says something where the up does.
    fn pairs(&mut self) {
        let migrations = std::mem::take(&mut self.migrations);
        for migration in migrations.iter().filter(|migration| !migration.repeatable) {
            let version = &migration.version;
            // A file with a comment alone says that it is empty on purpose, unless its down undoes something.
            let undoes = migration.down.as_ref().is_some_and(|down| !down.is_blank());
            if let Some(up) = migration.up.as_ref().filter(|up| up.sql.trim().is_empty() || undoes && up.is_blank()) {
                let why = says::up_is_empty(version);
                self.tell(SetRule::MissingUp, &up.path, up.line, why, "Write its statements, or remove its files.");
            }
            match (&migration.up, &migration.down) {
                (Some(up), None) if !up.is_blank() => {
                    let why = says::no_way_back(version);
                    self.tell(SetRule::MissingDown, &up.path, up.line, why, "Write the down that undoes this up.");
                }
                (Some(up), Some(down)) if down.is_blank() && blank::changes(&up.sql) => {
                    let why = says::down_is_empty(version);
                    let rewrite = "Write the statements that undo the up, or accept this with a reason.";
                    self.tell(SetRule::EmptyDown, &down.path, down.line, why, rewrite);
                }
                (None, Some(down)) => {
                    let why = says::no_way_there(version);
                    self.tell(SetRule::MissingUp, &down.path, down.line, why, "Add the up, or remove this file.");
                }
                _ => {}
            }
        }
        self.migrations = migrations;
    }
}
