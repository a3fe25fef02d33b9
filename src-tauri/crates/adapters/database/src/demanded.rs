//! Rows that are there and for which the server would refuse a script, counted before a script runs.
//!
//! A wrong refusal weighs more than one that is missed, so only that is counted which nothing before it in the scripts can
//! have changed: behind a statement that writes rows, or that is not understood, nobody knows what will be there.

use crate::{
    Connection, DatabaseError, Place,
    loss::{fits_anything, only_looks},
    part::{quoted, refused, rows, spellings},
    retyped::{present, range},
};
use secrecy::SecretString;
use std::collections::BTreeSet;
use switchback_core::{
    migration::Leg,
    port::Unmet,
    said::Said,
    says::{no_parent, no_value, not_checked, not_fitting, not_unique},
};
use switchback_lint::{
    Dialect, clause,
    demand::{Demand, demands},
    op::{Object, Op, Type},
    ops,
    statement::{Text, statements},
};

/// What of it there is, in the order in which the scripts would come to it.
pub(crate) async fn unmet(
    place: &Place,
    password: Option<&SecretString>,
    legs: &[Leg<'_>],
) -> Result<Vec<Unmet>, DatabaseError> {
    let asked = asked(place.dialect(), legs);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = Connection::open(place, password).await?;
    let found = counted(&mut connection, asked).await;
    connection.close().await;
    found
}

async fn counted(connection: &mut Connection, asked: Vec<Asked>) -> Result<Vec<Unmet>, DatabaseError> {
    only_looks(connection).await?;
    // There, what a column does not take is made what it takes.
    let fits = fits_anything(connection).await?;
    let mut found = Vec::new();
    for Asked { demand, version, path, line } in asked {
        if fits && matches!(demand, Demand::Value { .. } | Demand::Fits { .. }) {
            continue;
        }
        let Some(query) = rows_against(connection, &demand).await? else { continue };
        let rows = match rows(connection, &query).await {
            Ok(rows) => rows,
            // What is not there yet, may not be read, or takes too long to count is not known.
            Err(error) if refused(&error) || error.is_absent() || error.is_held_up() => 0,
            Err(error) => return Err(error),
        };
        if rows > 0 {
            found.push(Unmet { version, path, line, what: said(&demand, rows) });
        }
    }
    Ok(found)
}

struct Asked {
    demand: Demand,
    version: String,
    path: String,
    line: usize,
}

/// What is to be asked of the rows as they are.
fn asked(dialect: Dialect, legs: &[Leg<'_>]) -> Vec<Asked> {
    let mut all = Vec::new();
    let mut changed = Changed::default();
    for leg in legs {
        for one in statements(dialect, &leg.script.sql) {
            let ops = ops(dialect, &one.sql);
            let before = changed.clone();
            if ops.iter().any(|op| !changed.follows(op, &one, dialect)) {
                return all;
            }
            let known = |demand: &Demand| match demand {
                // What the statement itself does to the column is asked for.
                Demand::Fits { .. } => before.leaves(demand),
                Demand::Value { .. } if dialect == Dialect::Mysql => before.leaves(demand),
                _ => changed.leaves(demand),
            };
            let demands = demands(dialect, &one.sql, &ops).into_iter().filter(known);
            all.extend(demands.map(|demand| Asked {
                demand,
                version: leg.migration.version.clone(),
                path: leg.script.path.clone(),
                line: one.line,
            }));
        }
    }
    all
}

/// What is another one by now than the server has.
#[derive(Default, Clone)]
struct Changed {
    tables: BTreeSet<String>,
    columns: BTreeSet<(String, String)>,
}

impl Changed {
    /// Notices what an operation changes; whether it is known.
    fn follows(&mut self, op: &Op, one: &Text, dialect: Dialect) -> bool {
        match op {
            Op::CreateTable { table, filled: false, .. } | Op::DropTable { table, cascade: false } => {
                self.tables.insert(table.clone());
            }
            Op::RenameTable { from, to } => self.tables.extend([from.clone(), to.clone()]),
            Op::AddColumn { table, column } => drop(self.columns.insert((table.clone(), column.name.clone()))),
            Op::RenameColumn { table, from, to } => self.column(table, [from, to]),
            Op::AlterType { table, column, using: true, .. } => self.column(table, [column]),
            Op::Redefine { table, from, column } if *from != column.name => self.column(table, [from, &column.name]),
            Op::Create { object: Object::View, name, .. } | Op::Drop { object: Object::View, name, cascade: false } => {
                self.tables.insert(name.clone());
            }
            Op::Neutral => return is_plain(dialect, &one.sql),
            Op::DropColumn { cascade: false, .. }
            | Op::AlterType { .. }
            | Op::Redefine { .. }
            | Op::SetNotNull { .. }
            | Op::DropNotNull { .. }
            | Op::SetDefault { .. }
            | Op::DropDefault { .. }
            | Op::AddConstraint { .. }
            | Op::DropConstraint { cascade: false, .. }
            | Op::ValidateConstraint { .. }
            | Op::RenameConstraint { .. }
            | Op::CreateIndex { .. }
            | Op::DropIndex { cascade: false, .. }
            | Op::RenameIndex { .. }
            | Op::Create { object: Object::Type | Object::Sequence | Object::Extension, .. }
            | Op::Drop { object: Object::Type | Object::Sequence, cascade: false, .. }
            | Op::Owned { .. }
            | Op::EnumAdd { .. }
            | Op::Counter { .. }
            | Op::TableSetting { .. }
            | Op::Lock { .. }
            | Op::Begin
            | Op::Commit
            | Op::LockTimeout => {}
            _ => return false,
        }
        true
    }

    fn column<const N: usize>(&mut self, table: &str, columns: [&String; N]) {
        self.columns.extend(columns.map(|column| (table.to_owned(), column.clone())));
    }

    /// Whether what the demand looks at is as the server has it.
    fn leaves(&self, demand: &Demand) -> bool {
        let table = demand.table();
        let of = |table: &str, columns: &[String]| {
            !self.tables.contains(table)
                && !columns.iter().any(|column| self.columns.contains(&(table.to_owned(), column.clone())))
        };
        match demand {
            Demand::Value { column, .. } | Demand::Fits { column, .. } => of(table, std::slice::from_ref(column)),
            Demand::Unique { columns, .. } => of(table, columns),
            Demand::Parent { columns, of: parent, referred, .. } => of(table, columns) && of(parent, referred),
            // Which columns it looks at is not read.
            Demand::Check { .. } => of(table, &[]) && !self.columns.iter().any(|(of, _)| of == table),
        }
    }
}

/// Whether a statement that changes no schema sets nothing that matters and calls nothing.
fn is_plain(dialect: Dialect, sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().to_lowercase();
    match first.as_str() {
        "use" | "attach" | "pragma" | "reset" => false,
        "set" => clause::words(dialect, sql).iter().any(|word| word.ends_with("timeout")),
        _ => clause::calls(dialect, sql).is_empty(),
    }
}

/// The query of the rows that do not meet it; `None` where nobody can ask for them.
async fn rows_against(connection: &mut Connection, demand: &Demand) -> Result<Option<String>, DatabaseError> {
    let dialect = connection.dialect();
    let name = |name: &str| quoted(dialect, name);
    let Some(table) = spelled(connection, demand.table()).await? else { return Ok(None) };
    let of = name(&table);
    let present_all = |columns: &[String]| {
        columns.iter().map(|column| format!("{} is not null", name(column))).collect::<Vec<_>>().join(" and ")
    };
    Ok(Some(match demand {
        Demand::Value { column, .. } => format!("select 1 from {of} where {} is null", name(column)),
        Demand::Unique { columns, .. } => {
            let listed = columns.iter().map(|column| name(column)).collect::<Vec<_>>().join(", ");
            format!("select 1 from {of} where {} group by {listed} having count(*) > 1", present_all(columns))
        }
        Demand::Parent { columns, of: parent, referred, .. } => {
            let Some(parent) = spelled(connection, parent).await? else { return Ok(None) };
            let pairs = columns.iter().zip(referred);
            let pairs = pairs.map(|(own, other)| format!("switchback_parent.{} = {of}.{}", name(other), name(own)));
            format!(
                "select 1 from {of} where {} and not exists (select 1 from {} switchback_parent where {})",
                present_all(columns),
                name(&parent),
                pairs.collect::<Vec<_>>().join(" and ")
            )
        }
        Demand::Check { condition, .. } => format!("select 1 from {of} where not ({condition})"),
        Demand::Fits { column, ty, .. } => {
            let Some(now) = present(connection, &table, column).await? else { return Ok(None) };
            let Some(unfit) = unfit(dialect, &name(column), &clause::type_of(dialect, &now), ty) else {
                return Ok(None);
            };
            format!("select 1 from {of} where {unfit}")
        }
    }))
}

/// A table by the one name that it has on the server.
async fn spelled(connection: &mut Connection, table: &str) -> Result<Option<String>, DatabaseError> {
    let mut all = spellings(connection, table).await?;
    Ok(if all.len() == 1 { all.pop() } else { None })
}

/// The condition of values that the server refuses to put into a column of the new type; `None` where none is known.
fn unfit(dialect: Dialect, name: &str, old: &Type, new: &Type) -> Option<String> {
    let is_text = matches!(old.name.as_str(), "CHAR" | "VARCHAR" | "TINYTEXT" | "TEXT" | "MEDIUMTEXT" | "LONGTEXT");
    let is_whole = matches!(old.name.as_str(), "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INTEGER" | "BIGINT");
    if old.array || new.array {
        return None;
    }
    match new.name.as_str() {
        // Blanks at the end are cut without a word.
        "CHAR" | "VARCHAR" if is_text => {
            let most = new.args.first().copied().or((new.name == "CHAR").then_some(1))?;
            let cut = if dialect == Dialect::Postgres {
                format!("rtrim({name}::text, ' ')")
            } else {
                format!("rtrim({name})")
            };
            Some(format!("char_length({cut}) > {most}"))
        }
        "SMALLINT" | "INTEGER" | "BIGINT" if is_text && dialect == Dialect::Postgres => {
            Some(format!("{name}::text !~ '^\\s*[-+]?[0-9]+\\s*$'"))
        }
        _ if is_whole => {
            let (low, high) = range(new)?;
            Some(format!("{name} not between {low} and {high}"))
        }
        _ => None,
    }
}

fn said(demand: &Demand, rows: u64) -> Said {
    let of = |columns: &[String]| format!("{} ({})", demand.table(), columns.join(", "));
    match demand {
        Demand::Value { table, column } => no_value(format_args!("{table}.{column}"), rows),
        Demand::Unique { columns, .. } => not_unique(of(columns), rows),
        Demand::Parent { columns, of: parent, .. } => no_parent(of(columns), parent, rows),
        Demand::Check { table, condition } => not_checked(table, condition, rows),
        Demand::Fits { table, column, ty } => not_fitting(format_args!("{table}.{column}"), ty.shown(), rows),
    }
}
