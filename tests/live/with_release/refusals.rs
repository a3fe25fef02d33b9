//! What is refused, or stands open, before anything changes.

use super::{NOTE, USERS, deploy, migration, policy, release, sql, with_users};
use std::{fs, net::TcpListener, path::PathBuf};
use switchback_tests::{cli::Desk, database::Database, leftover::Leftovers, part::PartError, port};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_with_the_code_that_stops_using_it_is_refused_with_the_three_steps() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    let desk = with_users(&place).await?;

    migration(
        &desk,
        "2_drop",
        "alter table users drop column name;\n",
        "alter table users add column name varchar(40);\n",
    );
    release(&desk, "2.0", "true");
    let refused = deploy(&desk, "2.0").await.exits(3);
    assert_eq!(refused.error()["code"], "three_steps", "{}", refused.stderr);
    for step in ["1. expand", "2. deploy", "3. contract"] {
        assert!(refused.stderr.contains(step), "{}", refused.stderr);
    }
    assert_eq!(sql(&place, "select count(name) || '' from users").await, ["0"], "nothing was changed");

    // Said to be unused since a release that runs for a moment only: not yet.
    migration(
        &desk,
        "2_drop",
        "-- switchback:unused-since 1.0\nalter table users drop column name;\n",
        "alter table users add column name varchar(40);\n",
    );
    let early = deploy(&desk, "2.0").await.exits(3);
    assert!(early.stderr.contains("less than 30 minutes"), "{}", early.stderr);

    // Nor does the clock go away when another one runs since a moment and an older one is named.
    for (way, text) in [("up", "select 1;\n"), ("down", "select 1;\n")] {
        fs::write(desk.folder().join(format!("db/2_drop.{way}.sql")), text).unwrap();
    }
    release(&desk, "1.1", "true");
    let _ = deploy(&desk, "1.1").await.exits(0);
    let older = "-- switchback:unused-since 1.0\nalter table users drop column name;\n";
    migration(&desk, "3_drop", older, "alter table users add column name varchar(40);\n");
    let early = deploy(&desk, "2.0").await.exits(3);
    assert!(early.stderr.contains("1.1, which came after it, runs for less than 30 minutes"), "{}", early.stderr);

    // A way back that is missing is refused before anything is touched.
    fs::remove_file(desk.folder().join("db/3_drop.down.sql")).unwrap();
    let missing = deploy(&desk, "2.0").await.exits(3);
    assert_eq!(missing.error()["code"], "no_way_back", "{}", missing.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_after_the_app_and_is_refused_stands_on_the_board_until_it_is_mended() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    let mut desk = Desk::new().await?;
    desk.set_clock("2026-03-02T09:00:00Z")?;
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    migration(&desk, "1_users", "create table users (id integer primary key, name varchar(40), old text);\n", USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    desk.set_clock("2026-03-02T10:00:00Z")?;

    let drop = |column: &str| format!("-- switchback:unused-since 1.0\nalter table users drop column {column};\n");
    let back = "alter table users add column old text;\n";
    migration(&desk, "2_drop", &drop("nowhere"), back);
    migration(&desk, "3_note", NOTE[0], NOTE[1]);
    release(&desk, "2.0", "true");
    let mixed = deploy(&desk, "2.0").await.exits(3);
    assert!(mixed.stderr.contains("3_note.up.sql:1") && mixed.stderr.contains("2_drop.up.sql"), "{}", mixed.stderr);
    for way in ["up", "down"] {
        fs::remove_file(desk.folder().join(format!("db/3_note.{way}.sql"))).unwrap();
    }

    let _ = deploy(&desk, "2.0").await.exits(0);
    let board = desk.run(["status"]).await?;
    assert!(board.stdout.contains("2_drop.up.sql did not run after the app"), "{}", board.stdout);
    // It went down and is put back, without migrations: the database does not lack anything for that.
    let services = Leftovers::of(desk.home());
    services.kill_services();
    let _ = desk.run(["drift", "revert", "web/production"]).await?.exits(0);
    // By then 2.0 was watched too.
    desk.set_clock("2026-03-02T11:00:00Z")?;
    migration(&desk, "2_drop", &drop("old"), back);
    release(&desk, "2.1", "true");
    let _ = deploy(&desk, "2.1").await.exits(0);
    let board = desk.run(["status"]).await?;
    assert!(!board.stdout.contains("did not run"), "{}", board.stdout);
    assert_eq!(sql(&place, "select name from pragma_table_info('users') where name = 'old'").await.len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_take_the_release_is_told_before_anything_changes() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    release(&desk, "1.0", "true");

    sql(&place, "alter database postgres set default_transaction_read_only = on").await;
    let refused = deploy(&desk, "1.0").await.exits(6);
    assert!(refused.stderr.contains("takes no writes"), "{}", refused.stderr);
    sql(
        &place,
        "begin; set transaction read write; alter database postgres reset default_transaction_read_only; commit",
    )
    .await;
    let _ = deploy(&desk, "1.0").await.exits(0);

    for name in ["2_note.up.sql", "2_note.down.sql"] {
        fs::remove_file(desk.folder().join("db").join(name)).unwrap();
    }
    release(&desk, "1.1", "true");
    let ahead = deploy(&desk, "1.1").await.exits(3);
    assert_eq!(ahead.error()["code"], "database_ahead", "{}", ahead.stderr);
    let shown = desk.run(["migrations", "show", "web", "production"]).await?.exits(3);
    assert_eq!(shown.json["environments"][0]["ahead"], serde_json::json!(["2"]), "{:#}", shown.json);
    drop(server);
    let away = deploy(&desk, "1.1").await.exits(6);
    assert_eq!(away.error()["code"], "database_unreachable", "{}", away.stderr);
    assert!(away.stderr.contains("Start the database"), "{}", away.stderr);
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"].as_array().map(Vec::len), Some(1), "{:#}", history.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_connections_and_says_nothing_counts_as_away() -> Result<(), PartError> {
    let silent = TcpListener::bind("127.0.0.1:0").map_err(PartError::io("listen"))?;
    let port = silent.local_addr().map_err(PartError::io("listen"))?.port();
    for kind in ["postgres", "mysql"] {
        let desk = Desk::new().await?;
        let place = format!("{kind}:host=127.0.0.1 port={port} dbname=shop user=app");
        let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
        migration(&desk, "1_users", USERS[0], USERS[1]);
        release(&desk, "1.0", "true");
        let away = deploy(&desk, "1.0").await.exits(6);
        assert_eq!(away.error()["code"], "database_unreachable", "{}", away.stderr);
        assert!(away.stderr.contains("no answer within 10 s"), "{}", away.stderr);
        let _ = desk.run(["history", "web", "production"]).await?.exits(0);
    }
    // Nor is a file that holds something else a database.
    let desk = Desk::new().await?;
    let file = desk.folder().join("letter.db");
    fs::write(&file, "Dear colleagues,\n".repeat(100)).unwrap();
    let _ = desk.apply(&policy(&format!("sqlite:{}", file.display()), port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let away = deploy(&desk, "1.0").await.exits(6);
    assert!(away.stderr.contains("file is not a database"), "{}", away.stderr);
    Ok(())
}

/// Passes a server's first answers on, and then nothing more.
async fn cut_after(server: PathBuf, answers: usize) -> Result<u16, PartError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(PartError::io("listen"))?;
    let port = listener.local_addr().map_err(PartError::io("listen"))?.port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move {
                let mut behind = tokio::net::UnixStream::connect(server).await?;
                let (mut asked, mut asks) = client.split();
                let (mut answered, mut answers_of) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
                for _ in 0..answers {
                    let read = asked.read(&mut answers_of).await?;
                    behind.write_all(&answers_of[..read]).await?;
                    let read = behind.read(&mut answered).await?;
                    asks.write_all(&answered[..read]).await?;
                }
                std::future::pending::<std::io::Result<()>>().await
            });
        }
    });
    Ok(port)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_cut_off_once_it_let_us_in_counts_as_away() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let socket = place.split("host=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let port = cut_after(format!("{socket}/.s.PGSQL.5432").into(), 4).await?;
    let desk = Desk::new().await?;
    let cut = format!("postgres:host=127.0.0.1 port={port} dbname=postgres user=app");
    let _ = desk.apply(&policy(&cut, port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let away = deploy(&desk, "1.0").await.exits(6);
    assert_eq!(away.error()["code"], "database_unreachable", "{}", away.stderr);
    assert!(away.stderr.contains("no answer within"), "{}", away.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_lacks_what_runs_is_told_before_anything_changes() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let file = desk.folder().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    release(&desk, "1.1", "true");
    let _ = deploy(&desk, "1.1").await.exits(0);
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    release(&desk, "2.0", "true");
    let plan = ["plan", "web", "production", "2.0"];
    let _ = desk.run(plan).await?.exits(0);

    sql(&place, "delete from schema_migrations").await;
    for words in [&plan[..], &["deploy", "web", "production", "2.0"], &["rollback", "web", "production"]] {
        let refused = desk.run(words).await?.exits(3);
        let error = refused.error();
        assert_eq!(
            (&error["code"], &error["params"]["versions"]),
            (&"database_behind".into(), &"1".into()),
            "{words:?}"
        );
        assert!(refused.stderr.contains("migrate force 1"), "{}", refused.stderr);
    }
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{:#}", status.json);

    sql(&place, "insert into schema_migrations (version, dirty) values (1, false)").await;
    let _ = deploy(&desk, "2.0").await.exits(0);
    let nowhere = desk.run(["rollback", "web", "production", "--to", "r99"]).await?.exits(7);
    assert!(nowhere.stderr.contains("switchback history web production"), "{}", nowhere.stderr);

    // A run that died left a half: who looks is told the way out.
    sql(&place, "update schema_migrations set dirty = true").await;
    let mut show = desk.surroundings(desk.program());
    show.args(["migrations", "show", "web", "production"]);
    let shown = desk.ask("", show).await?;
    assert!(shown.stdout.contains("2 is half applied: `switchback migrations status DIR"), "{}", shown.stdout);

    // A table of the tool's name that is another's.
    sql(&place, "drop table schema_migrations").await;
    sql(&place, "create table schema_migrations (foo integer)").await;
    let foreign = desk.run(plan).await?.exits(3);
    assert_eq!(foreign.error()["code"], "foreign_table", "{}", foreign.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_was_mended_goes_with_the_next_release() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    let desk = with_users(&place).await?;
    migration(&desk, "2_note", NOTE[0], "alter table users drop column nowhere;\n");
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    let refused = desk.run(["rollback", "web", "production"]).await?.exits(2);
    assert!(refused.stderr.contains("the way back as it is now goes with that release"), "{}", refused.stderr);
    // What the way there was stays what it was.
    migration(&desk, "2_note", "alter table users add column note text;\n", NOTE[1]);
    let _ = deploy(&desk, "2.0").await.exits(2);
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    let _ = deploy(&desk, "2.0").await.exits(0);

    // A database that is ahead is no safe ground for any revision, whatever its schema.
    let way = async |index: usize| {
        let history = desk.run(["history", "web", "production"]).await.unwrap();
        let way = &history.json["entries"][index]["wayBack"];
        (way["kind"].as_str().unwrap_or_default().to_owned(), way["why"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(way(1).await.0, "safe");
    sql(&place, "update schema_migrations set version = 7").await;
    assert_eq!(way(1).await, ("impossible".to_owned(), "main has 7, which these files do not".to_owned()));
    sql(&place, "update schema_migrations set version = 2").await;
    let _ = desk.run(["rollback", "web", "production", "--to", "r1"]).await?.exits(0);
    assert_eq!(sql(&place, "select name from pragma_table_info('users') where name = 'note'").await.len(), 0);
    Ok(())
}
