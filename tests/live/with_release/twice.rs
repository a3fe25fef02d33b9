//! Two files of one version: one of them would be left out without a word.

use super::{NOTE, deploy, migration, release, sql, with_users};
use std::fs;
use switchback_tests::{database::Database, part::PartError};

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_one_version_refuse_a_release_and_a_run_and_nothing_is_changed() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    migration(&desk, "2_mood", &NOTE[0].replace("note", "mood"), &NOTE[1].replace("note", "mood"));
    release(&desk, "2.0", "true");
    let refused = deploy(&desk, "2.0").await.exits(3);
    assert_eq!(refused.error()["code"], "duplicate_version", "{}", refused.stderr);
    let db = desk.folder().join("db");
    let of = db.display().to_string();
    let at = ["--layout", "golang-migrate", "--database", place.as_str()];
    let refused = desk.run(["migrations", "run", &of].into_iter().chain(at)).await?.exits(3);
    assert!(refused.stderr.contains("2_mood") || refused.stderr.contains("2_note"), "{}", refused.stderr);
    let _ = desk.run(["migrations", "status", &of].into_iter().chain(at)).await?.exits(3);
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["1"]);

    for way in ["up", "down"] {
        fs::remove_file(db.join(format!("2_mood.{way}.sql"))).unwrap();
    }
    let _ = deploy(&desk, "2.0").await.exits(0);
    assert_eq!(sql(&place, "select version::text from schema_migrations").await, ["2"]);
    Ok(())
}
