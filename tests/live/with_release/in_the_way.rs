//! Rows that are there and for which the server would refuse a script: told before anything changes, on the way there and
//! on the way back.

use super::{deploy, migration, policy, release, sql};
use std::fs;
use switchback_tests::{
    cli::{Answer, Desk},
    database::Database,
    part::PartError,
    port,
};

/// A desk whose 2.0 takes demands away that its way back puts there again.
async fn freed(place: &str, made: &str, free: &str, back: &str) -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(place, port::free())).await?.exits(0);
    migration(&desk, "1_users", made, "drop table orders;\ndrop table users;\n");
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    migration(&desk, "2_free", free, back);
    release(&desk, "2.0", "true");
    let _ = deploy(&desk, "2.0").await.exits(0);
    Ok(desk)
}

/// All that stands in the way, of a refusal.
fn causes(refused: &Answer) -> Vec<String> {
    let error = refused.error();
    assert_eq!(error["code"], "rows_in_the_way", "{}", refused.stderr);
    error["causes"].as_array().unwrap().iter().map(|cause| cause.as_str().unwrap().to_owned()).collect()
}

/// Refused both ways, shown before the click, and possible again once the rows are others.
async fn is_told(desk: &Desk, place: &str, wrong: &[&str], told: &[&str], right: &[&str]) -> Result<(), PartError> {
    let history = desk.run(["history", "web", "production"]).await?;
    assert_eq!(history.text("/entries/1/wayBack/kind"), "downs", "{:#}", history.json);
    for statement in wrong {
        sql(place, statement).await;
    }
    let refused = desk.run(["rollback", "web", "production", "--lose-data"]).await?.exits(3);
    assert_eq!(causes(&refused), told);
    let history = desk.run(["history", "web", "production"]).await?;
    let way = &history.json["entries"][1]["wayBack"];
    assert_eq!((&way["kind"], &way["why"]), (&"impossible".into(), &told[0].into()), "{way:#}");
    let board = desk.run(["status"]).await?;
    assert_eq!(board.text("/rows/0/cells/0/health/kind"), "healthy", "{}", board.stdout);

    for statement in right {
        sql(place, statement).await;
    }
    let _ = desk.run(["rollback", "web", "production", "--lose-data"]).await?.exits(0);
    assert_eq!(sql(place, "select concat(version, '') from schema_migrations").await, ["1"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_way_back_has_no_room_for_are_told_before_the_click_on_postgres() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let place = server.place(server.first());
    let made = "create table users (id integer primary key, name varchar(9) not null unique, age integer check (age > 0));\n\
                create table orders (id integer primary key, user_id integer constraint of_user references users (id));\n";
    let free = "alter table users alter column name drop not null, drop constraint users_name_key, drop constraint \
                users_age_check;\nalter table users alter column name type text;\nalter table users alter column age type \
                bigint;\nalter table orders drop constraint of_user;\n";
    let back = "alter table users alter column age type integer;\nalter table users alter column name type varchar(9);\n\
                alter table users alter column name set not null, add constraint users_name_key unique (name),\n  add \
                constraint users_age_check check (age > 0);\nalter table orders add constraint of_user foreign key (user_id) \
                references users (id);\n";
    let desk = freed(&place, made, free, back).await?;
    let wrong = [
        "insert into users values (1, null, 1), (2, 'ada', 1), (3, 'ada', -1), (4, 'a name that is long', 5000000000)",
        "insert into orders values (1, 9), (2, null), (3, 2)",
    ];
    let told = [
        "2_free.down.sql:1: the server would refuse it; values of users.age that are no integer: 1",
        "2_free.down.sql:2: the server would refuse it; values of users.name that are no varchar(9): 1",
        "2_free.down.sql:3: the server would refuse it; rows without a value in users.name: 1",
        "2_free.down.sql:3: the server would refuse it; values that are more than once in users (name): 1",
        "2_free.down.sql:3: the server would refuse it; rows of users that are against age > 0: 1",
        "2_free.down.sql:5: the server would refuse it; rows of orders (user_id) for which users has none: 1",
    ];
    let right = [
        "update users set name = 'n' || id where name is null or id > 2",
        "update users set age = 1",
        "delete from orders where user_id = 9",
    ];
    is_told(&desk, &place, &wrong, &told, &right).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_mariadb() -> Result<(), PartError> {
    let server = Database::mariadb().await?;
    let place = server.place(server.first());
    let made = "create table users (id integer primary key, name varchar(9) not null, age smallint, unique key one (name));\n\
                create table orders (id integer primary key, user_id integer, constraint of_user foreign key (user_id) \
                references users (id));\n";
    let free = "alter table users modify name varchar(200), modify age integer, drop key one;\nalter table orders drop \
                foreign key of_user;\n";
    let back = "alter table users modify name varchar(9) not null, modify age smallint, add unique key one (name);\nalter \
                table orders add constraint of_user foreign key (user_id) references users (id);\n";
    let desk = freed(&place, made, free, back).await?;
    let wrong = [
        "insert into users values (1, null, 1), (2, 'ada', 1), (3, 'Ada', 1), (4, 'a name that is long', 40000)",
        "insert into orders values (1, 9), (2, null), (3, 2)",
    ];
    let told = [
        "2_free.down.sql:1: the server would refuse it; rows without a value in users.name: 1",
        "2_free.down.sql:1: the server would refuse it; values of users.name that are no varchar(9): 1",
        "2_free.down.sql:1: the server would refuse it; values of users.age that are no smallint: 1",
        "2_free.down.sql:1: the server would refuse it; values that are more than once in users (name): 1",
        "2_free.down.sql:2: the server would refuse it; rows of orders (user_id) for which users has none: 1",
    ];
    let right = [
        "update users set name = concat('n', id) where name is null or id > 2",
        "update users set age = 1",
        "delete from orders where user_id = 9",
    ];
    is_told(&desk, &place, &wrong, &told, &right).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_there_is_refused_for_rows_unless_the_script_mends_them_itself() -> Result<(), PartError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    fs::write(&file, []).unwrap();
    let place = format!("sqlite:{}", file.display());
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    migration(&desk, "1_users", "create table users (id integer primary key, name text);\n", "drop table users;\n");
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    sql(&place, "insert into users values (1, 'ada'), (2, 'ada'), (3, null), (4, null)").await;

    let one = "create unique index one_name on users (name);\n";
    migration(&desk, "2_one", one, "drop index one_name;\n");
    release(&desk, "2.0", "true");
    let refused = deploy(&desk, "2.0").await.exits(3);
    let told = "2_one.up.sql:1: the server would refuse it; values that are more than once in users (name): 1";
    assert_eq!(causes(&refused), [told]);
    let db = desk.folder().join("db").display().to_string();
    let run = ["migrations", "run", &db, "--layout", "golang-migrate", "--database", &place];
    let by_hand = desk.run(run).await?.exits(3);
    assert_eq!(causes(&by_hand), [told]);
    assert_eq!(sql(&place, "select version || '' from schema_migrations").await, ["1"]);

    let mends = format!("update users set name = name || id where name is not null;\n{one}");
    migration(&desk, "2_one", &mends, "drop index one_name;\n");
    let _ = deploy(&desk, "2.0").await.exits(0);
    assert_eq!(sql(&place, "select name from users where name is not null order by id").await, ["ada1", "ada2"]);
    Ok(())
}
