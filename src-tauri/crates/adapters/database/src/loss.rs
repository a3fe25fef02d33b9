//! What a script would take away, counted in the database as it is.

use crate::{
    Connection, DatabaseError,
    books::text,
    cascade::{self, Along},
    fires,
    part::{Part, counted, of_table, quoted},
    taken::taken,
};
use switchback_core::{
    migration::{Leg, Set, Way},
    says::parts,
    schema::Loss,
};
use switchback_lint::Dialect;

/// Counts it; what cannot be counted on a way back is told without a number. Tables the script made itself count
/// nothing; what is not there cannot be lost; nor can a value that the
/// way there puts into every row, or one that the server computes.
pub async fn losses(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<Vec<Loss>, DatabaseError> {
    let mut found: Vec<Loss> = Vec::new();
    let loss = |what, rows| Loss { version: leg.migration.version.clone(), what, rows };
    let taken = taken(connection.dialect(), leg.script, own_schema(connection).await?.as_deref());
    let line = taken.untold;
    let fired =
        if leg.way == Way::Down && line.is_none() { fires::found(connection, &taken).await? } else { Vec::new() };
    let written = taken.written.clone();
    let parts = Part::all(connection, set, leg, taken).await?;
    let along = cascade::along(connection, &parts, &written).await?;
    for part in parts {
        if let Part::Position { sequence } = &part {
            let position = position(connection, sequence).await?;
            found.extend(position.map(|position| loss(told_position(sequence, &position), None)));
            continue;
        }
        if is_computed(connection, &part).await? {
            continue;
        }
        let rows = part.count(connection).await?;
        let what = part.what();
        match found.iter_mut().find(|loss| loss.what == what) {
            Some(loss) => loss.rows = loss.rows.map(|before| before + rows),
            None if rows > 0 => found.push(loss(what, Some(rows))),
            None => {}
        }
    }
    for Along { what, sources } in along {
        let rows = counted(connection, sources).await?;
        match found.iter_mut().find(|loss| loss.what == what) {
            Some(loss) => loss.rows = loss.rows.map(|before| before + rows),
            None if rows > 0 => found.push(loss(what, Some(rows))),
            None => {}
        }
    }
    if leg.way == Way::Down {
        let at = line.map(|line| format!("{}:{line}", leg.script.path));
        let untold = at.into_iter().chain(fired).map(|what| parts::of_statement(what).into());
        found.extend(untold.map(|what| loss(what, None)));
    }
    Ok(found)
}

/// The schema that names without one are in, where it has a name that can be written before them.
pub async fn own_schema(connection: &mut Connection) -> Result<Option<String>, DatabaseError> {
    let query = match connection.dialect() {
        Dialect::Postgres => "select current_schema()::text",
        Dialect::Mysql => "select cast(lower(database()) as char)",
        Dialect::Sqlite => return Ok(None),
    };
    Ok(connection.names(query).await?.into_iter().next())
}

/// How far a sequence counted; none where nothing was drawn of it, or it is not there.
pub async fn position(connection: &mut Connection, sequence: &str) -> Result<Option<String>, DatabaseError> {
    let dialect = connection.dialect();
    let of = quoted(dialect, sequence);
    let query = match dialect {
        Dialect::Postgres => format!("select last_value::text from {of} where is_called"),
        // It is kept in steps: numbers below may not have been drawn.
        Dialect::Mysql => format!(
            "select cast(next_not_cached_value - increment as char) from {of} where next_not_cached_value <> start_value"
        ),
        Dialect::Sqlite => return Ok(None),
    };
    match connection.names(&query).await {
        Ok(found) => Ok(found.into_iter().next()),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// In words.
pub fn told_position(sequence: &str, position: &str) -> String {
    parts::position(position, sequence).into()
}

/// Whether it is a column that the server computes from others.
async fn is_computed(connection: &mut Connection, part: &Part) -> Result<bool, DatabaseError> {
    let Part::Column { table, column, .. } = part else { return Ok(false) };
    let dialect = connection.dialect();
    let name = text(dialect, column);
    let query = match dialect {
        Dialect::Postgres => format!(
            "select attname::text from pg_attribute where attrelid = to_regclass({}) and attname = {name} and attgenerated <> ''",
            text(dialect, &quoted(dialect, table))
        ),
        Dialect::Mysql => format!(
            "select cast(column_name as char) from information_schema.columns where {} and column_name = {name} and generation_expression <> ''",
            of_table(dialect, table)
        ),
        Dialect::Sqlite => format!(
            "select name from pragma_table_xinfo({}) where lower(name) = lower({name}) and hidden in (2, 3)",
            text(dialect, table)
        ),
    };
    Ok(!connection.names(&query).await?.is_empty())
}
