//! Migrations that run with a release: up before the new app, down before the old one, on real databases and with
//! programs that look at the schema they start on.

mod as_it_was;
mod both_ways;
mod counted;
mod doubted;
mod in_the_way;
mod losses;
mod meanwhile;
mod old_code;
mod refusals;
mod rights;
mod silent;
mod strayed;
mod twice;

pub use crate::on_database::sql;
use std::{fs, os::unix::fs::PermissionsExt as _};
use switchback_tests::{
    cli::{Answer, Desk},
    database::Database,
    part::PartError,
    port,
};
use tempfile::TempDir;

/// A PostgreSQL, a MariaDB and a SQLite file, each with a database of its own.
pub struct Servers {
    /// Where they are, in that order.
    pub places: [String; 3],
    _postgres: Database,
    _mariadb: Database,
    _folder: TempDir,
}

impl Servers {
    pub async fn start() -> Result<Self, PartError> {
        let (postgres, mariadb) = (Database::postgres().await?, Database::mariadb().await?);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        fs::write(&file, []).unwrap();
        sql(&mariadb.place(mariadb.first()), "create database shop").await;
        let sqlite = format!("sqlite:{}", file.display());
        let places = [postgres.place(postgres.first()), mariadb.place("shop"), sqlite];
        Ok(Self { places, _postgres: postgres, _mariadb: mariadb, _folder: folder })
    }
}

/// A folder of migrations beside the desk's policy file.
pub fn migration(desk: &Desk, name: &str, up: &str, down: &str) {
    let folder = desk.folder().join("db");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{name}.up.sql")), up).unwrap();
    fs::write(folder.join(format!("{name}.down.sql")), down).unwrap();
}

/// A release whose program runs `first` and serves when that went well.
pub fn release(desk: &Desk, version: &str, first: &str) {
    let folder = desk.folder().join(version);
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "#!/bin/sh\n{first} || exit 1\n/bin/busybox httpd -f -p 127.0.0.1:$PORT & trap 'kill $!; exit 0' TERM; wait\n"
    );
    fs::write(folder.join("server"), text).unwrap();
    fs::set_permissions(folder.join("server"), fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn policy(place: &str, port: u16) -> String {
    let (kind, rest) = place.split_once(':').unwrap();
    format!(
        "version: 1\nservices:\n  web: {{ folder: \"{{version}}\", migrations: {{ layout: golang-migrate, path: db, database: \
         main }} }}\ndatabases: {{ main: {{ production: {{ {kind}: \"{rest}\" }} }} }}\nenvironments: {{ production: {{ zone: \
         UTC }} }}\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    strategy: \
         recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

pub async fn deploy(desk: &Desk, version: &str) -> Answer {
    desk.run(["deploy", "web", "production", version]).await.unwrap()
}

pub const USERS: [&str; 2] =
    ["create table users (id integer primary key, name varchar(40));\n", "drop table users;\n"];
pub const NOTE: [&str; 2] =
    ["alter table users add column note varchar(20);\n", "alter table users drop column note;\n"];

/// A program that looks for columns on its way up.
pub fn looks(place: &str, query: &str) -> String {
    let host = place.split("host=").nth(1).unwrap().split(' ').next().unwrap();
    format!("/usr/lib/postgresql/15/bin/psql -q -h {host} -U app -d postgres -v ON_ERROR_STOP=1 -c \"{query}\"")
}

/// A program that does not start on a schema that is not its own.
pub const OWN: &str = "do \\$\\$ begin if exists (select from information_schema.columns where column_name = 'note') then raise 'note'; end if; end \\$\\$";

/// A desk whose service runs 1.0 on a database with its users.
pub async fn with_users(place: &str) -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(&policy(place, port::free())).await?.exits(0);
    migration(&desk, "1_users", USERS[0], USERS[1]);
    release(&desk, "1.0", "true");
    let _ = deploy(&desk, "1.0").await.exits(0);
    Ok(desk)
}
