//! What a release refuses of what the code before writes: whatever is told fails on the real server, and nothing else does.

use super::{USERS, deploy, migration, policy, release, sql};
use jiff::civil::date;
use switchback_core::migration::{Layout, SourceFile, read};
use switchback_database::Connection;
use switchback_lint::{Dialect, contractions};
use switchback_tests::{cli::Desk, database::Database, part::PartError, port};

const ORDERS: &str = "create table orders (id integer primary key, qty integer not null, note varchar(40), state varchar(9) default 'new' not null)";
/// What the code before writes.
const WRITES: [&str; 3] = [
    "insert into orders (id, qty) values (2, 5)",
    "insert into orders (id, qty, note) values (3, -1, 'longer than ten letters')",
    "insert into orders (id, qty, note) values (4, 70000, null)",
];

/// Whether a release with this migration is told to refuse what was written before.
fn is_told(dialect: Dialect, up: &str) -> bool {
    let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), text: text.to_owned() };
    let set = read(Layout::GolangMigrate, &[file("1_orders.up.sql", ORDERS), file("2_up.up.sql", up)]);
    !contractions(dialect, &set, &["2".to_owned()], date(2026, 3, 1)).is_empty()
}

/// Whether the server refuses one of the writes behind the migration.
async fn fails(place: &str, up: &str) -> bool {
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    for first in ["drop table if exists orders", ORDERS, "insert into orders (id, qty, note) values (1, 1, 'a')"] {
        connection.names(first).await.unwrap();
    }
    for statement in up.split_inclusive(';') {
        connection.names(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let mut failed = false;
    for write in WRITES {
        failed |= connection.names(write).await.is_err();
    }
    connection.close().await;
    failed
}

async fn hold(place: &str, dialect: Dialect, ups: &[(&str, bool)]) {
    for (up, bad) in ups {
        assert_eq!((is_told(dialect, up), fails(place, up).await), (*bad, *bad), "{dialect:?}: {up}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_refuses_what_is_told_and_nothing_else() -> Result<(), PartError> {
    let server = Database::postgres().await?;
    let ups = [
        (
            "alter table orders add column email text; update orders set email = ''; alter table orders alter column email set not null",
            true,
        ),
        (
            "alter table orders add column email text not null default ''; alter table orders alter column email drop default",
            true,
        ),
        ("update orders set note = '' where note is null; alter table orders alter column note set not null", true),
        ("alter table orders add constraint c check (qty between 0 and 9) not valid", true),
        ("alter table orders alter column state drop default", true),
        ("alter table orders alter column note type varchar(10)", true),
        ("alter table orders alter column qty type smallint", true),
        ("alter table orders alter column note type date using null", true),
        ("alter table orders add column email text not null default ''", false),
        ("alter table orders add column email text, add constraint c check (email <> '')", false),
        ("alter table orders alter column state set not null", false),
        ("alter table orders alter column qty type bigint; alter table orders alter column note type text", false),
        (
            "alter table orders alter column note set default ''; alter table orders alter column note drop default",
            false,
        ),
    ];
    hold(&server.place(server.first()), Dialect::Postgres, &ups).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_refuses_what_is_told_and_nothing_else() -> Result<(), PartError> {
    let server = Database::mariadb().await?;
    sql(&server.place(server.first()), "create database shop").await;
    let ups = [
        ("alter table orders add column email varchar(40) not null", true),
        ("alter table orders modify note varchar(40) not null", true),
        ("alter table orders modify note varchar(10)", true),
        ("alter table orders change note remark varchar(40)", true),
        ("alter table orders alter column state drop default", true),
        ("alter table orders add constraint c check (qty < 100)", true),
        ("alter table orders add column kind enum('a', 'b') not null", false),
        ("alter table orders add column email varchar(40) not null default ''", false),
        ("alter table orders modify note varchar(80)", false),
        ("alter table orders modify qty bigint not null", false),
    ];
    hold(&server.place("shop"), Dialect::Mysql, &ups).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_refuses_what_is_told_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    std::fs::write(&file, []).unwrap();
    let anew = |columns: &str, from: &str| {
        format!(
            "create table n ({columns}); insert into n select {from} from orders; drop table orders; alter table n rename to orders"
        )
    };
    let kept = "id integer primary key, qty integer not null, note varchar(40)";
    let strict = anew(&format!("{kept} not null, state text not null default 'new'"), "*");
    let more = anew(&format!("{kept}, state text not null default 'new', email text not null"), "*, ''");
    let gone = anew("id integer primary key, qty integer not null", "id, qty");
    let same = anew(&format!("{kept}, state text not null default 'new', email text"), "*, ''");
    let ups = [(strict.as_str(), true), (&more, true), (&gone, true), (&same, false)];
    hold(&format!("sqlite:{}", file.display()), Dialect::Sqlite, &ups).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_refuses_what_runs_may_write_is_refused_until_somebody_answers_for_it() -> Result<(), PartError>
{
    let (server, desk) = (Database::postgres().await?, Desk::new().await?);
    let place = server.place(server.first());
    let _ = desk.apply(&policy(&place, port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);

    let (up, down) = (
        "alter table users add constraint named check (name <> '') not valid;\n",
        "alter table users drop constraint named;\n",
    );
    migration(&desk, "2_named", up, down);
    release(&desk, "2.0", "true");
    let refused = deploy(&desk, "2.0").await.exits(3);
    assert_eq!(refused.error()["code"], "three_steps", "{}", refused.stderr);
    for said in ["2_named.up.sql:1: check named of users", "1.0, which runs,", "1. expand", "2. deploy", "3. contract"]
    {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    let show = desk.run(["migrations", "show", "web", "production"]).await?;
    assert!(show.stdout.contains("contract_before_observed"), "{}", show.stdout);

    let until = (jiff::Zoned::now().date() + jiff::Span::new().days(30)).to_string();
    let mut accept = vec!["migrations", "accept", "web", "production", "--rule", "contract_before_observed"];
    accept.extend(["--at", "2_named.up.sql:1", "--until", &until, "--reason", "no name was ever empty", "--yes"]);
    let _ = desk.run(accept).await?.exits(0);
    let _ = deploy(&desk, "2.0").await.exits(0);
    assert_eq!(sql(&place, "select conname::text from pg_constraint where conname = 'named'").await, ["named"]);
    Ok(())
}
