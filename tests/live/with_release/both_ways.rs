//! There and back: the schema moves with the app, whatever runs it.

use super::{NOTE, OWN, Servers, USERS, deploy, looks, migration, policy, release, sql, with_users};
use std::fs;
use switchback_database::Connection;
use switchback_tests::{
    cli::Desk, database::Database, engine::EngineKind, leftover::Leftovers, part::PartError, port, shop::Shop,
};

/// Two releases with rows written between, back with their loss counted, and there again.
async fn there_and_back(place: &str) -> Result<(), PartError> {
    let desk = with_users(place).await?;
    sql(place, "insert into users (id, name) values (1, 'ada'), (2, 'lin'), (3, 'amara')").await;

    // What the server computes is no loss.
    let kept = if place.starts_with("sqlite") { "virtual" } else { "stored" };
    let up = format!("{}\nalter table users add column twice int generated always as (id * 2) {kept};\n", NOTE[0]);
    let down = format!("alter table users drop column twice;\n{}", NOTE[1]);
    migration(&desk, "2_note", &up, &down);
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
    assert_eq!((&way["what"], way["proven"].is_string()), (&["users.note of 2 rows (2)"][..].into(), true), "{way:#}");
    migration(&desk, "2_note", &up, "alter table users drop column note; -- edited\n");
    let stale = desk.run(["migrations", "show", "web", "production"]).await?.exits(3);
    let edited = &stale.json["edited"][0];
    assert_eq!((&edited["path"], &edited["version"]), (&"2_note.down.sql".into(), &"2".into()), "{:#}", stale.json);
    assert_eq!(
        (&stale.json["versions"][1]["stale"], &stale.json["versions"][0]["stale"]),
        (&"files".into(), &serde_json::Value::Null)
    );
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"][1]["wayBack"]["kind"], "impossible", "{:#}", history.json);
    migration(&desk, "2_note", &up, &down);

    let back = ["rollback", "web", "production", "--to", "r1"];
    // Where no plan back may begin, the history says so in the plan's own words.
    for (moved, code) in
        [("dirty = true", "migration_half"), ("version = 99", "database_ahead"), ("version = 1", "database_behind")]
    {
        sql(place, &format!("update schema_migrations set {moved}")).await;
        let refused = desk.run(back.iter().copied().chain(["--dry-run"])).await?;
        assert_eq!(refused.error()["code"], code, "{}", refused.stderr);
        let history = desk.run(["history", "web", "production"]).await?.exits(0);
        let way = &history.json["entries"][1]["wayBack"];
        assert_eq!((&way["kind"], &way["why"]), (&"impossible".into(), &refused.error()["causes"][0]), "{way:#}");
        sql(place, "update schema_migrations set version = 2, dirty = false").await;
    }
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
    let servers = Servers::start().await?;
    for place in &servers.places {
        there_and_back(place).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_release_is_undone_schema_first_and_a_way_back_that_loses_rows_asks() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
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
    let strategy = format!("{{ blue-green: {{ router: {{ tcp: {{ port: {} }} }} }} }}", port::free());
    let text = policy(&place, port::free()).replace("strategy: recreate", &format!("strategy: {strategy}"));
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
async fn containers_and_their_schema_go_there_and_back_together() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let shop = Shop::open(EngineKind::Old).await?;
    let script = "echo ok > /index.html; exec httpd -f -p 8080 -h /";
    for version in ["1.0", "2.0"] {
        shop.publish(version, script, |image| image).await?;
    }
    let rest = place.trim_start_matches("postgres:");
    let port = port::free();
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
        policy(&place, port::free()).replace("user=deploy\" }", "user=deploy\", password: keychain:db/production }");
    assert!(text.contains("password: keychain:db/production"), "{text}");
    let _ = desk.apply(&text).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let missing = deploy(&desk, "1.0").await.exits(7);
    assert_eq!(missing.error()["code"], "secret_missing", "{}", missing.stderr);
    let _ = desk.given("wrong\n", ["secret", "set", "db/production"]).await?.exits(0);
    let refused = deploy(&desk, "1.0").await.exits(6);
    assert!(refused.stderr.contains("Access denied"), "{}", refused.stderr);
    assert_eq!(refused.error()["code"], "login_refused", "{}", refused.stderr);
    assert!(refused.stderr.contains("`switchback secret set db/production`"), "{}", refused.stderr);
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
