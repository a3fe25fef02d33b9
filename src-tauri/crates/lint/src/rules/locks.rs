//! What holds others up: PostgreSQL's locks, and what MySQL writes anew. SQLite's are the whole database's.

use super::{Context, Hit};
use crate::{
    Dialect, Rule, Where, depth,
    op::{COPIES, ConstraintKind, ENGINE, FULL_TEXT, Op, Placed},
    says, squawk,
    statement::Statement,
};
use switchback_core::{
    migration::{Layout, Wrapping},
    said::Said,
};

pub fn judge(context: &Context<'_>, hits: &mut Vec<Hit>) {
    for placed in &context.side.ops {
        let said = match &placed.op {
            Op::Lock { table, what: what @ (COPIES | ENGINE | FULL_TEXT) } => {
                Some((table, says::locks_rows(*what, table)))
            }
            Op::Lock { table, what } => Some((table, says::locks_out(*what, table))),
            op => copied(context, placed, op).map(|(table, what)| (table, says::locks_rows(what, table))),
        };
        if let Some((table, why)) = said
            && !context.is_own(table)
            && !timed(context, placed.line)
        {
            hits.push(Hit { rule: Rule::LongLockNoTimeout, line: placed.line, why });
        }
    }
    if context.dialect != Dialect::Postgres {
        return;
    }
    for found in squawk::locks(&depth::without(context.sql, &context.side.cut, &context.side.deep)) {
        if let Some(why) = confirmed(context, &found) {
            hits.push(Hit { rule: found.rule, line: found.line, why });
        }
    }
    refused(context, hits);
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

/// What InnoDB does by writing the table anew while nobody else writes to it, by its table of online operations: a
/// foreign key, unless keys are not checked, and a primary key that goes without another one.
fn copied<'a>(context: &Context<'_>, placed: &Placed, op: &'a Op) -> Option<(&'a String, &'static str)> {
    if context.dialect != Dialect::Mysql {
        return None;
    }
    match op {
        Op::AddConstraint { table, constraint } if constraint.kind == ConstraintKind::Foreign => {
            let unchecked = context.sql.to_ascii_lowercase().contains("foreign_key_checks");
            (!unchecked).then_some((table, "ADD FOREIGN KEY"))
        }
        Op::DropConstraint { table, name, .. } if name.as_deref() == Some("primary") => {
            let another = |one: &&Placed| {
                one.statement == placed.statement
                    && matches!(&one.op, Op::AddConstraint { constraint, .. } if constraint.kind == ConstraintKind::Primary)
            };
            context.side.ops.iter().find(another).is_none().then_some((table, "DROP PRIMARY KEY"))
        }
        _ => None,
    }
}

/// Whether a lock timeout was set before.
fn timed(context: &Context<'_>, line: usize) -> bool {
    context.side.ops.iter().any(|placed| matches!(placed.op, Op::LockTimeout) && placed.line <= line)
}

/// squawk looks at one file; what is known of the tables beside decides.
fn confirmed(context: &Context<'_>, found: &squawk::Found) -> Option<Said> {
    let there = context.side.cut.statements.iter().enumerate();
    let mut on_line = there.filter(|(_, one)| one.line() <= found.line && found.line <= one.last_line());
    on_line.find_map(|(statement, _)| confirmed_of(context, found, statement))
}

/// The same of one of the statements on its line.
fn confirmed_of(context: &Context<'_>, found: &squawk::Found, statement: usize) -> Option<Said> {
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

/// What PostgreSQL refuses in a transaction, by its own documentation.
fn alone(statement: &Statement) -> Option<&'static str> {
    let keys: Vec<&str> = statement.tokens.iter().take(8).map(|token| token.key.as_str()).collect();
    let concurrently = keys.contains(&"CONCURRENTLY");
    let has = |word: &str| statement.tokens.iter().any(|token| token.key == word);
    let second = keys.get(1).copied().unwrap_or_default();
    Some(match (*keys.first()?, second) {
        ("CREATE" | "DROP" | "REINDEX", _) if concurrently => "CONCURRENTLY",
        ("ALTER", "TABLE") if has("DETACH") && has("CONCURRENTLY") => "CONCURRENTLY",
        ("VACUUM", _) => "VACUUM",
        ("CREATE", "DATABASE") => "CREATE DATABASE",
        ("DROP", "DATABASE") => "DROP DATABASE",
        ("CREATE", "TABLESPACE") => "CREATE TABLESPACE",
        ("DROP", "TABLESPACE") => "DROP TABLESPACE",
        ("ALTER", "SYSTEM") => "ALTER SYSTEM",
        ("REINDEX", _) if keys.contains(&"DATABASE") => "REINDEX DATABASE",
        ("REINDEX", _) if keys.contains(&"SYSTEM") => "REINDEX SYSTEM",
        ("DISCARD", "ALL") => "DISCARD ALL",
        _ => return None,
    })
}

fn refused(context: &Context<'_>, hits: &mut Vec<Hit>) {
    let by_tool = context.wrapping == Wrapping::Transaction && context.layout != Layout::Flyway;
    let mut open = by_tool;
    let statements = &context.side.cut.statements;
    let sent_whole = context.layout == Layout::GolangMigrate && statements.len() > 1;
    let stands_alone = |number: usize| statements.get(number).is_some_and(|one| alone(one).is_some());
    // Flyway lets a file without a transaction, unless something else in it needs one.
    let mixed = context.layout == Layout::Flyway
        && context.wrapping == Wrapping::Transaction
        && context.side.ops.iter().any(|placed| placed.op.is_schema() && !stands_alone(placed.statement));
    for (index, statement) in statements.iter().enumerate() {
        let ops = || context.side.ops.iter().filter(|placed| placed.statement == index);
        if ops().any(|placed| matches!(placed.op, Op::Begin)) {
            open = true;
        } else if ops().any(|placed| matches!(placed.op, Op::Commit | Op::Rollback)) {
            open = by_tool;
        }
        let Some(what) = alone(statement).filter(|_| open || mixed || sent_whole) else { continue };
        let why = if by_tool || mixed {
            says::in_tools_transaction(what)
        } else if open {
            says::in_own_transaction(what)
        } else {
            says::in_one_message(what)
        };
        hits.push(Hit { rule: Rule::ConcurrentlyInTransaction, line: statement.line(), why });
    }
}

#[cfg(test)]
mod tests {
    use crate::{Asked, Dialect, Rule, lint};
    use switchback_core::migration::{Layout, SourceFile, read};

    fn told(dialect: Dialect, layout: Layout, sql: &str) -> Vec<String> {
        let (path, text) = match layout {
            Layout::Goose => ("1_a.sql", format!("-- +goose Up\n{sql}\n-- +goose Down\nselect 1;\n")),
            Layout::Flyway => ("V1__a.sql", sql.to_owned()),
            _ => ("1_a.up.sql", sql.to_owned()),
        };
        let set = read(layout, &[SourceFile { path: path.to_owned(), text }]);
        let report = lint(&Asked { set: &set, dialect, today: jiff::civil::date(2026, 1, 2), released: &[] });
        let found = report.findings.into_iter().filter(|found| found.rule == Rule::ConcurrentlyInTransaction);
        found.map(|found| found.why.to_string()).collect()
    }

    #[test]
    fn what_mysql_writes_anew_while_nobody_else_writes_is_told() {
        let told = |change: &str| {
            let files = [
                ("1_a.up.sql", "create table a (id int primary key, b text); create table c (id int primary key);"),
                ("2_b.up.sql", change),
            ];
            let files = files.map(|(path, text)| SourceFile { path: path.to_owned(), text: text.to_owned() });
            let set = read(Layout::GolangMigrate, &files);
            let report = lint(&Asked {
                set: &set,
                dialect: Dialect::Mysql,
                today: jiff::civil::date(2026, 1, 2),
                released: &[],
            });
            let found = report.findings.into_iter().filter(|found| found.rule == Rule::LongLockNoTimeout);
            found.map(|found| found.why.to_string()).collect::<Vec<_>>()
        };
        for (change, what) in [
            ("alter table a add constraint f foreign key (id) references c (id);", "ADD FOREIGN KEY"),
            ("alter table a drop primary key;", "DROP PRIMARY KEY"),
            ("alter table a engine = MyISAM;", "ENGINE"),
            ("alter table a add fulltext index t (b);", "FULLTEXT INDEX"),
            ("create fulltext index t on a (b);", "FULLTEXT INDEX"),
        ] {
            let said = told(change);
            assert!(
                said.len() == 1 && said[0].starts_with(&format!("{what} writes every row of a")),
                "{change}: {said:?}"
            );
        }
        for fine in [
            "set foreign_key_checks = 0; alter table a add constraint f foreign key (id) references c (id);",
            "set lock_wait_timeout = 5; alter table a add constraint f foreign key (id) references c (id);",
            "alter table a drop primary key, add primary key (id);",
            "alter table a engine = InnoDB;",
            "create table d (id int references c (id), foreign key (id) references c (id));",
            "create index t on a (id);",
        ] {
            assert_eq!(told(fine), [] as [&str; 0], "{fine}");
        }
    }

    #[test]
    fn what_cannot_run_in_a_transaction_is_told_where_one_is_around_it() {
        let each = [
            ("vacuum;", "VACUUM"),
            ("vacuum (analyze) a;", "VACUUM"),
            ("vacuum full a;", "VACUUM"),
            ("create database d;", "CREATE DATABASE"),
            ("drop database if exists d;", "DROP DATABASE"),
            ("create tablespace t location '/t';", "CREATE TABLESPACE"),
            ("drop tablespace t;", "DROP TABLESPACE"),
            ("alter system set work_mem = '8MB';", "ALTER SYSTEM"),
            ("reindex table concurrently a;", "CONCURRENTLY"),
            ("reindex (verbose) database d;", "REINDEX DATABASE"),
            ("alter table a detach partition b concurrently;", "CONCURRENTLY"),
            ("drop index concurrently a_i;", "CONCURRENTLY"),
        ];
        for (sql, what) in each {
            let by_tool = format!("the tool runs this file in a transaction, where {what} is refused");
            assert_eq!(told(Dialect::Postgres, Layout::Goose, sql), std::slice::from_ref(&by_tool));
            let bare = format!("-- +goose NO TRANSACTION\n{sql}");
            assert_eq!(told(Dialect::Postgres, Layout::Goose, &bare), [""; 0], "{sql}");
            assert_eq!(told(Dialect::Postgres, Layout::Flyway, sql), [""; 0], "{sql}");
            let mixed = format!("create table c (id int);\n{sql}");
            assert_eq!(told(Dialect::Postgres, Layout::Flyway, &mixed), [by_tool]);
            assert_eq!(told(Dialect::Postgres, Layout::GolangMigrate, sql), [""; 0], "{sql}");
            let many = told(Dialect::Postgres, Layout::GolangMigrate, &mixed);
            assert!(matches!(&many[..], [why] if why.contains("one message") && why.contains(what)), "{many:?}");
            let own = format!("begin;\n{sql}\ncommit;");
            let many = told(Dialect::Postgres, Layout::GolangMigrate, &own);
            assert!(matches!(&many[..], [why] if why.contains("began a transaction")), "{many:?}");
        }
        let fine = [
            "analyze a;",
            "reindex table a;",
            "refresh materialized view concurrently v;",
            "alter database d set x = 1;",
            "create table vacuum_log (id int);",
            "alter table a set (autovacuum_enabled = false);",
        ];
        for sql in fine {
            assert_eq!(told(Dialect::Postgres, Layout::Goose, sql), [""; 0], "{sql}");
        }
        assert_eq!(told(Dialect::Sqlite, Layout::GolangMigrate, "vacuum;\nselect 1;"), [""; 0]);
        assert_eq!(told(Dialect::Mysql, Layout::Goose, "create database d;"), [""; 0]);
    }
}
