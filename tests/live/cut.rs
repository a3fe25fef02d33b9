//! A run that is killed while the server works on its statement: what the server makes of it is what is told afterwards.

use std::{fs, path::Path, process::Stdio, time::Duration};
use switchback_core::migration::{self, Layout, Set};
use switchback_database::{Connection, Doubt, Place, State, WayOut, half, settle, status};
use switchback_process::LocalPrograms;
use switchback_tests::{cli::Desk, database::Database, part::PartError};

const PATIENCE: Duration = Duration::from_mins(2);

async fn open(place: &str) -> Connection {
    Connection::open(&place.parse().unwrap(), None).await.unwrap()
}

/// Waits until a query of the server's own lists answers with a row, or with none.
async fn until(connection: &mut Connection, query: &str, some: bool) {
    let asked = async {
        while connection.names(query).await.unwrap().is_empty() == some {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| panic!("still waiting for {query}"));
}

/// A folder whose first version makes `users` and whose second does `up`.
fn folder(at: &Path, up: &str, down: &str) -> Set {
    for (name, text) in [
        ("1_users.up.sql", "create table users (id integer primary key, name varchar(40));\n"),
        ("1_users.down.sql", "drop table users;\n"),
        ("2_more.up.sql", up),
        ("2_more.down.sql", down),
    ] {
        fs::write(at.join(name), text).unwrap();
    }
    migration::read(Layout::GolangMigrate, &switchback_api::migration_files(at).unwrap())
}

/// A server's lists: who of ours waits for a lock, and who else is connected.
struct Lists {
    waits: &'static str,
    others: &'static str,
}

const POSTGRES: Lists = Lists {
    waits: "select pid::text from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    others: "select pid::text from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
};
const MARIADB: Lists = Lists {
    waits: "select cast(id as char) from information_schema.processlist where db = database() and state like 'Waiting for%lock%'",
    others: "select cast(id as char) from information_schema.processlist where db = database() and id <> connection_id()",
};

/// Runs the second version while `holds` is in its way, kills the runner when the server shows that it waits, lets go or
/// does `instead`, and when nobody else is connected says what stands there.
async fn killed(
    (desk, place, lists): (&Desk, &str, &Lists),
    (set, folder): (&Set, &Path),
    holds: &str,
    instead: Option<&str>,
) -> Result<Vec<State>, PartError> {
    let all = again(place, folder);
    let _ = desk.run(all.iter().map(String::as_str).chain(["--to", "1"])).await?.exits(0);
    let (mut holder, mut watcher) = (open(place).await, open(place).await);
    holder.names("begin").await.unwrap();
    holder.names(holds).await.unwrap();
    let mut command = desk.surroundings(desk.program());
    command.args(&all).stdout(Stdio::null()).stderr(Stdio::null());
    let mut runner = command.spawn().map_err(PartError::io("start the runner"))?;
    until(&mut watcher, lists.waits, true).await;
    runner.kill().await.map_err(PartError::io("kill the runner"))?;
    if let Some(instead) = instead {
        watcher.names(instead).await.unwrap();
    }
    holder.names("rollback").await.unwrap();
    holder.close().await;
    until(&mut watcher, lists.others, false).await;
    let states = status(&mut watcher, set).await.unwrap().versions.iter().map(|one| one.state).collect();
    watcher.close().await;
    Ok(states)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_postgres_that_lost_its_runner_left_nothing() -> Result<(), PartError> {
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    let (place, at) = (server.place(server.first()), tempfile::tempdir().unwrap());
    let up = "set lock_timeout = '60s';\ncreate table notes (id integer);\nalter table users add column note text;\n";
    let set = folder(at.path(), up, "alter table users drop column note;\ndrop table notes;\n");
    let states = killed((&desk, &place, &POSTGRES), (&set, at.path()), "select id::text from users", None).await?;
    assert_eq!(states, [State::Applied, State::Pending]);
    let mut connection = open(&place).await;
    assert_eq!(connection.names("select to_regclass('notes')::text").await.unwrap(), Vec::<String>::new());
    let _ = desk.run(again(&place, at.path())).await?.exits(0);
    connection.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_postgres_that_lost_its_runner_is_half_applied_as_the_server_left_it() -> Result<(), PartError> {
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    // Either somebody ends it at the server too, or the server goes on to its end.
    let cut = "select pg_terminate_backend(pid)::text from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    for (instead, name) in [(Some(cut), "cut"), (None, "whole")] {
        let mut first = open(&server.place(server.first())).await;
        first.names(&format!("create database {name}")).await.unwrap();
        first.close().await;
        let (place, at) = (server.place(name), tempfile::tempdir().unwrap());
        let set = folder(
            at.path(),
            "set lock_timeout = '60s';\ncreate index concurrently users_name on users (name);\n",
            "drop index concurrently users_name;\n",
        );
        let writes = "insert into users values (1, 'ada')";
        let states = killed((&desk, &place, &POSTGRES), (&set, at.path()), writes, instead).await?;
        assert_eq!(states, [State::Applied, State::HalfApplied], "{name}");
        let parsed: Place = place.parse().unwrap();
        let doubt = half(&parsed, None, &set, &LocalPrograms).await.unwrap().unwrap().doubt;
        match name {
            "cut" => assert_eq!(doubt, Some(Doubt::Broken { index: "users_name".to_owned() })),
            _ => assert_eq!(doubt, Some(Doubt::Done)),
        }
        settle(&parsed, None, &set, WayOut::Finish, &LocalPrograms, |_| {}).await.unwrap();
        let mut connection = open(&place).await;
        let valid = "select indisvalid::text from pg_index where indexrelid::regclass::text = 'users_name'";
        assert_eq!(connection.names(valid).await.unwrap(), ["true"], "{name}");
        connection.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_mariadb_that_lost_its_runner_is_told_as_the_server_left_it() -> Result<(), PartError> {
    let (server, desk) = (Database::mariadb().await?, Desk::new().await?);
    let mut first = open(&server.place(server.first())).await;
    first.names("create database shop").await.unwrap();
    let (place, at) = (server.place("shop"), tempfile::tempdir().unwrap());
    let set = folder(at.path(), "alter table users add column note text;\n", "alter table users drop column note;\n");
    let reads = "select cast(id as char) from users";
    let states = killed((&desk, &place, &MARIADB), (&set, at.path()), reads, None).await?;
    let note = "select cast(column_name as char) from information_schema.columns where table_schema = 'shop' and column_name = 'note'";
    let there = !first.names(note).await.unwrap().is_empty();
    assert_eq!(states, [State::Applied, State::HalfApplied]);
    let parsed: Place = place.parse().unwrap();
    let found = half(&parsed, None, &set, &LocalPrograms).await.unwrap().unwrap();
    assert_eq!(found.doubt, Some(if there { Doubt::Done } else { Doubt::NotDone }), "{found:#?}");
    settle(&parsed, None, &set, WayOut::Finish, &LocalPrograms, |_| {}).await.unwrap();
    assert_eq!(first.names(note).await.unwrap(), ["note"]);
    let _ = desk.run(again(&place, at.path())).await?.exits(0);
    first.close().await;
    Ok(())
}

/// The same run once more.
fn again(place: &str, folder: &Path) -> [String; 7] {
    ["migrations", "run", &folder.display().to_string(), "--layout", "golang-migrate", "--database", place]
        .map(str::to_owned)
}
