//! A finding accepted from the command line: shown first, written into the migration's own file, and audited.

use std::fs;
use switchback_tests::{cli::Desk, part::PartError, port};

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_accepted_in_its_file_until_a_database_applied_that() -> Result<(), PartError> {
    let mut desk = Desk::new().await?;
    desk.set_clock("2026-03-02T09:00:00Z")?;
    let db = desk.folder().join("db");
    fs::create_dir_all(&db).unwrap();
    let (file, text) = (db.join("1_users.up.sql"), "create table users (id integer primary key);\n");
    fs::write(&file, text).unwrap();
    fs::write(desk.folder().join("shop.db"), []).unwrap();
    let policy = format!(
        "version: 1\nservices:\n  web: {{ folder: \"{{version}}\", migrations: {{ layout: golang-migrate, path: db, database: main \
         }} }}\ndatabases: {{ main: {{ production: {{ sqlite: shop.db }} }} }}\nenvironments: {{ production: {{ zone: UTC }} \
         }}\ntargets:\n  web/production: {{ process: {{ run: [\"true\"], port: {} }}, strategy: recreate, health: {{ tcp: true }} \
         }}\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    fs::create_dir_all(desk.folder().join("1.0")).unwrap();
    let plan = ["plan", "web", "production", "1.0"];
    assert_eq!(desk.run(plan).await?.exits(3).error()["code"], "no_way_back");

    let accept = |at: &str, until: &str, reason: &str| {
        let words =
            ["migrations", "accept", "web", "production", "--rule", "missing_down", "--at", at, "--until", until];
        words.into_iter().chain(["--reason", reason]).map(str::to_owned).collect::<Vec<_>>()
    };
    let right = accept("1_users.up.sql:1", "2027-01-31", "the first table stays");
    let shown = desk.run(&right).await?.exits(0);
    let line = "-- switchback:accept missing_down until 2027-01-31 the first table stays";
    assert_eq!((shown.text("/comment"), &shown.json["written"]), (line, &false.into()), "{:#}", shown.json);
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "nothing is written before it was looked at");
    for (words, code) in [
        (accept("1_users.up.sql:9", "2027-01-31", "why"), "not_found"),
        (accept("1_users.up.sql:1", "2020-01-31", "why"), "bad_input"),
        (accept("1_users.up.sql:1", "2027-03-03", "why"), "bad_input"),
        (accept("1_users.up.sql:1", "9999-12-31", "why"), "bad_input"),
        (accept("1_users.up.sql:1", "2027-01-31", " "), "bad_input"),
        (accept("1_users.up.sql:1", "2027-01-31", "two\nlines"), "bad_input"),
    ] {
        let refused = desk.run(words.iter().map(String::as_str).chain(["--yes"])).await?;
        assert_eq!(refused.error()["code"], code, "{}", refused.stderr);
    }
    let written = desk.run(right.iter().map(String::as_str).chain(["--yes"])).await?.exits(0);
    assert_eq!(written.json["written"], true, "{:#}", written.json);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{line}\n{text}"));
    let _ = desk.run(plan).await?.exits(0);
    let audit = desk.run(["audit", "list"]).await?.exits(0);
    assert!(audit.stdout.contains("migrations.accepted") && audit.stdout.contains("the first table stays"));

    // What a database applied is left as it was.
    fs::write(db.join("2_note.up.sql"), "alter table users add column note text;\n").unwrap();
    let folder = db.display().to_string();
    let place = format!("sqlite:{}", desk.folder().join("shop.db").display());
    let run = ["migrations", "run", &folder, "--layout", "golang-migrate", "--database", &place];
    let _ = desk.run(run).await?.exits(0);
    let late = desk.run(accept("2_note.up.sql:1", "2027-01-31", "why")).await?.exits(3);
    assert_eq!(late.error()["code"], "edited_after_applied", "{}", late.stderr);
    Ok(())
}
