//! Columns that are added or change their type.

use super::{Context, Tell};
use crate::{
    Dialect, Rule, Where,
    op::{Column, Default, Generated, Op, Placed, Type},
    says,
    types::{Change, change},
};

pub fn judge(context: &Context<'_>, placed: &Placed, tell: Tell<'_>) {
    match &placed.op {
        Op::AddColumn { table, column } if !context.is_own(table) => added(context, table, column, tell),
        Op::CreateTable { table, columns, .. } => columns.iter().for_each(|column| counts(table, column, tell)),
        Op::AlterType { table, column, ty, using, shortens, collation } if !context.is_own(table) => {
            if restores(context, table, column) {
                return;
            }
            if *shortens {
                tell(Rule::NarrowingType, says::cut_to_fit(format_args!("{table}.{column}")));
                return;
            }
            if *collation {
                tell(Rule::CharsetOrCollationChange, says::column_sorts_otherwise(format_args!("{table}.{column}")));
            }
            retyped(context, table, column, ty, *using, tell);
        }
        Op::Redefine { table, from, column } if !context.is_own(table) => redefined(context, table, from, column, tell),
        Op::Rebuild { table, columns, .. } => {
            for column in columns {
                if let (Some(was), Some(now)) = (context.before.ty(table, &column.name), &column.ty)
                    && context.place == Where::Up
                    && change(context.dialect, was, now) == Change::Narrows
                    && context.dialect != Dialect::Sqlite
                {
                    tell(Rule::NarrowingType, says::becomes_smaller(format_args!("{table}.{}", column.name)));
                }
            }
        }
        Op::Counter { what, limit, small } => {
            let end = limit.map_or_else(|| "32767".to_owned(), |limit| limit.to_string());
            if *small || limit.is_some_and(|limit| limit <= 2_147_483_647) {
                tell(Rule::AutoincrementOrSequenceOverflow, says::counts_to(what, end));
            }
        }
        Op::Unsupported { table, what } => {
            tell(Rule::SqliteAlterLimits, says::sqlite_lacks(what, table));
        }
        Op::SetNotNull { table, column } => {
            let checked = context.before.tables.get(table).is_some_and(|known| known.checked.contains(column))
                || checked_here(context, table, column);
            let back = context
                .undone()
                .any(|op| matches!(op, Op::DropNotNull { table: of, column: name } if of == table && name == column));
            let known = context.before.column(table, column).is_some_and(|known| known.not_null);
            if !context.is_own(table) && !checked && !back && !known && context.dialect == Dialect::Postgres {
                tell(Rule::SetNotNullScan, says::scanned(table));
            }
        }
        _ => {}
    }
}

fn checked_here(context: &Context<'_>, table: &str, column: &str) -> bool {
    context.side.ops.iter().any(|one| {
        matches!(&one.op, Op::AddConstraint { table: of, constraint }
            if of == table && constraint.not_null_of.as_deref() == Some(column)
            && (!constraint.not_valid || context.side.ops.iter().any(|two| matches!(&two.op, Op::ValidateConstraint { table: of, .. } if of == table))))
    }) || context.side.ops.iter().any(|one| {
        // Validated here, added by an earlier version whose text is not at hand.
        matches!(&one.op, Op::ValidateConstraint { table: of, name } if of == table && name.contains(column))
    })
}

/// A small counter is full one day. A 32 bit one is a matter of taste and of the table.
fn counts(table: &str, column: &Column, tell: Tell<'_>) {
    let small = column.ty.as_ref().is_some_and(|ty| matches!(ty.name.as_str(), "SMALLINT" | "TINYINT" | "MEDIUMINT"));
    if column.counts && small {
        let kind = column.ty.as_ref().map(|ty| ty.name.to_lowercase()).unwrap_or_default();
        tell(Rule::AutoincrementOrSequenceOverflow, says::counts_small(format_args!("{table}.{}", column.name), kind));
    }
}

fn added(context: &Context<'_>, table: &str, column: &Column, tell: Tell<'_>) {
    let name = format!("{table}.{}", column.name);
    let sqlite = context.dialect == Dialect::Sqlite;
    counts(table, column, tell);
    if sqlite && (column.primary || column.unique) {
        tell(Rule::SqliteAlterLimits, says::sqlite_key(&name));
    } else if sqlite && matches!(column.default, Some(Default::Stable | Default::Volatile)) {
        tell(Rule::SqliteAlterLimits, says::sqlite_default(&name));
    } else if sqlite && column.generated == Some(Generated::Stored) {
        tell(Rule::SqliteAlterLimits, says::sqlite_stored(&name));
    }
    let null_default = column.default.is_none() && column.generated.is_none() && !column.counts && !column.primary;
    if column.not_null && null_default {
        let why = match context.dialect {
            Dialect::Mysql => says::implicit_value(&name),
            _ => says::no_value(&name),
        };
        tell(Rule::NotNullWithoutDefault, why);
    }
    let rewrites = match context.dialect {
        Dialect::Postgres => {
            column.default == Some(Default::Volatile) || column.generated == Some(Generated::Stored) || column.counts
        }
        Dialect::Mysql => column.default == Some(Default::Volatile) || column.generated == Some(Generated::Stored),
        Dialect::Sqlite => false,
    };
    if rewrites {
        tell(Rule::AddColumnVolatileDefault, says::value_each_row(name, table));
    }
}

/// Whether a down only takes a change of its up back; that change was judged with the up.
fn restores(context: &Context<'_>, table: &str, column: &str) -> bool {
    context.undone().any(|op| match op {
        Op::AlterType { table: of, column: name, .. } => of == table && name == column,
        Op::Redefine { table: of, from, column: now } => of == table && (from == column || now.name == column),
        Op::Rebuild { table: of, .. } => of == table,
        _ => false,
    })
}

fn retyped(context: &Context<'_>, table: &str, column: &str, ty: &Type, using: bool, tell: Tell<'_>) {
    let name = format!("{table}.{column}");
    // A column that counts keeps its sequence, which goes on ending where the old type did.
    let was = context.before.column(table, column);
    if was.is_some_and(|was| {
        was.counts && was.ty.as_ref().is_some_and(|ty| ty.name == "INTEGER" || ty.name == "SMALLINT")
    }) && ty.name == "BIGINT"
        && context.dialect == Dialect::Postgres
        && !context.side.ops.iter().any(|one| matches!(&one.op, Op::Alter { object: crate::op::Object::Sequence, .. }))
    {
        tell(Rule::AutoincrementOrSequenceOverflow, says::sequence_ends(&name));
    }
    match context.type_before(table, column).map(|was| change(context.dialect, &was, ty)) {
        Some(Change::Narrows) => tell(Rule::NarrowingType, says::smaller_fails(name)),
        Some(Change::Rewrite) => {
            tell(Rule::TypeRewrite, says::rewritten(table));
        }
        Some(Change::Catalogue) => {}
        None => {
            let text = matches!(ty.name.as_str(), "TEXT" | "VARCHAR" | "NUMERIC") && !using;
            if ty.name == "SMALLINT" {
                tell(Rule::NarrowingType, says::smallest_integer(name));
            } else if !text {
                tell(Rule::TypeRewrite, says::rewritten(table));
            }
        }
    }
}

fn redefined(context: &Context<'_>, table: &str, from: &str, column: &Column, tell: Tell<'_>) {
    if restores(context, table, from) || context.place == Where::Down && restores(context, table, &column.name) {
        return;
    }
    let name = format!("{table}.{}", column.name);
    let was = context.before.column(table, from).cloned().or_else(|| {
        let down = context.other.filter(|_| context.place == Where::Up)?;
        down.ops.iter().find_map(|one| match &one.op {
            Op::Redefine { table: of, from: now, column: old } if of == table && *now == column.name => {
                Some(old.clone())
            }
            _ => None,
        })
    });
    if let Some(charset) = &column.charset
        && was.as_ref().is_none_or(|was| was.charset.as_ref() != Some(charset))
    {
        tell(Rule::CharsetOrCollationChange, says::charset(&name, charset));
    }
    let Some(was) = was else {
        let ty = column.ty.as_ref();
        if ty.is_some_and(|ty| matches!(ty.name.as_str(), "TINYINT" | "SMALLINT")) {
            tell(Rule::NarrowingType, says::small_integer(name));
        }
        return;
    };
    if let (Some(before), Some(after)) = (&was.ty, &column.ty) {
        match change(context.dialect, before, after) {
            Change::Narrows => tell(Rule::NarrowingType, says::smaller_fails(&name)),
            Change::Rewrite => {
                tell(Rule::TypeRewrite, says::copied(table));
            }
            Change::Catalogue => {}
        }
    }
    if column.not_null && !was.not_null && !was.primary {
        tell(Rule::SetNotNullScan, says::null_fails(name));
    }
}
