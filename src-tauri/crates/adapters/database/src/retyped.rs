//! Columns that a way back gives another type: which of their values do not come through it.

use crate::{
    Connection, DatabaseError,
    books::text,
    part::{of_table, quoted, word},
};
use switchback_lint::{Dialect, clause, op::Type, types};

/// Such a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Retyped {
    pub table: String,
    pub column: String,
    /// Its new type.
    pub ty: Type,
    pub through: Through,
}

/// How its values get there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Through {
    /// PostgreSQL's own words: the type, and the expression where one is written.
    Text { ty: String, using: Option<String> },
    /// Copied into a column of the type, by the server's own rules.
    Copied,
    /// By the server's own rules.
    Unknown,
}

/// Queries of the values that do not, the narrowest first; none where the two types say that all do.
pub async fn sources(connection: &mut Connection, one: &Retyped) -> Result<Vec<String>, DatabaseError> {
    let Retyped { table, column, ty, through } = one;
    let dialect = connection.dialect();
    let Some(old) = present(connection, table, column).await? else { return Ok(Vec::new()) };
    let (of, name) = (quoted(dialect, table), quoted(dialect, column));
    let all = format!("select {name} from {of} where {name} is not null");
    // What a copied value is written as is not told by a type of another name: then nobody says that it is another.
    if *through == Through::Copied && types::keeps(dialect, &clause::type_of(dialect, &old), ty) {
        return Ok(Vec::new());
    }
    let other = match (dialect, through) {
        (Dialect::Postgres, Through::Copied) => {
            Some(format!("{all} and {name} is distinct from cast(cast({name} as {}) as {old})", ty.shown()))
        }
        // There and back again: what is another value then was cut, rounded, or written over.
        (Dialect::Postgres, Through::Text { ty, using }) => {
            let value = using.clone().unwrap_or_else(|| name.clone());
            Some(format!("{all} and {name} is distinct from cast(cast(({value}) as {ty}) as {old})"))
        }
        (Dialect::Mysql, _) => {
            if types::keeps(dialect, &clause::type_of(dialect, &old), ty) {
                return Ok(Vec::new());
            }
            unfit(&name, ty).map(|unfit| format!("{all} and ({unfit})"))
        }
        _ => None,
    };
    Ok(other.into_iter().chain([all]).collect())
}

/// The type that it has now, as the server writes it.
async fn present(connection: &mut Connection, table: &str, column: &str) -> Result<Option<String>, DatabaseError> {
    let dialect = connection.dialect();
    let name = text(dialect, column);
    let query = match dialect {
        Dialect::Postgres => format!(
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = to_regclass({}) and attname = {name} \
             and not attisdropped",
            text(dialect, &quoted(dialect, table))
        ),
        Dialect::Mysql => {
            let (ty, of) = (word(dialect), of_table(dialect, table));
            format!(
                "select cast(column_type as {ty}) from information_schema.columns where {of} and column_name = {name}"
            )
        }
        Dialect::Sqlite => return Ok(None),
    };
    Ok(connection.names(&query).await?.into_iter().next())
}

/// The condition under which MySQL cuts, rounds or refuses a value of this type; `None` where none is known.
fn unfit(name: &str, ty: &Type) -> Option<String> {
    let first = |otherwise: u64| ty.args.first().copied().unwrap_or(otherwise);
    let fraction = if first(0) == 0 { String::new() } else { format!("({})", first(0)) };
    let whole = |bits: u32| {
        let (low, high) =
            if ty.unsigned { (0, (1_i128 << bits) - 1) } else { (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1) };
        format!("not ({name} between {low} and {high} and {name} = round({name}))")
    };
    let through = |cast: String| format!("not ({name} <=> cast({name} as {cast}))");
    Some(match ty.name.as_str() {
        "CHAR" => format!("char_length({name}) > {}", first(1)),
        "VARCHAR" => format!("char_length({name}) > {}", first(0)),
        "TINYTEXT" => format!("length({name}) > 255"),
        "TEXT" => format!("length({name}) > 65535"),
        "MEDIUMTEXT" => format!("length({name}) > 16777215"),
        "TINYINT" => whole(8),
        "SMALLINT" => whole(16),
        "MEDIUMINT" => whole(24),
        "INTEGER" => whole(32),
        "BIGINT" => whole(64),
        "NUMERIC" => through(format!("decimal({},{})", first(10), ty.args.get(1).copied().unwrap_or(0))),
        "DATE" => through("date".to_owned()),
        "TIME" => through(format!("time{fraction}")),
        "DATETIME" | "TIMESTAMP" => through(format!("datetime{fraction}")),
        _ => return None,
    })
}
