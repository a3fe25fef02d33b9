//! How far a run came, written into the database it changes: one row while a script of several units is under way, and
//! no table at all otherwise. There, and not in a history elsewhere, because there it is kept together with what it
//! speaks of, and whoever comes next finds it.

use crate::{Connection, DatabaseError, books::text};
use switchback_core::migration::{Layout, Leg, Script, Way};
use switchback_lint::Dialect;

/// The table's name.
pub const TABLE: &str = "switchback_migration";

/// The row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The version.
    pub version: String,
    /// Which of its scripts.
    pub way: Way,
    /// Whether the other script is being run to undo what of this one had been done.
    pub undoing: bool,
    /// The checksum of the script that is being run.
    pub checksum: String,
    /// How many of its units are done.
    pub done: usize,
    /// Whether the next one was begun outside of a transaction.
    pub began: bool,
    /// The schema's hash before that.
    pub schema: String,
    /// The same before the whole script; empty where that was not written down.
    pub before: String,
}

/// The statement that makes the table.
pub fn make() -> String {
    format!(
        "create table if not exists {TABLE} (id integer primary key, layout varchar(20) not null, version varchar(255) not null, way varchar(8) not null, undoing integer not null, checksum varchar(80) not null, done integer not null, began integer not null, schema_was varchar(80) not null, schema_before varchar(80) not null)"
    )
}

/// The statement that writes the row at the beginning.
pub fn begin(dialect: Dialect, layout: Layout, leg: &Leg<'_>, schema: &str) -> String {
    format!(
        "insert into {TABLE} (id, layout, version, way, undoing, checksum, done, began, schema_was, schema_before) values (1, '{}', {}, '{}', 0, '{}', 0, 0, '', '{schema}')",
        layout.as_str(),
        text(dialect, &leg.migration.version),
        leg.way.as_str(),
        leg.script.checksum
    )
}

/// The statement that says how many units are done.
pub fn done(units: usize) -> String {
    format!("update {TABLE} set done = {units}, began = 0 where id = 1")
}

/// The statement that says that the next unit begins outside of a transaction.
pub fn began(schema: &str) -> String {
    format!("update {TABLE} set began = 1, schema_was = '{schema}' where id = 1")
}

/// The statement that turns to undoing, by the units of `script` from `first` on.
pub fn turn(script: &Script, first: usize) -> String {
    format!("update {TABLE} set undoing = 1, checksum = '{}', done = {first}, began = 0 where id = 1", script.checksum)
}

/// The statement that removes the row.
pub fn end() -> String {
    format!("delete from {TABLE} where id = 1")
}

/// The statement that removes the table.
pub fn drop_table() -> String {
    format!("drop table if exists {TABLE}")
}

/// The row, when there is one.
pub async fn read(connection: &mut Connection) -> Result<Option<Row>, DatabaseError> {
    if !connection.has_table(TABLE).await? {
        return Ok(None);
    }
    let text = if connection.dialect() == Dialect::Mysql { "char" } else { "text" };
    let query = |before: &str| {
        format!(
            "select cast(version as {text}), cast(way as {text}), cast(undoing as {text}), cast(checksum as {text}), cast(done as {text}), cast(began as {text}), cast(schema_was as {text}), {before} from {TABLE}"
        )
    };
    let doing = DatabaseError::doing("read how far a run came");
    let rows = match connection.rows(&query(&format!("cast(schema_before as {text})"))).await.map_err(doing) {
        // A run of an earlier Switchback left it.
        Err(error) if error.is_absent() => {
            let doing = DatabaseError::doing("read how far a run came");
            connection.rows(&query("''")).await.map_err(doing)?
        }
        rows => rows?,
    };
    let Some(
        [Some(version), Some(way), Some(undoing), Some(checksum), Some(done), Some(began), Some(schema), Some(before)],
    ) = rows.first().map(Vec::as_slice)
    else {
        return Ok(None);
    };
    Ok(Some(Row {
        version: version.clone(),
        way: if way == Way::Down.as_str() { Way::Down } else { Way::Up },
        undoing: undoing == "1",
        checksum: checksum.clone(),
        done: done.parse().unwrap_or(0),
        began: began == "1",
        schema: schema.clone(),
        before: before.clone(),
    }))
}
