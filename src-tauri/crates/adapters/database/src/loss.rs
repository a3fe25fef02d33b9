//! What a script would take away, counted in the database as it is.

use crate::{
    Connection, DatabaseError,
    books::text,
    cascade::{self, Along},
    fires,
    part::{Part, ident, of_table, quoted, taken_by},
    retyped::{Retyped, Through},
    taken::taken,
};
use std::collections::BTreeSet;
use switchback_core::{
    migration::{Leg, Set, Way},
    says::parts,
    schema::Loss,
};
use switchback_lint::{Dialect, ops};

/// What goes, and the queries by which it was counted.
#[derive(Default)]
pub struct Tally {
    /// What goes.
    pub losses: Vec<Loss>,
    /// What of it has a number, or had none to give.
    pub counted: Vec<Counted>,
}

/// One query of a count.
pub struct Counted {
    /// What it counts, in words.
    pub what: String,
    /// The table in quotes, where it is of one alone.
    pub table: Option<String>,
    /// Whether the table's form stays: the script writes its rows, which nobody who reads has to wait for.
    pub stays: bool,
    /// Gives the rows.
    pub query: String,
}

impl Tally {
    /// Adds it to what is told of the same already.
    pub fn tell(&mut self, loss: Loss) {
        match self.losses.iter_mut().find(|one| one.what == loss.what) {
            Some(one) => one.rows = one.rows.zip(loss.rows).map(|(before, more)| before + more),
            None => self.losses.push(loss),
        }
    }

    fn count(&mut self, version: &str, counted: Counted, rows: u64) {
        if rows > 0 {
            self.tell(Loss { version: version.to_owned(), what: counted.what.clone(), rows: Some(rows) });
        }
        self.counted.push(counted);
    }
}

/// Counts it; what cannot be counted on a way back is told without a number. Tables the script made itself count
/// nothing; what is not there cannot be lost; nor can a value that the
/// way there puts into every row, or one that the server computes.
pub async fn tally(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<Tally, DatabaseError> {
    let mut tally = Tally::default();
    let version = leg.migration.version.as_str();
    let untold = |what| Loss { version: version.to_owned(), what, rows: None };
    let taken = taken(connection.dialect(), leg.script, own_schema(connection).await?.as_deref());
    only_looks(connection).await?;
    let mut line = taken.untold;
    if taken.fitted.is_some() && fits_anything(connection).await? {
        line = line.into_iter().chain(taken.fitted).min();
    }
    let fired =
        if leg.way == Way::Down && line.is_none() { fires::found(connection, &taken).await? } else { Vec::new() };
    let written = taken.written.clone();
    let forms = ops(connection.dialect(), &leg.script.sql).into_iter().filter(|op| !op.is_data());
    let changed: BTreeSet<String> = forms.filter_map(|op| op.table().map(str::to_owned)).collect();
    let parts = Part::all(connection, set, leg, taken).await?;
    let along = cascade::along(connection, &parts, &written).await?;
    for part in parts {
        let counts = match &part {
            Part::Position { sequence } => Some((sequence, position(connection, sequence).await?)),
            Part::Counts { table, .. } => Some((table, last_number(connection, table).await?)),
            _ => None,
        };
        if let Some((of, position)) = counts {
            tally.losses.extend(position.map(|position| untold(told_position(of, &position))));
            continue;
        }
        if is_computed(connection, &part).await? {
            continue;
        }
        if is_hidden(connection, &part).await? {
            tally.tell(untold(parts::hidden_rows(part.what()).into()));
            continue;
        }
        let sources = part.sources(connection).await?;
        let table = quoted(connection.dialect(), part.clone().of());
        if let Some((query, rows)) = taken_by(connection, sources).await? {
            let of_one = !matches!(part, Part::Within { .. });
            let rows_alone = matches!(part, Part::Picked { .. } | Part::Overwritten { .. });
            let stays = rows_alone && !changed.contains(part.clone().of());
            tally.count(version, Counted { what: part.what(), table: of_one.then_some(table), stays, query }, rows);
        }
    }
    for Along { what, sources } in along {
        if let Some((query, rows)) = taken_by(connection, sources).await? {
            tally.count(version, Counted { what, table: None, stays: true, query }, rows);
        }
    }
    if leg.way == Way::Down {
        let at = line.map(|line| format!("{}:{line}", leg.script.path));
        let found = at.into_iter().chain(fired).map(|what| untold(parts::of_statement(what).into()));
        tally.losses.extend(found);
    }
    Ok(tally)
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

/// The last number that a table of MySQL or SQLite counted by itself, where that is more than is in a row: numbers that it
/// forgets are handed out again.
async fn last_number(connection: &mut Connection, table: &str) -> Result<Option<String>, DatabaseError> {
    let dialect = connection.dialect();
    let of = quoted(dialect, table);
    let query = match dialect {
        Dialect::Mysql => {
            // MySQL tells what it knew a day ago otherwise; MariaDB has no such word.
            let _ = connection.run("set session information_schema_stats_expiry = 0").await;
            let counts = format!(
                "select cast(column_name as char) from information_schema.columns where {} and extra like '%auto_increment%'",
                of_table(dialect, table)
            );
            let Some(column) = connection.names(&counts).await?.into_iter().next() else { return Ok(None) };
            format!(
                "select cast(auto_increment - 1 as char) from information_schema.tables where {} \
                 and auto_increment > 1 + (select coalesce(max({}), 0) from {of})",
                of_table(dialect, table),
                ident(dialect, &column)
            )
        }
        Dialect::Sqlite => format!(
            "select cast(seq as text) from sqlite_sequence where lower(name) = lower({}) and seq > (select coalesce(max(rowid), 0) from {of})",
            text(dialect, table)
        ),
        Dialect::Postgres => return Ok(None),
    };
    match connection.names(&query).await {
        Ok(found) => Ok(found.into_iter().next()),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes sure that what is asked for changes nothing, whatever code is on the way, and that the server leaves no row out of
/// an answer unsaid.
pub async fn only_looks(connection: &mut Connection) -> Result<(), DatabaseError> {
    let all: &[&str] = match connection.dialect() {
        Dialect::Postgres => &["set default_transaction_read_only = on", "set row_security = off"],
        Dialect::Mysql => &["set session transaction read only"],
        Dialect::Sqlite => &["pragma query_only = on"],
    };
    for one in all {
        connection.run(one).await.map_err(DatabaseError::doing("have a connection only look"))?;
    }
    Ok(())
}

/// Whether PostgreSQL shows this login only some of a table's rows.
pub async fn is_hidden(connection: &mut Connection, part: &Part) -> Result<bool, DatabaseError> {
    if connection.dialect() != Dialect::Postgres {
        return Ok(false);
    }
    let name = match part {
        Part::Within { schema, table } => {
            format!("{}.{}", ident(Dialect::Postgres, schema), ident(Dialect::Postgres, table))
        }
        other => quoted(Dialect::Postgres, other.clone().of()),
    };
    let query = format!(
        "select relname::text from pg_class where oid = to_regclass({}) and row_security_active(oid)",
        text(Dialect::Postgres, &name)
    );
    Ok(!connection.names(&query).await?.is_empty())
}

/// Whether MySQL makes values fit that do not, instead of refusing them.
pub async fn fits_anything(connection: &mut Connection) -> Result<bool, DatabaseError> {
    if connection.dialect() != Dialect::Mysql {
        return Ok(false);
    }
    let modes = connection.names("select cast(@@sql_mode as char)").await?;
    Ok(!modes.iter().any(|modes| modes.contains("STRICT_TRANS_TABLES") || modes.contains("STRICT_ALL_TABLES")))
}

/// In words.
pub fn told_position(sequence: &str, position: &str) -> String {
    parts::position(position, sequence).into()
}

/// Whether it is a column that the server computes from others.
async fn is_computed(connection: &mut Connection, part: &Part) -> Result<bool, DatabaseError> {
    let (Part::Column { table, column, .. } | Part::Retyped(Retyped { table, column, through: Through::Computed, .. })) =
        part
    else {
        return Ok(false);
    };
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
