//! On SQLite.

use super::{Case, NOTHING, asked, case, hold, used};
use std::fs;
use switchback_tests::part::PartError;

const LOSES: &[Case] = &[
    used(
        &[],
        "alter table users add column c text collate nocase default 'new';\n",
        &["update users set c = 'NEW' where id = 1"],
        "alter table users drop column c;\n",
        &["users.c of 1 row"],
    ),
    used(
        &[],
        "alter table users add column c default 1;\n",
        &["update users set c = '1' where id = 1"],
        "alter table users drop column c;\n",
        &["users.c of 1 row"],
    ),
    case(
        &[
            "create table pp (a int, at text)",
            "insert into pp values (1, 'then')",
            "create trigger tt after update on pp begin update pp set at = current_timestamp where a = new.a; end",
        ],
        "alter table pp add column q int;\nupdate pp set q = a;\n",
        &["pp.at of 1 row"],
    ),
    case(
        &["create table pp (c text collate nocase)", "insert into pp values ('ABC')"],
        "update pp set c = lower(c);\n",
        &["pp.c of 1 row"],
    ),
    case(
        &[],
        "create table u2 (id integer primary key, name text, amount real, code text);\ninsert into u2 select id, code, amount, \
             name from users;\ndrop table users;\nalter table u2 rename to users;\n",
        &["users.code of 2 rows", "users.name of 2 rows"],
    ),
    case(
        &[],
        "create table u2 (id integer primary key, name text, amount real, code text);\ninsert into u2 (id, name, amount, code) \
             select id, code as name, amount, name as code from users;\ndrop table users;\nalter table u2 rename to users;\n",
        &["users.code of 2 rows", "users.name of 2 rows"],
    ),
    case(
        &[],
        "create table u2 (id integer primary key, code text, amount real, name text);\ninsert into u2 select * from users;\ndrop \
             table users;\nalter table u2 rename to users;\n",
        &["users.code of 2 rows", "users.name of 2 rows"],
    ),
    case(
        &[],
        "create table u2 (id integer primary key, name text, amount real, code integer);\ninsert into u2 select * from users;\n\
             drop table users;\nalter table u2 rename to users;\n",
        &["users.code of 1 row"],
    ),
    case(
        &[],
        "create table u2 (id integer primary key, name text, amount real, code text unique on conflict ignore);\ninsert into u2 \
             select * from users;\ndrop table users;\nalter table u2 rename to users;\n",
        &["users of 2 rows"],
    ),
    asked(
        &[],
        "create trigger tt after delete on extra begin delete from orders; end;\ndelete from extra where id = 99;\n",
    ),
    asked(
        &[],
        "create view vv as select * from orders;\ncreate trigger ti instead of delete on vv begin delete from orders where id = \
             old.id; end;\ndelete from vv;\n",
    ),
    asked(&[], "pragma foreign_keys = on;\ndrop table users;\n"),
    case(
        &["insert into orders (id, s) values (900, 'x')", "delete from orders where id = 900"],
        "create table o2 (id integer primary key, s text);\ninsert into o2 select id, s from orders;\ndrop table orders;\nalter \
             table o2 rename to orders;\n",
        &["the position 900 of sequence orders"],
    ),
];

const PLAIN: &[Case] = &[
    case(
        &[],
        "create table u2 (id integer primary key, name text, amount real, code text);\ninsert into u2 select * from users;\ndrop \
             table users;\nalter table u2 rename to users;\n",
        &NOTHING,
    ),
    case(
        &[],
        "create table u2 (id integer primary key, title text, amount numeric, code varchar(9));\ninsert into u2 select id, name, \
             amount, code from users;\ndrop table users;\nalter table u2 rename to users;\n",
        &NOTHING,
    ),
    case(&[], "update users set amount = amount + 0;\n", &NOTHING),
    case(&[], "pragma foreign_keys = off;\ndrop table extra;\npragma foreign_keys = on;\n", &NOTHING),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_without_a_word_on_sqlite() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).map_err(PartError::io("make a database"))?;
    let place = format!("sqlite:{}", file.display());
    let made = [
        "create table users (id integer primary key, name text, amount real, code text)",
        "insert into users values (1, 'Ann', 1.5, '007'), (2, 'Bob', 2, '12')",
        "create table orders (id integer primary key autoincrement, s text)",
        "insert into orders values (1, 'a'), (2, 'b')",
        "create table extra (id integer)",
    ];
    let gone = [
        "drop table if exists users",
        "drop table if exists orders",
        "drop table if exists extra",
        "drop table if exists pp",
    ];
    hold(&place, &made, &gone, LOSES).await;
    hold(&place, &made, &gone, PLAIN).await;
    Ok(())
}
