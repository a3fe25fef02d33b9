use super::*;
use crate::names::{Copy, Whole};
use std::{fs, path::Path};
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
    let single = columns.iter().map(|&name| (name.to_owned(), name.to_owned())).collect();
    Part::Rebuilt { table: table.to_owned(), copies: vec![Copy { all: None, single }] }
}

fn counts(table: &str) -> Part {
    Part::Counts { table: table.to_owned(), column: None }
}

fn all_but(table: &str, lacks: &[&str]) -> Part {
    let lacks = lacks.iter().map(|&name| name.to_owned()).collect();
    let all = Some(Whole { order: None, lacks });
    Part::Rebuilt { table: table.to_owned(), copies: vec![Copy { all, single: BTreeSet::new() }] }
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
        let sql = format!("{all} drop table a; alter table n rename to a;");
        assert_eq!(told(&sql), [all_but("a", &[]), counts("a")]);
        let sql = format!("{all} alter table n drop column b; drop table a; alter table n rename to a;");
        assert_eq!(told(&sql), [all_but("a", &["b"]), counts("a")]);
    }
    let like = "create table n like a; insert into n select * from a; drop table a; rename table n to a;";
    assert_eq!(parts(Dialect::Mysql, like), [all_but("a", &[]), counts("a")]);
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
    // What the server may write beside is asked there.
    let beside =
        parts(Dialect::Postgres, "alter table a add column b text; update a set b = 'x'; alter table a drop b;");
    assert!(matches!(beside.as_slice(), [Part::Overwritten { set, .. }] if set.is_empty()), "{beside:?}");
    let both = parts(Dialect::Postgres, "update a set b = 'x'; alter table a drop b;");
    assert!(
        matches!(both.as_slice(), [Part::Column { .. }, Part::Overwritten { set, .. }] if set.is_empty()),
        "{both:?}"
    );
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

#[test]
fn a_column_that_takes_the_place_of_another_is_not_kept() {
    let columns: Vec<String> = ["id", "code", "name"].map(str::to_owned).to_vec();
    let kept = |sql: &str| {
        let all = parts(Dialect::Sqlite, sql);
        let copies =
            all.iter().find_map(|part| if let Part::Rebuilt { copies, .. } = part { Some(copies) } else { None });
        let copies = copies.unwrap_or_else(|| panic!("{sql}: {all:?}"));
        let kept = (0..columns.len()).filter(|&at| copies.iter().any(|copy| copy.keeps(&columns, at)));
        kept.map(|at| columns[at].as_str()).collect::<Vec<_>>().join(" ")
    };
    let made = "create table n (id integer, code text, name text);";
    for (insert, left) in [
        ("insert into n select * from a;", "id code name"),
        ("insert into n select id, name, code from a;", "id"),
        ("insert into n select id, name as code, code as name from a;", "id"),
        ("insert into n (name, code, id) select name, code, id from a;", "id code name"),
        ("insert into n (id, name, code) select * from a;", "id"),
    ] {
        assert_eq!(kept(&format!("{made} {insert} drop table a; alter table n rename to a;")), left, "{insert}");
    }
    let moved = "create table n (id integer, name text, code text); insert into n select * from a; drop table a;";
    assert_eq!(kept(moved), "id");
    let renamed =
        "create table n (id integer, old text, name text); insert into n select id, code, name from a; drop table a;";
    assert_eq!(kept(renamed), "id code name");
    let again = "create table n as select * from a; alter table n rename column code to c; drop table a;";
    assert_eq!(kept(again), "id code name");
}

#[test]
fn a_table_is_followed_into_another_schema() {
    let told = |sql: &str| parts(Dialect::Postgres, sql);
    assert_eq!(told("create schema s9; alter table a set schema s9; drop schema s9 cascade;"), [rows("a")]);
    assert_eq!(told("alter table s1.t set schema public; drop table t;"), [rows("s1.t")]);
    let whole = Part::Schema { name: "s1".to_owned() };
    assert_eq!(told("alter schema s1 rename to s2; drop schema s2 cascade;"), [whole]);
}

#[test]
fn what_runs_after_code_was_made_or_with_what_was_set_is_asked_about() {
    let rule = "create rule r as on insert to e do instead delete from a; insert into e values (1);";
    let function = "create function f() returns int language sql as $$ delete from a; select 1 $$;";
    for sql in [
        rule,
        &format!("{function} select f();"),
        &format!("{function} insert into e values (f());"),
        &format!("{function} alter table e add column b int default f();"),
        "create view v as select * from a; delete from v;",
        "create table p (like a); alter table a inherit p; delete from p;",
        "alter table p attach partition a for values from (0) to (9); drop table p;",
        "set timezone = 'Asia/Tokyo'; alter table a alter column b type timestamp;",
        "set role other; delete from a where b = 1;",
    ] {
        assert!(asks(Dialect::Postgres, sql), "{sql}");
    }
    for sql in [
        "create view v as select * from a; delete from v;",
        "create trigger t after insert on e for each row delete from a; insert into e values (1);",
        "set sql_mode = ''; alter table a modify b text not null;",
        "/*!40101 SET SQL_MODE='' */; update a set b = 1;",
        "create event e on schedule every 1 day do delete from a;",
    ] {
        assert!(asks(Dialect::Mysql, sql), "{sql}");
    }
    for sql in [
        "create view v as select * from a; create trigger t instead of delete on v begin delete from a; end; delete from v;",
        "pragma foreign_keys = on; drop table a;",
        "pragma main.writable_schema = on;",
    ] {
        assert!(asks(Dialect::Sqlite, sql), "{sql}");
    }
    for (dialect, sql) in [
        (Dialect::Postgres, "create or replace function f() returns int language sql as $$ select 1 $$; drop table e;"),
        (Dialect::Postgres, "set lock_timeout = '5s'; alter table a drop column b; create view v as select 1;"),
        (Dialect::Postgres, "create trigger t before update on a for each row execute function f();"),
        (Dialect::Mysql, "set foreign_key_checks = 0; drop table a; set foreign_key_checks = 1; set names utf8mb4;"),
        (Dialect::Sqlite, "pragma foreign_keys = off; drop table a; pragma foreign_keys = on;"),
    ] {
        assert!(!asks(dialect, sql), "{sql}");
    }
}

/// The labelled downs that take nothing, as the linter's own set has them.
#[test]
fn of_the_labelled_downs_that_bring_all_back_few_are_asked_about() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../tests/it/migrations/labelled");
    let (mut all, mut asked) = (0, Vec::new());
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let Ok(dialect) = name.split('-').next().unwrap().parse::<Dialect>() else { continue };
        for block in fs::read_to_string(&file).unwrap().split("=== ").skip(1) {
            let (head, rest) = block.split_once('\n').unwrap();
            let Some((_, down)) = rest.split_once("-- down\n").filter(|_| head.ends_with("| yes")) else { continue };
            all += 1;
            if asks(dialect, down) {
                asked.push(format!("{name}: {head}"));
            }
        }
    }
    println!("{} of {all} are asked about", asked.len());
    assert!(all > 100 && asked.len() * 50 <= all, "{} of {all}: {asked:#?}", asked.len());
}
