//! Tables whose rows another server has: a proof on a copy of their database leaves that server alone.

use crate::on_database::{done, pair};
use switchback_core::port::never;
use switchback_database::{Ground, Proof, Proving, prove};
use switchback_process::LocalPrograms;
use switchback_tests::database::Database;

/// The proof of one pair, on a copy.
async fn proven(place: &str, up: &str, down: &str) -> String {
    let set = pair(&format!("{up};\n"), &format!("{down};\n"));
    let place = place.parse().unwrap();
    let proving = Proving { place: &place, password: None, set: &set, programs: &LocalPrograms, stop: never() };
    let proofs: Vec<Proof> = prove(&proving, None, |_| {}).await.unwrap();
    assert!(matches!(proofs[0].ground, Ground::Copy { .. }), "{}", proofs[0]);
    proofs[0].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_writes_to_no_other_server_of_postgres() {
    let server = Database::postgres().await.unwrap();
    let first = server.place(server.first());
    let _ = done(&first, &["create database shop", "create database far"]).await;
    let (shop, far) = (server.place("shop"), server.place("far"));
    let host = first.split("host=").nth(1).unwrap().split(' ').next().unwrap();
    let _ = done(&far, &["create table near (id integer, name text)", "insert into near values (1, 'ada')"]).await;
    let linked = [
        "create extension postgres_fdw",
        &format!("create server far foreign data wrapper postgres_fdw options (host '{host}', dbname 'far')"),
        "create user mapping for app server far options (user 'app', password 'sesame')",
        "create foreign table abroad (id integer, name text) server far options (table_name 'near')",
        "create view seen as select id, name from abroad",
        "create table lists (id integer primary key)",
        "insert into lists values (7)",
    ];
    let _ = done(&shop, &linked).await;
    assert_eq!(done(&shop, &["insert into seen values (2, 'lin')", "select count(*)::text from abroad"]).await, ["2"]);

    let told = proven(&shop, "insert into abroad values (3, 'x')", "delete from abroad where id = 3").await;
    assert!(told.contains("it reaches the server of the foreign table abroad"), "{told}");
    let told = proven(&shop, "insert into seen values (3, 'x')", "delete from seen where id = 3").await;
    assert!(told.contains("not proven: it reaches beyond the scratch database: "), "{told}");
    let code = "do $$ begin execute 'insert into abro' || 'ad values (3)'; end $$";
    let told = proven(&shop, code, "select 1").await;
    assert!(told.contains("not proven: it reaches beyond the scratch database: "), "{told}");
    // What only changes its shape reaches nobody.
    let shape = ["alter foreign table abroad add column size integer", "alter foreign table abroad drop column size"];
    assert!(proven(&shop, shape[0], shape[1]).await.starts_with("proven"));
    let login = ["drop user mapping for app server far", "create user mapping for app server far"];
    assert!(proven(&shop, login[0], login[1]).await.starts_with("proven"));
    assert_eq!(done(&far, &["select id::text from near order by id"]).await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_writes_to_no_other_server_of_mariadb() {
    let server = Database::mariadb().await.unwrap();
    let first = server.place(server.first());
    let socket = first.split("host=").nth(1).unwrap().split(' ').next().unwrap();
    let linked = format!(
        "create server far foreign data wrapper 'mysql' options (socket '{socket}', user 'root', database 'far')"
    );
    let _ =
        done(&first, &["install soname 'ha_federatedx'", "create database shop", "create database far", &linked]).await;
    let (shop, far) = (server.place("shop"), server.place("far"));
    let _ =
        done(&far, &["create table near (id integer, name varchar(20))", "insert into near values (1, 'ada')"]).await;
    let tables = [
        "create table abroad (id integer, name varchar(20)) engine=federated connection='far/near'",
        "create view seen as select id, name from abroad",
        "create table lists (id integer primary key)",
        "insert into lists values (7)",
    ];
    let _ = done(&shop, &tables).await;
    assert_eq!(
        done(&shop, &["insert into abroad values (2, 'lin')", "select cast(count(*) as char) from abroad"]).await,
        ["2"]
    );

    // The copy keeps such a table's rows itself.
    let told = proven(&shop, "insert into abroad values (3, 'x')", "delete from abroad where id = 3").await;
    assert!(told.starts_with("proven"), "{told}");
    let linked = "create table more (id integer, name varchar(20)) engine=federated connection='far/near'";
    let told = proven(&shop, linked, "drop table more").await;
    assert!(told.contains("it reaches what a table of the engine federated has its rows in"), "{told}");
    assert_eq!(done(&far, &["select cast(id as char) from near order by id"]).await, ["1", "2"]);
}
