//! Files that are not any more what the team's tool applied, by the checksums in its own table. sqlx and Flyway hash a
//! file as it is. Liquibase hashes what it made of the file, which it alone can do again; the others keep no checksum.

use crate::{
    Connection, DatabaseError,
    books::{self, line_checksum, sha384},
    part::word,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use switchback_core::{
    migration::{Layout, Migration, Script, Set, says},
    said::Said,
};
use switchback_lint::Dialect;

/// An applied version whose file is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The version.
    pub version: String,
    /// Its file.
    pub path: String,
    /// What to do when the file is right as it is now.
    pub otherwise: String,
}

impl Edited {
    /// The ways out.
    pub fn way_out(&self) -> Said {
        says::ways::write_new_or(&self.otherwise)
    }

    /// What is wrong.
    pub fn why(&self) -> Said {
        says::edited_after_applied(&self.path, &self.version)
    }
}

impl std::fmt::Display for Edited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why())
    }
}

/// What became of a script that the tool runs again whenever it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// It was never run.
    Pending,
    /// It was run as it is.
    Applied,
    /// It changed since.
    Changed,
    /// It was run; whether it changed since, the tool alone can tell.
    Untold,
}

/// Such a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeatable {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: String,
    /// What became of it.
    pub state: Again,
}

/// The tool's checksums, by version; for what has none, by its name.
type Checksums = BTreeMap<String, Option<String>>;

/// The applied ones that were edited, and those that run again.
pub async fn edited(
    connection: &mut Connection,
    set: &Set,
    applied: impl Fn(&Migration) -> bool,
) -> Result<(Vec<Edited>, Vec<Repeatable>), DatabaseError> {
    let kept = checksums(connection, set).await?;
    let dialect = connection.dialect();
    let (mut edited, mut again) = (Vec::new(), Vec::new());
    for one in &set.migrations {
        let Some(up) = &one.up else { continue };
        let was = kept.get(if one.repeatable { &one.name } else { &one.version });
        let same = was.and_then(Option::as_ref).and_then(|was| Some(*was == checksum(set.layout, up)?));
        if one.repeatable {
            let state = match (was, same) {
                (None, _) if applied(one) => Again::Untold,
                (None, _) => Again::Pending,
                (Some(_), None) => Again::Untold,
                (Some(_), Some(true)) => Again::Applied,
                (Some(_), Some(false)) => Again::Changed,
            };
            again.push(Repeatable { name: one.name.clone(), path: up.path.clone(), state });
        } else if same == Some(false) && applied(one) {
            let otherwise = otherwise(dialect, set.layout, &one.version, up);
            edited.push(Edited { version: one.version.clone(), path: up.path.clone(), otherwise });
        }
    }
    Ok((edited, again))
}

fn checksum(layout: Layout, up: &Script) -> Option<String> {
    match layout {
        _ if up.file.is_empty() => None,
        Layout::Sqlx => Some(sha384(&up.file)),
        // Flyway puts values into these before it hashes.
        Layout::Flyway if up.file.contains("${") => None,
        Layout::Flyway => Some(line_checksum(&up.file).to_string()),
        _ => None,
    }
}

fn otherwise(dialect: Dialect, layout: Layout, version: &str, up: &Script) -> String {
    if layout == Layout::Flyway {
        return says::parts::flyway_repair().into();
    }
    let bytes = books::checksum(dialect, &up.file);
    format!("update _sqlx_migrations set checksum = {bytes} where version = {version}")
}

async fn checksums(connection: &mut Connection, set: &Set) -> Result<Checksums, DatabaseError> {
    let text = word(connection.dialect());
    let (table, query) = match (set.layout, connection.dialect()) {
        (Layout::Sqlx, Dialect::Postgres) => (
            "_sqlx_migrations",
            "select version::text, null, encode(checksum, 'hex') from _sqlx_migrations where success".to_owned(),
        ),
        (Layout::Sqlx, _) => (
            "_sqlx_migrations",
            format!("select cast(version as {text}), null, lower(hex(checksum)) from _sqlx_migrations where success"),
        ),
        (Layout::Flyway, _) => (
            "flyway_schema_history",
            format!(
                "select cast(version as {text}), cast(description as {text}), cast(checksum as {text}) from flyway_schema_history \
                 where success and type = 'SQL' order by installed_rank"
            ),
        ),
        _ => return Ok(Checksums::new()),
    };
    if !connection.has_table(table).await? {
        return Ok(Checksums::new());
    }
    let rows = connection.rows(&query).await.map_err(DatabaseError::doing("read the tool's checksums"))?;
    let named = |row: Vec<Option<String>>| {
        let [version, name, checksum] = row.try_into().ok()?;
        Some((version.or(name)?, checksum))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}
