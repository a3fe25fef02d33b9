//! A login that may not change the schema is told before anything changes, with the SQL that gives it what it lacks.

use super::{deploy, migration, policy, release, sql};
use switchback_tests::{cli::Desk, database::Database, part::PartError, port};

/// Deploys as `user`, and each time does what the refusal says would help. What was lacking, in order.
async fn lacking(desk: &Desk, place: &str, user: &str) -> Result<Vec<String>, PartError> {
    let own = place.split(" user=").next().unwrap();
    let theirs = format!("{own} user={user}");
    let _ = desk.apply(&policy(&theirs, port::free())).await?.exits(0);
    let db = desk.folder().join("db").display().to_string();
    let run = ["migrations", "run", &db, "--layout", "golang-migrate", "--database", &theirs];
    let refused = desk.run(run).await?.exits(6);
    assert_eq!(refused.error()["code"], "right_missing", "{}", refused.stderr);
    release(desk, "1.0", "true");
    let mut lacked = Vec::new();
    for _ in 0..10 {
        let answer = deploy(desk, "1.0").await;
        if answer.code == 0 {
            return Ok(lacked);
        }
        let refused = answer.exits(6);
        let error = refused.error();
        assert_eq!(error["code"], "right_missing", "{}", refused.stderr);
        let grant = error["params"]["grant"].as_str().unwrap();
        assert!(refused.stderr.contains(grant), "{}", refused.stderr);
        lacked.push(error["params"]["right"].as_str().unwrap().to_owned());
        let tables = "select cast(count(*) as char(9)) from information_schema.tables where table_name in ('schema_migrations', 'notes')";
        assert_eq!(sql(place, tables).await[0].trim(), "0", "nothing was changed");
        sql(place, grant).await;
    }
    panic!("it lacks {lacked:?} and more");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_tells_which_right_is_missing_and_what_gives_it() -> Result<(), PartError> {
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    let place = server.place(server.first());
    sql(
        &place,
        "create role eve login; create role keeper; create table orders (id integer primary key); create table old (id integer); \
         insert into old values (1); alter table old owner to keeper; create table kept (id integer primary key)",
    )
    .await;
    migration(
        &desk,
        "1_notes",
        "create table notes (id integer references kept (id));\ninsert into notes (id) select id from notes;\nalter table orders add column note text;\n\
         alter table old add column note text;\ncreate index old_note on old (note);\ndelete from kept where id = 1;\n",
        "alter table old drop column note;\nalter table orders drop column note;\ndrop table notes;\n",
    );
    let lacked = lacking(&desk, &place, "eve").await?;
    let told = [
        "CREATE on schema public",
        "REFERENCES on kept",
        "ownership of orders, which is app's",
        "ownership of old, which is keeper's",
        "DELETE on kept",
        "SELECT on kept",
    ];
    assert_eq!(lacked, told);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_tells_which_right_is_missing_and_what_gives_it() -> Result<(), PartError> {
    let (server, desk) = (Database::mariadb().await?, Desk::new().await?);
    sql(&server.place(server.first()), "create database shop_eu").await;
    let place = server.place("shop_eu");
    sql(&place, "create table orders (id integer primary key, qty integer)").await;
    sql(&place, "create user eve@localhost").await;
    sql(&place, "grant select on shop_eu.* to eve@localhost").await;
    migration(
        &desk,
        "1_notes",
        "create table notes (id integer primary key);\nalter table orders add column note text;\ncreate index orders_qty on orders (qty);\n\
         update orders set note = '' where id = 1;\ncreate view noted as select id from orders;\n",
        "drop view noted;\ndrop index orders_qty on orders;\nalter table orders drop column note;\ndrop table notes;\n",
    );
    let lacked = lacking(&desk, &place, "eve").await?;
    let told = [
        "CREATE on shop_eu.schema_migrations",
        "INSERT on shop_eu.schema_migrations",
        "DELETE on shop_eu.schema_migrations",
        "UPDATE on shop_eu.switchback_migration",
        "ALTER on shop_eu.orders",
        "INDEX on shop_eu.orders",
        "CREATE VIEW on shop_eu.noted",
    ];
    assert_eq!(lacked, told);
    Ok(())
}
