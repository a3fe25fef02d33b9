//! What a server says of the same schema in another way is no loss: a rule that is checked for its rows later, and
//! expressions that PostgreSQL writes anew when it reads its own words.

use crate::{
    migrations::{proven, told},
    on_database::{done, pair, set},
};
use switchback_core::{
    migration::{Goal, Layout, Set},
    port::{Databases as _, never},
    schema,
};
use switchback_database::{Outcome, Place, Proving, Servers, prove, run};
use switchback_process::LocalPrograms;
use switchback_tests::database::Database;

/// Proves all before anything is applied, and when everything is: then the rows that people wrote go with the tables of the
/// first, and with nothing else.
async fn holds_before_and_after(place: &str, set: &Set, rows: &[&str]) {
    let hold: Vec<String> = set.migrations.iter().map(|one| format!("{} proven, loses []", one.version)).collect();
    assert_eq!(told(&proven(place, set).await), hold);
    let at: Place = place.parse().unwrap();
    let _ = run(&at, None, set, &Goal::Latest, |_| {}).await.unwrap();
    let _ = done(place, rows).await;
    let after = told(&proven(place, set).await);
    assert!(after[0].starts_with("1 proven, loses [\"") && after[0].ends_with(": 1 of 1 rows\"]"), "{after:?}");
    assert_eq!(after[1..], hold[1..]);
}

/// A rule for new rows, then for those that were there.
const VALIDATED: [(&str, &str); 8] = [
    (
        "1_shop.up.sql",
        "create table users (id integer primary key); create table orders (id integer primary key, user_id integer);",
    ),
    ("1_shop.down.sql", "drop table orders; drop table users;"),
    (
        "2_fk.up.sql",
        "alter table orders add constraint orders_user_fk foreign key (user_id) references users (id) not valid;",
    ),
    ("2_fk.down.sql", "alter table orders drop constraint orders_user_fk;"),
    ("3_validate.up.sql", "alter table orders validate constraint orders_user_fk;"),
    ("3_validate.down.sql", "select 1;"),
    (
        "4_check.up.sql",
        "create domain short as text; alter domain short add constraint few check (length(value) < 9) not valid; \
         alter table orders add constraint above check (id > 0) not valid; alter table orders validate constraint above;",
    ),
    ("4_check.down.sql", "alter table orders drop constraint above; drop domain short;"),
];

/// The schema as a proof is held against it.
async fn stands(place: &str, set: &Set) -> String {
    let at = schema::Database { name: "main".to_owned(), place: place.to_owned(), password: None };
    let servers = Servers::new(std::sync::Arc::new(LocalPrograms));
    servers.schema(&at, None, set).await.unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_checked_for_its_rows_later_has_a_way_back_on_postgres() {
    let server = Database::postgres().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let (place, all) = (server.place("shop"), set(Layout::GolangMigrate, &VALIDATED));
    let rows = ["insert into users values (1)", "insert into orders values (1, 1)"];
    holds_before_and_after(&place, &all, &rows).await;
    let there = stands(&place, &all).await;
    // What the proof leads to is what a real way there and back does.
    let at: Place = place.parse().unwrap();
    let to = |version: &str| Goal::Version(version.to_owned());
    let _ = run(&at, None, &all, &to("1"), |_| {}).await.unwrap();
    let _ = run(&at, None, &all, &to("2"), |_| {}).await.unwrap();
    let unchecked = stands(&place, &all).await;
    let _ = run(&at, None, &all, &to("3"), |_| {}).await.unwrap();
    assert_eq!(unchecked, stands(&place, &all).await);
    let _ = run(&at, None, &all, &Goal::Latest, |_| {}).await.unwrap();
    assert_eq!(there, stands(&place, &all).await);

    // One that is gone, or refers elsewhere, is another one still.
    for up in [
        "alter table orders drop constraint orders_user_fk;",
        "alter table orders drop constraint orders_user_fk, \
         add constraint orders_user_fk foreign key (user_id) references orders (id) not valid;",
        "alter table orders drop constraint above, add constraint above check (id > 1) not valid;",
    ] {
        let proof = prove_one(&place, &pair(up, "select 1;")).await;
        assert!(matches!(&proof, Outcome::Differs { after, .. } if after == "down"), "{up}: {proof}");
    }
}

async fn prove_one(place: &str, set: &Set) -> Outcome {
    let at: Place = place.parse().unwrap();
    let _ = done(place, &["drop table if exists schema_migrations"]).await;
    let proving = Proving { place: &at, password: None, set, programs: &LocalPrograms, stop: never() };
    prove(&proving, None, |_| {}).await.unwrap().remove(0).outcome
}

/// Expressions over a text of some length, wherever they are; the next version has it longer.
const WIDENED: [(&str, &str); 4] = [
    (
        "1_users.up.sql",
        "create table users (id integer primary key, role varchar(20) default 'a' check (role in ('a', 'b')), \
         other varchar(9), kind text generated always as (case when other in ('a', 'b') then 'x' end) stored, \
         constraint named check (role not in ('it''s', 'd]', upper('q')) and lower(role) <> ''));\n\
         create index few on users (lower(role)) where role in ('a', 'b');\n\
         create index cased on users ((case when role in ('a', 'b') then 1 end));\n\
         create domain code as varchar(9) check (value in ('a', 'b'));\n\
         create view people as select id from users where other in ('a', 'b');\n\
         create policy own on users using (other in ('a', 'b'));\n\
         create statistics together on (case when other in ('a', 'b') then 1 end), id from users;",
    ),
    ("1_users.down.sql", "drop view people; drop table users; drop domain code;"),
    ("2_wide.up.sql", "alter table users alter column role type varchar(40);"),
    ("2_wide.down.sql", "alter table users alter column role type varchar(20);"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_text_with_a_check_has_a_way_back_on_postgres() {
    let server = Database::postgres().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let place = server.place("shop");
    let text = [
        ("3_text.up.sql", "alter table users alter column role type text;"),
        ("3_text.down.sql", "alter table users alter column role type varchar(40);"),
    ];
    let all = set(Layout::GolangMigrate, &[&WIDENED[..], &text[..]].concat());
    holds_before_and_after(&place, &all, &["insert into users (id, role, other) values (1, 'a', 'b')"]).await;
    let there = stands(&place, &all).await;
    let at: Place = place.parse().unwrap();
    let _ = run(&at, None, &all, &Goal::Version("1".to_owned()), |_| {}).await.unwrap();
    let _ = run(&at, None, &all, &Goal::Latest, |_| {}).await.unwrap();
    assert_eq!(there, stands(&place, &all).await);

    // Another check of the same words is another one.
    for check in ["role in ('a', 'c')", "role not in ('a', 'b')", "other in ('a', 'b')", "role in ('a')"] {
        let name = "users_role_check";
        let up = format!("alter table users drop constraint {name}, add constraint {name} check ({check}) not valid;");
        let proof = prove_one(&place, &pair(&up, "select 1;")).await;
        assert!(matches!(&proof, Outcome::Differs { after, .. } if after == "down"), "{check}: {proof}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_text_with_a_check_has_a_way_back_on_mariadb() {
    let server = Database::mariadb().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let place = server.place("shop");
    let role = |length: u32| {
        format!("alter table users modify role varchar({length}) default 'a' check (role in ('a', 'b'));")
    };
    let all = set(
        Layout::GolangMigrate,
        &[
            (
                "1_users.up.sql",
                "create table users (id integer primary key, role varchar(20) default 'a' check (role in ('a', 'b')), \
                 kind varchar(9) as (if(role in ('a', 'b'), 'x', 'y')) stored, constraint named check (role not in ('c', 'd')));",
            ),
            ("1_users.down.sql", "drop table users;"),
            ("2_wide.up.sql", &role(40)),
            ("2_wide.down.sql", &role(20)),
        ],
    );
    holds_before_and_after(&place, &all, &["insert into users (id, role) values (1, 'a')"]).await;
}
