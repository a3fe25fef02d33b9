//! Migrations that run with a release: up before the new app, down before the old one, on real databases and with
//! programs that look at the schema they start on.

use std::{fs, os::unix::fs::PermissionsExt as _};
use switchback_database::Connection;
use switchback_tests::{
    cli::{Answer, Desk},
    database::Database,
    engine::EngineKind,
    leftover::Leftovers,
    load::free_port,
    part::PartError,
    shop::Shop,
};

/// A folder of migrations beside the desk's policy file.
fn migration(desk: &Desk, name: &str, up: &str, down: &str) {
    let folder = desk.folder().join("db");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.up.sql")), up).unwrap();
    fs::write(folder.join(format!("{name}.down.sql")), down).unwrap();
}

/// A release whose program runs `first` and serves when that went well.
fn release(desk: &Desk, version: &str, first: &str) {
    let folder = desk.folder().join(version);
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "#!/bin/sh\n{first} || exit 1\n/bin/busybox httpd -f -p 127.0.0.1:$PORT & trap 'kill $!; exit 0' TERM; wait\n"
    );
    fs::write(folder.join("server"), text).unwrap();
    fs::set_permissions(folder.join("server"), fs::Permissions::from_mode(0o755)).unwrap();
}

fn policy(place: &str, port: u16) -> String {
    let (kind, rest) = place.split_once(':').unwrap();
    format!(
        "version: 1\nservices:\n  web: {{ folder: \"{{version}}\", migrations: {{ layout: golang-migrate, path: db, database: \
         main }} }}\ndatabases: {{ main: {{ production: {{ {kind}: \"{rest}\" }} }} }}\nenvironments: {{ production: {{ zone: \
         UTC }} }}\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    strategy: \
         recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

async fn deploy(desk: &Desk, version: &str) -> Answer {
    desk.run(["deploy", "web", "production", version]).await.unwrap()
}

async fn sql(place: &str, statement: &str) -> Vec<String> {
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let rows = connection.names(statement).await.unwrap();
    connection.close().await;
    rows
}

const USERS: [&str; 2] = ["create table users (id integer primary key, name varchar(40));\n", "drop table users;\n"];
const NOTE: [&str; 2] = ["alter table users add column note varchar(20);\n", "alter table users drop column note;\n"];

/// Two releases with rows written between, back with their loss counted, and there again.
async fn there_and_back(place: &str) -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(place, free_port())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    sql(place, "insert into users (id, name) values (1, 'ada'), (2, 'lin'), (3, 'amara')").await;

    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    release(&desk, "2.0", "true");
    let plan = desk.run(["plan", "web", "production", "2.0"]).await?.exits(0);
    let steps: Vec<String> = plan.json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {}", step["action"].as_str().unwrap(), step["detail"].as_str().unwrap()))
        .collect();
    let at = |word: &str| {
        steps.iter().position(|step| step.starts_with(word)).unwrap_or_else(|| panic!("{word}: {steps:?}"))
    };
    assert!(at("stop") < at("migrate up 2") && at("migrate up 2") < at("start"), "{steps:?}");
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(place, "update users set note = 'hello' where id < 3").await;

    // What going back means is there before anybody asks, and says since when it is proven.
    let proven = desk.run(["migrations", "show", "web", "production", "--prove"]).await?.exits(0);
    assert_eq!(proven.json["versions"][1]["proof"]["holds"], true, "{:#}", proven.json);
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    let way = &history.json["entries"][1]["wayBack"];
    assert_eq!((&way["kind"], &way["downs"]), (&"loses".into(), &1.into()), "{way:#}");
    assert_eq!((&way["what"][0], way["proven"].is_string()), (&"users.note of 2 rows (2)".into(), true), "{way:#}");
    migration(&desk, "2_note", NOTE[0], "alter table users drop column note; -- edited\n");
    let stale = desk.run(["migrations", "show", "web", "production"]).await?.exits(0);
    assert_eq!(
        (&stale.json["versions"][1]["stale"], &stale.json["versions"][0]["stale"]),
        (&true.into(), &false.into())
    );
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"][1]["wayBack"]["kind"], "impossible", "{:#}", history.json);
    migration(&desk, "2_note", NOTE[0], NOTE[1]);

    let back = ["rollback", "web", "production", "--to", "r1"];
    let refused = desk.run(back).await?.exits(3);
    assert_eq!(refused.error()["code"], "migration_loses", "{}", refused.stderr);
    assert!(refused.stderr.contains("users.note of 2 rows (2)"), "{}", refused.stderr);
    let shown = desk.run(back.iter().copied().chain(["--dry-run", "--lose-data"])).await?.exits(0);
    assert_eq!(shown.text("/warnings/0"), "loses users.note of 2 rows (2)", "{:#}", shown.json);
    let _ = desk.run(back.iter().copied().chain(["--lose-data"])).await?.exits(0);
    assert_eq!(sql(place, "select name from users order by id").await, ["ada", "lin", "amara"]);
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    assert!(connection.names("select note from users").await.is_err(), "the column is gone");
    connection.close().await;

    let _ = deploy(&desk, "2.0").await.exits(0);
    assert_eq!(sql(place, "select name from users where note is null order by id").await.len(), 3);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_there_and_back_with_its_schema_on_each_server() -> Result<(), PartError> {
    let (postgres, mariadb) = (Database::postgres().await?, Database::mariadb().await?);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    sql(&mariadb.place(mariadb.first()), "create database shop").await;
    there_and_back(&postgres.place(postgres.first())).await?;
    there_and_back(&mariadb.place("shop")).await?;
    there_and_back(&format!("sqlite:{}", file.display())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_schema_that_goes_is_refused_counted_and_code_in_the_database_is_warned_of() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, free_port())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);

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
    let back = desk.run(["rollback", "web", "production"]).await?.exits(3);
    assert!(back.stderr.contains("audit.log of 2 rows (2)"), "{}", back.stderr);
    Ok(())
}

/// A program that looks for columns on its way up.
fn looks(place: &str, query: &str) -> String {
    let host = place.split("host=").nth(1).unwrap().split(' ').next().unwrap();
    format!("/usr/lib/postgresql/15/bin/psql -q -h {host} -U app -d postgres -v ON_ERROR_STOP=1 -c \"{query}\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_release_is_undone_schema_first_and_a_way_back_that_loses_rows_asks() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, free_port())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    // The one way it comes back is behind the down.
    release(&desk, "1.0", &looks(&place, OWN));
    let _ = deploy(&desk, "1.0").await.exits(0);

    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    release(&desk, "2.0", &format!("{} && false", looks(&place, "select note from users")));
    let bad = deploy(&desk, "2.0").await.exits(4);
    assert_eq!(bad.text("/state/kind"), "rolledBack", "{:#}", bad.json);
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["1"]);

    // It wrote rows before it was found bad: nobody gave them up.
    let writes = "insert into users values (7, 'ada', 'kept?')";
    release(&desk, "2.1", &format!("{} && false", looks(&place, writes)));
    let stuck = deploy(&desk, "2.1").await.exits(5);
    let said = format!("{:#}", stuck.json);
    assert!(said.contains("users.note of 1 row (2)") && said.contains("resume --keep-schema"), "{said}");
    assert_eq!(sql(&place, "select note from users").await, ["kept?"]);
    let _ = desk.run(["resume", "--lose-data"]).await?;
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["1"]);
    assert_eq!(sql(&place, "select name from users").await, ["ada"]);
    let audit = desk.run(["audit", "list"]).await?.exits(0);
    assert!(audit.stdout.contains("rows may be lost"), "{}", audit.stdout);
    let _ = desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}

/// A program that does not start on a schema that is not its own.
const OWN: &str = "do \\$\\$ begin if exists (select from information_schema.columns where column_name = 'note') then raise 'note'; end if; end \\$\\$";

/// The steps of a plan, or those of a deployment that were done; those of the way back are marked.
fn steps(of: &serde_json::Value) -> Vec<String> {
    let text = |step: &serde_json::Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    let undo = |step: &serde_json::Value| if step["undo"] == true { "undo " } else { "" };
    let one = |step: &serde_json::Value| format!("{}{} {}", undo(step), text(step, "action"), text(step, "detail"));
    of["steps"].as_array().unwrap().iter().filter(|step| step["status"] != "skipped").map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_router_what_runs_is_stopped_before_the_downs_and_traffic_comes_after_them() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = Desk::new().await?;
    let _leftovers = Leftovers::of(desk.home());
    let strategy = format!("{{ blue-green: {{ router: {{ tcp: {{ port: {} }} }} }} }}", free_port());
    let text = policy(&place, free_port()).replace("strategy: recreate", &format!("strategy: {strategy}"));
    let _ = desk.apply(&text).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", &looks(&place, OWN));
    let _ = deploy(&desk, "1.0").await.exits(0);

    // By itself: the new one is stopped, then its schema goes, and the old one has served all the time.
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    release(&desk, "2.0", &format!("{} && false", looks(&place, "select note from users")));
    let bad = steps(&deploy(&desk, "2.0").await.exits(4).json);
    let at = |steps: &[String], word: &str| {
        steps.iter().position(|step| step.starts_with(word)).unwrap_or_else(|| panic!("{word}: {steps:?}"))
    };
    assert!(at(&bad, "undo stop") < at(&bad, "undo migrate down 2"), "{bad:?}");
    assert!(!bad.iter().any(|step| step.starts_with("stop") || step.starts_with("switch")), "{bad:?}");

    // By a person: what runs may need what goes.
    release(&desk, "2.1", &looks(&place, "select note from users"));
    let _ = deploy(&desk, "2.1").await.exits(0);
    let plan = desk.run(["rollback", "web", "production", "--dry-run"]).await?.exits(0);
    assert!(plan.text("/warnings/0").starts_with("nothing serves"), "{:#}", plan.json);
    let there = steps(&plan.json);
    let order = ["switch away from", "stop", "migrate down 2", "start", "verify", "switch sb-"];
    assert!(order.windows(2).all(|pair| at(&there, pair[0]) < at(&there, pair[1])), "{there:?}");
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["1"]);
    let board = desk.run(["status"]).await?;
    assert_eq!(board.text("/rows/0/cells/0/health/kind"), "healthy", "{}", board.stdout);
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, serde_json::json!([]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_counted_are_not_none() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let admin = server.place(server.first());
    for statement in ["create role mover login", "grant all on schema public to mover"] {
        sql(&admin, statement).await;
    }
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&admin.replace("user=app", "user=mover"), free_port())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
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
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, free_port())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    let writes = looks(&place, "insert into users values (7, 'ada', 'kept')");
    release(&desk, "2.0", &format!("{writes} && false"));
    let _ = deploy(&desk, "2.0").await.exits(5);
    let mut resume = desk.surroundings(desk.program());
    resume.args(["resume", "--keep-schema"]);
    let kept = desk.ask("", resume).await?.exits(0);
    let said = "1.0 runs on a schema with 2, for which it was not made";
    assert!(kept.stdout.contains(said) && kept.stdout.contains("users.note of 1 row (2)"), "{}", kept.stdout);
    assert_eq!(sql(&place, "select note from users").await, ["kept"]);
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["2"]);
    let board = desk.run(["status"]).await?;
    assert_eq!(board.text("/rows/0/cells/0/health/kind"), "healthy", "{}", board.stdout);
    assert!(desk.run(["audit", "list"]).await?.stdout.contains("the schema is kept"));
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
    let _ = desk.apply(&policy(place, free_port())).await?.exits(0);
    migration(&desk, "1_lists", LISTS[0], LISTS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    migration(&desk, "2_seed", SEED[0], SEED[1]);
    Ok(desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_up_wrote_goes_back_by_itself_and_what_anybody_wrote_since_asks() -> Result<(), PartError> {
    let (postgres, mariadb) = (Database::postgres().await?, Database::mariadb().await?);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    sql(&mariadb.place(mariadb.first()), "create database shop").await;
    let (first, second) = (postgres.place(postgres.first()), mariadb.place("shop"));
    for place in [&first, &second, &format!("sqlite:{}", file.display())] {
        let desk = seeded(place).await?;
        release(&desk, "2.0", "false");
        let bad = deploy(&desk, "2.0").await.exits(4);
        let said = format!("{:#}", bad.json);
        assert_eq!(bad.text("/state/kind"), "rolledBack", "{said}");
        for own in ["plans of 2 rows (2)", "lists of 2 rows (2)", "users.note of 2 rows (2)"] {
            assert!(said.contains("all written by its own up") && said.contains(own), "{said}");
        }
        assert_eq!(sql(place, "select code from lists").await, ["a"]);
        let board = desk.run(["status"]).await?.exits(0);
        assert!(board.stdout.contains("1.0"), "{}", board.stdout);
        let _ = desk.run(["audit", "verify"]).await?.exits(0);
    }

    // What somebody wrote, or changed in its place, is theirs.
    let desk = seeded(&first).await?;
    for (version, write, what) in [
        ("2.1", "insert into plans values ('mine', 1)", "plans of 3 rows (2)"),
        ("2.2", "update plans set cents = 1 where code = 'team'", "plans of 2 rows (2)"),
    ] {
        release(&desk, version, &format!("{} && false", looks(&first, write)));
        let said = format!("{:#}", deploy(&desk, version).await.exits(5).json);
        let asks = format!("would lose {what}");
        assert!(said.contains(&asks) && said.contains("resume --lose-data"), "{said}");
        let _ = desk.run(["resume", "--lose-data"]).await?;
        assert_eq!(sql(&first, "select code from lists").await, ["a"]);
    }
    // A row that has nothing but the default there loses nothing.
    release(&desk, "2.3", &format!("{} && false", looks(&first, "insert into users values (4, 'eve')")));
    let _ = deploy(&desk, "2.3").await.exits(4);
    assert_eq!(sql(&first, "select name from users where id = 4").await, ["eve"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_with_the_code_that_stops_using_it_is_refused_with_the_three_steps() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, free_port())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);

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
    let _ = desk.apply(&policy(&place, free_port())).await?.exits(0);
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
    let _ = desk.apply(&policy(&place, free_port())).await?.exits(0);
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
    drop(server);
    let away = deploy(&desk, "1.1").await.exits(6);
    assert_eq!(away.error()["code"], "target_unreachable", "{}", away.stderr);
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"].as_array().map(Vec::len), Some(1), "{:#}", history.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_and_their_schema_go_there_and_back_together() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let shop = Shop::open(EngineKind::Old).await?;
    let script = "echo ok > /index.html; exec httpd -f -p 8080 -h /";
    for version in ["1.0", "2.0"] {
        shop.publish(version, script, |image| image).await?;
    }
    let rest = place.trim_start_matches("postgres:");
    let port = free_port();
    let text = shop.policy(
        port,
        &["strategy: recreate"],
        &format!("databases: {{ main: {{ production: {{ postgres: \"{rest}\" }} }} }}\n"),
    );
    let text = text.replace(
        "shop/checkout } }",
        "shop/checkout, migrations: { layout: golang-migrate, path: db, database: main } } }",
    );
    let _ = shop.desk.apply(&text).await?.exits(0);
    migration(&shop.desk, "1_users", USERS[0], USERS[1]);
    let _ = shop.deploy("1.0").await?.exits(0);
    sql(&place, "insert into users values (1, 'ada')").await;
    migration(&shop.desk, "2_note", NOTE[0], NOTE[1]);
    let _ = shop.deploy("2.0").await?.exits(0);
    sql(&place, "insert into users values (2, 'lin', null)").await;

    let _ = shop.desk.run(["rollback", "checkout", "production"]).await?.exits(0);
    assert_eq!(shop.current().await?.1, "1.0");
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["1"]);
    let _ = shop.deploy("2.0").await?.exits(0);
    assert_eq!(sql(&place, "select name from users where note is null order by id").await, ["ada", "lin"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_databases_password_is_the_keychains_and_is_written_nowhere() -> Result<(), PartError> {
    let server = Database::mariadb().await?;
    let root = server.place(server.first());
    for statement in
        ["create database shop", "create user deploy identified by 'sesame-3141'", "grant all on *.* to deploy"]
    {
        sql(&root, statement).await;
    }
    let place = server.place("shop").replace("user=root", "user=deploy");
    let desk = Desk::new().await?;
    let text =
        policy(&place, free_port()).replace("user=deploy\" }", "user=deploy\", password: keychain:db/production }");
    assert!(text.contains("password: keychain:db/production"), "{text}");
    let _ = desk.apply(&text).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let missing = deploy(&desk, "1.0").await.exits(7);
    assert_eq!(missing.error()["code"], "secret_missing", "{}", missing.stderr);
    let _ = desk.given("wrong\n", ["secret", "set", "db/production"]).await?.exits(0);
    let refused = deploy(&desk, "1.0").await.exits(6);
    assert!(refused.stderr.contains("Access denied"), "{}", refused.stderr);
    let _ = desk.given("sesame-3141\n", ["secret", "set", "db/production"]).await?.exits(0);
    let done = deploy(&desk, "1.0").await.exits(0);
    let _ = desk.run(["migrations", "show", "web", "production", "--prove"]).await?.exits(0);
    let exported = desk.run(["audit", "export"]).await?;
    assert!(!format!("{}{}{}", done.stdout, done.stderr, exported.stdout).contains("sesame"));
    for entry in fs::read_dir(desk.home()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"sesame-3141"), "{}", entry.path().display());
    }
    Ok(())
}
