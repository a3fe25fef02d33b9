use super::*;
use switchback_core::migration::{Layout, SourceFile, read};

fn asks(dialect: Dialect, sql: &str) -> bool {
    let file = |path: &str| SourceFile { path: path.to_owned(), text: sql.to_owned() };
    let set = read(Layout::GolangMigrate, &[file("1_a.up.sql"), file("1_a.down.sql")]);
    taken(dialect, set.migrations[0].down.as_ref().unwrap(), None).untold.is_some()
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

fn parts(dialect: Dialect, sql: &str) -> Vec<Part> {
    let file = |path: &str| SourceFile { path: path.to_owned(), text: sql.to_owned() };
    let set = read(Layout::GolangMigrate, &[file("1_a.up.sql"), file("1_a.down.sql")]);
    taken(dialect, set.migrations[0].down.as_ref().unwrap(), Some("shop")).parts.into_iter().collect()
}

fn rows(table: &str) -> Part {
    Part::Rows { table: table.to_owned() }
}

fn column(table: &str, column: &str) -> Part {
    Part::Column { table: table.to_owned(), column: column.to_owned(), filled: false }
}

fn only(table: &str, columns: &[&str]) -> Part {
    Part::Rebuilt { table: table.to_owned(), columns: columns.iter().map(|&name| name.to_owned()).collect() }
}

const DIALECTS: [Dialect; 3] = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite];

#[test]
fn what_was_renamed_goes_under_the_name_that_the_server_has() {
    for dialect in DIALECTS {
        let told = |sql: &str| parts(dialect, sql);
        assert_eq!(told("alter table a rename to z; drop table z;"), [rows("a")]);
        assert_eq!(told("alter table a rename to b; alter table b rename to c; delete from c;"), [rows("a")]);
        assert_eq!(told("alter table a rename to z; create table a (b int); drop table a;"), []);
        assert_eq!(told("alter table a rename column n to o; alter table a drop column o;"), [column("a", "n")]);
        let sql = "alter table a rename column n to o; alter table a rename to z; alter table z drop column o;";
        assert_eq!(told(sql), [column("a", "n")]);
        let sql = "alter table a rename column n to o; alter table a add column n text; alter table a drop column n;";
        assert_eq!(told(sql), []);
        // A condition that names what the server does not know so is no condition.
        assert_eq!(told("alter table a rename to z; delete from z where b = 1;"), [rows("a")]);
    }
    let told = |sql: &str| parts(Dialect::Mysql, sql);
    assert_eq!(told("rename table o to o2, p to p2; drop table o2;"), [rows("o")]);
    assert_eq!(told("rename table shop.o to o2; drop table shop.o2;"), [rows("o")]);
    assert_eq!(told("rename table a to t, b to a, t to b; drop table a;"), [rows("b")]);
    assert_eq!(told("alter table a change n m text; alter table a drop column m;")[0], column("a", "n"));
    assert_eq!(told("create or replace table a (b int);"), [rows("a")]);
    let told = |sql: &str| parts(Dialect::Postgres, sql);
    assert_eq!(told("alter table app.a rename to z; drop table app.z;"), [rows("app.a")]);
    assert_eq!(told("alter table a set schema app; drop table app.a;"), [rows("a")]);
    assert_eq!(told("alter schema app rename to old; drop table old.a;"), [rows("app.a")]);
}

#[test]
fn a_table_that_changes_places_loses_the_columns_that_are_not_carried() {
    for dialect in DIALECTS {
        let told = |sql: &str| parts(dialect, sql);
        for sql in [
            "create table n (id int, b text); insert into n select id, b from a; drop table a; alter table n rename to a;",
            "alter table a rename to o; create table a (id int, b text); insert into a (id, b) select id, b from o; drop table o;",
            "create table n (id int, b text); insert into n (id, b) select id, b from a; alter table a rename to o; \
             alter table n rename to a; drop table o;",
            "create table n as select id, b from a; drop table a; alter table n rename to a;",
            // By way of another.
            "create temporary table t (id int, b text, c text); insert into t select id, b, c from a; drop table a; \
             create table a (id int, b text); insert into a select id, b from t; drop table t;",
        ] {
            assert!(told(sql).contains(&only("a", &["b", "id"])), "{sql} {:?}", told(sql));
            assert!(!told(sql).contains(&rows("a")), "{sql}");
        }
        // Nothing is left where the copy goes as well, or is of some rows only.
        for sql in [
            "create table n as select id, b from a; drop table a; drop table n;",
            "create temporary table n as select id, b from a; drop table a;",
            "create table n (id int); insert into n select id from a; delete from n; drop table a;",
            "create table n (id int); insert into n select id from a where id > 3; drop table a;",
            "create table n (id int); drop table a; alter table n rename to a;",
        ] {
            assert_eq!(told(sql), [rows("a")], "{sql}");
        }
        let all = "create table n (like a); insert into n select * from a;";
        let all = if dialect == Dialect::Postgres { all } else { "create table n as select * from a;" };
        assert_eq!(told(&format!("{all} drop table a; alter table n rename to a;")), []);
        let sql = format!("{all} alter table n drop column b; drop table a; alter table n rename to a;");
        assert_eq!(told(&sql), [column("a", "b")]);
    }
    let like = "create table n like a; insert into n select * from a; drop table a; rename table n to a;";
    assert_eq!(parts(Dialect::Mysql, like), []);
}

#[test]
fn values_that_are_written_over_are_counted_under_their_condition() {
    let told = |sql: &str| match parts(Dialect::Postgres, sql).as_slice() {
        [Part::Overwritten { set, picked, .. }] => {
            let value = set.first().and_then(|one| one.value.clone());
            (picked.clone().unwrap_or_default(), value.unwrap_or_default())
        }
        other => panic!("{other:?}"),
    };
    let both = |picked: &str, value: &str| (picked.to_owned(), value.to_owned());
    assert_eq!(told("update a set b = 'x' where c > 0;"), both("c > 0", "'x'"));
    assert_eq!(told("update a set b = lower(b);"), both("", "lower(b)"));
    // What may do more than to compute is not asked for.
    assert_eq!(told("update a set b = wipe(b) where c > 0;"), both("c > 0", ""));
    assert_eq!(told("update a set b = 'x' where wipe();"), both("", ""));
    // Nor is what an earlier statement changes.
    assert_eq!(told("alter table a rename column d to c; update a set b = 'x' where c > 0;"), both("", ""));
    let sql = "insert into d values (1); update a set b = 'x' where c in (select e from d);";
    assert_eq!(told(sql), both("", ""));
    assert!(parts(Dialect::Postgres, "alter table a add column b text; update a set b = 'x';").is_empty());
    for (dialect, sql) in [
        (Dialect::Postgres, "update a set (b, c) = (select 1, 2);"),
        (Dialect::Mysql, "update a join b on a.id = b.id set b.c = 1;"),
        (Dialect::Mysql, "delete b from a join b on a.id = b.id;"),
    ] {
        assert!(asks(dialect, sql), "{sql}");
    }
}

#[test]
fn a_condition_after_another_statement_picks_what_it_will_find() {
    let told = |sql: &str| parts(Dialect::Postgres, sql);
    let picked = |rest: &str| Part::Picked { table: "a".to_owned(), rest: rest.to_owned() };
    assert_eq!(told("DELETE FROM a where b in ('c', 'd');"), [picked("a where b in ('c', 'd')")]);
    assert_eq!(told("delete from a where b = 1; delete from a where b = 2;").len(), 2);
    assert_eq!(told("delete from a where b = 1; drop table a;"), [rows("a")]);
    assert!(told("update a set b = 1; delete from a where b = 1;").contains(&rows("a")));
    assert!(told("delete from d; delete from a where b not in (select b from d);").contains(&rows("a")));
}

#[test]
fn names_that_lead_elsewhere_are_asked_about() {
    for (dialect, sql) in [
        (Dialect::Postgres, "set search_path to app; drop table users;"),
        (Dialect::Postgres, "drop database other;"),
        (Dialect::Postgres, "drop table \"a.b\";"),
        (Dialect::Postgres, "drop collation c cascade;"),
        (Dialect::Mysql, "use app; drop table users;"),
        (Dialect::Mysql, "set statement max_statement_time = 1 for delete from users;"),
        (Dialect::Mysql, "analyze delete from users;"),
        (Dialect::Mysql, "alter ignore table users add unique (name);"),
        (Dialect::Mysql, "alter table users discard tablespace;"),
        (Dialect::Mysql, "alter table users engine = blackhole;"),
        (Dialect::Mysql, "alter table users convert to character set latin1;"),
        (Dialect::Sqlite, "attach 'x.db' as x; delete from x.users;"),
    ] {
        assert!(asks(dialect, sql), "{sql}");
    }
    for (dialect, sql) in [
        (Dialect::Postgres, "set search_path to app; create table users (id int);"),
        (Dialect::Mysql, "analyze table users; alter table users engine = innodb;"),
        (Dialect::Sqlite, "pragma foreign_keys = off; drop index a; pragma foreign_keys = on;"),
    ] {
        assert!(!asks(dialect, sql), "{sql}");
    }
}

#[test]
fn a_sequence_goes_with_its_position() {
    let position = |sequence: &str| Part::Position { sequence: sequence.to_owned() };
    let told = |sql: &str| parts(Dialect::Postgres, sql);
    assert_eq!(told("alter sequence a rename to b; drop sequence b;"), [position("a")]);
    assert_eq!(told("alter sequence a restart with 1;"), [position("a")]);
    assert_eq!(told("create sequence a; drop sequence a;"), []);
    assert_eq!(parts(Dialect::Mysql, "drop sequence a;"), [position("a")]);
}
