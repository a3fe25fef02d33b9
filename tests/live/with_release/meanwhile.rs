//! What somebody writes between the count of what a way back takes and the way back itself.

use super::{NOTE, Servers, deploy, migration, policy, release, sql, with_users};
use std::time::Duration;
use switchback_database::Connection;
use switchback_tests::{cli::Desk, part::PartError, port};

/// Until somebody wants a table of PostgreSQL for themselves.
async fn way_back_waits(place: &str) {
    let mut watcher = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let query = "select pid::text from pg_locks where not granted and mode = 'AccessExclusiveLock'";
    while watcher.names(query).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    watcher.close().await;
}

/// Writes into the new column as soon as there is one, and keeps that from all others until the way back waits for it.
async fn writer(place: String) {
    let at = place.parse().unwrap();
    let mut writer = Connection::open(&at, None).await.unwrap();
    loop {
        let _ = writer.names("begin").await.unwrap();
        if writer.names("insert into users (id, name, note) values (9, 'eve', 'theirs')").await.is_ok() {
            break;
        }
        let _ = writer.names("rollback").await.unwrap();
        tokio::task::yield_now().await;
    }
    if place.starts_with("sqlite:") {
        // It tells nobody who waits; a whole release fails meanwhile.
        tokio::time::sleep(Duration::from_secs(4)).await;
    } else {
        way_back_waits(&place).await;
    }
    let _ = writer.names("commit").await.unwrap();
    writer.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_written_after_the_count_are_counted_before_the_way_back_takes_them() -> Result<(), PartError> {
    let servers = Servers::start().await?;
    let [postgres, _, sqlite] = &servers.places;
    for place in [postgres, sqlite] {
        let desk = with_users(place).await?;
        migration(&desk, "2_note", NOTE[0], NOTE[1]);
        release(&desk, "2.0", "false");
        let writes = tokio::spawn(writer(place.clone()));
        let bad = deploy(&desk, "2.0").await;
        writes.await.unwrap();
        let said = format!("{:#}", bad.json);
        assert_eq!(bad.code, 5, "{place}: {said}");
        assert!(said.contains("would lose users.note of 1 row"), "{place}: {said}");
        assert_eq!(sql(place, "select note from users where id = 9").await, ["theirs"], "{place}");
        let _ = desk.run(["resume", "--lose-data"]).await?;
        let _ = desk.run(["audit", "verify"]).await?.exits(0);
    }
    Ok(())
}

/// A way back that a person agreed to, with as many rows as they saw.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_takes_no_more_rows_than_a_person_gave_up() -> Result<(), PartError> {
    let servers = Servers::start().await?;
    let [place, ..] = &servers.places;
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(place, port::free())).await?.exits(0);
    migration(
        &desk,
        "1_users",
        "create table users (id integer primary key, name varchar(40), note varchar(20));\n",
        "drop table users;\n",
    );
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    let drops = ["alter table users add column kind varchar(9);\n", "alter table users drop column kind;\n"];
    migration(&desk, "2_kind", drops[0], drops[1]);
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(place, "insert into users (id, kind) values (1, 'seen')").await;

    let at = place.parse().unwrap();
    let mut other = Connection::open(&at, None).await.unwrap();
    let _ = other.names("begin").await.unwrap();
    let _ = other.names("insert into users (id, kind) values (2, 'unseen')").await.unwrap();
    let waits = async {
        way_back_waits(place).await;
        let _ = other.names("commit").await.unwrap();
    };
    let (back, ()) = tokio::join!(desk.run(["rollback", "web", "production", "--lose-data"]), waits);
    let back = back?;
    assert_ne!(back.code, 0, "{}", back.stderr);
    assert!(back.stderr.contains("the way back of 2 would lose users.kind of 2 rows (2)"), "{}", back.stderr);
    assert_eq!(sql(place, "select kind from users where kind is not null order by id").await, ["seen", "unseen"]);
    // With both before their eyes they may go.
    let _ = desk.run(["rollback", "web", "production", "--lose-data"]).await?.exits(0);
    assert_eq!(sql(place, "select count(*)::text from users").await, ["2"]);
    Ok(())
}
