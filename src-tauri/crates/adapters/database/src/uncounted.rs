//! What a way back may take away that nobody can count beforehand.

use std::collections::BTreeSet;
use switchback_core::{migration::Script, says::parts};
use switchback_lint::{
    Dialect,
    op::{Object, Op},
    ops, statement,
};

/// The first statement of a script that may take something away which is not counted, for people.
pub fn uncounted(dialect: Dialect, script: &Script) -> Option<String> {
    let mut made = BTreeSet::new();
    for one in statement::statements(dialect, &script.sql) {
        for op in ops(dialect, &one.sql) {
            if let Op::CreateTable { table, .. } | Op::Rebuild { table, .. } = &op {
                made.insert(table.clone());
            }
            if takes(&op, |table| made.contains(table)) {
                let (path, line) = (&script.path, one.line);
                return Some(parts::of_statement(format_args!("{path}:{line}")).into());
            }
        }
    }
    None
}

fn takes(op: &Op, own: impl Fn(&str) -> bool) -> bool {
    match op {
        Op::Opaque | Op::Unknown | Op::Drop { object: Object::Extension, cascade: true, .. } => true,
        Op::Insert { table, overwrites: true, .. }
        | Op::Truncate { table, cascade: true }
        | Op::DropPartition { table, detach: false } => !own(table),
        // What is in a schema is counted.
        Op::Drop { object: Object::Schema | Object::Database, .. } => false,
        op => op.sweeps(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::migration::{Layout, SourceFile, read};

    fn asks(dialect: Dialect, sql: &str) -> bool {
        let file = |path: &str| SourceFile { path: path.to_owned(), text: sql.to_owned() };
        let set = read(Layout::GolangMigrate, &[file("1_a.up.sql"), file("1_a.down.sql")]);
        uncounted(dialect, set.migrations[0].down.as_ref().unwrap()).is_some()
    }

    #[test]
    fn what_may_take_more_than_its_text_tells_is_asked_about() {
        for sql in [
            "with x as (delete from users returning *) select count(*) from x;",
            "select wipe();",
            "call wipe();",
            "merge into users u using others o on u.id = o.id when matched then delete;",
            "insert into users values (1) on conflict (id) do update set name = 'x';",
            "drop type mood cascade;",
            "explain analyze delete from kids;",
            "prepare p as delete from kids; execute p;",
            "do $$ begin execute 'delete from kids'; end $$;",
            "truncate users cascade;",
        ] {
            assert!(asks(Dialect::Postgres, sql), "{sql}");
        }
        for sql in [
            "replace into users values (1);",
            "insert into users values (1) on duplicate key update name = 'x';",
            "execute immediate 'delete from kids';",
            "alter table users drop system versioning;",
        ] {
            assert!(asks(Dialect::Mysql, sql), "{sql}");
        }
    }

    #[test]
    fn what_loses_nothing_or_is_counted_is_not() {
        for sql in [
            "drop index concurrently if exists a; alter table a alter b drop not null, alter c set default 1;",
            "drop view v; create view v as select 1; drop function f(); drop trigger t on a;",
            "with x as (select 1) insert into a select * from x;",
            "drop table a; delete from b where c = 1; alter table d drop column e; truncate f;",
            "create table n (id int); insert into n values (1) on conflict (id) do update set id = 2;",
            "begin; set lock_timeout = '2s'; alter table a drop constraint b; commit; explain select 1;",
            "alter table a rename to b; alter table b rename column c to d; comment on table b is 'x';",
            "grant select on a to b; alter sequence s restart with 1; drop type mood; alter table a enable row level security;",
        ] {
            assert!(!asks(Dialect::Postgres, sql), "{sql}");
        }
    }
}
