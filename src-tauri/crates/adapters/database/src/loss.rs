//! What a script would take away, counted in the database as it is.

use crate::{Connection, DatabaseError};
use std::collections::BTreeSet;
use switchback_core::{
    migration::{Leg, Script},
    schema::Loss,
};
use switchback_lint::{
    Dialect,
    op::{Object, Op},
    ops,
};

/// What of a table goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Rows(String),
    Column(String, String),
    Schema(String),
}

/// Counts it. Tables the script made itself count nothing; what is not there cannot be lost.
pub async fn losses(connection: &mut Connection, leg: &Leg<'_>) -> Result<Vec<Loss>, DatabaseError> {
    let dialect = connection.dialect();
    let mut found = Vec::new();
    for part in named(connection, parts(dialect, leg.script)).await? {
        let (what, query) = match &part {
            Part::Schema(_) => continue,
            Part::Rows(table) => (table.clone(), format!("select count(*) from {}", quoted(dialect, table))),
            Part::Column(table, column) => {
                let (of, name) = (quoted(dialect, table), quoted(dialect, column));
                (format!("{table}.{column}"), format!("select count(*) from {of} where {name} is not null"))
            }
        };
        let text = if dialect == Dialect::Mysql { "char" } else { "text" };
        let counted = query.replacen("count(*)", &format!("cast(count(*) as {text})"), 1);
        let rows = match connection.names(&counted).await {
            Ok(rows) => rows.first().and_then(|count| count.parse().ok()).unwrap_or(0),
            // The server has no such table or column.
            Err(DatabaseError::Refused { source, .. }) if source.as_database_error().is_some() => 0,
            Err(error) => return Err(error),
        };
        if rows > 0 {
            found.push(Loss { version: leg.migration.version.clone(), what, rows });
        }
    }
    Ok(found)
}

/// With the tables of schemas that go as a whole.
async fn named(connection: &mut Connection, parts: BTreeSet<Part>) -> Result<BTreeSet<Part>, DatabaseError> {
    let text = if connection.dialect() == Dialect::Mysql { "char" } else { "text" };
    let mut all = BTreeSet::new();
    for part in parts {
        if let Part::Schema(name) = &part {
            let of = name.replace('\'', "''");
            let query = format!(
                "select cast(table_name as {text}) from information_schema.tables where table_schema = '{of}' and table_type = 'BASE TABLE'"
            );
            let tables = connection.names(&query).await?;
            all.extend(tables.into_iter().map(|table| Part::Rows(format!("{name}.{table}"))));
        }
        all.insert(part);
    }
    Ok(all)
}

fn parts(dialect: Dialect, script: &Script) -> BTreeSet<Part> {
    let (mut parts, mut made) = (BTreeSet::new(), BTreeSet::new());
    for op in ops(dialect, &script.sql) {
        match op {
            Op::CreateTable { table, .. } | Op::Rebuild { table, .. } => drop(made.insert(table)),
            Op::DropTable { table, .. } | Op::Truncate { table, .. } | Op::Delete { table, .. }
                if !made.contains(&table) =>
            {
                parts.insert(Part::Rows(table));
            }
            Op::DropColumn { table, column, .. } if !made.contains(&table) => {
                parts.insert(Part::Column(table, column));
            }
            Op::Create { object: Object::Schema | Object::Database, name, .. } => drop(made.insert(name)),
            Op::Drop { object: Object::Schema | Object::Database, ref name, .. }
                if op.sweeps() && !made.contains(name) =>
            {
                parts.insert(Part::Schema(name.clone()));
            }
            _ => {}
        }
    }
    // A column goes with its table.
    let rows = parts.clone();
    parts.retain(|part| !matches!(part, Part::Column(table, _) if rows.contains(&Part::Rows(table.clone()))));
    parts
}

fn quoted(dialect: Dialect, name: &str) -> String {
    let mark = if dialect == Dialect::Mysql { '`' } else { '"' };
    name.split('.').map(|part| format!("{mark}{part}{mark}")).collect::<Vec<_>>().join(".")
}
