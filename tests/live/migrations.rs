//! Migrations proven on real servers: PostgreSQL, MariaDB, SQLite.

use crate::on_database::{done, set};
use switchback_core::{
    migration::{Goal, Layout, Set},
    port::never,
};
use switchback_database::{Connection, Outcome, Place, Proof, Proving, State, prove, status};
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

pub async fn proven(place: &str, set: &Set) -> Vec<Proof> {
    let place: Place = place.parse().unwrap();
    let proving = Proving { place: &place, password: None, set, programs: &LocalPrograms, stop: never() };
    let proofs = prove(&proving, None, |_| {}).await.unwrap();
    for proof in &proofs {
        println!("{place}: {} {:?}", proof.version, proof.outcome);
    }
    proofs
}

pub fn told(proofs: &[Proof]) -> Vec<String> {
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
