//! The up and the down together.

use super::Hit;
use crate::{
    Reversible, Rule,
    op::{Op, Placed},
    says,
    schema::Schema,
    shape::Side,
    undo,
};
use switchback_core::said::Said;

/// What the two come to.
pub struct Judged {
    /// With the side whose file it is in: true for the down.
    pub hits: Vec<(Hit, bool)>,
    /// The verdict.
    pub reversible: Reversible,
    /// What says so.
    pub because: Option<Said>,
}

/// Judges a pair in which both sides say something.
pub fn judge(before: &Schema, up: &Side, down: &Side, narrowed: bool, adds_enum: bool) -> Judged {
    let mut hits = Vec::new();
    let mut verdict = (Reversible::Yes, None);
    let mut settle = |reversible, because: Said| {
        let weight = |one| match one {
            Reversible::Yes => 0,
            Reversible::Unknown => 1,
            Reversible::DataLoss => 2,
            Reversible::No => 3,
        };
        if weight(reversible) > weight(verdict.0) {
            verdict = (reversible, Some(because));
        }
    };
    let unsure = up.unsure || down.unsure;
    if unsure {
        settle(Reversible::Unknown, says::unseen());
    }
    if let Some(table) = built_blindly(before, up, down) {
        settle(Reversible::Unknown, says::built_blindly(table));
    }
    let first = down.ops.first().map_or(1, |placed| placed.line);
    let left = undo::residue(before, &up.ops, &down.ops);
    let (taken, left): (Vec<_>, Vec<_>) = left.into_iter().partition(|one| one.taken);
    if !unsure && let Some(one) = left.first() {
        let why = match left.len() - 1 {
            0 => says::left(&one.what),
            more => says::left_more(&one.what, more),
        };
        settle(Reversible::No, why.clone());
        hits.push((Hit { rule: Rule::DownDoesNotUndoUp, line: first, why }, true));
    }
    if !unsure && let Some(one) = taken.first() {
        let table_or_column = taken.iter().any(|one| one.what.starts_with("table ") || one.what.starts_with("column "));
        let rule = if table_or_column { Rule::DownLosesData } else { Rule::DownDoesNotUndoUp };
        settle(if table_or_column { Reversible::DataLoss } else { Reversible::No }, one.what.clone());
        if rule != Rule::DownDoesNotUndoUp || left.is_empty() {
            hits.push((Hit { rule, line: first, why: one.what.clone() }, true));
        }
    }
    if let Some((line, what)) = lost(up, down) {
        settle(Reversible::DataLoss, what.clone());
        hits.push((Hit { rule: Rule::DownLosesData, line, why: what }, true));
    }
    if let Some(what) = swept(up) {
        let line = down.ops.iter().find(|one| matches!(one.op, Op::Create { .. })).map_or(first, |one| one.line);
        settle(Reversible::DataLoss, what.clone());
        hits.push((Hit { rule: Rule::DownLosesData, line, why: what }, true));
    }
    if let Some((line, what)) = emptied(up, down) {
        settle(Reversible::DataLoss, what.clone());
        hits.push((Hit { rule: Rule::DownLosesData, line, why: what }, true));
    }
    // Beside what the up itself loses, it would say nothing more of the way back.
    if !unsure
        && overwritten(before, up, down).is_none()
        && let Some((line, what)) = written_over(up, down)
    {
        settle(Reversible::DataLoss, what.clone());
        hits.push((Hit { rule: Rule::DownLosesData, line, why: what }, true));
    }
    if let Some((line, what)) = overwritten(before, up, down) {
        settle(Reversible::DataLoss, what.clone());
        hits.push((Hit { rule: Rule::IrreversibleOperation, line, why: what }, false));
    }
    if narrowed {
        settle(Reversible::DataLoss, says::no_fit());
    }
    if adds_enum {
        settle(Reversible::No, says::enum_value());
    }
    Judged { hits, reversible: verdict.0, because: verdict.1 }
}

/// Whether the script brings rows into a table.
fn fills(side: &Side, table: &str) -> bool {
    side.ops.iter().any(|one| match &one.op {
        Op::Insert { table: into, from, .. } => into == table && !from.is_empty(),
        Op::CreateTable { table: made, filled, .. } => made == table && *filled,
        _ => false,
    })
}

/// Whether the script writes values into a column.
fn fills_column(side: &Side, table: &str, column: &str) -> bool {
    side.ops.iter().any(|one| {
        matches!(&one.op, Op::Update { table: of, columns, .. } if of == table && columns.iter().any(|name| name == column))
    })
}

/// What the up dropped and the down brings back empty.
fn lost(up: &Side, down: &Side) -> Option<(usize, Said)> {
    up.ops.iter().find_map(|dropped| match &dropped.op {
        Op::DropTable { table, .. } if !up.made.contains(table) => {
            let back = down.ops.iter().find(|one| matches!(&one.op, Op::CreateTable { table: made, .. } if made == table))?;
            (!fills(down, table)).then(|| (back.line, says::table_empty(table)))
        }
        Op::DropColumn { table, column, .. } => {
            let back = down.ops.iter().find(|one| matches!(&one.op, Op::AddColumn { table: of, column: added } if of == table && added.name == *column))?;
            let filled = fills_column(down, table, column);
            let computed = matches!(&back.op, Op::AddColumn { column, .. } if column.generated.is_some());
            (!filled && !computed).then(|| (back.line, says::column_empty(format_args!("{table}.{column}"))))
        }
        Op::Rebuild { table, columns, .. } => down.ops.iter().find_map(|one| match &one.op {
            // What is not in the table it is built from, no copy fills.
            Op::Rebuild { table: of, columns: back, .. } if of == table => {
                let empty = back.iter().find(|column| {
                    column.generated.is_none() && !columns.iter().any(|kept| kept.name == column.name) && !fills_column(down, table, &column.name)
                })?;
                Some((one.line, says::column_empty(format_args!("{table}.{}", empty.name))))
            }
            Op::AddColumn { table: of, column } if of == table && !columns.iter().any(|kept| kept.name == column.name) => {
                Some((one.line, says::column_empty(format_args!("{table}.{}", column.name))))
            }
            _ => None,
        }),
        _ => None,
    })
}

/// Tables and columns that the up took away without naming them: no down can be seen to bring them back with their rows.
pub fn swept(up: &Side) -> Option<Said> {
    up.ops.iter().find_map(|placed| match &placed.op {
        Op::Drop { object, name, .. } if placed.op.sweeps() => {
            let own = |one: &Placed| matches!(&one.op, Op::Create { object: made, name: called, .. } if made == object && called == name);
            (!up.ops.iter().any(own)).then(|| says::swept(says::thing(*object, name)))
        }
        _ => None,
    })
}

/// Rows that the down deletes and the up did not bring.
fn emptied(up: &Side, down: &Side) -> Option<(usize, Said)> {
    let brought = |table: &str| up.made.contains(table);
    down.ops.iter().find_map(|placed: &Placed| match &placed.op {
        Op::Truncate { table, .. } | Op::Delete { table, bounded: false }
            if !brought(table) && !down.made.contains(table) =>
        {
            Some((placed.line, says::down_deletes(table)))
        }
        _ => None,
    })
}

/// A table that the down alone builds anew, of which no earlier version tells all columns: one may be left out.
fn built_blindly<'a>(before: &Schema, up: &Side, down: &'a Side) -> Option<&'a str> {
    let rebuilds = |side: &Side, name: &str| {
        side.ops.iter().any(|one| matches!(&one.op, Op::Rebuild { table, .. } if table == name))
    };
    down.ops.iter().find_map(|placed| match &placed.op {
        Op::Rebuild { table, .. } => {
            let known = before.tables.get(table).is_some_and(|known| known.whole);
            (!known && !rebuilds(up, table) && !up.made.contains(table)).then_some(table.as_str())
        }
        _ => None,
    })
}

/// Values that the down writes over and the up has nothing to do with.
fn written_over(up: &Side, down: &Side) -> Option<(usize, Said)> {
    let brings = |side: &Side, table: &str, column: &str| {
        side.ops.iter().any(|one| match &one.op {
            Op::AddColumn { table: of, column: added } => of == table && added.name == column,
            Op::Redefine { table: of, from, column: now } => of == table && (from == column || now.name == column),
            Op::AlterType { table: of, column: changed, .. } => of == table && changed == column,
            Op::RenameColumn { table: of, from, to } => of == table && (from == column || to == column),
            _ => false,
        })
    };
    let deals = |table: &str, column: &str| {
        up.ops.iter().any(|one| match &one.op {
            Op::Update { table: of, columns, .. } => of == table && columns.iter().any(|name| name == column),
            // Rows of its own, or those of a table that it changed as a whole.
            Op::Insert { table: of, .. }
            | Op::Delete { table: of, .. }
            | Op::Truncate { table: of, .. }
            | Op::Rebuild { table: of, .. }
            | Op::DropTable { table: of, .. }
            | Op::DropColumn { table: of, .. } => of == table,
            Op::RenameTable { from, to } => from == table || to == table,
            _ => false,
        })
    };
    down.ops.iter().find_map(|placed| match &placed.op {
        Op::Update { table, columns, fills: false, .. } if !up.made.contains(table) && !down.made.contains(table) => {
            let other =
                |column: &&String| !deals(table, column) && !brings(up, table, column) && !brings(down, table, column);
            let column = columns.iter().find(other)?;
            Some((placed.line, says::written_over(format_args!("{table}.{column}"))))
        }
        _ => None,
    })
}

/// Rows that an up deletes or overwrites, where nothing comes down.
pub fn gone_for_good(before: &Schema, up: &Side) -> Option<(usize, Said)> {
    overwritten(before, up, &Side::default()).filter(|(line, _)| {
        !up.ops
            .iter()
            .any(|placed| placed.line == *line && matches!(placed.op, Op::Truncate { .. } | Op::DropPartition { .. }))
    })
}

/// Values and rows that are gone after the up, whatever the down does.
fn overwritten(before: &Schema, up: &Side, down: &Side) -> Option<(usize, Said)> {
    let kept = |table: &str| {
        up.ops.iter().any(|one| {
            matches!(&one.op, Op::Insert { from, .. } if from.iter().any(|of| of == table))
                || matches!(&one.op, Op::CreateTable { copied: true, .. })
        })
    };
    let touched = |table: &str| {
        down.ops.iter().any(|one| matches!(&one.op, Op::Insert { table: into, .. } if into == table))
            || down.ops.iter().any(|one| matches!(&one.op, Op::Update { table: of, .. } if of == table))
    };
    up.ops.iter().find_map(|placed| match &placed.op {
        Op::Truncate { table, .. } | Op::Delete { table, .. } if !up.made.contains(table) && !(touched(table) && (kept(table) || matches!(placed.op, Op::Delete { .. }))) => {
            Some((placed.line, says::rows_deleted(table)))
        }
        Op::Update { table, columns, levelled, lossy: true, .. } if !up.made.contains(table) => {
            let new = |column: &String| up.ops.iter().any(|one| matches!(&one.op, Op::AddColumn { table: of, column: added } if of == table && added.name == *column));
            let levelled = levelled.iter().any(|one| !new(&one.column) && levels(down, table, &one.column));
            ((!columns.iter().all(new) && !touched(table)) || levelled)
                .then(|| (placed.line, says::values_overwritten(table)))
        }
        Op::Rebuild { table, leaves_rows: true, .. } if !touched(table) => {
            Some((placed.line, says::rows_deleted(table)))
        }
        // One that the table had not before is filled, and not written over.
        Op::Rebuild { table, levelled, .. } if !levelled.is_empty() && !touched(table) => {
            let had = |column: &&String| before.tables.get(table).is_some_and(|was| was.columns.contains_key(*column));
            levelled.iter().find(had).map(|_| (placed.line, says::values_overwritten(table)))
        }
        Op::Refused { table } if !up.made.contains(table) => Some((placed.line, says::rows_deleted(table))),
        Op::Charset { table: Some(table), narrows: true } if !up.made.contains(table) => {
            Some((placed.line, says::values_overwritten(table)))
        }
        Op::DropPartition { table, detached: None } => Some((placed.line, says::partition_deleted(table))),
        _ => None,
    })
}

/// Whether all that a down does for a column is to put one value into every row. Nothing is the value that one had which an
/// earlier version added.
fn levels(down: &Side, table: &str, column: &str) -> bool {
    let mut written = down.ops.iter().filter_map(|one| match &one.op {
        Op::Update { table: of, columns, levelled, .. } if of == table && columns.iter().any(|name| name == column) => {
            Some(levelled.iter().any(|one| one.column == column && !one.to_nothing))
        }
        Op::Insert { table: into, .. } if into == table => Some(false),
        _ => None,
    });
    written.next().is_some_and(|first| first) && written.all(|one| one)
}

/// An up that makes the new and takes the old away in one go: nobody has seen the new one work.
pub fn contracts_at_once(up: &Side) -> Option<Hit> {
    let own = |table: &String| up.made.contains(table);
    up.ops.iter().enumerate().find_map(|(index, placed)| match &placed.op {
        Op::DropColumn { table, column, .. } if !own(table) => {
            let replaced = up.ops[..index].iter().any(|one| match &one.op {
                Op::AddColumn { table: of, column: added } => of == table && added.name != *column,
                Op::Insert { from, .. } => from.contains(table),
                _ => false,
            }) || up.ops[index..]
                .iter()
                .any(|one| matches!(&one.op, Op::AddColumn { table: of, .. } if of == table));
            replaced.then(|| Hit {
                rule: Rule::ContractBeforeObserved,
                line: placed.line,
                why: says::column_replaced_at_once(format_args!("{table}.{column}")),
            })
        }
        Op::DropTable { table, .. } if !own(table) => {
            let moved = up.ops[..index].iter().any(|one| match &one.op {
                Op::Insert { from, .. } => from.contains(table),
                Op::CreateTable { copied, temporary, .. } => *copied && !temporary,
                _ => false,
            });
            moved.then(|| Hit {
                rule: Rule::ContractBeforeObserved,
                line: placed.line,
                why: says::table_replaced_at_once(table),
            })
        }
        _ => None,
    })
}
