//! Proofs that start from a copy of what is there: real servers, made and filled by hand.

use crate::{
    migrations::{proven, told},
    on_database::{done, set},
};
use switchback_core::{
    failure::{Failure, FailureKind},
    migration::{Goal, Layout},
    port::{CommandOutput, Errand, Programs, never},
};
use switchback_database::{Ground, Place, Proving, prove};
use switchback_tests::database::Database;

/// A shop that was there before its first migration: tables made by hand, 300 customers, of whom each order names one.
fn shop_by_hand() -> Vec<String> {
    let numbered =
        |from: i32, to: i32, row: &dyn Fn(i32) -> String| (from..=to).map(row).collect::<Vec<_>>().join(", ");
    let customers = numbered(1, 300, &|id| format!("({id}, 'c{id}', 'm{}')", id / 2));
    let orders = numbered(1, 300, &|id| format!("({id}, {})", 1 + id * 7 % 300));
    vec![
        "create table customers (id integer primary key, name varchar(40), mail varchar(40))".to_owned(),
        "create table orders (id integer primary key, customer_id integer not null, \
         foreign key (customer_id) references customers (id))"
            .to_owned(),
        format!("insert into customers values {customers}"),
        format!("insert into orders values {orders}"),
        "create view people as select name from customers".to_owned(),
    ]
}

/// The same on each of the three: what nobody wrote a migration for is there, and real rows speak.
async fn a_shop_made_by_hand_is_proven_on_its_copy(place: &str) {
    let by_hand = shop_by_hand();
    let _ = done(place, &by_hand.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let note = [
        ("1_note.up.sql", "alter table customers add column note varchar(40);"),
        ("1_note.down.sql", "alter table customers drop column note;"),
    ];
    let rest = [
        ("2_size.up.sql", "alter table orders add column size integer;"),
        ("2_size.down.sql", "alter table orders drop column size;"),
        ("3_mail.up.sql", "create unique index customers_mail on customers (mail);"),
        ("3_mail.down.sql", "drop index customers_mail;"),
        ("4_late.up.sql", "alter table orders add column late integer;"),
        ("4_late.down.sql", "alter table orders drop column late;"),
    ];
    let real: Place = place.parse().unwrap();
    let first = set(Layout::GolangMigrate, &note);
    let _ = switchback_database::run(&real, None, &first, &Goal::Latest, |_| {}).await.unwrap();
    // What people wrote since goes with the column, and does not come again with it.
    let _ = done(place, &["update customers set note = 'kept'"]).await;
    let schema = if place.starts_with("postgres") { "public." } else { "" };

    let all = set(Layout::GolangMigrate, &[&note[..], &rest[..]].concat());
    let proofs = proven(place, &all).await;
    assert_eq!(
        told(&proofs),
        [
            &format!("1 proven, loses [\"{schema}customers.note: its values\"]"),
            "2 proven, loses []",
            // Two customers of one address are no sample of ours.
            "3 fails in up at 3_mail.up.sql:1",
            "4 NotReached { because: \"3 is before it\" }",
        ]
    );
    let Ground::Copy { rows, alike, .. } = proofs[1].ground else { panic!("{:?}", proofs[1].ground) };
    assert!(alike, "the copy's catalogue says what the database's says");
    // A hundred of each, and the customers that the hundred orders name.
    assert!((250..=400).contains(&rows), "{rows}");
    assert_eq!(proofs[0].ground, proofs[1].ground);
    assert!(proofs[1].to_string().contains(&format!("on a copy with {rows} rows")), "{}", proofs[1]);
    // It was only read.
    assert_eq!(done(place, &["select count(*) from orders"]).await, ["300"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_on_postgres_starts_from_what_is_there() {
    let server = Database::postgres().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let place = server.place("shop");
    a_shop_made_by_hand_is_proven_on_its_copy(&place).await;

    // What hangs on the new column is in nobody's migration, and in the way of its down.
    let hung = "create view noted as select note from customers";
    let odd = "create table \"o\"\"d.d\" (\"c\"\"o.l\" int)";
    let event = "create event trigger nothing on ddl_command_start execute function nothing()";
    let nothing = "create function nothing() returns event_trigger language plpgsql as $$ begin end $$";
    let _ = done(&place, &[odd, "insert into \"o\"\"d.d\" values (1)", nothing, event]).await;
    let parts = "create table parts (id bigint generated always as identity, twice int generated always as (1 + 1) stored, \
                 at date not null, primary key (id, at)) partition by range (at)";
    let year = "create table parts_2026 partition of parts for values from ('2026-01-01') to ('2027-01-01')";
    let row = "insert into parts (at) values ('2026-05-01')";
    let _ = done(&place, &[hung, parts, year, row]).await;
    let note = set(
        Layout::GolangMigrate,
        &[
            ("1_note.up.sql", "alter table customers add column note varchar(40);"),
            ("1_note.down.sql", "alter table customers drop column note;"),
        ],
    );
    let proofs = proven(&place, &note).await;
    assert_eq!(told(&proofs), ["1 fails in down at 1_note.down.sql:1"]);
    assert!(proofs[0].to_string().contains("noted"), "{}", proofs[0]);

    // Without the server's own client it says what it started from instead.
    let proving = Proving {
        place: &place.parse().unwrap(),
        password: None,
        set: &note,
        programs: &NoProgramsHere,
        stop: never(),
    };
    let proofs = prove(&proving, None, |_| {}).await.unwrap();
    let said = proofs[0].to_string();
    assert!(said.contains("from an empty schema, because PostgreSQL's pg_dump did not run"), "{said}");
    let left = "select datname::text from pg_database where datname like 'switchback%'";
    assert!(done(&place, &[left]).await.is_empty());
}

/// A machine on which nothing is installed.
struct NoProgramsHere;

#[async_trait::async_trait]
impl Programs for NoProgramsHere {
    async fn run(&self, errand: Errand<'_>) -> Result<CommandOutput, Failure> {
        Err(Failure::new(FailureKind::Other, format!("{}: not found", errand.command[0])))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_on_mariadb_starts_from_what_is_there() {
    let server = Database::mariadb().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let place = server.place("shop");
    let odd = [
        "create table pictures (id binary(16) primary key, picture blob, size int as (length(picture)) stored)",
        "insert into pictures (id, picture) values (unhex('ff00ff00ff00ff00ff00ff00ff00ff00'), unhex('c328ff'))",
        "create view big as select id from pictures where size > 1",
        "create function twice(n int) returns int deterministic return n * 2",
        "create trigger pictures_none before delete on pictures for each row signal sqlstate '45000'",
        "create event nightly on schedule every 1 day do delete from pictures",
        "create table `o``d.d` (id int primary key, c int, unseen int invisible default 3, g point, k varchar(9) character set ucs2, \
         name varchar(40) character set utf8mb4)",
        "insert into `o``d.d` (id, c, g, k, name) values (1, 1, point(1, 2), 'k', '😀')",
    ];
    let _ = done(&place, &odd).await;
    a_shop_made_by_hand_is_proven_on_its_copy(&place).await;

    let odd = set(
        Layout::GolangMigrate,
        &[
            ("2_odd.up.sql", "alter table `o``d.d` drop column g;\ndrop event nightly;"),
            (
                "2_odd.down.sql",
                "alter table `o``d.d` add column g point;\ncreate event nightly on schedule every 1 day do delete from pictures;",
            ),
            ("3_named.up.sql", "insert into shop.orders values (999, 1);"),
            ("3_named.down.sql", "delete from `Shop`.orders where id = 999;"),
        ],
    );
    let proofs = proven(&place, &odd).await;
    // A script that names its database would reach the real one.
    assert_eq!(told(&proofs), ["2 proven, loses [\"o`d.d.g: its values\"]", "3 reaches out at 3_named.up.sql:1"]);
    assert_eq!(done(&place, &["select count(*) from orders"]).await, ["300"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_on_sqlite_starts_from_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop's own.db");
    std::fs::write(&path, []).unwrap();
    let place = format!("sqlite:{}", path.display());
    let odd = [
        "create table pictures (id integer primary key autoincrement, picture blob)",
        "insert into pictures values (7, x'c328ff')",
        "create virtual table words using fts5(word)",
        "create table \"o\"\"d.d\" (\"c\"\"o.l\" int)",
        "insert into \"o\"\"d.d\" values (1)",
        "create trigger pictures_none before delete on pictures begin select raise(abort, 'never'); end",
    ];
    let _ = done(&place, &odd).await;
    a_shop_made_by_hand_is_proven_on_its_copy(&place).await;
}
