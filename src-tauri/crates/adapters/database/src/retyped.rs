//! Columns that a way back gives another type: which of their values do not come through it.

use crate::{
    Connection, DatabaseError,
    books::text,
    overwritten::differs,
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
    /// The same, where a null is refused, or made a value by a server that is not strict.
    Filled,
    /// The server computes them anew.
    Computed,
}

/// Queries of the values that do not, the narrowest first; none where the two types say that all do.
pub async fn sources(connection: &mut Connection, one: &Retyped) -> Result<Vec<String>, DatabaseError> {
    let Retyped { table, column, ty, through } = one;
    let dialect = connection.dialect();
    let Some(old) = present(connection, table, column).await? else { return Ok(Vec::new()) };
    let (of, name) = (quoted(dialect, table), quoted(dialect, column));
    let whole = format!("select {name} from {of}");
    let all = format!("{whole} where {name} is not null");
    let was = clause::type_of(dialect, &old);
    let kept = types::keeps(dialect, &was, ty);
    if *through == Through::Computed {
        return Ok(vec![all]);
    }
    // What a copied value is written as is not told by a type of another name: then nobody says that it is another.
    if *through == Through::Copied && kept {
        return Ok(Vec::new());
    }
    let other = match (dialect, through) {
        (Dialect::Postgres, Through::Copied) => {
            let back = format!("cast(cast({name} as {}) as {old})", ty.shown());
            (zoned(&was) == zoned(ty)).then(|| format!("{all} and {}", differs(dialect, &name, &back)))
        }
        // There and back again: what is another value then was cut, rounded, or written over.
        (Dialect::Postgres, Through::Text { ty: written, using }) => {
            let value = using.clone().unwrap_or_else(|| name.clone());
            let back = format!("cast(cast(({value}) as {written}) as {old})");
            // What a time means elsewhere depends on the session, and an hour of autumn is there twice.
            match zoned(&was) == zoned(ty) {
                true => Some(format!("{all} and {}", differs(dialect, &name, &back))),
                false if ty.args.is_empty() && in_utc(&value, column) => return Ok(Vec::new()),
                false => None,
            }
        }
        (Dialect::Mysql, _) => {
            let nulls = format!("{whole} where {name} is null");
            match (kept, *through == Through::Filled) {
                (true, false) => return Ok(Vec::new()),
                (true, true) => Some(nulls),
                (false, filled) => unfit(&name, &was, ty).map(|unfit| {
                    let unfit = format!("({name} is not null and ({unfit}))");
                    format!(
                        "{whole} where {unfit}{}",
                        if filled { format!(" or {name} is null") } else { String::new() }
                    )
                }),
            }
        }
        (Dialect::Sqlite, _) => {
            return Ok(stored(&name, &old, ty).map(|other| format!("{all} and ({other})")).into_iter().collect());
        }
        _ => None,
    };
    let widest = if *through == Through::Filled { whole } else { all };
    Ok(other.into_iter().chain([widest]).collect())
}

/// Whether a type of PostgreSQL is a time that is the same everywhere; `None` where it is no time.
fn zoned(ty: &Type) -> Option<bool> {
    match ty.name.as_str() {
        "TIMESTAMPTZ" | "TIMETZ" => Some(true),
        "TIMESTAMP" | "TIME" | "DATE" => Some(false),
        _ => None,
    }
}

/// Whether it is the column's time in the zone that has each hour once.
fn in_utc(value: &str, column: &str) -> bool {
    let words: Vec<String> = value.split_whitespace().map(str::to_lowercase).collect();
    words == [column, "at", "time", "zone", "'utc'"]
}

/// What SQLite makes of values by the declared type of their column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Text,
    Number,
    Real,
    AsGiven,
}

impl Affinity {
    fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if has(&["INT"]) {
            Self::Number
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if has(&["BLOB"]) || declared.is_empty() {
            Self::AsGiven
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Number
        }
    }
}

/// The condition under which SQLite stores a value as another one in a column of the new type; `None` where it never does.
fn stored(name: &str, old: &str, new: &Type) -> Option<String> {
    let to = Affinity::of(&new.name);
    if to == Affinity::AsGiven || to == Affinity::of(old) {
        return None;
    }
    let back = |ty: &str| format!("cast(cast({name} as {ty}) as text) is not ({name} collate binary)");
    // A text is made a number where it looks like one, which the comparison with one tells.
    let text = |ty: &str| format!("typeof({name}) = 'text' and cast({name} as numeric) = {name} and {}", back(ty));
    Some(match to {
        Affinity::Number => text("numeric"),
        Affinity::Real => {
            format!(
                "({}) or (typeof({name}) = 'integer' and cast(cast({name} as real) as integer) <> {name})",
                text("real")
            )
        }
        _ => format!("typeof({name}) in ('integer', 'real') and cast(cast({name} as text) as numeric) <> {name}"),
    })
}

/// The type that it has now, as the server writes it.
pub async fn present(connection: &mut Connection, table: &str, column: &str) -> Result<Option<String>, DatabaseError> {
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
        Dialect::Sqlite => {
            format!("select type from pragma_table_info({}) where lower(name) = lower({name})", text(dialect, table))
        }
    };
    Ok(connection.names(&query).await?.into_iter().next())
}

/// The condition under which MySQL cuts, rounds or refuses a value of this type; `None` where none is known.
fn unfit(name: &str, old: &Type, new: &Type) -> Option<String> {
    let first = |otherwise: u64| new.args.first().copied().unwrap_or(otherwise);
    let fraction = if first(0) == 0 { String::new() } else { format!("({})", first(0)) };
    let family = Family::of(old)?;
    // A moment depends on the session's zone.
    if old.name == "TIMESTAMP" && new.name != "TIMESTAMP" {
        return None;
    }
    if !old.values.is_empty() && !matches!(new.name.as_str(), "CHAR" | "VARCHAR" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT") {
        let kept: Vec<String> =
            new.values.iter().map(|value| format!("cast({} as binary)", text(Dialect::Mysql, value))).collect();
        let unkept = || format!("cast(convert({name} using utf8mb4) as binary) not in ({})", kept.join(", "));
        return (!kept.is_empty() && old.name == new.name).then(unkept);
    }
    // A text is another one when it is not written as before: `007` is no number.
    let through = |cast: String| match family {
        Family::Text => format!("not (cast({name} as binary) <=> cast(cast({name} as {cast}) as binary))"),
        _ => format!("not ({name} <=> cast({name} as {cast}))"),
    };
    let whole = |(low, high): (i128, i128)| {
        let range = format!("not ({name} between {low} and {high} and {name} = round({name}))");
        match family {
            Family::Text => format!("{range} or {}", through("decimal(65,0)".to_owned())),
            _ => range,
        }
    };
    let of_time = matches!(family, Family::Text | Family::Time);
    Some(match new.name.as_str() {
        "CHAR" => format!(
            "char_length({name}) > {} or not (cast({name} as binary) <=> cast(rtrim({name}) as binary))",
            first(1)
        ),
        "VARCHAR" => format!("char_length({name}) > {}", first(0)),
        "TINYTEXT" => format!("length({name}) > 255"),
        "TEXT" => format!("length({name}) > 65535"),
        "MEDIUMTEXT" => format!("length({name}) > 16777215"),
        "LONGTEXT" => "false".to_owned(),
        "NUMERIC" if family != Family::Time => {
            let fits = through(format!("decimal({},{})", first(10), new.args.get(1).copied().unwrap_or(0)));
            if new.unsigned { format!("{name} < 0 or {fits}") } else { fits }
        }
        "DATE" if of_time => through("date".to_owned()),
        "TIME" if of_time => through(format!("time{fraction}")),
        "DATETIME" if of_time => through(format!("datetime{fraction}")),
        "TIMESTAMP" if old.name == "TIMESTAMP" => through(format!("datetime{fraction}")),
        _ if family != Family::Time => whole(range(new)?),
        _ => return None,
    })
}

/// The least and the most that a type of whole numbers holds.
pub fn range(ty: &Type) -> Option<(i128, i128)> {
    let bits = match ty.name.as_str() {
        "TINYINT" | "BOOLEAN" => 8,
        "SMALLINT" => 16,
        "MEDIUMINT" => 24,
        "INTEGER" => 32,
        "BIGINT" => 64,
        _ => return None,
    };
    let half = 1_i128 << (bits - 1);
    Some(if ty.unsigned { (0, 2 * half - 1) } else { (-half, half - 1) })
}

/// What values of MySQL are, where it is known how they are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Exact,
    Time,
}

impl Family {
    fn of(ty: &Type) -> Option<Self> {
        Some(match ty.name.as_str() {
            "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT" => Self::Text,
            "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INTEGER" | "BIGINT" | "NUMERIC" => Self::Exact,
            "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" => Self::Time,
            // An enumeration is its text to another one, and its number to a number.
            _ if !ty.values.is_empty() => Self::Text,
            _ => return None,
        })
    }
}
