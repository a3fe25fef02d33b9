//! What a deployment leaves alone: rows that refer to a table built anew, a schema that a failed up never changed; and a
//! revision that was made for another script under the same version.

use super::{USERS, deploy, migration, policy, release, sql, with_users};
use std::fs;
use switchback_tests::{
    cli::{Answer, Desk},
    database::Database,
    part::PartError,
    port,
};

/// A desk whose service has a database in a file, and where it is.
async fn on_a_file() -> Result<(Desk, String), PartError> {
    let desk = Desk::new().await?;
    let file = desk.folder().join("shop.db");
    fs::write(&file, []).map_err(PartError::io("make a database"))?;
    let place = format!("sqlite:{}", file.display());
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    Ok((desk, place))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_built_anew_keeps_the_rows_that_refer_to_it() -> Result<(), PartError> {
    let (desk, place) = on_a_file().await?;
    let kids = "create table kids (of integer references users(id) on delete cascade);\n";
    migration(&desk, "1_users", &[USERS[0], kids].concat(), &["drop table kids;\n", USERS[1]].concat());
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    sql(&place, "insert into users values (1, 'ada')").await;
    sql(&place, "insert into kids values (1), (1)").await;
    let anew = |columns: &str| {
        format!(
            "create table anew ({columns});\ninsert into anew select * from users;\ndrop table users;\nalter table anew rename \
             to users;\n"
        )
    };
    let (up, down) = ("id integer primary key, name varchar(80)", "id integer primary key, name varchar(40)");
    migration(&desk, "2_longer", &anew(up), &anew(down));
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    assert_eq!(sql(&place, "select count(*) || '' from kids").await, ["2"]);
    let _ = desk.run(["rollback", "web", "production", "--lose-data"]).await?.exits(0);
    assert_eq!(sql(&place, "select count(*) || '' from kids").await, ["2"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_up_that_failed_whole_has_nothing_to_lose() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let desk = with_users(&place).await?;
    // Made by hand, with rows, and of the name the release brings.
    sql(&place, "create table orders (id integer)").await;
    sql(&place, "insert into orders values (1), (2)").await;
    migration(&desk, "2_orders", "create table orders (id integer);\n", "drop table orders;\n");
    release(&desk, "2.0", "true");
    let bad = deploy(&desk, "2.0").await.exits(4);
    assert_eq!(bad.text("/state/kind"), "rolledBack", "{:#}", bad.json);
    assert_eq!(sql(&place, "select count(*)::text from orders").await, ["2"]);
    let status = desk.run(["status"]).await?.exits(0);
    assert!(status.stdout.contains("1.0"), "{}", status.stdout);
    Ok(())
}

fn ways(history: &Answer) -> Vec<(String, String)> {
    let text = |entry: &serde_json::Value, at: &str| entry.pointer(at).unwrap().as_str().unwrap().to_owned();
    let entries = history.json["entries"].as_array().unwrap();
    entries.iter().map(|one| (text(one, "/version"), text(one, "/wayBack/kind"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_of_another_script_under_the_same_version_is_out_of_reach() -> Result<(), PartError> {
    let (desk, place) = on_a_file().await?;
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    migration(&desk, "2_x", "alter table users add column color text;\n", "alter table users drop column color;\n");
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    let _ = desk.run(["rollback", "web", "production", "--to", "r1"]).await?.exits(0);
    migration(&desk, "2_x", "create table colors (id integer);\n", "drop table colors;\n");
    release(&desk, "2.1", "true");
    let _ = deploy(&desk, "2.1").await.exits(0);
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    let of_two = ways(&history).into_iter().find(|(version, _)| version == "2.0").unwrap();
    assert_eq!(of_two.1, "impossible", "{:#}", history.json);
    let refused = desk.run(["rollback", "web", "production", "--to", "r2"]).await?.exits(3);
    assert!(refused.stderr.contains("released with another 2 than the one that is applied"), "{}", refused.stderr);
    assert_eq!(sql(&place, "select name from sqlite_master where name = 'colors'").await, ["colors"]);
    Ok(())
}
