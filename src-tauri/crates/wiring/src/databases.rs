//! Databases for the command line: a place and a password in, answers out.

use secrecy::SecretString;
use switchback_api::ApiError;
use switchback_core::{
    migration::{Goal, Set},
    port::Stop,
};
use switchback_database::{
    Connection, DatabaseError, Half, Place, Planned, Progress, Proof, Proving, Ran, RunError, Status, WayOut,
};
use switchback_process::LocalPrograms;

/// Proves the pairs of a set on a scratch database beside `place`; `told` hears of each as it is done. One that is stopped
/// removes its scratch database.
pub async fn prove_migrations(
    place: &str,
    password: Option<SecretString>,
    set: &Set,
    only: Option<&str>,
    told: impl FnMut(&Proof) + Send,
    stop: Stop,
) -> Result<Vec<Proof>, ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    let proving = Proving { place: &place, password: password.as_ref(), set, programs: &LocalPrograms, stop };
    switchback_database::prove(&proving, only, told).await.map_err(refused)
}

/// Where a database stands, and whether another run is at what is half applied there.
pub async fn migration_status(
    place: &str,
    password: Option<SecretString>,
    set: &Set,
) -> Result<(Status, bool), ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    let mut connection = Connection::open(&place, password.as_ref()).await.map_err(refused)?;
    let status = switchback_database::told(&mut connection, &place, set).await;
    connection.close().await;
    status.map_err(refused)
}

/// What a run to the goal would do.
pub async fn planned_migrations(
    place: &str,
    password: Option<SecretString>,
    set: &Set,
    goal: &Goal,
) -> Result<Vec<Planned>, ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    switchback_database::planned(&place, password.as_ref(), set, goal).await.map_err(stopped)
}

/// Runs what leads to the goal; `told` hears of each moment.
pub async fn run_migrations(
    place: &str,
    password: Option<SecretString>,
    set: &Set,
    goal: &Goal,
    told: impl FnMut(&Progress),
) -> Result<Vec<Ran>, ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    switchback_database::run(&place, password.as_ref(), set, goal, told).await.map_err(stopped)
}

/// What is half applied, with the ways out.
pub async fn half_migration(place: &str, password: Option<SecretString>, set: &Set) -> Result<Option<Half>, ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    switchback_database::half(&place, password.as_ref(), set, &LocalPrograms).await.map_err(stopped)
}

/// Takes one of the ways out.
pub async fn settle_migration(
    place: &str,
    password: Option<SecretString>,
    set: &Set,
    way_out: WayOut,
    told: impl FnMut(&Progress),
) -> Result<(), ApiError> {
    let place: Place = place.parse().map_err(refused)?;
    switchback_database::settle(&place, password.as_ref(), set, way_out, &LocalPrograms, told).await.map_err(stopped)
}

fn stopped(error: RunError) -> ApiError {
    let text = error.to_string();
    match error {
        RunError::Database(error) => refused(error),
        RunError::NoRoute(_) => {
            ApiError::new("not_found", text).hint("`switchback migrations pair` lists what there is.")
        }
        RunError::Locked { .. } => {
            ApiError::new("migration_locked", text).hint("Wait for it to end; nothing was changed.")
        }
        RunError::ReadOnly(place) => ApiError::new("no_access", text)
            .with("target", place)
            .hint("Point at the primary, or let the user write there. Nothing was changed."),
        RunError::MissingRight(lacks) => ApiError::missing_right(&lacks),
        RunError::Unmet(unmet) => ApiError::unmet(&unmet),
        RunError::Half { version } => ApiError::new("migration_half", text)
            .with("version", version)
            .hint("`switchback migrations status` shows what is done of it and the ways out. Nothing was changed."),
        RunError::Ahead { versions } => ApiError::new("database_ahead", text)
            .with("versions", versions.join(", "))
            .hint("Use the files of the release that it is at. Nothing was changed."),
        RunError::Edited { edited } => ApiError::new("edited_after_applied", text)
            .with("path", &edited.path)
            .with("version", &edited.version)
            .hint(format!("{} Nothing was changed.", edited.way_out())),
        RunError::OwnRegistry { layout } => {
            ApiError::new("bad_input", text).with("layout", layout.as_str()).hint("Run it with the tool itself.")
        }
        RunError::Stopped { version, half: false, held_up: true, .. } => ApiError::new("migration_failed", text)
            .with("version", version)
            .hint("Somebody else holds a lock on the table: wait for it to end, or end it. Nothing of it is left."),
        RunError::Stopped { version, half: true, .. } => ApiError::new("migration_half", text)
            .with("version", version)
            .hint("A part of it is done: `switchback migrations status` shows which, and the ways out."),
        RunError::Stopped { version, .. } => {
            ApiError::new("migration_failed", text).with("version", version).hint("Nothing of it is left.")
        }
        RunError::Outgrown { version, .. } => {
            ApiError::new("migration_failed", text).with("version", version).hint("Nothing was changed.")
        }
        RunError::NotOffered(_) => {
            ApiError::new("bad_input", text).hint("`switchback migrations status` shows what there is.")
        }
    }
}

fn refused(error: DatabaseError) -> ApiError {
    let text = error.to_string();
    match error {
        DatabaseError::Place(_) => ApiError::new("bad_input", text).hint("A password is read with --password-stdin."),
        DatabaseError::Unreachable { place, .. } => ApiError::new("database_unreachable", text)
            .with("database", place)
            .hint("Is it up, and is its address right? Nothing was changed."),
        DatabaseError::LoginRefused { user, place, .. } => ApiError::new("login_refused", text)
            .with("database", place)
            .with("user", user)
            .hint(
                "Correct the user in the place, and give its password with --password-stdin; a service's is in the keychain: \
                 `switchback secret set NAME`. Nothing was changed.",
            ),
        DatabaseError::ForeignTable { table, layout, .. } => ApiError::new("foreign_table", text)
            .with("table", table)
            .with("layout", layout.as_str())
            .hint(
                "Give the --layout of the tool that made it; else give the migrations a database or schema of their own. \
                 Nothing was changed.",
            ),
        DatabaseError::NoLock { place, lock, .. } => ApiError::new("no_access", text)
            .with("target", place)
            .with("path", lock)
            .hint("Let this user write into the database's folder: SQLite does so too. Nothing was changed."),
        error if error.is_held_up() => ApiError::new("migration_locked", text)
            .hint("Somebody else holds a lock there: wait for it to end, or end it. Nothing was changed."),
        DatabaseError::NoScratch { place, .. } => ApiError::new("no_access", text)
            .with("target", place)
            .hint("PostgreSQL: `alter role USER createdb`; MySQL: `grant all on *.*`. Nothing was changed."),
        DatabaseError::Refused { .. } => ApiError::new("no_access", text).hint("See what this user may do there."),
        DatabaseError::File(_) => ApiError::new("internal", text),
    }
}
