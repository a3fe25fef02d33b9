//! What a way back would lose is counted and asked for; what only the up wrote is nobody's loss.

use super::{NOTE, Servers, USERS, deploy, looks, migration, policy, release, sql, with_users};
use std::fs;
use switchback_database::Connection;
use switchback_tests::{cli::Desk, database::Database, part::PartError, port};

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_schema_that_goes_is_refused_counted_and_code_in_the_database_is_warned_of() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;

    let audit = ["create schema audit;\ncreate table audit.log (id integer);\n", "drop schema audit cascade;\n"];
    migration(&desk, "2_audit", audit[1], audit[0]);
    release(&desk, "2.0", "true");
    let refused = deploy(&desk, "2.0").await.exits(3);
    assert_eq!(
        (refused.error()["code"].as_str(), refused.stderr.contains("schema audit")),
        (Some("three_steps"), true)
    );

    // What is put together when it runs is said to be unknown.
    migration(&desk, "2_audit", "do $$ begin execute 'create schema audit'; end $$;\n", audit[1]);
    let plan = desk.run(["plan", "web", "production", "2.0"]).await?.exits(0);
    assert!(plan.text("/warnings/0").contains("2_audit.up.sql:1"), "{:#}", plan.json);
    migration(&desk, "2_audit", audit[0], audit[1]);
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(&place, "insert into audit.log values (1), (2)").await;
    sql(&place, "create table audit.\"by.hand\" as select id from audit.log where id = 1").await;
    let back = desk.run(["rollback", "web", "production"]).await?.exits(3);
    assert!(back.stderr.contains("audit.log of 2 rows (2), audit.by.hand of 1 row (2)"), "{}", back.stderr);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_counted_are_not_none() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let admin = server.place(server.first());
    for statement in ["create role mover login", "grant all on schema public to mover"] {
        sql(&admin, statement).await;
    }
    let desk = with_users(&admin.replace("user=app", "user=mover")).await?;
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(&admin, "insert into users values (7, 'ada', 'kept')").await;
    // Its owner may still drop the column, and not read it.
    sql(&admin, "revoke select on users from mover").await;
    let refused = desk.run(["rollback", "web", "production"]).await?;
    assert_ne!(refused.code, 0, "{}", refused.stdout);
    assert!(refused.stderr.contains("permission denied"), "{}", refused.stderr);
    assert_eq!(sql(&admin, "select note from users").await, ["kept"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_kept_is_said_to_be_another_than_the_old_apps() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    let writes = looks(&place, "insert into users values (7, 'ada', 'kept')");
    release(&desk, "2.0", &format!("{writes} && false"));
    let _ = deploy(&desk, "2.0").await.exits(5);
    let mut resume = desk.surroundings(desk.program());
    resume.args(["resume", "--keep-schema"]);
    let kept = desk.ask("", resume).await?.exits(4);
    let said = "1.0 runs on a schema with 2, for which it was not made";
    assert!(kept.stdout.contains(said) && kept.stdout.contains("users.note of 1 row (2)"), "{}", kept.stdout);
    assert_eq!(sql(&place, "select note from users").await, ["kept"]);
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["2"]);
    let board = desk.run(["status"]).await?;
    assert_eq!(board.text("/rows/0/cells/0/health/kind"), "healthy", "{}", board.stdout);
    assert!(desk.run(["audit", "list"]).await?.stdout.contains("the schema is kept"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_stops_names_what_all_that_is_still_to_be_undone_would_lose() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    migration(&desk, "3_mood", &NOTE[0].replace("note", "mood"), &NOTE[1].replace("note", "mood"));
    migration(&desk, "4_size", &NOTE[0].replace("note", "size"), &NOTE[1].replace("note", "size"));
    let writes = looks(&place, "insert into users (id, note, mood) values (7, 'kept', 'well'), (8, 'too', null)");
    release(&desk, "2.0", &format!("{writes} && false"));
    let stuck = deploy(&desk, "2.0").await.exits(5);
    // What is empty went; the first that is not stops, and knows of the one behind it.
    let said = "the way back of 3, 2 would lose users.mood of 1 row (3), users.note of 2 rows (2)";
    assert!(stuck.stdout.contains(said), "{:#}", stuck.json);
    assert_eq!(sql(&place, "select mood from users where id = 7").await, ["well"]);
    let _ = desk.run(["resume", "--lose-data"]).await?;
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["1"]);
    Ok(())
}

const SEED: [&str; 2] = [
    "create table plans (code varchar(8) primary key, cents integer);\ninsert into plans values ('basic', 900), ('team', 4900);\n\
     insert into lists (code) values ('x'), ('y');\nalter table users add column kind varchar(8) not null default 'new';\n\
     alter table users add column note varchar(20);\nupdate users set note = 'backfilled' where id < 3;\n",
    "alter table users drop column note;\nalter table users drop column kind;\ndelete from lists where code in ('x', 'y');\n\
     drop table plans;\n",
];
const LISTS: [&str; 2] = [
    "create table lists (code varchar(8) primary key);\ninsert into lists values ('a');\n\
     create table users (id integer primary key, name varchar(40));\ninsert into users values (1, 'ada'), (2, 'lin'), (3, 'amara');\n",
    "drop table users;\ndrop table lists;\n",
];

/// A desk with a schema that a bad release seeds.
async fn seeded(place: &str) -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(place, port::free())).await?.exits(0);
    migration(&desk, "1_lists", LISTS[0], LISTS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    migration(&desk, "2_seed", SEED[0], SEED[1]);
    Ok(desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_up_wrote_goes_back_by_itself_and_what_anybody_wrote_since_asks() -> Result<(), PartError> {
    let servers = Servers::start().await?;
    let [first, second, _] = &servers.places;
    for place in &servers.places {
        let desk = seeded(place).await?;
        release(&desk, "2.0", "false");
        let bad = deploy(&desk, "2.0").await;
        let said = format!("{:#}", bad.json);
        // MariaDB ends a transaction at each change of the schema: whoever was quick may have written there too.
        let (code, state, told) =
            if place == second { (5, "stuck", "would lose") } else { (4, "rolledBack", "all written by its own up") };
        assert_eq!((bad.code, bad.text("/state/kind")), (code, state), "{said}");
        for own in ["plans of 2 rows (2)", "lists of 2 rows (2)", "users.note of 2 rows (2)"] {
            assert!(said.contains(told) && said.contains(own), "{said}");
        }
        if place == second {
            let _ = desk.run(["resume", "--lose-data"]).await?;
        }
        assert_eq!(sql(place, "select code from lists").await, ["a"]);
        let board = desk.run(["status"]).await?.exits(0);
        assert!(board.stdout.contains("1.0"), "{}", board.stdout);
        let _ = desk.run(["audit", "verify"]).await?.exits(0);
    }

    // What somebody wrote, or changed in its place, is theirs.
    let desk = seeded(first).await?;
    for (version, write, what) in [
        ("2.1", "insert into plans values ('mine', 1)", "plans of 3 rows (2)"),
        ("2.2", "update plans set cents = 1 where code = 'team'", "plans of 2 rows (2)"),
    ] {
        release(&desk, version, &format!("{} && false", looks(first, write)));
        let said = format!("{:#}", deploy(&desk, version).await.exits(5).json);
        let asks = format!("would lose {what}");
        assert!(said.contains(&asks) && said.contains("resume --lose-data"), "{said}");
        let _ = desk.run(["resume", "--lose-data"]).await?;
        assert_eq!(sql(first, "select code from lists").await, ["a"]);
    }
    // A row that has nothing but the default there loses nothing.
    release(&desk, "2.3", &format!("{} && false", looks(first, "insert into users values (4, 'eve')")));
    let _ = deploy(&desk, "2.3").await.exits(4);
    assert_eq!(sql(first, "select name from users where id = 4").await, ["eve"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_up_takes_for_good_is_said_before_it_does_and_of_each_revision_behind_it() -> Result<(), PartError> {
    let anew = |name: &str, rows: &str| {
        format!(
            "create table {name} (id integer primary key, name varchar(40));\ninsert into {name} select id, name from users{rows};\n\
             drop table users;\nalter table {name} rename to users;\n"
        )
    };
    let (some, back) = (anew("u2", " where id < 2"), anew("u3", ""));
    for (up, down) in [
        ("create table extra (id integer);\nupdate users set name = 'anon';\n", "drop table extra;\n"),
        (some.as_str(), back.as_str()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        fs::write(&file, []).unwrap();
        let desk = with_users(&format!("sqlite:{}", file.display())).await?;
        migration(&desk, "2_anon", up, down);
        release(&desk, "2.0", "true");
        let takes = "takes away what its way back does not bring back";
        let plan = desk.run(["plan", "web", "production", "2.0"]).await?.exits(0);
        assert!(plan.json["warnings"].to_string().contains(takes), "{:#}", plan.json);
        let _ = deploy(&desk, "2.0").await.exits(0);
        let history = desk.run(["history", "web", "production"]).await?.exits(0);
        assert!(history.json["entries"][1].to_string().contains("what its own up took away"), "{:#}", history.json);
        let back = desk.run(["rollback", "web", "production", "--dry-run"]).await?.exits(0);
        assert!(back.json["warnings"].to_string().contains(takes), "{:#}", back.json);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_writes_as_soon_as_the_up_is_done_is_not_the_ups_own() -> Result<(), PartError> {
    let servers = Servers::start().await?;
    for place in &servers.places {
        // One that writes nothing at all, and one that writes beside them.
        for up in [NOTE[0].to_owned(), format!("{}update users set note = 'backfilled' where id = 1;\n", NOTE[0])] {
            let desk = seeded(place).await?;
            migration(&desk, "2_seed", &up, NOTE[1]);
            release(&desk, "2.0", "false");
            let at = place.parse().unwrap();
            let writer = tokio::spawn(async move {
                let mut connection = Connection::open(&at, None).await.unwrap();
                // Refused until there is such a column, and then at once done.
                while connection.names("insert into users (id, name, note) values (9, 'eve', 'theirs')").await.is_err()
                {
                    tokio::task::yield_now().await;
                }
                connection.close().await;
            });
            let bad = deploy(&desk, "2.0").await;
            writer.await.unwrap();
            let said = format!("{:#}", bad.json);
            assert_eq!(bad.code, 5, "{place}: {said}");
            assert!(said.contains("would lose users.note of"), "{place}: {said}");
            assert_eq!(sql(place, "select note from users where id = 9").await, ["theirs"], "{place}");
            let _ = desk.run(["resume", "--lose-data"]).await?;
            for table in ["users", "lists", "schema_migrations"] {
                sql(place, &format!("drop table if exists {table}")).await;
            }
        }
    }
    Ok(())
}

/// Types made wider by the up, and narrow again by the down.
async fn narrowed(place: &str, up: &str, down: &str, lost: &[&str]) -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(place, port::free())).await?.exits(0);
    let table = "create table orders (id integer primary key, price numeric(10,2), name varchar(10), day date, nick varchar(9));\n";
    migration(&desk, "1_orders", table, "drop table orders;\n");
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    sql(place, "insert into orders values (1, 1.25, 'short', '2026-01-02', 'McD')").await;
    migration(&desk, "2_wider", up, down);
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);

    // What was there fits, and goes back without a question.
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(place, "insert into orders values (2, 1.2345, 'longer than ten letters', '2026-01-02 03:04:05', 'x')").await;
    let back = desk.run(["rollback", "web", "production"]).await?.exits(3);
    assert_eq!(back.error()["code"], "migration_loses");
    for column in lost {
        assert!(back.stderr.contains(&format!("orders.{column} of 1 row (2)")), "{column}: {}", back.stderr);
    }
    assert!(!back.stderr.contains("nick"), "{}", back.stderr);

    // Nor does a bad release undo itself over them.
    migration(&desk, "3_lower", "update orders set nick = upper(nick);\n", "update orders set nick = lower(nick);\n");
    release(&desk, "3.0", "false");
    let stuck = deploy(&desk, "3.0").await.exits(5);
    assert!(format!("{:#}", stuck.json).contains("orders.nick of 2 rows (3)"), "{:#}", stuck.json);
    let _ = desk.run(["resume", "--keep-schema"]).await?;
    assert_eq!(sql(place, "select nick from orders where id = 1").await, ["MCD"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_do_not_come_through_a_way_back_are_counted_and_asked_for() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let alter = |price: &str, name: &str, day: &str| {
        format!(
            "alter table orders alter column price type {price}, alter column name type {name}, alter column day type {day};\n"
        )
    };
    let wide = alter("numeric(12,4)", "text", "timestamp");
    let narrow = alter("numeric(10,2)", "varchar(10) using left(name, 10)", "date");
    narrowed(&server.place(server.first()), &wide, &narrow, &["price", "name", "day"]).await?;

    let server = Database::mariadb().await?;
    // A text that is too long it refuses.
    let modify = |price: &str, name: &str, day: &str| {
        format!("alter table orders modify price {price}, modify name {name}, modify day {day};\n")
    };
    let (wide, narrow) =
        (modify("decimal(12,4)", "varchar(99)", "datetime"), modify("decimal(10,2)", "varchar(30)", "date"));
    narrowed(&server.place(server.first()), &wide, &narrow, &["price", "day"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_a_table_built_anew_has_not_is_counted() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let file = desk.folder().join("shop.db");
    fs::write(&file, []).map_err(PartError::io("make a database"))?;
    let place = format!("sqlite:{}", file.display());
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    let anew = "create table users_old (id integer primary key, name varchar(40));\ninsert into users_old select id, name \
                from users;\ndrop table users;\nalter table users_old rename to users;\n";
    migration(&desk, "2_note", NOTE[0], anew);
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(&place, "insert into users values (1, 'ada', 'kept'), (2, 'bo', null)").await;
    let back = desk.run(["rollback", "web", "production"]).await?.exits(3);
    assert!(back.stderr.contains("users.note of 1 row (2)") && !back.stderr.contains("users of"), "{}", back.stderr);
    sql(&place, "update users set note = null").await;
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    assert_eq!(sql(&place, "select name from users order by id").await, ["ada", "bo"]);
    Ok(())
}
