//! What is told of a database before a run tries it: who may not log in, who is at it already, whose the table is.

use crate::{
    on_database::sql,
    with_release::{policy, release},
};
use std::{fs, path::Path, process::Stdio, time::Duration};
use switchback_database::Connection;
use switchback_tests::{cli::Desk, database::Database, part::PartError, port};

const PATIENCE: Duration = Duration::from_mins(2);

fn folder(at: &Path, up: &str, down: &str) {
    for (name, text) in [("1_users.up.sql", up), ("1_users.down.sql", down)] {
        fs::write(at.join(name), text).unwrap();
    }
}

const USERS: [&str; 2] = ["create table users (id integer primary key);\n", "drop table users;\n"];

fn asked(what: &str, place: &str, folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    ["migrations", what, &folder, "--layout", "golang-migrate", "--database", place].map(str::to_owned).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_tells_a_refused_login_a_foreign_table_and_that_it_takes_no_writes() -> Result<(), PartError> {
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    let (place, at) = (server.place(server.first()), tempfile::tempdir().unwrap());
    folder(at.path(), USERS[0], USERS[1]);

    sql(&place, "create role eve login password 'sesame'").await;
    let hba = sql(&place, "show hba_file").await.remove(0);
    fs::write(hba, "local all app trust\nlocal all all scram-sha-256\n").unwrap();
    sql(&place, "select pg_reload_conf()::text").await;
    let eve = place.replace("user=app", "user=eve");
    let words: Vec<String> = asked("run", &eve, at.path()).into_iter().chain(["--password-stdin".to_owned()]).collect();
    let refused = desk.given("guess\n", &words).await?.exits(6);
    assert_eq!(refused.error()["code"], "login_refused", "{}", refused.stderr);
    assert!(refused.stderr.contains("switchback secret set NAME"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("guess"), "{}", refused.stderr);

    sql(&place, "alter database postgres set default_transaction_read_only = on").await;
    let refused = desk.run(asked("run", &place, at.path())).await?.exits(6);
    assert!(refused.stderr.contains("takes no writes"), "{}", refused.stderr);
    sql(
        &place,
        "begin; set transaction read write; alter database postgres reset default_transaction_read_only; commit",
    )
    .await;

    for foreign in ["foo integer", "version bigint, dirty text"] {
        sql(&place, &format!("create table schema_migrations ({foreign})")).await;
        for what in ["status", "run"] {
            let refused = desk.run(asked(what, &place, at.path())).await?.exits(3);
            assert_eq!(refused.error()["code"], "foreign_table", "{}", refused.stderr);
            assert!(
                refused.stderr.contains("schema_migrations is not the table of golang-migrate"),
                "{}",
                refused.stderr
            );
        }
        sql(&place, "drop table schema_migrations").await;
    }
    let _ = desk.run(asked("run", &place, at.path())).await?.exits(0);
    Ok(())
}

/// A run waits for whoever does `holds`; what others are told meanwhile. The folder is the desk's `db`.
async fn another_run_is_told(desk: &Desk, place: &str, at: &Path, holds: &str, waits: &str) -> Result<(), PartError> {
    let _ = desk.apply(&policy(place, port::free())).await?.exits(0);
    release(desk, "1.0", "true");
    let open = async || Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let (mut holder, mut watcher) = (open().await, open().await);
    holder.names("begin").await.unwrap();
    holder.names(holds).await.unwrap();
    let mut command = desk.surroundings(desk.program());
    command.args(asked("run", place, at)).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = command.spawn().map_err(PartError::io("start the runner"))?;
    let seen = async {
        while watcher.names(waits).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.expect("the first run waits");
    let told = desk.run(asked("status", place, at)).await?.exits(3);
    assert_eq!((&told.json["busy"], told.json["half"].is_null()), (&true.into(), true), "{:#}", told.json);
    let plan = ["plan", "web", "production", "1.0"].map(str::to_owned).to_vec();
    for words in [asked("run", place, at), asked("finish", place, at), plan] {
        let second = desk.run(&words).await?.exits(3);
        assert_eq!(second.error()["code"], "migration_locked", "{words:?}: {}", second.stderr);
    }
    holder.names("rollback").await.unwrap();
    let ended = first.wait().await.map_err(PartError::io("wait for the runner"))?;
    assert!(ended.success(), "{ended}");
    let told = desk.run(asked("status", place, at)).await?.exits(0);
    assert_eq!(told.json["busy"], false, "{:#}", told.json);
    holder.close().await;
    watcher.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_tells_that_another_run_is_alive() -> Result<(), PartError> {
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    let (place, at) = (server.place(server.first()), desk.folder().join("db"));
    fs::create_dir(&at).unwrap();
    folder(
        &at,
        "set lock_timeout = '60s';\ncreate index concurrently users_name on users (name);\n",
        "drop index concurrently users_name;\n",
    );
    sql(&place, "create table users (id integer primary key, name text)").await;
    let waits =
        "select pid::text from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    another_run_is_told(&desk, &place, &at, "insert into users values (1, 'ada')", waits).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_shows_nothing_before_its_transaction_ends_is_told_all_the_same() -> Result<(), PartError> {
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    let (place, at) = (server.place(server.first()), desk.folder().join("db"));
    fs::create_dir(&at).unwrap();
    folder(&at, "alter table users add column note text;\n", "alter table users drop column note;\n");
    sql(&place, "create table users (id integer primary key, name text)").await;
    let mut holder = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    holder.names("begin").await.unwrap();
    holder.names("insert into users values (1, 'ada')").await.unwrap();
    let mut command = desk.surroundings(desk.program());
    command.args(asked("run", &place, &at)).stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = command.spawn().map_err(PartError::io("start the runner"))?;
    let told = async {
        while desk.run(asked("status", &place, &at)).await.unwrap().exits(0).json["busy"] != true {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("a run that waits is told");
    holder.names("rollback").await.unwrap();
    assert!(run.wait().await.map_err(PartError::io("wait for the runner"))?.success());
    let told = desk.run(asked("status", &place, &at)).await?.exits(0);
    assert_eq!(told.json["busy"], false, "{:#}", told.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_tells_who_may_not_log_in_and_that_another_run_is_alive() -> Result<(), PartError> {
    let (server, desk) = (Database::mariadb().await?, Desk::new().await?);
    sql(&server.place(server.first()), "create database shop").await;
    let (place, at) = (server.place("shop"), desk.folder().join("db"));
    fs::create_dir(&at).unwrap();
    folder(
        &at,
        "create table notes (id integer primary key);\nalter table users add column note text;\n",
        "alter table users drop column note;\ndrop table notes;\n",
    );
    let mallory = place.replace("user=root", "user=mallory");
    let refused = desk.run(asked("status", &mallory, &at)).await?.exits(6);
    assert_eq!(refused.error()["code"], "login_refused", "{}", refused.stderr);

    // The second statement waits for whoever reads the table.
    sql(&place, "create table users (id integer primary key)").await;
    let waits = "select cast(id as char) from information_schema.processlist where db = database() and state like 'Waiting for%lock%'";
    another_run_is_told(&desk, &place, &at, "select cast(id as char) from users", waits).await?;

    sql(&place, "drop table schema_migrations").await;
    sql(&place, "create table schema_migrations (foo integer)").await;
    let refused = desk.run(asked("run", &place, &at)).await?.exits(3);
    assert_eq!(refused.error()["code"], "foreign_table", "{}", refused.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_gets_the_comments_that_it_runs() -> Result<(), PartError> {
    let (server, desk) = (Database::mariadb().await?, Desk::new().await?);
    sql(&server.place(server.first()), "create database shop character set latin1").await;
    let (place, at) = (server.place("shop"), tempfile::tempdir().unwrap());
    folder(
        at.path(),
        "/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE t (id int primary key) ENGINE=InnoDB /*!40100 DEFAULT CHARSET=utf8mb4 */;\n\
         /*M!100100 create table u (id int primary key) */;\n/*!50003 create table v (id int primary key) */;\n",
        "drop table v;\ndrop table u;\ndrop table t;\n",
    );
    let _ = desk.run(asked("run", &place, at.path())).await?.exits(0);
    let tables = "select cast(group_concat(table_name, ' ', substring_index(table_collation, '_', 1) order by table_name) as char) from information_schema.tables where table_schema = database() and table_name in ('t', 'u', 'v')";
    assert_eq!(sql(&place, tables).await, ["t utf8mb4,u latin1,v latin1"]);
    let back: Vec<String> =
        asked("run", &place, at.path()).into_iter().chain(["--to", "none"].map(str::to_owned)).collect();
    let _ = desk.run(back).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_tells_a_foreign_table_and_a_folder_it_cannot_write() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let at = tempfile::tempdir().unwrap();
    folder(at.path(), USERS[0], USERS[1]);
    let file = desk.folder().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    // The system refuses the lock's file whoever asks.
    let lock = desk.folder().join("shop.db.migrating");
    fs::create_dir(&lock).unwrap();
    let refused = desk.run(asked("run", &place, at.path())).await?.exits(6);
    assert_eq!(refused.error()["code"], "no_access", "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("sqlite {}", file.display())), "{}", refused.stderr);
    assert!(refused.stderr.contains("shop.db.migrating"), "{}", refused.stderr);
    fs::remove_dir(&lock).unwrap();

    sql(&place, "create table schema_migrations (foo int)").await;
    let refused = desk.run(asked("run", &place, at.path())).await?.exits(3);
    assert_eq!(refused.error()["code"], "foreign_table", "{}", refused.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_ended_and_told_with_its_line() -> Result<(), PartError> {
    let (postgres, mariadb, desk) = (Database::postgres().await?, Database::mariadb().await?, Desk::new().await?);
    sql(&mariadb.place(mariadb.first()), "create database shop").await;
    let cases = [
        (
            postgres.place(postgres.first()),
            "create table seen as select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') as limits;\n",
            "10min 10s",
            "set local statement_timeout = '100ms';\nselect pg_sleep(60);\n",
            "1_users.up.sql:2: canceling statement due to statement timeout",
        ),
        (
            mariadb.place("shop"),
            "create table seen as select concat(@@max_statement_time, ' ', @@lock_wait_timeout) as limits;\n",
            "600.000000 10",
            "set session max_statement_time = 0.1;\ninsert into seen select sleep(60) from seen a, seen b;\n",
            "1_users.up.sql:2: Query execution was interrupted (max_statement_time exceeded)",
        ),
    ];
    for (place, limits, are, too_long, told) in cases {
        let at = tempfile::tempdir().unwrap();
        folder(at.path(), limits, "drop table seen;\n");
        let _ = desk.run(asked("run", &place, at.path())).await?.exits(0);
        assert_eq!(sql(&place, "select limits from seen").await, [are], "{place}");
        sql(&place, "delete from schema_migrations").await;
        folder(at.path(), too_long, "select 1;\n");
        let ended = desk.run(asked("run", &place, at.path())).await?.exits(4);
        assert!(ended.stderr.contains(told), "{place}: {}", ended.stderr);
        let pending = desk.run(asked("status", &place, at.path())).await?.exits(0);
        assert_eq!(pending.json["half"], serde_json::Value::Null, "{place}: {:#}", pending.json);
    }
    Ok(())
}
