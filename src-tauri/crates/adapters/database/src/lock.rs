//! One runner at a time: a lock that the server, or the system, gives back when its holder dies.

use crate::{Connection, DatabaseError, Place};
use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    time::Duration,
};
use tokio::time::Instant;

/// How long another runner is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a server may take to notice that a connection's other end is gone.
const NOTICES: Duration = Duration::from_secs(2);
/// How often the lock is asked for. PostgreSQL could wait by itself, but a session that waits holds a snapshot, and the
/// other runner's `create index concurrently` waits for snapshots: the two would wait for each other.
const LOOK: Duration = Duration::from_millis(100);
/// The key of the lock on PostgreSQL, which counts per database: the letters of the program's name.
const KEY: u64 = 0x0073_7762_6b6d_6967;

/// The lock, as long as it is kept and its connection lives.
pub struct Held {
    _file: Option<File>,
}

/// The file that is locked beside an SQLite database.
fn beside(path: &std::path::Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".migrating");
    PathBuf::from(name)
}

/// Takes the lock on `connection`; `None` when another runner keeps it.
pub async fn take(connection: &mut Connection, place: &Place) -> Result<Option<Held>, DatabaseError> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(held) = attempt(connection, place).await? {
            return Ok(Some(held));
        }
        if Instant::now() > give_up {
            return Ok(None);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether another runner keeps it; one that died a moment ago is given the time in which its server notices. Not for whoever
/// holds it: a file does not tell its own holder from another.
pub async fn is_kept(connection: &mut Connection, place: &Place) -> Result<bool, DatabaseError> {
    let query = match place {
        // Asked of the list of locks: to try it would be in the way of whoever comes for it now.
        Place::Postgres(_) => format!(
            "select exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 1 and database = (select oid from pg_database where datname = current_database()) and (classid::bigint << 32 | objid::bigint) = {KEY} and pid <> pg_backend_pid())::text"
        ),
        Place::Mysql(_) => {
            "select case when is_used_lock(concat('switchback.', md5(database()))) <> connection_id() then 'true' else 'false' end"
                .to_owned()
        }
        Place::Sqlite(path) => {
            let Ok(file) = File::open(beside(path)) else { return Ok(false) };
            return Ok(matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        }
    };
    let give_up = Instant::now() + NOTICES;
    while connection.names(&query).await?.first().map(String::as_str) == Some("true") {
        if Instant::now() > give_up {
            return Ok(true);
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(false)
}

async fn attempt(connection: &mut Connection, place: &Place) -> Result<Option<Held>, DatabaseError> {
    let query = match place {
        Place::Postgres(_) => format!("select pg_try_advisory_lock({KEY})::text"),
        Place::Mysql(_) => {
            "select case when get_lock(concat('switchback.', md5(database())), 0) = 1 then 'true' else 'false' end"
                .to_owned()
        }
        Place::Sqlite(path) => {
            let lock = beside(path);
            let unmade =
                |source| DatabaseError::NoLock { place: place.to_string(), lock: lock.display().to_string(), source };
            let file = File::create(&lock).map_err(unmade)?;
            return match file.try_lock() {
                Ok(()) => Ok(Some(Held { _file: Some(file) })),
                Err(TryLockError::WouldBlock) => Ok(None),
                Err(TryLockError::Error(error)) => Err(error.into()),
            };
        }
    };
    let answer = connection.names(&query).await?;
    Ok((answer.first().map(String::as_str) == Some("true")).then_some(Held { _file: None }))
}
