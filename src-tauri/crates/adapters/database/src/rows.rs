//! Rows for a proof: one made up for each table that takes one, and all of them read as text, so that what a way there and
//! back loses can be named.

use crate::{Connection, DatabaseError, part::ident, schema::is_book};
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::says::parts;
use switchback_lint::Dialect;

/// Rows by table, each by its columns.
pub type Rows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

/// A table with its name in quotes.
#[derive(Default)]
struct Table {
    quoted: String,
    columns: Vec<Column>,
}

/// Words in MySQL's types whose values are no text.
const BYTES: [&str; 7] = ["blob", "binary", "bit", "geom", "point", "linestring", "polygon"];

/// A column as far as a sample needs it.
struct Column {
    name: String,
    ty: String,
    /// Whether the server fills it in by itself.
    filled: bool,
    /// Whether it is computed.
    computed: bool,
}

impl Column {
    /// Its value as text; bytes in hexadecimal.
    fn shown(&self, dialect: Dialect) -> String {
        let value = ident(dialect, &self.name);
        match dialect {
            Dialect::Postgres => format!("{value}::text"),
            Dialect::Sqlite => {
                format!("case typeof({value}) when 'blob' then hex({value}) else cast({value} as text) end")
            }
            Dialect::Mysql if BYTES.iter().any(|word| self.ty.contains(word)) => format!("hex({value})"),
            Dialect::Mysql => format!("cast({value} as char character set utf8mb4)"),
        }
    }
}

async fn columns(connection: &mut Connection, books: &[String]) -> Result<BTreeMap<String, Table>, DatabaseError> {
    let query = match connection.dialect() {
        Dialect::Postgres => {
            "select c.table_schema || '.' || c.table_name, quote_ident(c.table_schema) || '.' || quote_ident(c.table_name), c.column_name::text, \
             case when c.data_type = 'USER-DEFINED' then 'enum:' || coalesce((select min(e.enumlabel::text) from pg_enum e join pg_type t on t.oid = e.enumtypid \
             where t.typname = c.udt_name), '') else c.data_type || coalesce('(' || c.character_maximum_length || ')', '') end, \
             (c.column_default is not null or c.is_identity = 'YES')::text, (c.is_generated = 'ALWAYS')::text, c.table_name::text \
             from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name \
             where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema', 'sqitch') \
             and not exists (select from pg_class p where p.oid = format('%I.%I', c.table_schema, c.table_name)::regclass and p.relispartition) order by 1, 3"
        }
        Dialect::Mysql => {
            "select cast(c.table_name as char), concat('`', replace(c.table_name, '`', '``'), '`'), cast(c.column_name as char), cast(c.column_type as char), \
             if((c.column_default is not null and c.column_default <> 'NULL') or c.extra like '%auto_increment%', 'true', 'false'), if(c.extra like '%GENERATED%', 'true', 'false'), cast(c.table_name as char) \
             from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name \
             where c.table_schema = database() and t.table_type = 'BASE TABLE' order by 1, 3"
        }
        Dialect::Sqlite => {
            "select m.name, printf('\"%w\"', m.name), c.name, c.type, case when c.dflt_value is not null or (c.pk = 1 and upper(c.type) = 'INTEGER') then 'true' else 'false' end, \
             case when c.hidden in (2, 3) then 'true' else 'false' end, m.name \
             from pragma_table_list m join pragma_table_xinfo(m.name) c where m.schema = 'main' and m.type = 'table' and m.name not like 'sqlite_%' \
             order by 1, 3"
        }
    };
    let rows = connection.rows(query).await.map_err(DatabaseError::doing("read the columns"))?;
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in rows {
        let [Some(table), Some(quoted), Some(name), ty, filled, computed, Some(bare)] = row.as_slice() else {
            continue;
        };
        if is_book(bare, books) {
            continue;
        }
        let is = |flag: &Option<String>| flag.as_deref() == Some("true");
        let ty = ty.clone().unwrap_or_default().to_ascii_lowercase();
        // Values of an enumeration are told apart by case.
        let ty = if ty.starts_with("enum:") { row[3].clone().unwrap_or_default() } else { ty };
        let table = tables.entry(table.clone()).or_default();
        table.quoted.clone_from(quoted);
        table.columns.push(Column { name: name.clone(), ty, filled: is(filled), computed: is(computed) });
    }
    Ok(tables)
}

/// Numbers of sample rows: far from where a migration puts the rows of a lookup table, and low where that is not taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    High,
    Low,
}

impl Numbers {
    /// Whether the column is given a value: a key also where the server would count from 1.
    fn give(self, column: &Column) -> bool {
        let key = column.name.eq_ignore_ascii_case("id") || column.name.to_ascii_lowercase().ends_with("_id");
        !column.computed && (!column.filled || (self == Self::High && key))
    }

    fn whole(self, ty: &str) -> &'static str {
        match self {
            Self::Low => "1",
            Self::High if ty.contains("tinyint") => "101",
            Self::High => "20011",
        }
    }
}

/// A value that fits a type; `None` leaves the column out.
fn literal(ty: &str, numbers: Numbers) -> Option<String> {
    if let Some(label) = ty.strip_prefix("enum:") {
        return Some(format!("'{}'", label.replace('\'', "''")));
    }
    if let Some(labels) = ty.strip_prefix("enum(") {
        return labels.split([',', ')']).next().map(str::to_owned);
    }
    let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    let value = if has(&["bool"]) {
        "true"
    } else if has(&["json"]) {
        "'{}'"
    } else if has(&["uuid"]) {
        "'00000000-0000-4000-8000-000000000001'"
    } else if has(&["timestamp", "datetime"]) {
        "'2026-01-02 03:04:05'"
    } else if has(&["date"]) {
        "'2026-01-02'"
    } else if has(&["time"]) {
        "'03:04:05'"
    } else if has(&["int", "serial"]) {
        numbers.whole(ty)
    } else if has(&["numeric", "decimal", "double", "real", "float", "year"]) {
        "1"
    } else if has(&["char(1)", "char(2)"]) {
        "'s'"
    } else if has(&["char", "text", "clob"]) || ty.is_empty() {
        "'sam'"
    } else {
        return None;
    };
    Some(value.to_owned())
}

/// Rows that a proof makes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// There are none so far.
    Wanted,
    /// There are some, in one table at least.
    Made,
    /// None are to be there.
    Unwanted,
}

/// Puts one row into each empty table that takes one, where they are wanted. Which tables stay empty (for a rule of theirs,
/// say) is no fault, and is told.
pub async fn sample(
    connection: &mut Connection,
    books: &[String],
    samples: &mut Samples,
) -> Result<Vec<String>, DatabaseError> {
    let dialect = connection.dialect();
    let tables = columns(connection, books).await?;
    let mut open: Vec<(&String, &Table)> = Vec::new();
    for (name, table) in &tables {
        let first = connection.rows(&format!("select 1 from {} limit 1", table.quoted)).await;
        if first.map_err(DatabaseError::doing("read rows"))?.is_empty() {
            open.push((name, table));
        }
    }
    // A row that refers to another one waits for it: as many rounds as there are tables, at most.
    while *samples != Samples::Unwanted && !open.is_empty() {
        let before = open.len();
        let mut left = Vec::new();
        for (name, table) in open {
            let high = connection.run(&insert(dialect, table, Numbers::High)).await;
            if high.is_err() && connection.run(&insert(dialect, table, Numbers::Low)).await.is_err() {
                left.push((name, table));
            }
        }
        open = left;
        if open.len() == before {
            break;
        }
        *samples = Samples::Made;
    }
    let unseen = open.into_iter().map(|(name, _)| name.clone());
    Ok(unseen.chain(virtual_tables(connection).await?).collect())
}

/// SQLite's tables that a module keeps: their rows are not looked at.
async fn virtual_tables(connection: &mut Connection) -> Result<Vec<String>, DatabaseError> {
    match connection.dialect() {
        Dialect::Sqlite => {
            connection.names("select name from pragma_table_list where schema = 'main' and type = 'virtual'").await
        }
        Dialect::Postgres | Dialect::Mysql => Ok(Vec::new()),
    }
}

fn insert(dialect: Dialect, table: &Table, numbers: Numbers) -> String {
    let given: Vec<(&Column, String)> = table
        .columns
        .iter()
        .filter(|column| numbers.give(column))
        .filter_map(|column| Some((column, literal(&column.ty, numbers)?)))
        .collect();
    let names: Vec<String> = given.iter().map(|(column, _)| ident(dialect, &column.name)).collect();
    let values: Vec<&str> = given.iter().map(|(_, value)| value.as_str()).collect();
    match (given.is_empty(), dialect) {
        (true, Dialect::Mysql) => format!("insert into {} () values ()", table.quoted),
        (true, _) => format!("insert into {} default values", table.quoted),
        _ => format!("insert into {} ({}) values ({})", table.quoted, names.join(", "), values.join(", ")),
    }
}

/// All rows.
pub async fn read(connection: &mut Connection, books: &[String]) -> Result<Rows, DatabaseError> {
    let dialect = connection.dialect();
    let tables = columns(connection, books).await?;
    let mut all = Rows::new();
    for (name, Table { quoted, columns }) in tables {
        let shown: Vec<String> = columns.iter().map(|column| column.shown(dialect)).collect();
        let query = format!("select {} from {quoted}", shown.join(", "));
        let rows = connection.rows(&query).await.map_err(DatabaseError::doing("read rows"))?;
        let names = || columns.iter().map(|column| column.name.clone());
        all.insert(name, rows.into_iter().map(|row| names().zip(row).collect()).collect());
    }
    Ok(all)
}

/// What is not there any more, in words.
pub fn lost(before: &Rows, after: &Rows) -> Vec<String> {
    let mut told = Vec::new();
    for (table, rows) in before.iter().filter(|(_, rows)| !rows.is_empty()) {
        let now = after.get(table).map(Vec::as_slice).unwrap_or_default();
        if now.len() < rows.len() {
            told.push(parts::rows_gone(table, rows.len() - now.len(), rows.len()).into());
            continue;
        }
        let mut columns = BTreeSet::new();
        for row in rows.iter().filter(|row| !now.contains(row)) {
            let differs = |column: &&String| !now.iter().any(|other| other.get(*column) == row.get(*column));
            columns.extend(row.keys().filter(differs));
        }
        told.extend(columns.into_iter().map(|column| parts::values_gone(format_args!("{table}.{column}")).into()));
    }
    told
}
