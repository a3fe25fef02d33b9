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

async fn attempt(connection: &mut Connection, place: &Place) -> Result<Option<Held>, DatabaseError> {
    let query = match place {
        Place::Postgres(_) => format!("select pg_try_advisory_lock({KEY})::text"),
        Place::Mysql(_) => {
            "select case when get_lock(concat('switchback.', md5(database())), 0) = 1 then 'true' else 'false' end"
                .to_owned()
        }
        Place::Sqlite(path) => {
            let file = File::create(beside(path))?;
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
