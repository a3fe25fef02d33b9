//! Files that were edited after the team's own tool applied them: named, and built on by nobody.

use crate::on_database::sql;
use std::fs;
use switchback_tests::{
    cli::{Answer, Desk},
    part::PartError,
    port,
};

/// A folder `db` beside the desk's policy, and an empty SQLite file.
fn lay(desk: &Desk, files: &[(&str, &str)]) -> String {
    let folder = desk.folder().join("db");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    let file = desk.folder().join("shop.db");
    fs::write(&file, []).unwrap();
    format!("sqlite:{}", file.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sqlx_applied_and_was_edited_since_is_named_and_not_built_on() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let users = "create table users (id integer primary key);\n";
    let place = lay(&desk, &[("1_users.up.sql", users), ("1_users.down.sql", "drop table users;\n")]);
    let folder = desk.folder().join("db");
    let pool = sqlx::SqlitePool::connect(&place.replacen("sqlite:", "sqlite://", 1)).await.unwrap();
    sqlx::migrate::Migrator::new(folder.as_path()).await.unwrap().run(&pool).await.unwrap();
    pool.close().await;
    let db = folder.display().to_string();
    let asked =
        |what: &'static str| ["migrations", what, &db, "--layout", "sqlx", "--database", &place].map(str::to_owned);
    let _ = desk.run(asked("status")).await?.exits(0);

    fs::write(folder.join("1_users.up.sql"), users.replace("integer", "bigint")).unwrap();
    fs::write(folder.join("2_empty.up.sql"), "\n").unwrap();
    fs::write(folder.join("2_empty.down.sql"), "drop table nothing;\n").unwrap();
    let told = desk.run(asked("status")).await?.exits(3);
    let (edited, problem) = (&told.json["edited"][0], &told.json["problems"][0]);
    assert_eq!((&edited["version"], &edited["path"]), (&"1".into(), &"1_users.up.sql".into()), "{:#}", told.json);
    assert_eq!(
        (&problem["rule"], &problem["path"]),
        (&"missing_up".into(), &"2_empty.up.sql".into()),
        "{:#}",
        told.json
    );
    let text = format!(
        "version: 1\nservices:\n  web: {{ folder: \"{{version}}\", migrations: {{ layout: sqlx, path: db, database: main }} }}\n\
         databases: {{ main: {{ production: {{ sqlite: shop.db }} }} }}\nenvironments: {{ production: {{ zone: UTC }} }}\n\
         targets:\n  web/production: {{ process: {{ run: [\"true\"], port: {} }}, strategy: recreate, health: {{ tcp: true }} }}\n",
        port::free()
    );
    let _ = desk.apply(&text).await?.exits(0);
    fs::create_dir_all(desk.folder().join("1.0")).unwrap();
    for refused in [desk.run(asked("run")).await?, desk.run(["deploy", "web", "production", "1.0"]).await?] {
        let refused = refused.exits(3);
        assert_eq!(refused.error()["code"], "edited_after_applied", "{}", refused.stderr);
        assert!(refused.stderr.contains("1_users.up.sql"), "{}", refused.stderr);
    }
    let shown = desk.run(["migrations", "show", "web", "production"]).await?.exits(3);
    let (path, line) = (&shown.json["edited"][0]["path"], &shown.json["edited"][0]["line"]);
    assert_eq!((path, line), (&"1_users.up.sql".into(), &1.into()), "{:#}", shown.json);
    assert_eq!(sql(&place, "select cast(version as text) from _sqlx_migrations").await, ["1"]);

    // The way out when the file is right.
    sql(&place, edited["otherwise"].as_str().unwrap()).await;
    let _ = desk.run(asked("status")).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_flyway_applied_is_held_against_its_checksums_and_what_runs_again_is_told() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let files = [
        ("V1__users.sql", "create table users (id integer primary key);\n"),
        ("U1__users.sql", "drop table users;\n"),
        ("R__views.sql", "ab\ncd\n"),
        ("R__new.sql", "select 1;\n"),
    ];
    let place = lay(&desk, &files);
    let (folder, db) = (desk.folder().join("db"), desk.folder().join("db").display().to_string());
    let asked =
        |what: &'static str| ["migrations", what, &db, "--layout", "flyway", "--database", &place].map(str::to_owned);
    let _ = desk.run(asked("run")).await?.exits(0);
    // As Flyway writes it: CRC-32 of the lines.
    sql(&place, "insert into flyway_schema_history values (9, null, 'views', 'SQL', 'R__views.sql', -310194927, '', '', 1, true)").await;
    let told = desk.run(asked("status")).await?.exits(0);
    let again = |told: &Answer| {
        told.json["repeatable"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(again(&told), ["pending", "applied"], "{:#}", told.json);

    // Line ends are not what Flyway looks at.
    fs::write(folder.join("V1__users.sql"), files[0].1.replace('\n', "\r\n")).unwrap();
    let _ = desk.run(asked("status")).await?.exits(0);
    fs::write(folder.join("V1__users.sql"), "create table users (id bigint primary key);\n").unwrap();
    fs::write(folder.join("R__views.sql"), "ab\nce\n").unwrap();
    let told = desk.run(asked("status")).await?.exits(3);
    let edited = &told.json["edited"][0];
    assert_eq!(
        (&edited["path"], again(&told)),
        (&"V1__users.sql".into(), vec!["pending".into(), "changed".into()]),
        "{:#}",
        told.json
    );
    assert!(edited["otherwise"].as_str().unwrap().contains("flyway repair"), "{edited}");
    // A way back is built on nothing.
    let back: Vec<String> = asked("run").into_iter().chain(["--to", "none"].map(str::to_owned)).collect();
    let _ = desk.run(back).await?.exits(0);
    Ok(())
}
