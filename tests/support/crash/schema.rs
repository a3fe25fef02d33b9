//! A lane whose service has a schema: version 1 needs one migration, every other version both.

use std::{collections::BTreeSet, path::Path, sync::Arc};
use switchback_core::{
    migration::{self, Goal, Layout, Set, SourceFile},
    planner::{Move, Moves},
    port::Databases as _,
    schema::{Database, Scripts},
};
use switchback_database::Servers;
use switchback_process::LocalPrograms;

const FILE: &str = "shop.db";

/// Gives a home a database; its desks move it from then on.
///
/// # Panics
/// When the file cannot be written.
pub fn lay(home: &Path) {
    std::fs::write(home.join(FILE), []).expect("a file");
}

fn database(home: &Path) -> Option<Database> {
    let file = home.join(FILE);
    let place = format!("sqlite:{}", file.display());
    file.is_file().then(|| Database { name: "shop".to_owned(), place, password: None })
}

/// Statement by statement, so that there is something a run could leave half done.
fn set() -> Set {
    let files = [
        ("1_users.up.sql", "-- no-transaction\ncreate table users (id integer primary key);\n"),
        ("1_users.down.sql", "-- no-transaction\ndrop table users;\n"),
        (
            "2_note.up.sql",
            "-- no-transaction\nalter table users add column note text;\ncreate index users_note on users (note);\n",
        ),
        ("2_note.down.sql", "-- no-transaction\ndrop index users_note;\nalter table users drop column note;\n"),
    ];
    let file = |(path, text): (&str, &str)| SourceFile { path: path.to_owned(), text: text.to_owned() };
    migration::read(Layout::Sqlx, &files.map(file))
}

fn goal(version: &str) -> Goal {
    Goal::Version(if version == "1" { "1" } else { "2" }.to_owned())
}

async fn applied(database: &Database) -> BTreeSet<String> {
    let stands = Servers::new(Arc::new(LocalPrograms)).stands(database, None, &set()).await.expect("an answer");
    assert_eq!((stands.half, stands.ahead), (None, Vec::new()), "nothing is half applied, nothing is ahead");
    stands.applied.into_iter().collect()
}

/// What going to a version does to the schema.
pub(super) async fn moves(home: &Path, version: &str) -> Moves {
    let Some(database) = database(home) else { return Moves::default() };
    let set = set();
    let legs = set.route(&applied(&database).await, &goal(version)).expect("a route");
    let step = |leg: migration::Leg<'_>| Move {
        version: leg.migration.version.clone(),
        way: leg.way,
        undoable: true,
        accepted: Vec::new(),
    };
    let before = legs.into_iter().map(step).collect();
    Moves { scripts: Some(Scripts::of(database, &set)), before, after: Vec::new() }
}

/// The schema is the one that what runs needs.
pub(super) async fn holds(home: &Path, version: Option<&String>, at: &str) {
    let (Some(database), Some(version)) = (database(home), version) else { return };
    let left = set().route(&applied(&database).await, &goal(version)).expect("a route").len();
    assert_eq!(left, 0, "{at}: {version} runs on another schema than its own");
}
