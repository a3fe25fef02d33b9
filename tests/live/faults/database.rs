//! The history's file is damaged, another program's, or a newer Switchback's: it is named, left as it is, and what runs
//! runs on.

use super::{history, is_told, serving, state};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::os::unix::fs::FileExt as _;
use switchback_tests::{engine::EngineKind, part::PartError, shop::Shop};

/// Opens the file, refused, by each of several commands; it must stay byte for byte.
async fn refused(shop: &Shop, code: &str, facts: &[&str], words: &[&str]) -> Result<(), PartError> {
    let file = shop.desk.home().join("history.db");
    let bytes = || std::fs::read(&file).map_err(PartError::io("read the history"));
    let (before, running) = (bytes()?, shop.running().await?);
    for command in [&["status"][..], &["deploy", "checkout", "production", "1.1"], &["audit", "verify"]] {
        let answer = shop.desk.run(command).await?.exits(1);
        is_told(&answer, code, facts, words);
        assert!(answer.stdout.is_empty(), "{command:?}: {}", answer.stdout);
    }
    assert_eq!(bytes()?, before, "the file is left as it is");
    assert_eq!(shop.running().await?, running);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_named_left_alone_and_a_copy_in_its_place_works() -> Result<(), PartError> {
    let (shop, _) = serving(EngineKind::Current).await?;
    let (before, past) = (state(&shop).await?, history(&shop).await?);
    let file = shop.desk.home().join("history.db");
    let name = file.display().to_string();
    let io = || PartError::io("change the history");
    // The last to close it leaves one file with everything in it.
    let mut last = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut last).await.unwrap();
    last.close().await.unwrap();
    assert!(!shop.desk.home().join("history.db-wal").exists());
    let whole = std::fs::read(&file).map_err(io())?;

    std::fs::write(&file, "my diary, volume one. ".repeat(400)).map_err(io())?;
    refused(&shop, "database_unreadable", &["path", "why"], &[&name, "not a database"]).await?;

    std::fs::remove_file(&file).map_err(io())?;
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("create table diary (page text)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    refused(&shop, "database_unreadable", &["path", "why"], &[&name, "another program"]).await?;

    std::fs::write(&file, &whole).map_err(io())?;
    let mut newer = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
    sqlx::query("pragma user_version = 9999").execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    refused(&shop, "database_newer", &["path"], &[&name]).await?;

    std::fs::write(&file, &whole).map_err(io())?;
    assert_eq!((state(&shop).await?, history(&shop).await?), (before, past));
    let _ = shop.deploy("1.1").await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_damaged_further_in_is_no_history_without_anything_unfinished() -> Result<(), PartError> {
    let (shop, _) = serving(EngineKind::Current).await?;
    let file = shop.desk.home().join("history.db");
    let mut last = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
    let root = "select rootpage, (select page_size from pragma_page_size) from sqlite_master where name = 'deployment'";
    let (root, size): (u64, u64) = sqlx::query_as(root).fetch_one(&mut last).await.unwrap();
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut last).await.unwrap();
    last.close().await.unwrap();
    let io = || PartError::io("change the history");
    let opened = std::fs::OpenOptions::new().write(true).open(&file).map_err(io())?;
    opened.write_all_at(&vec![0; usize::try_from(size).unwrap()], (root - 1) * size).map_err(io())?;
    let deploy = &["deploy", "checkout", "production", "1.1"];
    for command in [&["status"][..], &["resume"], &["history", "checkout", "production"], deploy] {
        let answer = shop.desk.run(command).await?.exits(1);
        is_told(&answer, "database_unreadable", &["path", "why"], &["history.db", "it is damaged"]);
        assert!(answer.error()["hint"].as_str().is_some_and(|hint| hint.contains("backup")), "{}", answer.stderr);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_changed_by_hand_is_told_at_its_entry() -> Result<(), PartError> {
    let (shop, _) = serving(EngineKind::Current).await?;
    let file = shop.desk.home().join("history.db");
    let mut hand = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.unwrap();
    // Somebody who changes the past takes its guards away first.
    let guards: Vec<String> =
        sqlx::query_scalar("select name from sqlite_master where type = 'trigger' and tbl_name = 'audit'")
            .fetch_all(&mut hand)
            .await
            .unwrap();
    for guard in guards {
        sqlx::query(sqlx::AssertSqlSafe(format!("drop trigger {guard}"))).execute(&mut hand).await.unwrap();
    }
    sqlx::query("update audit set why = 'nothing' where seq = 3").execute(&mut hand).await.unwrap();
    hand.close().await.unwrap();
    let verdict = shop.desk.run(["audit", "verify"]).await?.exits(8);
    assert_eq!((verdict.text("/kind"), &verdict.json["seq"]), ("broken", &serde_json::json!(3)), "{:#}", verdict.json);
    Ok(())
}
