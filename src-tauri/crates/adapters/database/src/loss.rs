//! What a script would take away, counted in the database as it is.

use crate::{
    Connection, DatabaseError,
    books::text,
    part::{Part, of_table, quoted},
    uncounted::uncounted,
};
use switchback_core::{
    migration::{Leg, Set, Way},
    schema::Loss,
};
use switchback_lint::Dialect;

/// Counts it; what cannot be counted on a way back is told without a number. Tables the script made itself count
/// nothing; what is not there cannot be lost; nor can a value that the
/// way there puts into every row, or one that the server computes.
pub async fn losses(connection: &mut Connection, set: &Set, leg: &Leg<'_>) -> Result<Vec<Loss>, DatabaseError> {
    let mut found: Vec<Loss> = Vec::new();
    for part in Part::all(connection, set, leg).await? {
        if is_computed(connection, &part).await? {
            continue;
        }
        let rows = part.count(connection).await?;
        let what = part.what();
        match found.iter_mut().find(|loss| loss.what == what) {
            Some(loss) => loss.rows = loss.rows.map(|before| before + rows),
            None if rows > 0 => found.push(Loss { version: leg.migration.version.clone(), what, rows: Some(rows) }),
            None => {}
        }
    }
    let unknown = uncounted(connection.dialect(), leg.script).filter(|_| leg.way == Way::Down);
    found.extend(unknown.map(|what| Loss { version: leg.migration.version.clone(), what, rows: None }));
    Ok(found)
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
