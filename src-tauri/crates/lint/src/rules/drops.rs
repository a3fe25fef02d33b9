//! What is lost: columns, tables, objects, rows, names.

use super::{Context, Tell};
use crate::{
    Dialect, Rule, Where,
    op::{Object, Op, Placed},
    says,
};

pub fn judge(context: &Context<'_>, placed: &Placed, tell: Tell<'_>) {
    let in_down = context.place == Where::Down;
    // What an up did that cannot be told from its text may be what this takes back.
    let hidden = in_down && context.other.is_some_and(|up| up.unsure);
    match &placed.op {
        Op::DropColumn { table, column, .. } if hidden && context.before.column(table, column).is_none() => {}
        Op::DropTable { table, .. } if hidden && !context.before.tables.contains_key(table) => {}
        Op::Drop { object, name, .. } if hidden && !context.before.objects.contains(&(*object, name.clone())) => {}
        Op::DropColumn { table, column, cascade } => {
            column_goes(context, placed, (table, column), *cascade, tell);
        }
        Op::Rebuild { table, columns, .. } if !in_down => {
            let Some(was) = context.before.tables.get(table).filter(|was| was.whole) else { return };
            for lost in was.columns.keys().filter(|name| !columns.iter().any(|column| column.name == **name)) {
                tell(Rule::DropColumn, says::built_without(table, lost));
            }
        }
        Op::DropTable { table, cascade } => {
            let known = !in_down && context.before.tables.contains_key(table);
            if (context.is_own(table) && !known) || is_renamed_by_up(context, table) {
                return;
            }
            tell(Rule::DropTable, says::table_goes(table));
            if *cascade {
                tell(Rule::Cascade, says::refers_goes(table));
            }
        }
        Op::Truncate { table, cascade } => {
            if context.is_own(table) {
                return;
            }
            tell(Rule::Truncate, says::rows_go(table));
            if *cascade {
                tell(Rule::Cascade, says::rows_of_referring_go(table));
            }
        }
        Op::DropPartition { table, detached: None }
            if !context.undone().any(|op| matches!(op, Op::TableSetting { table: of } if of == table)) =>
        {
            tell(Rule::Truncate, says::partition_goes(table));
        }
        Op::DropConstraint { table, cascade: true, .. } if !context.is_own(table) => {
            tell(Rule::Cascade, says::keys_go(table));
        }
        Op::Drop { object, name, cascade } => object_goes(context, *object, name, *cascade, tell),
        Op::RenameColumn { table, from, to }
        | Op::Redefine { table, from, column: crate::op::Column { name: to, .. } }
            if from != to =>
        {
            let back = in_down
                && context.undone().any(|op| match op {
                    Op::RenameColumn { table: of, from: was, to: now } => of == table && was == to && now == from,
                    Op::Redefine { table: of, from: was, column } => of == table && was == to && column.name == *from,
                    _ => false,
                });
            let new = super::before(context.side, placed)
                .any(|op| matches!(op, Op::AddColumn { table: of, column } if of == table && column.name == *from));
            if context.is_own(table) || back || new {
                return;
            }
            tell(Rule::RenameColumn, says::column_renamed(table, from));
        }
        Op::RenameTable { from, to } => {
            let back = in_down
                && context
                    .undone()
                    .any(|op| matches!(op, Op::RenameTable { from: was, to: now } if was == to && now == from));
            // A view under the old name keeps old code running.
            let viewed = context
                .side
                .ops
                .iter()
                .any(|one| matches!(&one.op, Op::Create { object: Object::View, name, .. } if name == from));
            // Another table takes the name at once.
            let swapped =
                context.side.ops.iter().any(|one| matches!(&one.op, Op::RenameTable { to: now, .. } if now == from))
                    || context.side.made.contains(from);
            if context.side.made.contains(from) || back || viewed || swapped {
                return;
            }
            tell(Rule::RenameTable, says::table_renamed(from));
        }
        _ => {}
    }
}

fn is_renamed_by_up(context: &Context<'_>, table: &str) -> bool {
    context.undone().any(|op| matches!(op, Op::RenameTable { to, .. } if to == table))
        && context
            .side
            .made
            .iter()
            .any(|made| context.undone().any(|op| matches!(op, Op::RenameTable { from, .. } if from == made)))
}

fn rebuilds(context: &Context<'_>, table: &str) -> bool {
    context.undone().any(|op| matches!(op, Op::Rebuild { table: of, .. } if of == table))
}

fn object_goes(context: &Context<'_>, object: Object, name: &str, cascade: bool, tell: Tell<'_>) {
    let made = context.undone().any(|op| match op {
        Op::Create { object: kind, name: called, .. } => *kind == object && called == name,
        Op::Rename { object: kind, to, .. } => *kind == object && to == name,
        _ => false,
    });
    if made {
        return;
    }
    // What takes the name at once replaces it, and what was renamed away was the old one of a swap.
    let replaced = context.side.replaces(object, name) || context.side.renames_to(name);
    let swapped = context.side.ops.iter().any(|one| matches!(&one.op, Op::Rename { to, .. } if to == name));
    // A function of a trigger that this script drops.
    let on_own = object == Object::Trigger
        && context.side.ops.iter().any(|one| matches!(&one.op, Op::DropTable { table, .. } if context.is_own(table)));
    if !(replaced || swapped || on_own) {
        tell(Rule::DropDatabaseObject, says::object_goes(says::thing(object, name)));
    }
    if cascade && context.dialect != Dialect::Mysql {
        tell(Rule::Cascade, says::dependent_goes(name));
    }
}

fn column_goes(context: &Context<'_>, placed: &Placed, (table, column): (&str, &str), cascade: bool, tell: Tell<'_>) {
    let in_down = context.place == Where::Down;
    let made = in_down
        && context
            .undone()
            .any(|op| matches!(op, Op::AddColumn { table: of, column: made } if of == table && made.name == column));
    let renamed = in_down
        && context
            .undone()
            .any(|op| matches!(op, Op::RenameColumn { table: of, to, .. } if of == table && to == column));
    // A column that this script itself put there for a while.
    let own = super::before(context.side, placed)
        .any(|op| matches!(op, Op::AddColumn { table: of, column: made } if of == table && made.name == column));
    if context.is_own(table) || made || renamed || own || rebuilds(context, table) {
        return;
    }
    let was = context.before.column(table, column);
    if context.dialect == Dialect::Sqlite && was.is_some_and(|was| was.unique || was.primary) {
        tell(Rule::SqliteAlterLimits, says::sqlite_drop(format_args!("{table}.{column}")));
    }
    tell(Rule::DropColumn, says::column_goes(format_args!("{table}.{column}")));
    if cascade {
        tell(Rule::Cascade, says::dependent_goes(format_args!("{table}.{column}")));
    }
}
