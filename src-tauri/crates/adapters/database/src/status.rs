//! What is applied, read from the table in which the team's tool keeps it. Nothing is written.

use crate::{
    Connection, DatabaseError, Place,
    connection::asked,
    edited::{Edited, Repeatable, edited},
    lock, progress,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use switchback_core::migration::{Layout, Migration, Set};
use switchback_lint::Dialect;

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The tool says it is applied.
    Applied,
    /// It is not.
    Pending,
    /// The tool began it and did not finish.
    HalfApplied,
    /// It is applied, and the folder does not have it: the database is ahead of these files.
    Unknown,
}

/// A version with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The version.
    pub version: String,
    /// Its name, when the folder has it.
    pub name: Option<String>,
    /// What became of it.
    pub state: State,
}

/// Where a database stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the tool's table is there at all.
    pub kept: bool,
    /// The last applied version of the folder.
    pub current: Option<String>,
    /// All versions in their order; those the folder does not have come last.
    pub versions: Vec<Standing>,
    /// Applied ones whose file is not what the tool applied, as far as its table tells.
    pub edited: Vec<Edited>,
    /// What the tool runs again whenever it changed.
    pub repeatable: Vec<Repeatable>,
}

impl Status {
    /// Whether a release of the folder may go on from here.
    pub fn is_sound(&self) -> bool {
        let known = |one: &Standing| matches!(one.state, State::Applied | State::Pending);
        self.edited.is_empty() && self.versions.iter().all(known)
    }
}

/// Asks a database where it stands.
pub async fn status(connection: &mut Connection, set: &Set) -> Result<Status, DatabaseError> {
    let kept = read(connection, set).await?;
    let mut recorded = kept.clone().unwrap_or_default();
    // A run of ours that ended in the middle says so itself; not every tool's table can.
    if let Some(row) = progress::read(connection).await? {
        if set.layout == Layout::GolangMigrate {
            clean(&mut recorded);
        }
        recorded.insert(row.version, State::HalfApplied);
    }
    let mut versions = Vec::new();
    for migration in set.migrations.iter().filter(|migration| !migration.repeatable) {
        let state = recorded.get(&migration.version).copied().unwrap_or(State::Pending);
        versions.push(Standing { version: migration.version.clone(), name: Some(migration.name.clone()), state });
    }
    let current = versions.iter().rev().find(|one| one.state == State::Applied).map(|one| one.version.clone());
    let applied = |one: &Migration| recorded.get(&one.version) == Some(&State::Applied);
    let (edited, repeatable) = edited(connection, set, applied).await?;
    for (version, state) in &recorded {
        if !set.migrations.iter().any(|migration| migration.version == *version) {
            let state = if *state == State::HalfApplied { State::HalfApplied } else { State::Unknown };
            versions.push(Standing { version: version.clone(), name: None, state });
        }
    }
    Ok(Status { kept: kept.is_some(), current, versions, edited, repeatable })
}

/// The same within bounds, and whether another run is at what is half applied. Not for whoever holds the lock.
pub async fn judged(connection: &mut Connection, place: &Place, set: &Set) -> Result<(Status, bool), DatabaseError> {
    asked(place, looked(connection, place, set)).await
}

/// The same for whoever only wants to know: also of a run that shows nothing of itself before its transaction ends.
pub async fn told(connection: &mut Connection, place: &Place, set: &Set) -> Result<(Status, bool), DatabaseError> {
    let (standing, busy) = judged(connection, place, set).await?;
    let waits = standing.versions.iter().any(|one| one.state == State::Pending);
    let busy = busy || (waits && asked(place, lock::is_kept(connection, place)).await?);
    Ok((standing, busy))
}

async fn looked(connection: &mut Connection, place: &Place, set: &Set) -> Result<(Status, bool), DatabaseError> {
    let standing = status(connection, set).await?;
    if !standing.versions.iter().any(|one| one.state == State::HalfApplied) {
        return Ok((standing, false));
    }
    if lock::is_kept(connection, place).await? {
        return Ok((standing, true));
    }
    // It may have ended in between.
    Ok((status(connection, set).await?, false))
}

/// The tool's table: `None` when there is none.
async fn read(connection: &mut Connection, set: &Set) -> Result<Option<BTreeMap<String, State>>, DatabaseError> {
    let text = if connection.dialect() == Dialect::Mysql { "char" } else { "text" };
    let (table, query) = match set.layout {
        Layout::GolangMigrate => (
            "schema_migrations",
            format!(
                "select cast(version as {text}), case when dirty then 'dirty' else 'done' end from schema_migrations"
            ),
        ),
        Layout::Dbmate => {
            ("schema_migrations", format!("select cast(version as {text}), 'done' from schema_migrations"))
        }
        Layout::Sqlx => (
            "_sqlx_migrations",
            format!(
                "select cast(version as {text}), case when success then 'done' else 'dirty' end from _sqlx_migrations"
            ),
        ),
        Layout::Flyway => (
            "flyway_schema_history",
            format!(
                "select cast(version as {text}), case when type like 'UNDO%' then 'undone' when success then 'done' else 'dirty' end \
                 from flyway_schema_history where version is not null order by installed_rank"
            ),
        ),
        // Liquibase writes the name in capitals, which PostgreSQL folds and MySQL keeps.
        Layout::Liquibase if connection.dialect() == Dialect::Mysql => (
            "databasechangelog",
            "select cast(concat(author, ':', id) as char), 'done' from DATABASECHANGELOG order by orderexecuted"
                .to_owned(),
        ),
        Layout::Liquibase => (
            "databasechangelog",
            "select author || ':' || id, 'done' from databasechangelog order by orderexecuted".to_owned(),
        ),
        Layout::Goose => (
            "goose_db_version",
            format!(
                "select cast(version_id as {text}), case when is_applied then 'done' else 'undone' end from goose_db_version where version_id > 0 order by id"
            ),
        ),
        Layout::Sqitch => (
            "changes",
            format!("select cast(c.change as {text}), 'done' from sqitch.changes c order by c.committed_at"),
        ),
        // Its tool's own command tells.
        Layout::Command => return Ok(None),
    };
    if !there(connection, table, set.layout).await? {
        return Ok(None);
    }
    let rows = connection.rows(&query).await.map_err(DatabaseError::of_books(table, set.layout))?;
    let mut found = BTreeMap::new();
    for row in rows {
        let [Some(version), Some(word)] = row.as_slice() else { continue };
        match word.as_str() {
            "undone" => drop(found.remove(version)),
            "dirty" => drop(found.insert(version.clone(), State::HalfApplied)),
            _ => drop(found.insert(version.clone(), State::Applied)),
        }
    }
    if set.layout == Layout::GolangMigrate {
        found = up_to(set, found);
    }
    Ok(Some(found))
}

/// On a way down golang-migrate marks the version it is going to, which is whole; before the first it writes -1.
fn clean(recorded: &mut BTreeMap<String, State>) {
    recorded.remove("-1");
    for state in recorded.values_mut() {
        *state = State::Applied;
    }
}

/// golang-migrate keeps the last version alone: those before it are applied.
fn up_to(set: &Set, mut found: BTreeMap<String, State>) -> BTreeMap<String, State> {
    let last = found.keys().next().and_then(|version| version.parse::<u64>().ok());
    if let Some(last) = last {
        let before = set.migrations.iter().filter(|one| one.version.parse::<u64>().is_ok_and(|version| version < last));
        found.extend(before.map(|one| (one.version.clone(), State::Applied)));
    }
    found
}

async fn there(connection: &mut Connection, table: &str, layout: Layout) -> Result<bool, DatabaseError> {
    let query = match (connection.dialect(), layout) {
        (Dialect::Postgres, Layout::Sqitch) => "select to_regclass('sqitch.changes')::text".to_owned(),
        (Dialect::Mysql, Layout::Sqitch) => {
            "select cast(min(table_name) as char) from information_schema.tables where table_schema = 'sqitch' and table_name = 'changes'".to_owned()
        }
        // sqitch keeps a file of its own beside an SQLite database.
        (Dialect::Sqlite, Layout::Sqitch) => return Ok(false),
        _ => return connection.has_table(table).await,
    };
    let rows = connection.rows(&query).await.map_err(DatabaseError::doing("look for the tool's table"))?;
    Ok(rows.first().and_then(|row| row.first()).is_some_and(Option::is_some))
}
