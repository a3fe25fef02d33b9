//! A proof that is told to stop removes its copy of the database, whatever is under way there.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{path::Path, process::Stdio, time::Duration};
use switchback_database::Connection;
use switchback_tests::{cli::program, database::Database, part::PartError};

/// Only against a hang: the statement that is under way takes far longer.
const HUNG: Duration = Duration::from_secs(30);

async fn names(place: &str, query: &str) -> Vec<String> {
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let names = connection.names(query).await.unwrap();
    connection.close().await;
    names
}

/// Asks until there is an answer: a proof tells nobody which statement it is at.
async fn some(ask: impl AsyncFn() -> Vec<String>) {
    let asking = async {
        while ask().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HUNG, asking).await.expect("the proof comes to its long statement");
}

/// Proves a pair whose up takes very long, and stops it there.
async fn stopped(
    place: &str,
    long: &str,
    signal: Signal,
    files: &Path,
    under_way: impl AsyncFn() -> Vec<String>,
) -> Result<String, PartError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1_a.up.sql"), format!("create table a (id int);\n{long};\n")).unwrap();
    std::fs::write(folder.path().join("1_a.down.sql"), "drop table a;\n").unwrap();
    let mut command = tokio::process::Command::new(program()?);
    command.args(["migrations", "prove"]).arg(folder.path()).args(["--layout", "golang-migrate", "--database", place]);
    command.env("TMPDIR", files).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().map_err(PartError::io("start switchback"))?;
    let id = child.id().and_then(|id| i32::try_from(id).ok()).expect("it runs");
    some(under_way).await;
    kill(Pid::from_raw(id), signal).expect("it is told");
    let ended = tokio::time::timeout(HUNG, child.wait_with_output()).await.expect("it ends");
    let ended = ended.map_err(PartError::io("wait for switchback"))?;
    assert_eq!(ended.status.code(), Some(1), "{place}: {ended:?}");
    Ok(String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_is_interrupted_removes_its_copy() -> Result<(), PartError> {
    let files = tempfile::tempdir().unwrap();
    let (postgres, mariadb) = (Database::postgres().await?, Database::mariadb().await?);
    let (first, second) = (postgres.place(postgres.first()), mariadb.place("shop"));
    let _ = names(&mariadb.place(mariadb.first()), "create database shop").await;
    let copies = "select datname::text from pg_database where datname like 'switchback%'";
    let at = "select query from pg_stat_activity where datname like 'switchback%' and query like 'select pg_sleep%'";
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let said =
            stopped(&first, "select pg_sleep(300)", signal, files.path(), async || names(&first, at).await).await?;
        assert!(said.contains("interrupted: what was made for it is removed"), "{said}");
        assert!(names(&first, copies).await.is_empty(), "{signal}");
    }

    let copies =
        "select cast(schema_name as char) from information_schema.schemata where schema_name like 'switchback%'";
    let at = "select cast(info as char) from information_schema.processlist where db like 'switchback%' and info like 'select sleep%'";
    let said = stopped(&second, "select sleep(300)", Signal::SIGINT, files.path(), async || names(&second, at).await);
    assert!(said.await?.contains("interrupted: what was made for it is removed"));
    assert!(names(&second, copies).await.is_empty());

    let file = files.path().join("shop.db");
    std::fs::write(&file, []).unwrap();
    let left = || std::fs::read_dir(files.path()).unwrap().flatten().map(|entry| entry.path());
    let copies = || left().filter(|path| path.is_dir()).map(|path| path.display().to_string()).collect::<Vec<_>>();
    let long = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000000) insert into a select i from n";
    // Its journal is there while the statement runs.
    let writes = async || {
        let journal = |path: &str| std::fs::read_dir(path).into_iter().flatten().flatten().count() > 1;
        copies().into_iter().filter(|path| journal(path)).collect()
    };
    let said = stopped(&format!("sqlite:{}", file.display()), long, Signal::SIGINT, files.path(), writes).await?;
    assert!(said.contains("interrupted: what was made for it is removed"), "{said}");
    assert_eq!(copies(), Vec::<String>::new());
    Ok(())
}
