//! What a script takes away: whole tables, rows that a condition picks, columns; and how each of it is asked for.

use crate::{
    Connection, DatabaseError,
    books::text,
    fires,
    names::Copy,
    overwritten::{self, differs},
    retyped::{self, Retyped},
    taken::Taken,
};
use std::collections::BTreeSet;
use switchback_core::migration::{Leg, Migration, Set};
use switchback_lint::{
    Dialect,
    clause::Assignment,
    op::{Default, Op},
    ops,
};

/// What goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All rows of a table.
    Rows { table: String },
    /// The same of one in a schema, where a dot in a name is no border.
    Within { schema: String, table: String },
    /// Those that a condition picks: what stands behind `delete from`.
    Picked { table: String, rest: String },
    /// A column. `filled`: the way there puts its default into every row.
    Column { table: String, column: String, filled: bool },
    /// A schema with all that is in it.
    Schema { name: String },
    /// The values that a statement writes over, in the rows that a condition picks.
    Overwritten { table: String, set: BTreeSet<Assignment>, picked: Option<String> },
    /// The values of a column that do not come through a change of its type.
    Retyped(Retyped),
    /// A table built anew, with what of it is in others.
    Rebuilt { table: String, copies: Vec<Copy> },
    /// How far a table, or one column of it, counted by itself.
    Counts { table: String, column: Option<String> },
    /// How far a sequence counted.
    Position { sequence: String },
}

impl Part {
    /// What a leg's script takes away by its text, as the server has it: the tables of schemas that go as a whole, the
    /// columns that a table built anew has not.
    pub async fn all(
        connection: &mut Connection,
        set: &Set,
        leg: &Leg<'_>,
        taken: Taken,
    ) -> Result<BTreeSet<Self>, DatabaseError> {
        let dialect = connection.dialect();
        let mut all = BTreeSet::new();
        for mut part in taken.parts {
            if let Self::Schema { name } = part {
                let of = text(dialect, &name);
                let query = format!(
                    "select cast(table_name as {}) from information_schema.tables where table_schema = {of} and table_type = 'BASE TABLE'",
                    word(dialect)
                );
                let tables = connection.names(&query).await?;
                all.extend(tables.into_iter().map(|table| {
                    if table.contains('.') || name.contains('.') {
                        Self::Within { schema: name.clone(), table }
                    } else {
                        Self::Rows { table: format!("{name}.{table}") }
                    }
                }));
                continue;
            }
            for spelled in spellings(connection, part.of()).await? {
                *part.of() = spelled;
                match part.clone() {
                    Self::Column { table, column, .. } => {
                        let filled = fills(dialect, set, leg.migration, &table, &column);
                        all.insert(Self::Column { table, column, filled });
                    }
                    Self::Rebuilt { table, copies } => {
                        let columns = columns(connection, &table).await?;
                        for (at, column) in columns.iter().enumerate() {
                            let column =
                                if dialect == Dialect::Postgres { column.clone() } else { column.to_lowercase() };
                            if !copies.iter().any(|copy| copy.keeps(&columns, at)) {
                                let filled = fills(dialect, set, leg.migration, &table, &column);
                                all.insert(Self::Column { table: table.clone(), column, filled });
                            }
                        }
                    }
                    Self::Counts { table, column } if dialect == Dialect::Postgres => {
                        let own = sequences(connection, &table, column.as_deref()).await?;
                        all.extend(own.into_iter().map(|sequence| Self::Position { sequence }));
                    }
                    Self::Overwritten { table, mut set, picked } => {
                        let fired = fires::set_by_triggers(connection, &table).await?.into_iter();
                        let fired: BTreeSet<Assignment> =
                            fired.map(|column| Assignment { column, value: None }).collect();
                        if !fired.is_empty() {
                            all.insert(Self::Overwritten { table: table.clone(), set: fired, picked: picked.clone() });
                        }
                        if set.is_empty() && dialect == Dialect::Mysql {
                            let stamps = stamps(connection, &table).await?.into_iter();
                            set.extend(stamps.map(|column| Assignment { column, value: None }));
                        }
                        if !set.is_empty() {
                            all.insert(Self::Overwritten { table, set, picked });
                        }
                    }
                    other => drop(all.insert(other)),
                }
            }
        }
        Ok(all)
    }

    /// The table or the like that it is of.
    pub fn of(&mut self) -> &mut String {
        match self {
            Self::Rows { table }
            | Self::Picked { table, .. }
            | Self::Column { table, .. }
            | Self::Overwritten { table, .. }
            | Self::Retyped(Retyped { table, .. })
            | Self::Rebuilt { table, .. }
            | Self::Counts { table, .. }
            | Self::Within { table, .. }
            | Self::Position { sequence: table }
            | Self::Schema { name: table } => table,
        }
    }

    /// Its name for people.
    pub fn what(&self) -> String {
        match self {
            Self::Rows { table } | Self::Picked { table, .. } => table.clone(),
            Self::Within { schema, table } => format!("{schema}.{table}"),
            Self::Column { table, column, .. } | Self::Retyped(Retyped { table, column, .. }) => {
                format!("{table}.{column}")
            }
            Self::Overwritten { table, set, .. } => {
                format!("{table}.{}", set.iter().map(|one| one.column.as_str()).collect::<Vec<_>>().join(", "))
            }
            Self::Rebuilt { table: name, .. } | Self::Schema { name } => name.clone(),
            Self::Counts { table: sequence, .. } | Self::Position { sequence } => {
                format!("the position of sequence {sequence}")
            }
        }
    }

    /// How many rows it is. What the server does not have is none; what it does not let be counted is not none.
    pub async fn count(&self, connection: &mut Connection) -> Result<u64, DatabaseError> {
        let sources = self.sources(connection).await?;
        counted(connection, sources).await
    }

    /// Queries of it, the narrowest first: where the server does not take one, the next names no less.
    pub async fn sources(&self, connection: &mut Connection) -> Result<Vec<String>, DatabaseError> {
        let dialect = connection.dialect();
        let whole = |table: &str| format!("select * from {}", quoted(dialect, table));
        Ok(match self {
            Self::Schema { .. } | Self::Rebuilt { .. } | Self::Position { .. } | Self::Counts { .. } => Vec::new(),
            Self::Retyped(one) => retyped::sources(connection, one).await?,
            Self::Overwritten { table, set, picked } => overwritten::sources(dialect, table, set, picked.as_deref()),
            Self::Rows { table } => vec![whole(table)],
            Self::Within { schema, table } => {
                vec![format!("select * from {}.{}", ident(dialect, schema), ident(dialect, table))]
            }
            Self::Picked { table, rest } => vec![format!("select * from {rest}"), whole(table)],
            Self::Column { table, column, filled } => {
                let (of, name) = (quoted(dialect, table), quoted(dialect, column));
                let all = format!("select {name} from {of} where {name} is not null");
                let default = if *filled { default(connection, table, column).await? } else { None };
                // A null beside a default was put there.
                match default {
                    Some(default) => {
                        vec![
                            format!("select {name} from {of} where {}", differs(dialect, &name, &default)),
                            whole(table),
                        ]
                    }
                    None => vec![all],
                }
            }
        })
    }
}

/// How many rows the first of these queries gives that the server takes.
pub async fn counted(connection: &mut Connection, sources: Vec<String>) -> Result<u64, DatabaseError> {
    Ok(taken_by(connection, sources).await?.map_or(0, |(_, rows)| rows))
}

/// The first of these queries that the server takes, with how many rows it gives; `None` where nothing of it is there.
pub async fn taken_by(
    connection: &mut Connection,
    sources: Vec<String>,
) -> Result<Option<(String, u64)>, DatabaseError> {
    let mut sources = sources.into_iter().peekable();
    while let Some(source) = sources.next() {
        match rows(connection, &source).await {
            Ok(rows) => return Ok(Some((source, rows))),
            Err(error) if refused(&error) && sources.peek().is_some() => {}
            Err(error) if error.is_absent() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// How many rows a query gives.
pub async fn rows(connection: &mut Connection, query: &str) -> Result<u64, DatabaseError> {
    let text = word(connection.dialect());
    let counted = connection.names(&format!("select cast(count(*) as {text}) from ({query}) switchback_rows")).await?;
    Ok(counted.first().and_then(|count| count.parse().ok()).unwrap_or(0))
}

/// Whether the server does not take the query, and would not later.
pub fn refused(error: &DatabaseError) -> bool {
    !error.is_held_up()
        && matches!(error, DatabaseError::Refused { source, .. } if source.as_database_error().is_some())
}

/// The type that everything can be cast to.
pub const fn word(dialect: Dialect) -> &'static str {
    if matches!(dialect, Dialect::Mysql) { "char" } else { "text" }
}

/// The names that a table has on the server. MySQL may tell those apart that differ in case alone, and its scripts are read
/// in lower case.
pub async fn spellings(connection: &mut Connection, table: &str) -> Result<Vec<String>, DatabaseError> {
    let own = vec![table.to_owned()];
    if connection.dialect() != Dialect::Mysql {
        return Ok(own);
    }
    let (name, shown) = match table.rsplit_once('.') {
        Some((schema, name)) => {
            let of = text(Dialect::Mysql, schema);
            (
                name,
                format!(
                    "concat(table_schema, '.', table_name) as char) from information_schema.tables where lower(table_schema) = {of}"
                ),
            )
        }
        None => {
            (table, "table_name as char) from information_schema.tables where table_schema = database()".to_owned())
        }
    };
    let query = format!("select cast({shown} and lower(table_name) = {}", text(Dialect::Mysql, name));
    let found = connection.names(&query).await?;
    Ok(if found.is_empty() { own } else { found })
}

/// A table's columns in their order, as the server has them.
pub async fn columns(connection: &mut Connection, table: &str) -> Result<Vec<String>, DatabaseError> {
    let dialect = connection.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            "select attname::text from pg_attribute where attrelid = to_regclass({}) and attnum > 0 and not attisdropped order by attnum",
            text(dialect, &quoted(dialect, table))
        ),
        Dialect::Mysql => format!(
            "select cast(column_name as char) from information_schema.columns where {} order by ordinal_position",
            of_table(dialect, table)
        ),
        Dialect::Sqlite => {
            let name = table.rsplit('.').next().unwrap_or(table);
            format!("select name from pragma_table_info({}) order by cid", text(dialect, name))
        }
    };
    connection.names(&query).await
}

/// The sequences of PostgreSQL that go with a table's columns, or with one of them.
async fn sequences(
    connection: &mut Connection,
    table: &str,
    column: Option<&str>,
) -> Result<Vec<String>, DatabaseError> {
    let dialect = Dialect::Postgres;
    let of = column.map(|column| format!(" and a.attname = {}", text(dialect, column))).unwrap_or_default();
    let query = format!(
        "select n.nspname || '.' || s.relname from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' \
         join pg_namespace n on n.oid = s.relnamespace join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid \
         where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') \
         and d.refobjid = to_regclass({}){of} order by 1",
        text(dialect, &quoted(dialect, table))
    );
    connection.names(&query).await
}

/// MySQL's columns that get the time whenever another one of their row is changed.
async fn stamps(connection: &mut Connection, table: &str) -> Result<Vec<String>, DatabaseError> {
    let query = format!(
        "select cast(column_name as char) from information_schema.columns where {} and extra like '%on update%' order by 1",
        of_table(Dialect::Mysql, table)
    );
    connection.names(&query).await
}

/// Where MySQL's information schema tells of a table.
pub fn of_table(dialect: Dialect, table: &str) -> String {
    let (schema, name) = table.rsplit_once('.').map_or((None, table), |(schema, name)| (Some(schema), name));
    let schema = schema.map_or_else(|| "database()".to_owned(), |schema| text(dialect, schema));
    format!("table_schema = {schema} and table_name = {}", text(dialect, name))
}

/// A name of one part in quotes, which nothing in it ends. SQLite takes one in double quotes that it does not know for a
/// text.
pub fn ident(dialect: Dialect, name: &str) -> String {
    let mark = if dialect == Dialect::Postgres { "\"" } else { "`" };
    format!("{mark}{}{mark}", name.replace(mark, &mark.repeat(2)))
}

/// The same of one whose parts dots divide.
pub fn quoted(dialect: Dialect, name: &str) -> String {
    name.split('.').map(|part| ident(dialect, part)).collect::<Vec<_>>().join(".")
}

/// A column's default as the server writes it.
async fn default(connection: &mut Connection, table: &str, column: &str) -> Result<Option<String>, DatabaseError> {
    let dialect = connection.dialect();
    let (of, name) = (text(dialect, &quoted(dialect, table)), text(dialect, column));
    let query = match dialect {
        Dialect::Postgres => format!(
            "select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum \
             where d.adrelid = to_regclass({of}) and a.attname = {name}"
        ),
        Dialect::Mysql => return Ok(Some(format!("default({})", quoted(dialect, column)))),
        Dialect::Sqlite => {
            format!("select dflt_value from pragma_table_info({}) where name = {name}", text(dialect, table))
        }
    };
    Ok(connection.names(&query).await?.into_iter().next())
}

/// Whether the way there adds the column with a default that is the same for all rows, and nothing in the folder gives it
/// another: whoever goes there again finds the same value.
fn fills(dialect: Dialect, set: &Set, migration: &Migration, table: &str, column: &str) -> bool {
    let is = |of: &str, name: &str| of == table && name == column;
    let adds = |op: &Op| matches!(op, Op::AddColumn { table: of, column: added } if is(of, &added.name) && added.default == Some(Default::Constant));
    let changes = |op: &Op| match op {
        Op::SetDefault { table: of, column: name }
        | Op::DropDefault { table: of, column: name }
        | Op::AlterType { table: of, column: name, .. } => is(of, name),
        Op::Redefine { table: of, from, column } => is(of, from) || is(of, &column.name),
        Op::RenameColumn { table: of, from, to } => is(of, from) || is(of, to),
        Op::RenameTable { from, to } => from == table || to == table,
        _ => false,
    };
    let up = |one: &Migration| one.up.as_ref().map(|script| ops(dialect, &script.sql)).unwrap_or_default();
    up(migration).iter().any(adds) && !set.migrations.iter().any(|one| up(one).iter().any(changes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::migration::{Layout, SourceFile, read};

    #[test]
    fn a_name_cannot_end_its_quotes() {
        let name = "p1\") s; create table pwned(i int); --";
        assert_eq!(quoted(Dialect::Postgres, name), "\"p1\"\") s; create table pwned(i int); --\"");
        assert_eq!(quoted(Dialect::Mysql, "a`b.c"), "`a``b`.`c`");
    }

    fn of(up: &str, down: &str) -> Set {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
        read(Layout::GolangMigrate, &[file("1_a.up.sql", up), file("1_a.down.sql", down)])
    }

    #[test]
    fn a_default_fills_a_column_unless_something_gives_it_another() {
        let told = |up: &str| {
            let set = of(up, "alter table users drop column kind;");
            fills(Dialect::Postgres, &set, &set.migrations[0], "users", "kind")
        };
        let add = "alter table users add column kind text not null default 'new';";
        assert!(told(add));
        assert!(!told("alter table users add column kind text;"));
        assert!(!told("alter table users add column kind timestamptz default now();"));
        assert!(!told(&format!("{add} alter table users alter column kind set default 'old';")));
    }
}
