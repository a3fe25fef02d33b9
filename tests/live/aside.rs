//! What a script sets for its session reaches neither the tool's table nor what is read afterwards.

use crate::on_database::{done, set};
use switchback_core::migration::{Goal, Layout, Set};
use switchback_database::{Connection, Outcome, Place, Proof, Proving, prove, run, status};
use switchback_process::LocalPrograms;
use switchback_tests::database::Database;

async fn proven(place: &str, set: &Set) -> Vec<Proof> {
    let place: Place = place.parse().unwrap();
    let proving =
        Proving { place: &place, password: None, set, programs: &LocalPrograms, stop: switchback_core::port::never() };
    let proofs = prove(&proving, None, |_| {}).await.unwrap();
    for proof in &proofs {
        println!("{place}: {} {proof}", proof.version);
    }
    proofs
}

/// Proves a set, runs it up and back, and gives what stood applied in between.
async fn there_and_back(place: &str, set: &Set) -> Option<String> {
    for proof in proven(place, set).await {
        assert!(matches!(&proof.outcome, Outcome::Proven { lost, .. } if lost.is_empty()), "{proof}");
    }
    let at: Place = place.parse().unwrap();
    let _ = run(&at, None, set, &Goal::Latest, |_| {}).await.unwrap();
    let mut connection = Connection::open(&at, None).await.unwrap();
    let standing = status(&mut connection, set).await.unwrap();
    connection.close().await;
    let _ = run(&at, None, set, &Goal::Nothing, |_| {}).await.unwrap();
    standing.current
}

/// What `pg_dump` begins with, tables of a schema of their own, an index beside the traffic, and names in `public` again.
const FILES: [(&str, &str); 8] = [
    (
        "1_base.up.sql",
        "select pg_catalog.set_config('search_path', '', false);\ncreate table public.a (id integer primary key);\nalter table public.a owner to app;",
    ),
    ("1_base.down.sql", "drop table public.a;"),
    (
        "2_app.up.sql",
        "create schema shop; set search_path to shop; set row_security = off; create table b (id integer primary key);",
    ),
    ("2_app.down.sql", "set search_path to shop; drop table b; drop schema shop;"),
    ("3_plain.up.sql", "create table c (id integer primary key);"),
    ("3_plain.down.sql", "drop table public.c;"),
    ("4_role.up.sql", "grant select on c to reader; set role reader; select * from c;"),
    ("4_role.down.sql", "revoke select on c from reader; set role reader;"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_search_path_and_a_role_of_a_script_end_with_it_on_postgres() {
    let server = Database::postgres().await.unwrap();
    let first = server.place("postgres");
    let _ = done(&first, &["create database shop", "create role reader"]).await;
    let place = server.place("shop");
    let _ = done(&place, &["create table users (id int)", "insert into users select generate_series(1, 28)"]).await;
    for layout in [Layout::GolangMigrate, Layout::Sqlx] {
        assert_eq!(there_and_back(&place, &set(layout, &FILES)).await.as_deref(), Some("4"), "{layout:?}");
    }
    let beside = [
        (
            "1_b.sql",
            "-- +goose NO TRANSACTION\n-- +goose Up\ncreate schema shop;\nset search_path to shop;\ncreate table b (x int);\ncreate index concurrently b_x on b (x);\n-- +goose Down\nset search_path to shop;\ndrop index concurrently b_x;\ndrop table b;\ndrop schema shop;\n",
        ),
        ("2_c.sql", "-- +goose Up\ncreate table c (x int);\n-- +goose Down\ndrop table public.c;\n"),
    ];
    assert_eq!(there_and_back(&place, &set(Layout::Goose, &beside)).await.as_deref(), Some("2"));
    let left = "select relname::text from pg_class where relname = 'switchback_migration'";
    assert!(done(&place, &[left]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_a_script_uses_ends_with_it_on_mariadb() {
    let server = Database::mariadb().await.unwrap();
    let _ = done(&server.place("mysql"), &["create database shop", "create database other"]).await;
    let set = set(
        Layout::GolangMigrate,
        &[
            (
                "1_a.up.sql",
                "use other; set autocommit = 0; set sql_mode = 'ansi_quotes'; create table a (id int primary key); insert into a values (1); commit;",
            ),
            ("1_a.down.sql", "use other; drop table a;"),
            ("2_b.up.sql", "create table b (id int primary key); insert into b values (1);"),
            ("2_b.down.sql", "drop table b;"),
        ],
    );
    let at: Place = server.place("shop").parse().unwrap();
    let _ = run(&at, None, &set, &Goal::Latest, |_| {}).await.unwrap();
    assert_eq!(done(&server.place("shop"), &["show tables"]).await, ["b", "schema_migrations"]);
    assert_eq!(done(&server.place("other"), &["show tables"]).await, ["a"]);
    let _ = run(&at, None, &set, &Goal::Nothing, |_| {}).await.unwrap();
    assert_eq!(done(&server.place("shop"), &["show tables"]).await, ["schema_migrations"]);
}

/// Each of these ups is not undone by its down.
async fn the_difference_is_seen(place: &str, ups: &[&str]) {
    for up in ups {
        let set = set(Layout::GolangMigrate, &[("1_a.up.sql", up), ("1_a.down.sql", "select 1;")]);
        let proof = proven(place, &set).await.remove(0);
        assert!(matches!(&proof.outcome, Outcome::Differs { after, .. } if after == "down"), "{up}: {proof}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_down_that_leaves_rights_or_settings_behind_is_no_way_back_on_postgres() {
    let server = Database::postgres().await.unwrap();
    let _ =
        done(&server.place("postgres"), &["create database shop", "create role reader", "create role writer"]).await;
    let place = server.place("shop");
    let shop = [
        "create table users (id int primary key, name text)",
        "create view people as select name from users",
        "create function touch() returns trigger language plpgsql as $$ begin return new; end $$",
        "create trigger touched before update on users for each row execute function touch()",
        "grant select on users to reader",
        "create rule kept as on delete to users do instead nothing",
        "create domain short as text check (length(value) < 9)",
        "create type pair as (a int, b int)",
        "create sequence counter start 5",
        "create table parts (id int, at date) partition by range (at)",
        "create table parts_2026 partition of parts for values from ('2026-01-01') to ('2027-01-01')",
        "create schema app",
        "grant usage on schema app to reader",
        "alter default privileges in schema app grant select on tables to reader",
        "revoke execute on function touch() from public",
        "grant execute on function touch() to reader",
        "grant update (name) on users to reader",
    ];
    let _ = done(&place, &shop).await;
    the_difference_is_seen(
        &place,
        &[
            "alter table users enable row level security;",
            "alter table users force row level security;",
            "alter table users disable trigger touched;",
            "grant insert on users to writer;",
            "grant select on people to public;",
            "revoke select on users from reader;",
            "alter view people set (security_barrier = true);",
            "alter table users replica identity full;",
            "alter table users set (fillfactor = 50);",
            "alter table users alter column name set storage external;",
            "alter table users alter column name set statistics 500;",
            "alter table users set unlogged;",
            "drop rule kept on users;",
            "alter domain short drop constraint short_check;",
            "alter domain short set not null;",
            "alter type pair add attribute c int;",
            "alter sequence counter cycle;",
            "alter table parts detach partition parts_2026;",
            "create schema more;",
            "create statistics together on id, name from users;",
            "grant usage on schema app to writer;",
            "grant create on schema public to writer;",
            "alter default privileges in schema app grant insert on tables to writer;",
            "alter default privileges in schema app revoke select on tables from reader;",
            "grant execute on function touch() to public;",
            "grant execute on function touch() to writer;",
            "revoke update (name) on users from reader;",
            "grant select (id) on users to writer;",
            "create aggregate most(int) (sfunc = int4larger, stype = int);",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_down_that_leaves_settings_behind_is_no_way_back_on_mariadb() {
    let server = Database::mariadb().await.unwrap();
    let _ = done(&server.place("mysql"), &["create database shop"]).await;
    let place = server.place("shop");
    let shop = [
        "create table users (id int primary key, name varchar(40), key named (name), constraint full_name check (name <> ''))",
        "create view people as select name from users",
        "create function one() returns int deterministic return 1",
        "create table parts (id int primary key) partition by hash (id) partitions 2",
    ];
    let _ = done(&place, &shop).await;
    the_difference_is_seen(
        &place,
        &[
            "create or replace sql security invoker view people as select name from users;",
            "alter table users modify name varchar(40) comment 'the full one';",
            "alter table users drop constraint full_name;",
            "alter table users row_format = compressed;",
            "alter table users alter index named ignored;",
            "create fulltext index worded on users (name);",
            "alter table parts partition by hash (id) partitions 3;",
            "drop function one; create function one() returns bigint deterministic return 1;",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_down_that_leaves_what_only_a_statement_says_behind_is_no_way_back_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    let place = format!("sqlite:{}", path.display());
    let (columns, some) = (
        "id integer primary key autoincrement, name text collate nocase, n int as (id + 1), check (name <> '')",
        "create index some on users (name) where id > 5",
    );
    let _ = done(&place, &[&format!("create table users ({columns})"), some]).await;
    let rebuilt = |from: &str, to: &str, strict: &str| {
        format!("drop table users; create table users ({}) {strict}; {some};", columns.replace(from, to))
    };
    let mut ups: Vec<String> =
        [(" autoincrement", ""), (" collate nocase", ""), ("id + 1", "id + 2"), (", check (name <> '')", "")]
            .iter()
            .map(|(from, to)| rebuilt(from, to, ""))
            .collect();
    ups.push(rebuilt("", "", "strict"));
    ups.push("drop index some; create index some on users (name) where id > 6;".to_owned());
    ups.push("drop index some; create index some on users (name desc) where id > 5;".to_owned());
    the_difference_is_seen(&place, &ups.iter().map(String::as_str).collect::<Vec<_>>()).await;
}
