//! A proof is of the schema that it was made on: what migrations do to it is expected, what a person does is not.

use super::{NOTE, Servers, deploy, migration, release, sql, with_users};
use switchback_tests::{cli::Desk, database::Database, part::PartError};

/// Of each version: whether it counts as proven, and why not.
async fn shown(desk: &Desk) -> Vec<String> {
    let told = desk.run(["migrations", "show", "web", "production"]).await.unwrap();
    let versions = told.json["versions"].as_array().cloned().unwrap_or_default();
    let word = |one: &serde_json::Value| match (one["proof"]["holds"].as_bool(), one["stale"].as_str()) {
        (Some(true), None) => "proven".to_owned(),
        (proof, stale) => format!("{proof:?} {stale:?}"),
    };
    versions.iter().map(word).collect()
}

/// What going back to the first revision means, as the history has it.
async fn back(desk: &Desk) -> (bool, bool) {
    let told = desk.run(["history", "web", "production"]).await.unwrap().exits(0);
    let entries = told.json["entries"].as_array().cloned().unwrap_or_default();
    let first = entries.iter().find(|one| one["version"] == "1.0").cloned().unwrap_or_default();
    assert_eq!(first["wayBack"]["downs"], 1, "{first:#}");
    (!first["wayBack"]["proven"].is_null(), first["wayBack"]["strayed"] == true)
}

async fn a_proof_is_of_its_schema(place: &str, by_hand: &[&str], index: [&str; 2]) -> Result<(), PartError> {
    for statement in by_hand {
        sql(place, statement).await;
    }
    let desk = with_users(place).await?;
    migration(&desk, "2_note", NOTE[0], NOTE[1]);
    let _ = desk.run(["migrations", "show", "web", "production", "--prove"]).await?.exits(0);
    assert_eq!(shown(&desk).await, ["proven", "proven"], "{place}");
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    // What was proven was applied: the schema is where the proof said that it would be.
    assert_eq!(shown(&desk).await, ["proven", "proven"], "{place}");
    assert_eq!(back(&desk).await, (true, false), "{place}");

    sql(place, index[0]).await;
    // A page of history asks nobody.
    assert_eq!(back(&desk).await, (true, false), "{place}");
    let plan = desk.run(["rollback", "web", "production", "--dry-run"]).await?.exits(0);
    let said = "the schema is not the one that 2 was proven from: prove it again to know that the way back holds";
    assert_eq!(plan.text("/warnings/0"), said, "{place}: {:#}", plan.json);
    assert_eq!(back(&desk).await, (false, true), "{place}");
    assert_eq!(shown(&desk).await, ["None Some(\"schema\")"; 2], "{place}");
    let mut text = desk.surroundings(desk.program());
    text.args(["migrations", "show", "web", "production"]);
    let text = desk.ask("", text).await?.exits(0);
    assert!(text.stdout.contains("the schema is not the one it was proven from"), "{}", text.stdout);

    // It counts again when that is gone, and so does one that is made on what is there.
    sql(place, index[1]).await;
    assert_eq!(shown(&desk).await, ["proven", "proven"], "{place}");
    assert_eq!(back(&desk).await, (true, false), "{place}");
    sql(place, index[0]).await;
    assert_eq!(shown(&desk).await, ["None Some(\"schema\")"; 2], "{place}");
    let _ = desk.run(["migrations", "show", "web", "production", "--prove"]).await?;
    assert_eq!(shown(&desk).await[1], "proven", "{place}");
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    assert_eq!(shown(&desk).await[1], "proven", "{place}: what the way back left is known too");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_counts_no_more_when_somebody_changed_the_schema_by_hand() -> Result<(), PartError> {
    let servers = Servers::start().await?;
    let view = [
        "create table lists (id integer primary key, code varchar(8))",
        "create view codes as select code from lists where id > 1",
    ];
    for (place, drop) in servers.places.iter().zip(["", " on lists", ""]) {
        let drop = format!("drop index by_hand{drop}");
        a_proof_is_of_its_schema(place, &view, ["create index by_hand on lists (code)", &drop]).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_checked_for_its_rows_leads_no_proof_astray_and_is_no_loss() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;
    migration(
        &desk,
        "2_named",
        "-- switchback:accept contract_before_observed until 2999-12-31 nobody writes such\n\
         alter table users add constraint named check (name not in ('eve', 'mallory')) not valid;\n",
        "alter table users drop constraint named;\n",
    );
    migration(&desk, "3_checked", "alter table users validate constraint named;\n", "select 1;\n");
    let _ = desk.run(["migrations", "show", "web", "production", "--prove"]).await?.exits(0);
    assert_eq!(shown(&desk).await, ["proven"; 3]);
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    sql(&place, "insert into users values (1, 'ada')").await;
    assert_eq!(shown(&desk).await, ["proven"; 3]);
    let _ = desk.run(["migrations", "show", "web", "production", "--prove"]).await?.exits(0);
    assert_eq!(shown(&desk).await, ["proven"; 3]);
    let told = desk.run(["history", "web", "production"]).await?.exits(0);
    let entries = told.json["entries"].as_array().cloned().unwrap_or_default();
    let way = entries.iter().find(|one| one["version"] == "1.0").cloned().unwrap_or_default()["wayBack"].clone();
    assert!(way["kind"] == "downs" && !way["proven"].is_null() && way["strayed"] == false, "{way:#}");
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    assert_eq!(shown(&desk).await, ["proven"; 3]);
    Ok(())
}
