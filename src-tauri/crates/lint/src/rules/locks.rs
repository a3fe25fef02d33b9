//! What holds others up: PostgreSQL's locks. MySQL's and SQLite's are either short or the whole database's.

use super::{Context, Hit};
use crate::{
    Dialect, Rule, Where,
    op::{COPIES, ConstraintKind, Op},
    says, squawk,
};
use switchback_core::{
    migration::{Layout, Wrapping},
    said::Said,
};

pub fn judge(context: &Context<'_>, hits: &mut Vec<Hit>) {
    for placed in &context.side.ops {
        if let Op::Lock { table, what } = &placed.op
            && !context.is_own(table)
            && !timed(context, placed.line)
        {
            let why = match *what {
                COPIES => says::locks_rows(what, table),
                what => says::locks_out(what, table),
            };
            hits.push(Hit { rule: Rule::LongLockNoTimeout, line: placed.line, why });
        }
    }
    if context.dialect != Dialect::Postgres {
        return;
    }
    for found in squawk::locks(context.sql) {
        if let Some(why) = confirmed(context, &found) {
            hits.push(Hit { rule: found.rule, line: found.line, why });
        }
    }
    concurrently(context, hits);
    // One statement that scans or writes a whole table under a lock that not even readers pass.
    let long = hits.iter().find(|hit| {
        matches!(
            hit.rule,
            Rule::TypeRewrite | Rule::AddColumnVolatileDefault | Rule::SetNotNullScan | Rule::UniqueConstraintLocks
        )
    });
    if let Some(line) = long.map(|hit| hit.line).filter(|line| !timed(context, *line)) {
        let why = says::waits_endless();
        hits.push(Hit { rule: Rule::LongLockNoTimeout, line, why });
    }
}

/// Whether a lock timeout was set before.
fn timed(context: &Context<'_>, line: usize) -> bool {
    context.side.ops.iter().any(|placed| matches!(placed.op, Op::LockTimeout) && placed.line <= line)
}

/// squawk looks at one file; what is known of the tables beside decides.
fn confirmed(context: &Context<'_>, found: &squawk::Found) -> Option<Said> {
    let statement =
        context.side.cut.statements.iter().position(|one| one.line() <= found.line && found.line <= one.last_line())?;
    let ops = || context.side.ops.iter().filter(|placed| placed.statement == statement).map(|placed| &placed.op);
    let table = ops().find_map(|op| match op {
        Op::DropIndex { name, .. } => Some(index_table(context, name)),
        op => op.table().map(|table| Some(table.to_owned())),
    });
    if let Some(Some(table)) = &table
        && context.is_own(table)
    {
        return None;
    }
    let name = table.flatten().unwrap_or_else(|| says::parts::its_table().into());
    Some(match found.rule {
        Rule::IndexWithoutConcurrently => says::index_built(name),
        Rule::DropIndexWithoutConcurrently => {
            // An index that goes with its table, or that the script before made on one of its own.
            if ops().all(|op| matches!(op, Op::DropIndex { name, .. } if goes_with_table(context, name))) {
                return None;
            }
            says::index_dropped(name)
        }
        Rule::ForeignKeyWithoutNotValid => {
            // A new column without a value has nothing to be checked.
            let checked = |op: &Op| match op {
                Op::AddConstraint { constraint, .. } => {
                    constraint.kind == ConstraintKind::Foreign && !constraint.not_valid
                }
                Op::AddColumn { column, .. } => column.references.is_some() && column.default.is_some(),
                _ => false,
            };
            if !ops().any(checked) {
                return None;
            }
            says::foreign_checked(name)
        }
        Rule::CheckWithoutNotValid => {
            let checks = |op: &Op| matches!(op, Op::AddConstraint { constraint, .. } if constraint.kind == ConstraintKind::Check && !constraint.not_valid);
            if !ops().any(checks) {
                return None;
            }
            says::checked(name)
        }
        Rule::UniqueConstraintLocks => {
            let unique = |op: &Op| {
                matches!(op, Op::AddConstraint { constraint, .. }
                    if matches!(constraint.kind, ConstraintKind::Unique | ConstraintKind::Primary | ConstraintKind::Exclude) && !constraint.using_index)
                    || matches!(op, Op::AddColumn { column, .. } if column.unique || column.primary)
            };
            if !ops().any(unique) {
                return None;
            }
            says::unique_built(name)
        }
        _ => return None,
    })
}

fn index_table(context: &Context<'_>, index: &str) -> Option<String> {
    let bare = index.rsplit('.').next().unwrap_or(index);
    let known = context.before.indexed(bare).cloned();
    known.or_else(|| {
        let sides = std::iter::once(context.side).chain(context.other);
        sides.flat_map(|side| &side.ops).find_map(|placed| match &placed.op {
            Op::CreateIndex { name: Some(name), table, .. } if name == bare => Some(table.clone()),
            _ => None,
        })
    })
}

/// Whether the index is on a table that this script drops as well.
fn goes_with_table(context: &Context<'_>, index: &str) -> bool {
    let Some(table) = index_table(context, index) else {
        // A down that only drops what its up made whole.
        return context.place == Where::Down && context.other.is_some_and(|up| !up.made.is_empty());
    };
    context.is_own(&table)
        || context
            .side
            .ops
            .iter()
            .any(|placed| matches!(&placed.op, Op::DropTable { table: gone, .. } if *gone == table))
}

fn concurrently(context: &Context<'_>, hits: &mut Vec<Hit>) {
    let mut open = context.wrapping == Wrapping::Transaction && context.layout != Layout::Flyway;
    let by_tool = open;
    let sent_whole = context.layout == Layout::GolangMigrate && context.side.cut.statements.len() > 1;
    for (index, statement) in context.side.cut.statements.iter().enumerate() {
        let ops = || context.side.ops.iter().filter(|placed| placed.statement == index);
        if ops().any(|placed| matches!(placed.op, Op::Begin)) {
            open = true;
        } else if ops().any(|placed| matches!(placed.op, Op::Commit | Op::Rollback)) {
            open = by_tool;
        }
        let says = statement.tokens.iter().take(8).any(|token| token.key == "CONCURRENTLY")
            && statement
                .tokens
                .first()
                .is_some_and(|first| matches!(first.key.as_str(), "CREATE" | "DROP" | "REINDEX"));
        // Flyway lets a file without a transaction, unless something else in it needs one.
        let mixed = context.layout == Layout::Flyway
            && context.wrapping == Wrapping::Transaction
            && context.side.ops.iter().any(|placed| !is_concurrent(&placed.op) && placed.op.is_schema());
        if says && (open || mixed || sent_whole) {
            let why = if by_tool || mixed {
                says::in_tools_transaction()
            } else if open {
                says::in_own_transaction()
            } else {
                says::in_one_message()
            };
            hits.push(Hit { rule: Rule::ConcurrentlyInTransaction, line: statement.line(), why });
        }
    }
}

fn is_concurrent(op: &Op) -> bool {
    matches!(op, Op::CreateIndex { concurrently: true, .. } | Op::DropIndex { concurrently: true, .. })
}
