//! Numbers that a server hands out by itself: a proof says which of them a way back would have handed out once more.

use crate::on_database::{self, done};
use switchback_core::{
    migration::{Goal, Set},
    port::never,
};
use switchback_database::{Outcome, Proving, prove, run};
use switchback_process::LocalPrograms;
use switchback_tests::database::Database;

fn pair(up: &str, down: &str) -> Set {
    on_database::pair(&format!("{up};\n"), &format!("{down};\n"))
}

/// What a proof of the pair says is lost.
async fn lost(place: &str, set: &Set) -> Vec<String> {
    let place = place.parse().unwrap();
    let proving = Proving { place: &place, password: None, set, programs: &LocalPrograms, stop: never() };
    let proofs = prove(&proving, None, |_| {}).await.unwrap();
    match &proofs[0].outcome {
        Outcome::Proven { lost, .. } => lost.clone(),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_a_sequence_would_hand_out_again_are_told() {
    let server = Database::postgres().await.unwrap();
    let first = server.place(server.first());
    done(&first, &["create database shop"]).await;
    let shop = server.place("shop");
    let tables = [
        "create table tickets (id integer primary key, no bigserial, who bigserial)",
        "insert into tickets (id) select n from generate_series(1, 50) n",
        "delete from tickets where id > 5",
        "create sequence invoices",
        "select nextval('invoices')::text from generate_series(1, 30)",
    ];
    done(&shop, &tables).await;
    let told = lost(&shop, &pair("drop sequence invoices", "create sequence invoices")).await;
    assert_eq!(told, ["public.invoices: numbers 1 to 30 would be handed out again"]);
    let anew = pair("alter table tickets drop column no", "alter table tickets add column no bigserial");
    let told = lost(&shop, &anew).await;
    assert_eq!(told, ["public.tickets_no_seq: numbers 6 to 50 would be handed out again"]);
    // Rows that come and go, and other columns, move no counter back.
    let rows = pair("insert into tickets (id) values (99)", "delete from tickets where id = 99");
    assert_eq!(lost(&shop, &rows).await, [""; 0]);
    let beside = pair("alter table tickets add column size integer", "alter table tickets drop column size");
    assert_eq!(lost(&shop, &beside).await, [""; 0]);

    // The same of what is applied, and not of a table that goes with its rows, which are told.
    let made = pair(
        "create table lists (id bigserial primary key); alter table tickets add column seat bigserial",
        "alter table tickets drop column seat; drop table lists",
    );
    run(&shop.parse().unwrap(), None, &made, &Goal::Latest, |_| {}).await.unwrap();
    done(&shop, &["insert into lists default values", "select setval('tickets_seat_seq', 70)::text"]).await;
    let told = lost(&shop, &made).await;
    let numbers = "public.tickets_seat_seq: numbers 6 to 70 would be handed out again";
    assert_eq!(told, ["public.lists: 1 of 1 rows", numbers]);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_a_table_built_anew_would_hand_out_again_are_told() {
    let server = Database::mariadb().await.unwrap();
    done(&server.place(server.first()), &["create database shop"]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    std::fs::write(&file, []).unwrap();
    for (place, key) in [
        (server.place("shop"), "integer auto_increment primary key"),
        (format!("sqlite:{}", file.display()), "integer primary key autoincrement"),
    ] {
        let tables = [
            &format!("create table tickets (id {key}, name varchar(20))"),
            "insert into tickets (id, name) values (1, 'a'), (2, 'b'), (50, 'c')",
            "delete from tickets where id = 50",
        ];
        done(&place, &tables).await;
        let anew = format!(
            "create table other (id {key}, name varchar(20)); insert into other select id, name from tickets; \
             drop table tickets; alter table other rename to tickets"
        );
        let told = lost(&place, &pair(&anew, &anew)).await;
        assert_eq!(told, ["tickets: numbers 3 to 50 would be handed out again"], "{place}");
        let beside = pair("alter table tickets add column size integer", "alter table tickets drop column size");
        assert_eq!(lost(&place, &beside).await, [""; 0], "{place}");
    }
}
