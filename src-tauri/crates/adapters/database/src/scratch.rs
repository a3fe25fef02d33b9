//! A database for a proof: on the same server as the one it is for, so that version and settings are the same, and gone
//! afterwards.

use crate::{Connection, DatabaseError, Place};
use secrecy::SecretString;
use std::time::{Duration, SystemTime};
use switchback_core::server::Server;
use switchback_lint::Dialect;

/// How the names of scratch databases begin; when one was made follows.
const PREFIX: &str = "switchback_proof_";
/// The same of folders with scratch files.
const FOLDER: &str = "switchback-proof-";
/// A database that nobody is connected to may be about to be used, for so long.
const YOUNG: Duration = Duration::from_mins(1);
/// A file does not say whether it is used; no proof takes so long.
const OLD: Duration = Duration::from_hours(24);

/// A scratch database with its connection.
pub struct Scratch {
    pub connection: Connection,
    /// Its own place.
    pub place: Place,
    name: Option<String>,
    outside: Place,
    _file: Option<tempfile::TempDir>,
}

impl Scratch {
    /// Makes one beside a place.
    pub async fn beside(place: &Place, password: Option<&SecretString>) -> Result<Self, DatabaseError> {
        if let Place::Sqlite(_) = place {
            sweep_files();
            let folder = tempfile::Builder::new().prefix(FOLDER).tempdir()?;
            let path = folder.path().join("scratch.db");
            std::fs::write(&path, [])?;
            let at = Place::Sqlite(path);
            let connection = Connection::open(&at, None).await?;
            return Ok(Self { connection, place: at, name: None, outside: place.clone(), _file: Some(folder) });
        }
        let name = format!("{PREFIX}{}", uuid::Uuid::now_v7().simple());
        let mut outside = Connection::open(place, password).await?;
        sweep(&mut outside).await;
        let made = alike(&mut outside, &name).await;
        outside.close().await;
        made.map_err(|error| match error {
            DatabaseError::Refused { source, .. } => DatabaseError::NoScratch { place: place.to_string(), source },
            other => other,
        })?;
        let at = match place.clone() {
            Place::Postgres(at) => Place::Postgres(Server { dbname: name.clone(), ..at }),
            Place::Mysql(at) => Place::Mysql(Server { dbname: name.clone(), ..at }),
            Place::Sqlite(path) => Place::Sqlite(path),
        };
        let connection = Connection::open(&at, password).await?;
        Ok(Self { connection, place: at, name: Some(name), outside: place.clone(), _file: None })
    }

    /// Removes it, with whatever is under way there.
    pub async fn remove(self, password: Option<&SecretString>) -> Result<(), DatabaseError> {
        // A file goes under what still runs on it, which a goodbye would wait for.
        let Some(name) = self.name else { return Ok(()) };
        self.connection.close().await;
        let mut outside = Connection::open(&self.outside, password).await?;
        end_sessions(&mut outside, &name).await;
        let gone = outside.run(&format!("drop database if exists {name}")).await;
        outside.close().await;
        gone.map_err(DatabaseError::doing("remove a scratch database"))
    }
}

/// Ends what goes on in a scratch database that is to go: a statement that nobody waits for any more would hold it.
async fn end_sessions(outside: &mut Connection, name: &str) {
    let query = match outside.dialect() {
        Dialect::Postgres => format!(
            "select pg_terminate_backend(pid)::text from pg_stat_activity where datname = '{name}' and pid <> pg_backend_pid()"
        ),
        _ => format!("select cast(id as char) from information_schema.processlist where db = '{name}'"),
    };
    let sessions = outside.names(&query).await.unwrap_or_default();
    if outside.dialect() == Dialect::Mysql {
        for session in sessions {
            // It may have ended by itself.
            let _ = outside.run(&format!("kill {session}")).await;
        }
    }
}

/// Removes what proofs left behind that were killed: it holds rows of the real database. As far as it can be.
async fn sweep(outside: &mut Connection) {
    let query = match outside.dialect() {
        Dialect::Postgres => format!(
            "select d.datname::text from pg_database d where starts_with(d.datname, '{PREFIX}') \
             and not exists (select from pg_stat_activity a where a.datid = d.oid)"
        ),
        _ => format!(
            "select cast(s.schema_name as char) from information_schema.schemata s where left(s.schema_name, {}) = '{PREFIX}' \
             and not exists (select 1 from information_schema.processlist p where p.db = s.schema_name)",
            PREFIX.len()
        ),
    };
    let left = outside.names(&query).await.unwrap_or_default();
    for name in left.iter().filter(|name| made(name).is_some_and(|age| age > YOUNG)) {
        let _ = outside.run(&format!("drop database {name}")).await;
    }
}

/// How long ago a scratch database was made, as its name says; `None` when it is not one of ours.
fn made(name: &str) -> Option<Duration> {
    let id = uuid::Uuid::try_parse(name.strip_prefix(PREFIX)?).ok()?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos)).ok()
}

fn sweep_files() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(FOLDER)) {
        let changed = entry.metadata().and_then(|facts| facts.modified()).ok();
        if changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > OLD) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes a database whose texts are written and compared as in the one that is connected, and whose names are looked for
/// where they are there.
async fn alike(outside: &mut Connection, name: &str) -> Result<(), DatabaseError> {
    let query = match outside.dialect() {
        Dialect::Postgres => format!(
            "select format('create database {name} template template0 encoding %L lc_collate %L lc_ctype %L', \
             pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = current_database() \
             union all select 'alter database {name} set search_path = ' || substr(one, 13) from pg_db_role_setting s, \
             unnest(s.setconfig) one where s.setrole = 0 and one like 'search\\_path=%' \
             and s.setdatabase = (select oid from pg_database where datname = current_database())"
        ),
        _ => format!(
            "select cast(concat('create database {name} character set ', default_character_set_name, ' collate ', \
             default_collation_name) as char) from information_schema.schemata where schema_name = database()"
        ),
    };
    for statement in outside.names(&query).await? {
        let refused = DatabaseError::doing("make a scratch database");
        outside.run(&statement).await.map_err(refused)?;
    }
    Ok(())
}
