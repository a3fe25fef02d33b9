//! On MariaDB.

use super::{Case, NOTHING, asked, case, hold, sql, used};
use switchback_tests::{database::Database, part::PartError};

const LOSES: &[Case] = &[
    used(
        &[],
        "alter table users add column st varchar(20) default 'new';\n",
        &["update users set st = 'NEW' where id = 1"],
        "alter table users drop column st;\n",
        &["users.st of 1 row"],
    ),
    used(
        &[],
        "alter table users add column st varchar(20) default 'cafe';\n",
        &["update users set st = 'café' where id = 1", "update users set st = 'cafe ' where id = 2"],
        "alter table users drop column st;\n",
        &["users.st of 2 rows"],
    ),
    used(
        &[],
        "alter table users add column st varchar(20) default 'new';\n",
        &["update users set st = null where id = 1"],
        "alter table users drop column st;\n",
        &["users.st of 1 row"],
    ),
    case(
        &["create trigger tt before update on users for each row set new.name = null"],
        "alter table users add column q int;\nupdate users set q = id;\n",
        &["users.name of 2 rows"],
    ),
    case(&[], "alter table users modify at datetime;\n", &["users.at of 1 row"]),
    case(&[], "alter table users change at at2 datetime;\n", &["users.at of 1 row"]),
    case(&[], "alter table users modify at timestamp(6) null;\n", &["users.at of 2 rows"]),
    case(&[], "alter table users modify amount decimal(12,4) unsigned;\n", &["users.amount of 1 row"]),
    case(&[], "alter table users modify amount decimal;\n", &["users.amount of 1 row"]),
    case(&[], "alter table users modify tx text not null;\n", &["users.tx of 1 row"]),
    case(&[], "alter table users modify name char(200);\n", &["users.name of 1 row"]),
    case(&[], "alter table users modify e enum('a');\n", &["users.e of 1 row"]),
    case(
        &["create table fl (d time(6))", "insert into fl values ('10:11:12.5')"],
        "alter table fl modify d time;\n",
        &["fl.d of 1 row"],
    ),
    case(
        &["create table fl (d varchar(9))", "insert into fl values ('007'), ('8')"],
        "alter table fl modify d int;\n",
        &["fl.d of 1 row"],
    ),
    case(
        &["create table fl (a int, d int)", "insert into fl values (1, 77)"],
        "alter table fl modify d int generated always as (a + 1) stored;\n",
        &["fl.d of 1 row"],
    ),
    asked(&[], "set sql_mode = '';\nalter table users modify name varchar(200) character set latin1;\n"),
    asked(&[], "set sql_mode = '';\nalter table users modify tx text not null;\n"),
    asked(&[], "set sql_mode = '';\nupdate users set name = 'x' where id = 9;\n"),
    asked(
        &[],
        "create trigger tt after insert on extra for each row delete from orders;\ninsert into extra values (1);\n",
    ),
    asked(&[], "create view vd as select * from orders;\ndelete from vd;\n"),
    asked(&["create view vd as select * from orders"], "update vd set s = 'x';\n"),
    asked(
        &[
            "create function wipe() returns int modifies sql data begin delete from orders; return 1; end",
            "create view vf as select wipe() as a",
        ],
        "insert into extra select a from vf;\n",
    ),
    asked(&[], "create event ev on schedule at current_timestamp + interval 1 day do delete from orders;\n"),
    case(
        &["insert into orders (s) values ('z')", "delete from orders where id = 3"],
        "alter table orders auto_increment = 1;\n",
        &["the position 3 of sequence orders"],
    ),
    case(
        &["insert into orders (s) values ('z')", "delete from orders where id = 3"],
        "create table orders_new like orders;\ninsert into orders_new select * from orders;\ndrop table orders;\nrename table \
             orders_new to orders;\n",
        &["the position 3 of sequence orders"],
    ),
    case(
        &[
            "create table stamped (id int, n int, u timestamp not null default current_timestamp on update current_timestamp)",
            "insert into stamped values (1, null, '2020-01-01')",
        ],
        "update stamped set n = 1;\n",
        &["stamped.n of 1 row"],
    ),
    case(
        &[
            "create table stamped (id int, u timestamp not null default current_timestamp on update current_timestamp)",
            "insert into stamped values (1, '2020-01-01')",
        ],
        "alter table stamped add column old int;\nupdate stamped set old = id;\n",
        &["stamped.u of 1 row"],
    ),
];

const PLAIN: &[Case] = &[
    case(&[], "alter table users modify name varchar(255);\nalter table users modify at datetime(6) null;\n", &NOTHING),
    case(
        &[],
        "alter table users modify e enum('a', 'b', 'c');\nalter table extra modify id bigint not null;\n",
        &NOTHING,
    ),
    case(&[], "alter table users add column old varchar(200);\nupdate users set old = name;\n", &NOTHING),
    case(&[], "drop table extra;\ncreate view vd as select id from users;\n", &NOTHING),
    case(&[], "set foreign_key_checks = 0;\ndrop table extra;\nset foreign_key_checks = 1;\n", &NOTHING),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_without_a_word_on_mariadb() -> Result<(), PartError> {
    let server = Database::mariadb().await?;
    sql(&server.place(server.first()), "create database shop character set utf8mb4").await;
    let place = server.place("shop");
    let made = [
        "create table users (id bigint primary key, name varchar(200), amount decimal(12,4), at datetime(6), e enum('a', 'b'), tx text)",
        "insert into users values (1, 'Ann 😀', 1.2345, '2026-01-02 03:04:05.678', 'a', 'x'), (2, 'Bob  ', -2, '2026-01-02', 'b', null)",
        "create table orders (id int primary key auto_increment, s varchar(20))",
        "insert into orders values (1, 'a'), (2, 'b')",
        "create table extra (id int)",
    ];
    let gone = [
        "drop view if exists vd, vf",
        "drop table if exists users, orders, extra, fl, stamped, orders_new",
        "drop function if exists wipe",
    ];
    hold(&place, &made, &gone, LOSES).await;
    hold(&place, &made, &gone, PLAIN).await;
    // A server that makes values fit loses what another one refuses.
    sql(&place, "set global sql_mode = ''").await;
    let loose = [asked(&[], "alter table users modify name varchar(200) character set latin1;\n")];
    hold(&place, &made, &gone, &loose).await;
    Ok(())
}
