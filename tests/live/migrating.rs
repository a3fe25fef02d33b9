//! Migrations run on real servers, killed at every moment, and what the next one finds.

use std::{collections::BTreeSet, os::unix::process::ExitStatusExt as _, path::Path, process::Command};
use switchback_core::{
    failure::{Failure, FailureKind},
    migration::{self, Goal, Layout, Set},
    port::{CommandOutput, Errand, Programs},
};
use switchback_database::{Connection, Place, RunError, State, WayOut, half, run, schema, settle, status};
use switchback_process::LocalPrograms;
use switchback_tests::database::Database;

/// A folder of migrations for one dialect: the first is small, the second has four statements each way.
fn folder(layout: Layout, beside: &str, gone: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bare = if layout == Layout::Sqlx { "-- no-transaction\n" } else { "" };
    let up = format!(
        "{bare}create table orders (id integer primary key, total integer not null);\ninsert into orders (id, total) values (1, 5);\n{beside};\nalter table users add column note varchar(20);\n"
    );
    let down = format!(
        "{bare}alter table users drop column note;\n{gone};\ndelete from orders where id = 1;\ndrop table orders;\n"
    );
    for (name, text) in [
        (
            "1_users.up.sql",
            "create table users (id integer primary key, name varchar(40));\nalter table by_hand add column seen integer;\n",
        ),
        ("1_users.down.sql", "alter table by_hand drop column seen;\ndrop table users;\n"),
        ("2_orders.up.sql", &up),
        ("2_orders.down.sql", &down),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(layout: Layout, folder: &Path) -> Set {
    migration::read(layout, &switchback_api::migration_files(folder).unwrap())
}

/// Databases of one server, a new one each time, with a table that is in nobody's migrations.
struct Places<'a> {
    server: Option<&'a Database>,
    files: tempfile::TempDir,
    made: u32,
}

impl<'a> Places<'a> {
    fn of(server: Option<&'a Database>) -> Self {
        Self { server, files: tempfile::tempdir().unwrap(), made: 0 }
    }

    async fn next(&mut self) -> String {
        self.made += 1;
        let name = format!("shop{}", self.made);
        let Some(server) = self.server else {
            let path = self.files.path().join(name);
            std::fs::write(&path, []).unwrap();
            let place = format!("sqlite:{}", path.display());
            by_hand(&place).await;
            return place;
        };
        let first = server.place(server.first()).parse().unwrap();
        let mut connection = Connection::open(&first, None).await.unwrap();
        connection.names(&format!("create database {name}")).await.unwrap();
        connection.close().await;
        let place = server.place(&name);
        by_hand(&place).await;
        place
    }
}

async fn by_hand(place: &str) {
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    connection.names("create table by_hand (id integer primary key)").await.unwrap();
    connection.names("insert into by_hand (id) values (7)").await.unwrap();
    connection.close().await;
}

/// A machine on which nothing is installed.
struct NoProgramsHere;

#[async_trait::async_trait]
impl Programs for NoProgramsHere {
    async fn run(&self, errand: Errand<'_>) -> Result<CommandOutput, Failure> {
        Err(Failure::new(FailureKind::Other, format!("{}: not found", errand.command[0])))
    }
}

async fn told(place: &str, set: &Set) -> (BTreeSet<String>, Vec<State>) {
    let mut connection = Connection::open(&place.parse().unwrap(), None).await.unwrap();
    let lines = schema(&mut connection).await.unwrap();
    let states = status(&mut connection, set).await.unwrap().versions.iter().map(|one| one.state).collect();
    connection.close().await;
    (lines, states)
}

/// The program that may die: its moments, or nothing when it was killed.
fn probe(place: &str, layout: Layout, folder: &Path, what: &str, dies: Option<u32>) -> Option<u32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate-probe"));
    command.args([place, layout.as_str()]).arg(folder).arg(what).args(dies.map(|moment| moment.to_string()));
    let output = command.output().unwrap();
    if output.status.signal() == Some(9) {
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().parse().unwrap())
}

/// Kills a run at each of its moments, once for each way out, and holds what comes of it.
async fn killed_at_every_moment(server: Option<&Database>, layout: Layout, folder: &Path) {
    let (mut places, set) = (Places::of(server), read(layout, folder));
    let (mut deaths, mut halves, mut doubts) = (0, 0, 0);
    let (one, both) = (vec![State::Applied, State::Pending], vec![State::Applied, State::Applied]);
    for (from, goal, before, after) in [("1", "2", &one, &both), ("2", "1", &both, &one)] {
        let sound = places.next().await;
        probe(&sound, layout, folder, from, None);
        let (schema_before, _) = told(&sound, &set).await;
        let moments = probe(&sound, layout, folder, goal, None).unwrap();
        let (schema_after, states) = told(&sound, &set).await;
        assert_eq!(&states, after);
        for moment in 0..moments {
            for way_out in [WayOut::Finish, WayOut::Undo] {
                let place = places.next().await;
                probe(&place, layout, folder, from, None);
                assert_eq!(probe(&place, layout, folder, goal, Some(moment)), None, "moment {moment} kills it");
                deaths += 1;
                let parsed: Place = place.parse().unwrap();
                if let Some(half) = half(&parsed, None, &set, &LocalPrograms).await.unwrap() {
                    halves += 1;
                    doubts += usize::from(half.doubt.is_some());
                    let error = run(&parsed, None, &set, &Goal::Latest, |_| {}).await.unwrap_err();
                    assert!(matches!(error, RunError::Half { .. }), "{error}");
                    let offered: Vec<WayOut> = half.offers.iter().map(|offer| offer.way_out).collect();
                    let all = [WayOut::Finish, WayOut::Undo, WayOut::MarkApplied, WayOut::MarkNotApplied];
                    assert_eq!(offered, all, "moment {moment}: {half:#?}");
                    let tried = "tried on a copy of the database: the schema comes out as it was before";
                    assert_eq!(half.offers[1].why, tried, "moment {moment}");
                    let word = if way_out == WayOut::Finish { "finish" } else { "undo" };
                    probe(&place, layout, folder, word, None);
                    let (schema, states) = told(&place, &set).await;
                    let expected =
                        if way_out == WayOut::Finish { (&schema_after, after) } else { (&schema_before, before) };
                    assert_eq!((&schema, &states), expected, "{goal} killed at {moment}, then {way_out:?}");
                } else {
                    let (schema, states) = told(&place, &set).await;
                    let whole =
                        (schema == schema_before && &states == before) || (schema == schema_after && &states == after);
                    assert!(whole, "{goal} killed at {moment}: {states:?} {schema:?}");
                }
                // Whatever it was: from here on it is as any other database.
                probe(&place, layout, folder, goal, None);
                assert_eq!(told(&place, &set).await, (schema_after.clone(), after.clone()));
            }
        }
    }
    let kind = server.map_or("sqlite", |server| server.first());
    println!(
        "{kind}, {}: {deaths} deaths, {halves} half applied of which {doubts} in doubt, all finished or undone",
        layout.as_str()
    );
    assert!(halves > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_postgres_killed_at_every_moment_is_finished_or_undone() {
    let server = Database::postgres().await.unwrap();
    let (beside, gone) =
        ("create index concurrently orders_total on orders (total)", "drop index concurrently orders_total");
    let folder = folder(Layout::GolangMigrate, beside, gone);
    killed_at_every_moment(Some(&server), Layout::GolangMigrate, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_mariadb_killed_at_every_moment_is_finished_or_undone() {
    let server = Database::mariadb().await.unwrap();
    let (beside, gone) = ("create index orders_total on orders (total)", "drop index orders_total on orders");
    let folder = folder(Layout::GolangMigrate, beside, gone);
    killed_at_every_moment(Some(&server), Layout::GolangMigrate, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_sqlite_killed_at_every_moment_is_finished_or_undone() {
    let folder = folder(Layout::Sqlx, "create index orders_total on orders (total)", "drop index orders_total");
    killed_at_every_moment(None, Layout::Sqlx, folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_at_once_do_it_once_and_the_teams_tool_goes_on_afterwards() {
    let (postgres, mariadb) = (Database::postgres().await.unwrap(), Database::mariadb().await.unwrap());
    for (server, gone) in [
        (Some(&postgres), "drop index orders_total"),
        (Some(&mariadb), "drop index orders_total on orders"),
        (None, "drop index orders_total"),
    ] {
        let folder = folder(Layout::Sqlx, "create index orders_total on orders (total)", gone);
        let (mut places, set) = (Places::of(server), read(Layout::Sqlx, folder.path()));
        let place = places.next().await;
        let parsed: Place = place.parse().unwrap();
        let mut counts = [0_usize, 0];
        let [first, second] = &mut counts;
        let (one, other) = tokio::join!(
            run(&parsed, None, &set, &Goal::Latest, |_| *first += 1),
            run(&parsed, None, &set, &Goal::Latest, |_| *second += 1)
        );
        assert_eq!(one.unwrap().len() + other.unwrap().len(), 2, "{place}");
        assert!(counts.contains(&0), "{counts:?}");

        // The tool itself holds what was written against its files' checksums, and has nothing to do.
        if server.is_none() {
            let path = place.trim_start_matches("sqlite:");
            let pool = sqlx::SqlitePool::connect(&format!("sqlite:{path}")).await.unwrap();
            let tool = sqlx::migrate::Migrator::new(folder.path()).await.unwrap();
            tool.run(&pool).await.unwrap();
            tool.undo(&pool, 1).await.unwrap();
            pool.close().await;
            assert_eq!(told(&place, &set).await.1, [State::Applied, State::Pending]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_refused_leaves_nothing_or_a_half_with_its_ways_out() {
    let server = Database::mariadb().await.unwrap();
    let folder = folder(Layout::GolangMigrate, "create index orders_total on nowhere (total)", "select 1");
    let set = read(Layout::GolangMigrate, folder.path());
    let named = Places::of(Some(&server)).next().await;
    let place: Place = named.parse().unwrap();
    let error = run(&place, None, &set, &Goal::Latest, |_| {}).await.unwrap_err();
    assert!(matches!(&error, RunError::Stopped { line: 3, half: true, .. }), "{error:?}");
    let found = half(&place, None, &set, &LocalPrograms).await.unwrap().unwrap();
    assert_eq!((found.done, found.of, found.line, &found.untried), (Some(2), 4, Some(3), &None));

    // Whoever may make no scratch database is told so, not that there is no way back.
    let mut root = Connection::open(&place, None).await.unwrap();
    root.names("create user narrow@localhost").await.unwrap();
    root.names("grant all on shop1.* to narrow@localhost").await.unwrap();
    root.close().await;
    let narrow: Place = named.replace("user=root", "user=narrow").parse().unwrap();
    let found = half(&narrow, None, &set, &LocalPrograms).await.unwrap().unwrap();
    assert!(found.untried.is_some_and(|why| why.contains("narrow")), "{:?}", found.offers);
    let error = settle(&narrow, None, &set, WayOut::Undo, &LocalPrograms, |_| {}).await.unwrap_err();
    assert!(matches!(&error, RunError::NotOffered(why) if why.contains("could not be tried")), "{error:?}");

    // Where a transaction holds it all, nothing is left.
    let server = Database::postgres().await.unwrap();
    let named = Places::of(Some(&server)).next().await;
    let place: Place = named.parse().unwrap();
    let error = run(&place, None, &set, &Goal::Latest, |_| {}).await.unwrap_err();
    assert!(matches!(&error, RunError::Stopped { line: 3, half: false, .. }), "{error:?}");
    assert_eq!(half(&place, None, &set, &LocalPrograms).await.unwrap(), None);
    assert_eq!(told(&named, &set).await.1, [State::Applied, State::Pending]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_whose_drop_was_cut_is_half_applied_and_is_dropped_or_built_anew() {
    let server = Database::postgres().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("1_orders.up.sql", "create table orders (id integer primary key, total integer);\n"),
        ("1_orders.down.sql", "drop table orders;\n"),
        ("2_index.up.sql", "create index concurrently if not exists orders_total on orders (total);\n"),
        ("2_index.down.sql", "set lock_timeout = 300;\ndrop index concurrently orders_total;\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let set = read(Layout::GolangMigrate, folder.path());
    let mut places = Places::of(Some(&server));
    let (here, none): (&dyn Programs, &dyn Programs) = (&LocalPrograms, &NoProgramsHere);
    for (way_out, path, states, indexes, (programs, tried)) in [
        (WayOut::Finish, "2_index.down.sql", [State::Applied, State::Pending], 0, (here, "a copy of the database")),
        (WayOut::Undo, "2_index.up.sql", [State::Applied, State::Applied], 1, (here, "a copy of the database")),
        // Without the server's own client there is no copy, and the folder's ups lead there from an empty schema.
        (WayOut::Undo, "2_index.up.sql", [State::Applied, State::Applied], 1, (none, "a scratch database")),
    ] {
        let named = places.next().await;
        let place: Place = named.parse().unwrap();
        run(&place, None, &set, &Goal::Latest, |_| {}).await.unwrap();
        // Somebody reads the table for long: the index is marked, and cannot go.
        let mut reader = Connection::open(&place, None).await.unwrap();
        reader.names("begin").await.unwrap();
        reader.names("select id::text from orders").await.unwrap();
        let back = Goal::Version("1".to_owned());
        let error = run(&place, None, &set, &back, |_| {}).await.unwrap_err();
        assert!(matches!(&error, RunError::Stopped { half: true, .. }), "{error:?}");
        reader.names("rollback").await.unwrap();

        assert_eq!(told(&named, &set).await.1, [State::Applied, State::HalfApplied]);
        let found = half(&place, None, &set, programs).await.unwrap().unwrap();
        assert_eq!((found.version.as_str(), found.offers.len()), ("2", 4), "{found:#?}");
        assert!(found.offers[1].why.starts_with(&format!("tried on {tried}")), "{found:#?}");
        let mut paths = Vec::new();
        settle(&place, None, &set, way_out, programs, |progress| paths.push(progress.path.clone())).await.unwrap();
        assert!(!paths.is_empty() && paths.iter().all(|one| one == path), "{paths:?}");
        assert_eq!(told(&named, &set).await.1, states, "{way_out:?}");
        let valid = "select indisvalid::text from pg_index where indexrelid::regclass::text = 'orders_total'";
        assert_eq!(reader.names(valid).await.unwrap(), vec!["true"; indexes], "{way_out:?}");
        reader.close().await;
    }
}
