//! How much one file does at once, and how many rows it writes.

use super::{Context, Hit};
use crate::{
    Rule, Where,
    op::{Object, Op, Placed},
    says,
};
use std::collections::{BTreeMap, BTreeSet};

pub fn judge(context: &Context<'_>, hits: &mut Vec<Hit>) {
    unbounded(context, hits);
    if context.place == Where::Up {
        mixed(context, hits);
        several(context, hits);
    }
}

/// Rows of a table that others use.
fn theirs<'a>(context: &'a Context<'_>, placed: &'a Placed) -> Option<&'a str> {
    let table = placed.op.table()?;
    let temporary = table.starts_with("temp.") || table.starts_with("pg_temp.");
    (placed.op.is_data() && !context.is_own(table) && !temporary).then_some(table)
}

fn unbounded(context: &Context<'_>, hits: &mut Vec<Hit>) {
    for placed in &context.side.ops {
        let Some(table) = theirs(context, placed) else { continue };
        let all = match &placed.op {
            Op::Update { bounded: false, columns, .. } => {
                // A down that fills again what it brings back has no other way.
                context.place == Where::Up || !columns.iter().all(|column| adds(context, table, column))
            }
            Op::Delete { bounded: false, .. } => true,
            _ => false,
        };
        if all {
            hits.push(Hit { rule: Rule::UnboundedUpdateOrDelete, line: placed.line, why: says::all_written(table) });
        }
    }
}

fn adds(context: &Context<'_>, table: &str, column: &str) -> bool {
    context
        .side
        .ops
        .iter()
        .any(|one| matches!(&one.op, Op::AddColumn { table: of, column: added } if of == table && added.name == column))
}

fn mixed(context: &Context<'_>, hits: &mut Vec<Hit>) {
    let passing = |placed: &Placed| placed.op.table().is_some_and(|table| context.side.temporary.contains(table));
    let schema = context.side.ops.iter().any(|placed| {
        placed.op.is_schema()
            && !passing(placed)
            && !matches!(
                placed.op,
                Op::TableSetting { .. }
                    | Op::Create { object: Object::Function | Object::Procedure, .. }
                    | Op::CreateTable { temporary: true, .. }
            )
    });
    let data = context.side.ops.iter().find(|placed| theirs(context, placed).is_some());
    if let Some(data) = data.filter(|_| schema) {
        let table = data.op.table().unwrap_or_default();
        hits.push(Hit { rule: Rule::SchemaAndDataMixed, line: data.line, why: says::mixed(table) });
    }
}

/// What a change is for, roughly; the same change to several tables is one intent.
fn intent(op: &Op) -> Option<String> {
    Some(match op {
        Op::CreateTable { temporary: false, .. } => "create".to_owned(),
        Op::AddColumn { column, .. } => format!("add {}", column.name),
        Op::DropColumn { column, .. } => format!("drop {column}"),
        Op::DropTable { .. } => "drop table".to_owned(),
        Op::RenameTable { .. } => "rename table".to_owned(),
        Op::RenameColumn { from, .. } => format!("rename {from}"),
        Op::AlterType { .. } | Op::Redefine { .. } => "type".to_owned(),
        Op::AddConstraint { .. } | Op::DropConstraint { .. } => "constraint".to_owned(),
        Op::CreateIndex { .. } | Op::DropIndex { .. } => "index".to_owned(),
        Op::Create { object: Object::View | Object::MaterializedView, .. } => "view".to_owned(),
        _ => return None,
    })
}

/// Tables that have nothing to do with each other, changed in different ways in one file.
fn several(context: &Context<'_>, hits: &mut Vec<Hit>) {
    let ops = &context.side.ops;
    // A table made of others is about them.
    if ops.iter().any(|placed| matches!(placed.op, Op::CreateTable { copied: true, .. })) {
        return;
    }
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, table) in ops.iter().filter_map(|placed| placed.op.table()).enumerate() {
        groups.entry(table).or_insert(number);
    }
    for placed in ops {
        let Some(table) = placed.op.table() else { continue };
        let linked: Vec<&str> = match &placed.op {
            Op::CreateTable { columns, constraints, .. } => columns
                .iter()
                .filter_map(|column| column.references.as_deref())
                .chain(constraints.iter().filter_map(|one| one.references.as_deref()))
                .collect(),
            Op::AddColumn { column, .. } => column.references.as_deref().into_iter().collect(),
            Op::AddConstraint { constraint, .. } => constraint.references.as_deref().into_iter().collect(),
            Op::Insert { from, .. } | Op::Update { from, .. } => from.iter().map(String::as_str).collect(),
            Op::RenameTable { to, .. } => vec![to.as_str()],
            _ => vec![],
        };
        for other in linked {
            if let (Some(a), Some(b)) = (groups.get(table).copied(), groups.get(other).copied()) {
                groups.values_mut().filter(|group| **group == b).for_each(|group| *group = a);
            }
        }
        // `note_id` of one table is about `notes`, whether it says so or not.
        if let Op::AddColumn { column, .. } = &placed.op
            && let Some(stem) = column.name.strip_suffix("_id")
        {
            let about: Vec<usize> =
                groups.iter().filter(|(name, _)| name.starts_with(stem)).map(|(_, group)| *group).collect();
            if let Some(a) = groups.get(table).copied() {
                groups.values_mut().filter(|group| about.contains(group)).for_each(|group| *group = a);
            }
        }
    }
    let mut intents: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let mut changes_old = false;
    let mut second: Option<usize> = None;
    for placed in ops {
        let (Some(table), Some(intent)) = (placed.op.table(), intent(&placed.op)) else { continue };
        let Some(group) = groups.get(table).copied() else { continue };
        changes_old |= !context.side.made.contains(table);
        if !intents.is_empty() && !intents.contains_key(&group) {
            second.get_or_insert(placed.line);
        }
        intents.entry(group).or_default().insert(intent);
    }
    let all: BTreeSet<&String> = intents.values().flatten().collect();
    let same = intents.values().all(|own| own.iter().collect::<BTreeSet<_>>() == all);
    if let Some(line) = second.filter(|_| changes_old && !same && intents.len() > 1) {
        hits.push(Hit { rule: Rule::SeveralIntents, line, why: says::several() });
    }
}
