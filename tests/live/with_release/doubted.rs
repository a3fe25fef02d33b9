//! A way back whose proof did not come back: told before a deploy, asked about before a rollback, and never taken by itself.

use super::{deploy, migration, release, sql, with_users};
use switchback_tests::part::PartError;

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_was_seen_not_to_lead_back_is_asked_about() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("sqlite:{}", folder.path().join("shop.db").display());
    std::fs::write(folder.path().join("shop.db"), []).unwrap();
    let desk = with_users(&place).await?;
    sql(&place, "insert into users (id, name) values (1, 'ada')").await;

    // The way back forgets the index.
    let up = "alter table users add column note varchar(20);\ncreate index named on users (name);\n";
    migration(&desk, "2_note", up, "alter table users drop column note;\n");
    let shown = desk.run(["migrations", "show", "web", "production", "--prove"]).await?.exits(3);
    assert_eq!(shown.json["versions"][1]["proof"]["holds"], false, "{:#}", shown.json);
    release(&desk, "2.0", "true");
    let plan = desk.run(["plan", "web", "production", "2.0"]).await?.exits(0);
    assert!(plan.json["warnings"].to_string().contains("index users named"), "{:#}", plan.json);

    // Not by itself: a bad release stops before it, and says which words lead on.
    release(&desk, "2.1", "false");
    let bad = deploy(&desk, "2.1").await.exits(5);
    // The last step is told like those before it.
    assert!(bad.stderr.contains("failed undo migrate down 2"), "{}", bad.stderr);
    let said = bad.json["state"].to_string();
    assert!(said.contains("what its proof did not bring back") && said.contains("--keep-schema"), "{:#}", bad.json);
    let kept = desk.run(["resume", "--keep-schema"]).await?;
    assert_eq!(kept.json[0]["state"]["kind"], "rolledBack", "{:#}\n{}", kept.json, kept.stderr);

    let _ = deploy(&desk, "2.0").await.exits(0);
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    let way = history.json["entries"].as_array().unwrap().last().unwrap()["wayBack"].clone();
    assert_eq!(way["kind"], "loses", "{way:#}");
    assert!(way["what"].to_string().contains("index users named"), "{way:#}");
    // The old version deployed anew is no way back, and says so.
    let anew = desk.run(["plan", "web", "production", "1.0"]).await?.exits(0);
    assert!(anew.json["warnings"].to_string().contains("1.0 ran as r1 on a schema without 2"), "{:#}", anew.json);

    let back = ["rollback", "web", "production", "--to", "r1", "--reason", "back"];
    let refused = desk.run(back).await?.exits(3);
    assert_eq!(refused.error()["code"], "migration_loses", "{}", refused.stderr);
    let _ = desk.run(back.into_iter().chain(["--lose-data"])).await?.exits(0);
    Ok(())
}
