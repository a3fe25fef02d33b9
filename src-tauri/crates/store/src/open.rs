//! Opening the file: is it ours, is it not newer than we are, a backup before its schema changes, then the pools.
//!
//! All of it happens under a lock file, because two processes may meet a new or an old file at the same moment.

use crate::{
    fault::Fault,
    head::{blocking, locked, private, with_suffix},
};
use sqlx::{
    AssertSqlSafe, Connection as _, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use switchback_core::port::LedgerError;

/// All migrations this version knows.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// "SwBk": marks the file as ours for `file(1)` and for us.
pub const APPLICATION_ID: i64 = 0x5377_426b;

/// How long a writer waits for the transaction of somebody who takes no turns (see `turn`): a schema that changes, a search
/// index made anew, a program that is not ours.
const BUSY: Duration = Duration::from_secs(10);

/// `SQLITE_READONLY_ROLLBACK`: beside the file lies the journal of a transaction that was cut off, and who only reads cannot
/// take it back.
const HOT: &str = "776";

/// Connections that read. A few pages at once; more would only share the same two or four cores.
const READERS: u32 = 4;

/// The newest schema version we know.
pub fn newest() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// What a file turned out to be.
enum Found {
    New,
    Current,
    Older,
}

/// The writer (one connection) and the readers.
pub async fn open(path: &Path) -> Result<(SqlitePool, SqlitePool), LedgerError> {
    let unreadable = |why: String| LedgerError::Unreadable { path: path.display().to_string(), why };
    let lock = with_suffix(path, ".lock");
    let held = blocking(move || locked(&lock)).await.map_err(|error| full_or(unreadable, error))?;
    let found = look(path).await?;
    let file = path.to_owned();
    blocking(move || keep_private(&file)).await.map_err(|error| full_or(unreadable, error))?;
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).foreign_keys(true);
    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Full, not normal: in WAL mode normal may lose the last commits at a power cut, and a lost "started" is a
        // step nobody undoes.
        .synchronous(SqliteSynchronous::Full);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_mins(1))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(writing)
        .await
        .map_err(|error| full_or(unreadable, error))?;
    if !matches!(found, Found::Current) {
        let mut connection = writer.acquire().await.map_err(Fault::from)?;
        if matches!(found, Found::Older) {
            back_up(&mut connection, path).await?;
        }
        migrate(&mut connection).await.map_err(|error| full_or(unreadable, error))?;
    }
    drop(held);
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(Duration::from_mins(1))
        // Connections to a file need no renewal, and what looks after that may spin for ever: sqlx issue 3645.
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.read_only(true).pragma("cache_size", "-16384"))
        .await
        .map_err(Fault::from)?;
    Ok((writer, readers))
}

/// A full disk is no fault of the file and has another way out.
fn full_or(unreadable: impl FnOnce(String) -> LedgerError, error: impl Into<Fault>) -> LedgerError {
    match error.into().into() {
        LedgerError::DiskFull => LedgerError::DiskFull,
        other => unreadable(match other {
            LedgerError::Other { said } | LedgerError::Unreadable { why: said, .. } => said,
            other => other.to_string(),
        }),
    }
}

/// Makes the database's file, or takes an existing one, for its owner alone. SQLite gives the files it adds beside it
/// the same rights.
fn keep_private(path: &Path) -> std::io::Result<()> {
    private().create(true).append(true).open(path)?;
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm"] {
        use std::os::unix::fs::PermissionsExt as _;
        let file = with_suffix(path, suffix);
        if std::fs::metadata(&file).is_ok_and(|made| made.permissions().mode() & 0o077 != 0) {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// Looks at an existing file without changing it.
async fn look(path: &Path) -> Result<Found, LedgerError> {
    let shown = path.display().to_string();
    if std::fs::metadata(path).map_or(true, |file| file.len() == 0) {
        return Ok(Found::New);
    }
    let unreadable = |why: String| LedgerError::Unreadable { path: shown.clone(), why };
    let looks = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
    let mut seen = marks(&looks).await;
    // Whoever began it was killed in the middle: what SQLite takes back first, it must be allowed to write.
    if seen
        .as_ref()
        .is_err_and(|error| error.as_database_error().is_some_and(|said| said.code().as_deref() == Some(HOT)))
    {
        seen = marks(&looks.read_only(false)).await;
    }
    match seen.map_err(|error| full_or(unreadable, error))? {
        Marks { tables: 0, .. } => Ok(Found::New),
        Marks { application, .. } if application != APPLICATION_ID => {
            Err(unreadable("it belongs to another program".to_owned()))
        }
        Marks { schema, applied, .. }
            if schema > newest() || applied.iter().any(|it| !MIGRATIONS.version_exists(*it)) =>
        {
            Err(LedgerError::Newer { path: shown })
        }
        Marks { applied, .. } if applied.len() < MIGRATIONS.iter().count() => Ok(Found::Older),
        Marks { .. } => Ok(Found::Current),
    }
}

/// What a file says of itself.
struct Marks {
    tables: i64,
    application: i64,
    schema: i64,
    applied: Vec<i64>,
}

async fn marks(at: &SqliteConnectOptions) -> Result<Marks, sqlx::Error> {
    let mut connection = SqliteConnection::connect_with(at).await?;
    let seen = marks_on(&mut connection).await;
    let _ = connection.close().await;
    seen
}

async fn marks_on(on: &mut SqliteConnection) -> Result<Marks, sqlx::Error> {
    let tables = sqlx::query_scalar("select count(*) from sqlite_master").fetch_one(&mut *on).await?;
    let application = sqlx::query_scalar("pragma application_id").fetch_one(&mut *on).await?;
    let schema = sqlx::query_scalar("pragma user_version").fetch_one(&mut *on).await?;
    let named: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
        .fetch_one(&mut *on)
        .await?;
    let applied = if named == 0 {
        Vec::new()
    } else {
        sqlx::query_scalar("select version from _sqlx_migrations where success order by version").fetch_all(on).await?
    };
    Ok(Marks { tables, application, schema, applied })
}

/// A whole copy, made beside and renamed, so that half a copy never looks like one.
async fn back_up(on: &mut SqliteConnection, path: &Path) -> Result<(), Fault> {
    let copy = with_suffix(path, &format!(".before-{}.bak", newest()));
    let half = with_suffix(&copy, ".new");
    let _ = std::fs::remove_file(&half);
    private().create_new(true).write(true).open(&half)?;
    sqlx::query("vacuum into ?").bind(half.display().to_string()).execute(on).await?;
    Ok(std::fs::rename(half, copy)?)
}

async fn migrate(on: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // First, so that a first start that dies half-way leaves a file we know as ours.
    sqlx::query(AssertSqlSafe(format!("pragma application_id = {APPLICATION_ID}"))).execute(&mut *on).await?;
    MIGRATIONS.run_direct(None, &mut *on, false).await?;
    sqlx::query(AssertSqlSafe(format!("pragma user_version = {}", newest()))).execute(on).await?;
    Ok(())
}
