//! Migrations proven on real servers: PostgreSQL, MariaDB, SQLite.

use crate::on_database::{done, set};
use switchback_core::{
    failure::{Failure, FailureKind},
    migration::{Goal, Layout, Set},
    port::{CommandOutput, Errand, Programs, never},
};
use switchback_database::{Connection, Ground, Outcome, Place, Proof, Proving, State, prove, status};
use switchback_process::LocalPrograms;
use switchback_tests::{cli::Desk, database::Database, part::PartError};

/// Pairs that hold, lose, do not undo, and fail, in SQL that all three take.
fn pairs() -> Set {
    set(
        Layout::GolangMigrate,
        &[
            ("1_users.up.sql", "create table users (id integer primary key, name varchar(40) not null, age integer);"),
            ("1_users.down.sql", "drop table users;"),
            (
                "2_orders.up.sql",
                "create table orders (id integer primary key, user_id integer not null, foreign key (user_id) references users (id));\ncreate index orders_user on orders (user_id);",
            ),
            ("2_orders.down.sql", "drop table orders;"),
            ("3_drop_age.up.sql", "alter table users drop column age;"),
            ("3_drop_age.down.sql", "alter table users add column age integer;"),
            (
                "4_note.up.sql",
                "alter table users add column note varchar(20);\nalter table users add column mood varchar(20);",
            ),
            ("4_note.down.sql", "alter table users drop column note;"),
        ],
    )
}

async fn proven(place: &str, set: &Set) -> Vec<Proof> {
    let place: Place = place.parse().unwrap();
    let proving = Proving { place: &place, password: None, set, programs: &LocalPrograms, stop: never() };
    let proofs = prove(&proving, None, |_| {}).await.unwrap();
    for proof in &proofs {
        println!("{place}: {} {:?}", proof.version, proof.outcome);
    }
    proofs
}

fn told(proofs: &[Proof]) -> Vec<String> {
    let word = |proof: &Proof| match &proof.outcome {
        Outcome::Proven { lost, .. } => format!("{} proven, loses {lost:?}", proof.version),
        Outcome::Differs { after, lines } => format!("{} differs after {after} by {}", proof.version, lines.len()),
        Outcome::Beyond { path, line, .. } => format!("{} reaches out at {path}:{line}", proof.version),
        Outcome::Failed { step, path, line, .. } => format!("{} fails in {step} at {path}:{line}", proof.version),
        other => format!("{} {other:?}", proof.version),
    };
    proofs.iter().map(word).collect()
}

/// The same on each of the three; `schema` is what stands before a table's name.
async fn the_pairs_are_told_apart(place: &str, schema: &str) {
    let proofs = proven(place, &pairs()).await;
    assert_eq!(
        told(&proofs),
        [
            "1 proven, loses []".to_owned(),
            "2 proven, loses []".to_owned(),
            format!("3 proven, loses [\"{schema}users.age: its values\"]"),
            "4 differs after down by 1".to_owned(),
        ]
    );
    let broken = set(
        Layout::GolangMigrate,
        &[
            ("1_a.up.sql", "create table a (id integer primary key);\n\ninsert into nowhere values (1);"),
            ("1_a.down.sql", "drop table a;"),
        ],
    );
    assert_eq!(told(&proven(place, &broken).await), ["1 fails in up at 1_a.up.sql:3"]);
}

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

    let all = set(Layout::GolangMigrate, &[&note[..], &rest[..]].concat());
    let proofs = proven(place, &all).await;
    assert_eq!(
        told(&proofs),
        [
            "1 proven, loses []",
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
async fn pairs_are_proven_on_postgres_and_the_scratch_database_is_gone() {
    let server = Database::postgres().await.unwrap();
    let place = server.place(server.first());
    the_pairs_are_told_apart(&place, "public.").await;

    // What only PostgreSQL has: an index beside the traffic, a body with semicolons, a type.
    let own = set(
        Layout::Goose,
        &[
            (
                "1_shop.sql",
                "-- +goose Up\ncreate type size as enum ('s', 'm');\ncreate table shirts (id bigserial primary key, size size not null);\n-- +goose Down\ndrop table shirts;\ndrop type size;\n",
            ),
            (
                "2_index.sql",
                "-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently shirts_size on shirts (size);\n-- +goose Down\ndrop index concurrently shirts_size;\n",
            ),
            (
                "3_touch.sql",
                "-- +goose Up\n-- +goose StatementBegin\ncreate function touch() returns trigger as $$ begin new.id := 1; return new; end; $$ language plpgsql;\n-- +goose StatementEnd\ncreate trigger shirts_touch before update on shirts for each row execute function touch();\n-- +goose Down\ndrop trigger shirts_touch on shirts;\ndrop function touch();\n",
            ),
            ("4_rows.sql", "-- +goose Up\ndelete from shirts;\n-- +goose Down\nselect 1;\n"),
        ],
    );
    let proofs = proven(&place, &own).await;
    assert_eq!(
        told(&proofs),
        [
            "1 proven, loses []",
            "2 proven, loses []",
            "3 proven, loses []",
            "4 proven, loses [\"public.shirts: 1 of 1 rows\"]"
        ]
    );

    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let left =
        connection.names("select datname::text from pg_database where datname like 'switchback%'").await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    connection.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_are_proven_on_mariadb_and_the_scratch_database_is_gone() {
    let server = Database::mariadb().await.unwrap();
    let place = server.place("shop");
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    the_pairs_are_told_apart(&place, "").await;
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let left = connection
        .names("select cast(schema_name as char) from information_schema.schemata where schema_name like 'switchback%'")
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
    connection.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_are_proven_on_sqlite_beside_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    the_pairs_are_told_apart(&format!("sqlite:{}", path.display()), "").await;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0, "the database itself is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_applied_up_took_is_still_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    let place = format!("sqlite:{}", path.display());
    let real: Place = place.parse().unwrap();
    let set = pairs();
    let taken = Goal::Version("3".to_owned());
    let _ = switchback_database::run(&real, None, &set, &taken, |_| {}).await.unwrap();
    let proofs = proven(&place, &set).await;
    assert_eq!(told(&proofs)[2..], ["3 proven, loses [\"users.age: its values\"]", "4 differs after down by 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_took_no_sample_row_is_named_by_the_proof() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    let set = set(
        Layout::GolangMigrate,
        &[
            ("1_odd.up.sql", "create table odd (code char(3) not null check (code = 'xyz'));\n"),
            ("1_odd.down.sql", "drop table odd;\n"),
            ("2_note.up.sql", "alter table odd add column note text;\n"),
            ("2_note.down.sql", "alter table odd drop column note;\n"),
        ],
    );
    let proofs = proven(&format!("sqlite:{}", path.display()), &set).await;
    let told: Vec<String> = proofs.iter().map(|proof| proof.outcome.to_string()).collect();
    assert!(told[0].starts_with("proven, up") && !told[0].contains("odd"), "{told:?}");
    assert!(told[1].contains("without rows in odd, which took no sample: what they lose was not seen"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_real_tool_applied_is_read_and_what_is_ahead_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("migrations");
    std::fs::create_dir(&migrations).unwrap();
    let files = [
        ("1_users.up.sql", "create table users (id integer primary key);"),
        ("1_users.down.sql", "drop table users;"),
        ("2_orders.up.sql", "create table orders (id integer primary key);"),
        ("2_orders.down.sql", "drop table orders;"),
    ];
    for (name, text) in files {
        std::fs::write(migrations.join(name), text).unwrap();
    }
    let path = folder.path().join("shop.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::migrate::Migrator::new(migrations.as_path()).await.unwrap().run(&pool).await.unwrap();
    pool.close().await;

    let mut connection = Connection::open(&format!("sqlite:{}", path.display()).parse().unwrap(), None).await.unwrap();
    let found = status(&mut connection, &set(Layout::Sqlx, &files)).await.unwrap();
    assert_eq!((found.current.as_deref(), found.is_sound()), (Some("2"), true));
    let found = status(&mut connection, &set(Layout::Sqlx, &files[..2])).await.unwrap();
    assert_eq!(found.versions.last().unwrap().state, State::Unknown);
    assert!(!found.is_sound());
    let other = status(&mut connection, &set(Layout::Goose, &[])).await.unwrap();
    assert!(!other.kept);
    connection.close().await;
}

const POLICY: &str = "version: 1\nservices:\n  web: { folder: \"{version}\", migrations: { layout: golang-migrate, path: db, \
                      database: main } }\ndatabases: { main: { production: { sqlite: shop.db } } }\nenvironments:\n  \
                      production: { zone: UTC, checklist: careful }\nchecklists:\n  careful: { before: [{ id: way, auto: \
                      migrations-reversible }] }\ntargets:\n  web/production:\n    process: { run: [\"{release}/server\"], \
                      port: 8099 }\n    strategy: recreate\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_checklist_holds_a_release_whose_migrations_cannot_be_taken_back() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let folder = desk.folder().join("db");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("1_a.up.sql", "create table a (id integer primary key, old text);\n");
    write("1_a.down.sql", "drop table a;\n");
    let _ = desk.apply(POLICY).await?.exits(0);
    let show = ["checklist", "show", "web", "production", "1.0"];
    let told = desk.run(show).await?.exits(0);
    assert_eq!(told.text("/lines/0/verdict"), "pass", "{:#}", told.json);

    write("2_b.up.sql", "alter table a drop column old;\n");
    let told = desk.run(show).await?.exits(3);
    assert_eq!(told.text("/lines/0/evidence"), "2 b: there is no way down");
    write("2_b.down.sql", "alter table a add column old text;\n");
    let told = desk.run(show).await?.exits(3);
    assert_eq!(told.text("/lines/0/evidence"), "2 b: a.old comes back empty: its values are gone with the up");

    write(
        "2_b.up.sql",
        "-- switchback:accept drop_column until 2999-12-31 an export is kept\nalter table a drop column old;\n",
    );
    let told = desk.run(show).await?.exits(0);
    assert_eq!(told.text("/lines/0/verdict"), "pass", "{:#}", told.json);
    Ok(())
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

/// Scratch databases of proofs that were killed two minutes ago and just now.
fn left_behind() -> [String; 2] {
    let ago = |seconds| {
        let at = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        let since = at.duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = uuid::Timestamp::from_unix(uuid::NoContext, since.as_secs(), since.subsec_nanos());
        format!("switchback_proof_{}", uuid::Uuid::new_v7(at).simple())
    };
    [ago(120), ago(0)]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_proof_left_on_a_server_goes_with_the_next_one() {
    let none = set(Layout::GolangMigrate, &[]);
    for (server, databases) in [
        (Database::postgres().await.unwrap(), "select datname::text from pg_database"),
        (Database::mariadb().await.unwrap(), "select cast(schema_name as char) from information_schema.schemata"),
    ] {
        let first = server.place(server.first());
        let [old, young] = left_behind();
        let _ = done(&first, &["create database shop"]).await;
        for name in [&old, &young, &"switchback_proof_of_ours".to_owned()] {
            let _ = done(&first, &[&format!("create database {name}")]).await;
        }
        let used = Connection::open(&server.place(&old).parse().unwrap(), None).await.unwrap();
        assert!(proven(&server.place("shop"), &none).await.is_empty());
        assert!(done(&first, &[databases]).await.contains(&old), "somebody is connected to it");
        used.close().await;
        assert!(proven(&server.place("shop"), &none).await.is_empty());
        let left = done(&first, &[databases]).await;
        assert!(!left.contains(&old) && left.contains(&young), "{left:?}");
        assert!(left.contains(&"switchback_proof_of_ours".to_owned()), "{left:?}");
    }
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
