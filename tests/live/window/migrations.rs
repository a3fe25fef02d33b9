//! The migrations screen: versions with what is wrong with them, both scripts side by side, proofs as they come, and a way
//! back that would take rows with it, said before the click and given up with one.

use super::{axe::finds_nothing, page::Window, shown};
use fantoccini::key::Key;
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
    listening, port,
};

const POLICY: &str = "version: 1\nservices:\n  web: { folder: \"{version}\", migrations: { layout: golang-migrate, path: db, \
                      database: main } }\ndatabases: { main: { production: { sqlite: shop.db } } }\nenvironments:\n  \
                      production: { zone: UTC }\ntargets:\n  web/production:\n    process: { run: [\"{release}/server\"], \
                      port: PORT }\n    strategy: recreate\n    grace: 1s\n    health: { tcp: true, within: 10s, every: 100ms, \
                      passes: 1 }\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_are_read_proven_and_gone_back_over_in_the_window() -> Done {
    let desk = Desk::new().await?;
    let folder = desk.folder().join("db");
    std::fs::create_dir(&folder)?;
    std::fs::write(desk.folder().join("shop.db"), [])?;
    for (name, text) in [
        ("1_users.up.sql", "create table users (id integer primary key);\n"),
        ("1_users.down.sql", "drop table users;\n"),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    for version in ["1.0", "2.0"] {
        listening::release(&desk, version);
    }
    let _ = desk.apply(&POLICY.replace("PORT", &port::free().to_string())).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    std::fs::write(folder.join("2_note.up.sql"), "-- what support says\nalter table users add column note text;\n")?;
    std::fs::write(folder.join("2_note.down.sql"), "alter table users drop column note;\n")?;
    let _ = desk.run(["deploy", "web", "production", "2.0"]).await?.exits(0);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(desk.folder().join("shop.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await?;
    sqlx::query("insert into users (id, note) values (1, 'kind')").execute(&pool).await?;
    pool.close().await;
    std::fs::write(folder.join("3_old.up.sql"), "alter table users drop column note;\n")?;
    let desktop = Desktop::on(&desk.home())?;
    shown(&desktop, async |window| {
        looked_at(window).await?;
        finds_nothing(window).await?;
        desktop.picture("migrations.en").await?;
        window.click("rail-settings").await?;
        window.click("theme-dark").await?;
        window.click("language-zh").await?;
        // By keys: there, and one version down.
        window.chord(&['g']).await?;
        window.chord(&['m']).await?;
        window.see("[data-testid='mig-3'][aria-selected='true']").await?;
        window.press(Key::Down).await?;
        window.see("[data-testid='mig-2'][aria-selected='true']").await?;
        finds_nothing(window).await?;
        desktop.picture("migrations.zh.dark").await?;
        gone_back(window).await?;
        desktop.picture("way-back.zh.dark").await
    })
    .await
}

/// What the way back would take is said before the click, and given up with one.
async fn gone_back(window: &Window) -> Done {
    window.click("rail-board").await?;
    window.click("cell-web-production").await?;
    window.click("revision-row-1").await?;
    window.see("[data-testid='rollback-button']:disabled").await?;
    window.click("lose-data").await?;
    window.write("reason", "the note is not wanted").await?;
    window.see("[data-testid='rollback-button']:not(:disabled)").await?;
    Ok(())
}

async fn looked_at(window: &Window) -> Done {
    window.click("rail-migrations").await?;
    window.see("[data-testid='schema-production'][data-version='2']").await?;
    window.see("[data-testid='mig-3'][data-state='pending'][aria-selected='true']").await?;
    window.see("[data-testid='finding-missing_down']").await?;
    window.click("mig-2").await?;
    window.reads("sql-up", "add column note text").await?;
    window.reads("sql-down", "drop column note").await?;
    window.see("[data-testid='mig-2'][data-proof='none']").await?;
    window.click("prove").await?;
    window.see("[data-testid='mig-2'][data-proof='holds']").await?;
    window.reads("proof", "proven").await?;
    Ok(())
}
