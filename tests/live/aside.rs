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
async fn a_down_that_leaves_rights_or_settings_behind_is_no_way_back() {
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
        ],
    )
    .await;
    let server = Database::mariadb().await.unwrap();
    let _ = done(&server.place("mysql"), &["create database shop"]).await;
    let place = server.place("shop");
    let shop =
        ["create table users (id int primary key, name varchar(40))", "create view people as select name from users"];
    let _ = done(&place, &shop).await;
    the_difference_is_seen(
        &place,
        &[
            "create or replace sql security invoker view people as select name from users;",
            "alter table users modify name varchar(40) comment 'the full one';",
        ],
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    let place = format!("sqlite:{}", path.display());
    let made = "create table users (id integer primary key autoincrement, name text collate nocase, n int as (id + 1))";
    let _ = done(&place, &[made]).await;
    let rebuilt = |with: &str| format!("drop table users; create table users {with};");
    let ups = [
        "(id integer primary key, name text collate nocase, n int as (id + 1))",
        "(id integer primary key autoincrement, name text, n int as (id + 1))",
        "(id integer primary key autoincrement, name text collate nocase, n int as (id + 2))",
        "(id integer primary key autoincrement, name text collate nocase, n int as (id + 1)) strict",
    ];
    let ups: Vec<String> = ups.into_iter().map(rebuilt).collect();
    the_difference_is_seen(&place, &ups.iter().map(String::as_str).collect::<Vec<_>>()).await;
}
