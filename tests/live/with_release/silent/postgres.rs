//! On PostgreSQL.

use super::{Case, NOTHING, asked, case, hold, losses, sql, used};
use switchback_tests::{database::Database, part::PartError};

const WIPE: &str =
    "create function wipe() returns int language plpgsql as $$ begin delete from orders; return 1; end $$";
const SLUG: &str = "create function slug(text) returns text language sql immutable as $$ select lower($1) $$";
const SERIES: [&str; 2] = ["create sequence q", "select setval('q', 500)::text"];
const IDENTITY: [&str; 2] =
    ["create table pp (id int generated always as identity, x int)", "insert into pp (x) values (1), (2)"];

const LOSES: &[Case] = &[
    // A value that only a collation or an operator calls the same.
    used(
        &[],
        "alter table users add column c text default 'new';\n",
        &["update users set c = null where id = 1"],
        "alter table users drop column c;\n",
        &["users.c of 1 row"],
    ),
    used(
        &["create extension citext"],
        "alter table users add column c citext default 'new';\n",
        &["update users set c = 'NEW' where id = 1"],
        "alter table users drop column c;\n",
        &["users.c of 1 row"],
    ),
    used(
        &["create collation nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"],
        "alter table users add column c text collate nd default 'new';\n",
        &["update users set c = 'NEW' where id = 1"],
        "alter table users drop column c;\n",
        &["users.c of 1 row"],
    ),
    case(
        &[
            "create collation nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "create table pp (c text collate nd)",
            "insert into pp values ('ABC'), ('abc')",
        ],
        "update pp set c = lower(c);\n",
        &["pp.c of 1 row"],
    ),
    case(
        &["create table pp (c interval)", "insert into pp values ('30 hours')"],
        "update pp set c = justify_hours(c);\n",
        &["pp.c of 1 row"],
    ),
    used(
        &[],
        "alter table users add column c numeric default 1;\n",
        &["update users set c = 1.000 where id = 1"],
        "alter table users drop column c;\n",
        &NOTHING,
    ),
    // What a trigger gives the row that is written to.
    case(
        &[
            "create function ff() returns trigger language plpgsql as $$ begin new.at = now(); return new; end $$",
            "create trigger tt before update on users for each row execute function ff()",
        ],
        "alter table users add column q int;\nupdate users set q = id;\nalter table users drop column q;\n",
        &["users.at of 2 rows"],
    ),
    case(
        &[
            "create function ff() returns trigger language plpgsql as $$ begin new.name := md5(new.name); return new; end $$",
            "create trigger tt before insert or update on users for each row execute function ff()",
        ],
        "update users set at = at;\n",
        &["users.name of 2 rows"],
    ),
    asked(
        &[
            "create function ff() returns trigger language plpgsql as $$ begin select null into new.name; return new; end $$",
            "create trigger tt before update on users for each row execute function ff()",
        ],
        "update users set at = at;\n",
    ),
    // A column that is written and goes is counted once.
    case(&[], "update orders set s = 'x';\nalter table orders drop column s;\n", &["orders.s of 1 row"]),
    // What a null said.
    case(&[], "update orders set s = '' where s is null;\n", &["orders.s of 1 row"]),
    // Times that depend on the session.
    case(&[], "alter table users alter column at type timestamp;\n", &["users.at of 1 row"]),
    case(
        &[],
        "alter table users alter column at type timestamp using at at time zone 'Europe/Berlin';\n",
        &["users.at of 1 row"],
    ),
    case(&[], "alter table users alter column at type timestamp using at at time zone 'UTC';\n", &NOTHING),
    // Code of the way back's own.
    asked(&[], "create rule rr as on insert to extra do instead delete from orders;\ninsert into extra values (1);\n"),
    asked(
        &[],
        "create function ff() returns trigger language plpgsql as $$ begin delete from orders; return null; end $$;\n\
             create trigger tt after insert on extra for each row execute function ff();\ninsert into extra values (1);\n",
    ),
    asked(&[], "create function ff() returns int language sql as $$ delete from orders; select 1 $$;\nselect ff();\n"),
    asked(
        &[],
        "create function ff() returns int begin atomic delete from orders; select 1; end;\ninsert into extra values (ff());\n",
    ),
    asked(
        &[],
        "create function ff() returns trigger language plpgsql as $$ begin delete from orders; return null; end $$;\n\
             create view vd as select * from orders;\ncreate trigger tt instead of delete on vd for each row execute function \
             ff();\ndelete from vd;\n",
    ),
    // A function that writes, reached without its name.
    asked(&[WIPE], "alter table users add column y int default wipe();\n"),
    asked(&[WIPE, "create table ll (a int, b int default wipe())"], "insert into ll (a) values (1);\n"),
    asked(&[WIPE, "create view vf as select wipe() as a"], "select * from vf;\n"),
    asked(&[WIPE, "create view vf as select wipe() as a"], "insert into extra select a from vf;\n"),
    asked(
        &[
            "create function wipe() returns bool language plpgsql as $$ begin if to_regclass('o2') is null then delete from \
                 orders where false; end if; return true; end $$",
            "create materialized view vf as select wipe()",
        ],
        "refresh materialized view vf;\n",
    ),
    asked(
        &[
            "create function wop(int, int) returns bool language plpgsql as $$ begin delete from orders; return true; end $$",
            "create operator === (leftarg = int, rightarg = int, function = wop)",
        ],
        "select id === 1 from users;\n",
    ),
    asked(
        &[
            "create function wop(int, int) returns bool language plpgsql as $$ begin delete from orders; return true; end $$",
            "create operator === (leftarg = int, rightarg = int, function = wop)",
        ],
        "update orders set s = s where id === 1;\n",
    ),
    asked(
        &[
            WIPE,
            "create function other() returns int language sql stable as $$ select wipe() $$",
            "create domain mine as int check (other() > 0)",
            "create table ll (a mine)",
        ],
        "insert into ll values (1);\n",
    ),
    asked(
        &[
            WIPE,
            "create table log (a int default wipe())",
            "create function notes() returns trigger language plpgsql as $$ begin insert into log default values; return new; end $$",
            "create trigger tt after insert on extra for each row execute function notes()",
        ],
        "insert into extra values (1);\n",
    ),
    // A table elsewhere, or below another one.
    case(&[], "create schema s9;\nalter table orders set schema s9;\ndrop schema s9 cascade;\n", &["orders of 2 rows"]),
    case(
        &["create schema s1", "create table s1.t (a int)", "insert into s1.t values (1)"],
        "alter schema s1 rename to s2;\ndrop schema s2 cascade;\n",
        &["s1.t of 1 row"],
    ),
    case(
        &["create schema s1", "create table s1.t (a int)", "insert into s1.t values (1)"],
        "alter table s1.t set schema public;\ndrop table t;\n",
        &["s1.t of 1 row"],
    ),
    asked(
        &[],
        "create table orders_p (like orders) partition by range (id);\nalter table orders_p attach partition orders for \
             values from (0) to (100);\ndrop table orders_p;\n",
    ),
    asked(&[], "create table pa (like orders);\nalter table orders inherit pa;\ndelete from pa;\n"),
    asked(&[], "create table pa (like orders);\nalter table orders inherit pa;\ndrop table pa cascade;\n"),
    asked(&[], "create view vd as select * from orders;\ndelete from vd;\n"),
    asked(&[], "create view vd as select * from orders;\nupdate vd set s = 'x';\n"),
    asked(&["create view vd as select * from orders"], "delete from vd where id < 3;\n"),
    // How far a sequence is.
    case(&SERIES, "select setval('q', 1, false);\n", &["the position 500 of sequence q"]),
    case(
        &SERIES,
        "select setval('q', (select coalesce(max(id), 1) from orders));\n",
        &["the position 500 of sequence q"],
    ),
    case(
        &IDENTITY,
        "alter table pp alter column id restart with 1;\n",
        &["the position 2 of sequence public.pp_id_seq"],
    ),
    case(
        &IDENTITY,
        "alter table pp alter column id drop identity;\n",
        &["the position 2 of sequence public.pp_id_seq"],
    ),
];

const PLAIN: &[Case] = &[
    case(&[], "drop table extra;\n", &NOTHING),
    case(
        &["create view vd as select id from users"],
        "drop view vd;\ncreate view vd as select id, name from users;\n",
        &NOTHING,
    ),
    case(&[SLUG], "update extra set id = 1 where slug('A') = 'a';\n", &NOTHING),
    case(&[SLUG], "create index names on users (slug(name));\n", &NOTHING),
    case(
        &[],
        "alter table users alter column name type varchar(40);\nalter table users alter column name set default '';\n",
        &NOTHING,
    ),
    case(&[], "alter table orders rename column s to t;\nalter table orders rename to o2;\n", &NOTHING),
    case(&[], "alter table users add column old text;\nupdate users set old = name;\n", &NOTHING),
    case(
        &["create table log (a int)"],
        "create or replace function touch() returns trigger language plpgsql as $$ begin return new; end $$;\n\
             create trigger tt before update on users for each row execute function touch();\ndrop table log;\n",
        &NOTHING,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_without_a_word_on_postgresql() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let made = [
        "create table users (id int primary key, name text, at timestamptz)",
        "insert into users values (1, 'Ann', '2026-10-25 00:30+00'), (2, 'Bob', null)",
        "create table orders (id int primary key, s text)",
        "insert into orders values (1, 'a'), (2, null)",
        "create table extra (id int)",
    ];
    let gone = [
        "drop schema if exists s1 cascade",
        "drop schema if exists s2 cascade",
        "drop schema public cascade",
        "create schema public",
        "grant all on schema public to public",
    ];
    hold(&place, &made, &gone, LOSES).await;

    hold(&place, &made, &gone, PLAIN).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_row_level_security_hides_are_asked_about() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let admin = server.place(server.first());
    for statement in ["create role own login", "grant all on schema public to own"] {
        sql(&admin, statement).await;
    }
    let place = admin.replace("user=app", "user=own");
    for statement in [
        "create table users (id int primary key, tenant text, note text)",
        "create table notes (id int)",
        "create table free (id int)",
        "alter table users enable row level security",
        "alter table users force row level security",
        "create policy p on users using (tenant = current_setting('app.tenant', true))",
        "alter table notes enable row level security",
        "alter table notes force row level security",
        "alter table free enable row level security",
    ] {
        sql(&place, statement).await;
    }
    sql(&admin, "insert into users values (1, 'acme', 'precious'), (2, 'acme', 'gold')").await;
    sql(&admin, "insert into notes values (1), (2)").await;
    let hidden =
        |what: &str| format!("what of {what} row level security hides from this login, which nobody can count");
    for (down, what) in [
        ("alter table users drop column note;\n", "users.note"),
        ("drop table notes;\n", "notes"),
        ("delete from users where id = 1;\n", "users"),
        ("update users set note = '' where id = 1;\n", "users.note"),
    ] {
        assert_eq!(losses(&place, "select 1;\n", down).await, [hidden(what)], "{down}");
        assert_ne!(losses(&admin, "select 1;\n", down).await, [hidden(what)], "{down}");
    }
    // The owner sees all of a table that does not hide from it.
    assert!(losses(&place, "select 1;\n", "drop table free;\n").await.is_empty());
    Ok(())
}
