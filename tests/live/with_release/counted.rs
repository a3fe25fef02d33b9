//! What a way back takes away, counted on real servers whatever its script calls things on the way; and what takes nothing.

use super::{deploy, migration, release, sql, with_users};
use std::{fs, sync::Arc};
use switchback_core::{
    migration::{self, Layout, SourceFile, Way},
    port::Databases as _,
    schema::Database as At,
};
use switchback_database::Servers;
use switchback_process::LocalPrograms;
use switchback_tests::{database::Database, part::PartError};

/// A down with what it is said to take: nothing when it may go by itself.
type Case = (&'static str, &'static [&'static str]);

/// What is said of a down, on a database that holds what `before` made.
async fn told(place: &str, down: &str) -> Vec<String> {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let set = migration::read(Layout::GolangMigrate, &[file("1_a.up.sql", "select 1;"), file("1_a.down.sql", down)]);
    let at = At { name: "main".to_owned(), place: place.to_owned(), password: None };
    let servers = Servers::new(Arc::new(LocalPrograms));
    let losses = servers.losses(&at, None, &set, "1", Way::Down).await.unwrap_or_else(|why| panic!("{down}: {why:?}"));
    losses.iter().map(|loss| loss.to_string().replace(" (1)", "")).collect()
}

/// Each case against the server; then it is run, so that it is a script the server takes, on tables made anew.
async fn hold(place: &str, before: &[&str], after: &[&str], cases: &[Case]) {
    for (down, losses) in cases {
        for statement in before {
            sql(place, statement).await;
        }
        assert_eq!(told(place, down).await, **losses, "{down}");
        assert_eq!(told(place, down).await, **losses, "{down}: counting it changed something");
        for statement in down.split_inclusive(";\n") {
            sql(place, statement).await;
        }
        for statement in after {
            sql(place, statement).await;
        }
    }
}

const MADE: [&str; 4] = [
    "create table users (id integer primary key, name varchar(40), note varchar(20))",
    "insert into users values (1, 'ada', 'kept'), (2, 'bo', null), (3, 'gone', 'x')",
    "create table o (id integer primary key)",
    "insert into o values (7)",
];

/// The same on all three.
const ALIKE: [Case; 17] = [
    ("alter table o rename to zz;\ndrop table zz;\n", &["o of 1 row"]),
    ("alter table users rename column note to old;\nalter table users drop column old;\n", &["users.note of 2 rows"]),
    (
        "alter table users rename to users_old;\ncreate table users (id integer primary key, name varchar(40));\n\
         insert into users select id, name from users_old;\ndrop table users_old;\n",
        &["users.note of 2 rows"],
    ),
    (
        "create table users_new (id integer primary key, name varchar(40));\ninsert into users_new select id, name from users;\n\
         alter table users rename to users_old;\nalter table users_new rename to users;\ndrop table users_old;\n",
        &["users.note of 2 rows"],
    ),
    (
        "create table users_new as select id, name, note from users;\ndrop table users;\nalter table users_new rename to users;\n",
        &[],
    ),
    (
        "create table users_new (id integer primary key, name varchar(40));\ninsert into users_new select id, name from users where \
         id < 3;\ndrop table users;\nalter table users_new rename to users;\n",
        &["users of 3 rows"],
    ),
    (
        "create table users_new (id integer primary key, name varchar(40), note varchar(20));\ninsert into users_new (id, name, \
         note) select id, lower(name), note from users;\ndrop table users;\nalter table users_new rename to users;\n",
        &["users.name of 3 rows"],
    ),
    ("update users set name = 'gone' where id > 0;\n", &["users.name of 2 rows"]),
    ("update users set note = 'none' where note is null;\n", &["users.note of 1 row"]),
    ("update users set note = coalesce(note, '');\n", &["users.note of 1 row"]),
    ("update users set name = upper(name) where id = 1;\n", &["users.name of 1 row"]),
    ("update users set note = null where id in (select id from users where note is null);\n", &[]),
    (
        "insert into o values (3);\nupdate users set name = 'q' where id in (select id from o);\n",
        &["users.name of 3 rows"],
    ),
    (
        "alter table users rename column name to nick;\nupdate users set nick = 'q' where id = 1;\n",
        &["users.name of 3 rows"],
    ),
    (
        "update users set name = 'q', note = null where id = 3;\ndelete from o where id > 10;\n",
        &["users.name, note of 1 row"],
    ),
    ("delete from users where id = 1;\ndelete from users where id = 2;\n", &["users of 2 rows"]),
    (
        "alter table users add column nick varchar(40);\nupdate users set nick = name;\nalter table users drop column nick;\n",
        &[],
    ),
];

const FAMILY: [&str; 6] = [
    "create table plans (id integer primary key)",
    "insert into plans values (1), (2)",
    "create table entries (id integer primary key, plan integer, foreign key (plan) references plans (id) on delete cascade)",
    "insert into entries values (1, 1), (2, 1)",
    "create table marks (entry integer, foreign key (entry) references entries (id) on delete set null)",
    "insert into marks values (2), (null)",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_under_another_name_or_is_written_over_is_counted_on_postgresql() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let after = [
        "drop table if exists users, users_old, users_new, o, zz, log, kids cascade",
        "drop sequence if exists invoice_no",
        "drop function if exists wipe, stamp cascade",
    ];
    hold(&place, &MADE, &after, &ALIKE).await;
    let more = [
        "create table kids (id integer, of integer)",
        "create table log (what text)",
        "create function stamp() returns trigger language plpgsql as $$ begin insert into log values (tg_op); return new; end $$",
        "create trigger stamps before insert or update on o for each row execute function stamp()",
        "create function wipe() returns integer language plpgsql as $$ begin delete from users; return 1; end $$",
        "create sequence invoice_no",
    ];
    let before = [&MADE[..], &more].concat();
    let cases: [Case; 8] = [
        ("update users set name = 'q' from o where o.id = users.id;\n", &["users.name of 3 rows"]),
        ("drop sequence invoice_no;\n", &[]),
        ("insert into o values (9);\n", &[]),
        ("insert into o values (wipe());\n", &["whatever the function wipe takes away, which nobody can count"]),
        (
            "delete from o where wipe() = 1;\n",
            &["o of 1 row", "whatever the function wipe takes away, which nobody can count"],
        ),
        ("alter table o set schema information_schema;\ndrop table information_schema.o;\n", &["o of 1 row"]),
        ("create temporary table t as select * from users;\ndrop table users;\n", &["users of 3 rows"]),
        (
            "create table users_new (id integer, name varchar(2), note varchar(20));\ninsert into users_new select id, left(name, 2), \
          note from users;\ndrop table users;\nalter table users_new rename to users;\n",
            &["users.name of 3 rows"],
        ),
    ];
    hold(&place, &before, &after, &cases).await;

    // What goes with the rows of another table, and what the script deletes before.
    let cases: [Case; 3] = [
        ("delete from plans where id = 1;\n", &["plans of 1 row", "entries of 2 rows", "marks.entry of 1 row"]),
        (
            "delete from entries where id = 1;\ndelete from plans where id = 1;\n",
            &["entries of 2 rows", "plans of 1 row", "marks.entry of 1 row"],
        ),
        ("delete from plans where id = 2;\n", &["plans of 1 row"]),
    ];
    let dropped = [&["drop table if exists marks, entries, plans"], &after[..]].concat();
    hold(&place, &[&MADE[..], &FAMILY].concat(), &dropped, &cases).await;

    // What is set off beside.
    let fires = [
        "create rule wipes as on insert to o do also delete from users",
        "create function gone() returns trigger language plpgsql as $$ begin delete from kids where of = old.id; return old; end $$",
        "create trigger goes before delete on users for each row execute function gone()",
        "select nextval('invoice_no'), nextval('invoice_no')",
    ];
    let before = [&before[..], &fires].concat();
    let after = [&after[..], &["drop function if exists gone cascade"]].concat();
    let cases: [Case; 4] = [
        ("insert into o values (9);\n", &["whatever the rule wipes of o takes away, which nobody can count"]),
        (
            "delete from users where id > 10;\n",
            &["whatever the trigger goes of users takes away, which nobody can count"],
        ),
        ("alter sequence invoice_no rename to i;\ndrop sequence i;\n", &["the position 2 of sequence invoice_no"]),
        ("alter sequence invoice_no restart with 1;\n", &["the position 2 of sequence invoice_no"]),
    ];
    hold(&place, &before, &after, &cases).await;

    // What stays as a table of its own, and is no part of the whole any more.
    let years = [
        "create table years (id integer, at integer) partition by list (at)",
        "create table years_26 partition of years for values in (26)",
        "create table years_27 partition of years for values in (27)",
        "insert into years values (1, 26), (2, 26)",
        "create table old_users () inherits (users)",
        "insert into old_users values (9, 'eve', null)",
    ];
    let after = [&after[..], &["drop table if exists years, years_26, years_27, old_users cascade"]].concat();
    let cases: [Case; 4] = [
        ("alter table years detach partition years_26;\n", &["years_26 of 2 rows"]),
        ("alter table years detach partition years_26;\ndrop table years_26;\n", &["years_26 of 2 rows"]),
        ("alter table years detach partition years_27;\n", &[]),
        ("alter table old_users no inherit users;\n", &["old_users of 1 row"]),
    ];
    hold(&place, &[&MADE[..], &years].concat(), &after, &cases).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_under_another_name_or_is_written_over_is_counted_on_mariadb() -> Result<(), PartError> {
    let server = Database::mariadb().await?;
    sql(&server.place(server.first()), "create database shop").await;
    let place = server.place("shop");
    let after = [
        "drop table if exists users, users_old, users_new, o, zz, Mixed, log",
        "drop sequence if exists invoice_no",
        "drop function if exists wipe",
    ];
    hold(&place, &MADE, &after, &ALIKE).await;
    let more = [
        "create table Mixed (id integer)",
        "insert into Mixed values (1), (2)",
        "create table log (id integer)",
        "create sequence invoice_no",
        "create trigger notes before update on o for each row set new.id = old.id",
        "create trigger goes before delete on o for each row delete from log",
        "create function wipe() returns integer modifies sql data begin delete from users; return 1; end",
    ];
    let before = [&MADE[..], &more].concat();
    let cases: [Case; 11] = [
        ("rename table o to o2;\ndrop table o2;\n", &["o of 1 row"]),
        (
            "create table users_new (id integer primary key, name varchar(40));\ninsert into users_new select id, name from users;\n\
             rename table users to users_old, users_new to users;\ndrop table users_old;\n",
            &["users.note of 2 rows"],
        ),
        (
            "alter table users change note note2 text;\nalter table users drop column note2;\n",
            &["users.note of 2 rows"],
        ),
        (
            "create table users_new like users;\ninsert into users_new select * from users;\ndrop table users;\nrename table \
          users_new to users;\n",
            &[],
        ),
        ("update users set name = 'gone' order by id limit 1;\n", &["users.name of 2 rows"]),
        (
            "update users u join o on o.id = u.id set u.name = 'q';\n",
            &["whatever 1_a.down.sql:1 takes away, which nobody can count"],
        ),
        ("update users set name = 'ADA' where id = 1;\n", &["users.name of 1 row"]),
        ("drop table Mixed;\n", &["Mixed of 2 rows"]),
        ("update o set id = 7;\n", &[]),
        ("delete from o where id > 10;\n", &["whatever the trigger goes of o takes away, which nobody can count"]),
        ("drop sequence invoice_no;\n", &[]),
    ];
    hold(&place, &before, &after, &cases).await;
    let dropped = [&["drop table if exists marks, entries, plans"], &after[..]].concat();
    let along: [Case; 1] =
        [("delete from plans where id = 1;\n", &["plans of 1 row", "entries of 2 rows", "marks.entry of 1 row"])];
    hold(&place, &[&MADE[..], &FAMILY].concat(), &dropped, &along).await;
    let before = [&before[..], &["select nextval(invoice_no)"]].concat();
    let cases: [Case; 1] = [("drop sequence invoice_no;\n", &["the position 1000 of sequence invoice_no"])];
    hold(&place, &before, &after, &cases).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_under_another_name_or_is_written_over_is_counted_on_sqlite() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).map_err(PartError::io("make a database"))?;
    let place = format!("sqlite:{}", file.display());
    let after = ["drop table if exists users", "drop table if exists o", "drop table if exists log"];
    hold(&place, &MADE, &after, &ALIKE).await;
    let more = [
        "create table log (id integer)",
        "create trigger goes after delete on o begin delete from log; end",
        "create trigger stamps after update on users begin update users set note = current_timestamp where id = new.id; end",
    ];
    let cases: [Case; 2] = [
        ("delete from o where id > 10;\n", &["whatever the trigger goes of o takes away, which nobody can count"]),
        ("update users set name = 'ada' where id = 1;\n", &["users.note of 1 row"]),
    ];
    hold(&place, &[&MADE[..], &more].concat(), &after, &cases).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_renames_first_is_refused_and_nothing_is_gone() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;
    let swap = "alter table users rename to users_old;\ncreate table users (id integer primary key, name varchar(40));\ninsert \
                into users select id, name from users_old;\ndrop table users_old;\ndrop sequence invoice_no;\n";
    let up =
        "alter table users add column note varchar(20);\ncreate sequence invoice_no;\nselect nextval('invoice_no');\n";
    migration(&desk, "2_note", up, swap);
    release(&desk, "2.0", "false");
    // What the up alone drew and wrote goes by itself.
    let bad = format!("{:#}", deploy(&desk, "2.0").await.exits(4).json);
    assert!(
        bad.contains("all written by its own up") && bad.contains("the position 1 of sequence invoice_no"),
        "{bad}"
    );
    release(&desk, "2.1", "true");
    let _ = deploy(&desk, "2.1").await.exits(0);
    sql(&place, "insert into users values (1, 'ada', 'kept')").await;
    sql(&place, "select nextval('invoice_no')::text").await;
    let back = desk.run(["rollback", "web", "production"]).await?.exits(3);
    for lost in ["users.note of 1 row (2)", "the position 2 of sequence invoice_no (2)"] {
        assert!(back.stderr.contains(lost), "{}", back.stderr);
    }
    assert_eq!(sql(&place, "select note from users").await, ["kept"]);
    let _ = desk.run(["rollback", "web", "production", "--lose-data"]).await?.exits(0);
    assert_eq!(sql(&place, "select name from users").await, ["ada"]);
    Ok(())
}
