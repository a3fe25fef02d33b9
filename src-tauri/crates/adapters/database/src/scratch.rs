//! A database for a proof: on the same server as the one it is for, so that version and settings are the same, and gone
//! afterwards.

use crate::{
    Connection, DatabaseError, Place,
    confined::{self, Confined},
    maker::Maker,
    script::{self, Piece, Stopped},
};
use secrecy::SecretString;
use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};
use switchback_core::server::Server;
use switchback_lint::Dialect;

/// How the names of scratch databases begin; when one was made follows.
pub(crate) const PREFIX: &str = "switchback_proof_";
/// The same of folders with scratch files.
const FOLDER: &str = "switchback-proof-";
/// A database that nobody is connected to may be about to be used, for so long.
const YOUNG: Duration = Duration::from_mins(1);
/// A file in such a folder that is locked as long as its proof runs.
const LOCK: &str = "lock";

/// A scratch database with its connection.
pub struct Scratch {
    pub connection: Connection,
    /// Its own place, as its scripts reach it.
    pub place: Place,
    confined: Option<Confined>,
    name: Option<String>,
    outside: Place,
    _file: Option<Folder>,
}

/// A folder of scratch files that nobody else may look into: it holds rows of the real database.
struct Folder {
    // Let go of before the folder goes.
    _lock: File,
    folder: tempfile::TempDir,
}

impl Folder {
    fn make() -> std::io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(FOLDER);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir()?;
        let lock = File::create(folder.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { _lock: lock, folder })
    }
}

impl Scratch {
    /// Makes one beside a place.
    pub async fn beside(place: &Place, password: Option<&SecretString>) -> Result<Self, DatabaseError> {
        if let Place::Sqlite(_) = place {
            sweep_files();
            let folder = Folder::make()?;
            let path = folder.folder.path().join("scratch.db");
            fs::write(&path, [])?;
            let at = Place::Sqlite(path);
            let connection = Connection::open(&at, None).await?;
            return Ok(Self {
                connection,
                place: at,
                confined: None,
                name: None,
                outside: place.clone(),
                _file: Some(folder),
            });
        }
        let name = format!("{PREFIX}{}", uuid::Uuid::now_v7().simple());
        let mut outside = Connection::open(place, password).await?;
        sweep(&mut outside).await;
        let made = Self::made(&mut outside, (place, password), &name).await;
        outside.close().await;
        let (connection, at, confined) = made?;
        Ok(Self { connection, place: at, confined, name: Some(name), outside: place.clone(), _file: None })
    }

    /// Makes the database, and the login that owns it where the server lets both in.
    async fn made(
        outside: &mut Connection,
        (place, password): (&Place, Option<&SecretString>),
        name: &str,
    ) -> Result<(Connection, Place, Option<Confined>), DatabaseError> {
        let confined = Confined::make(outside, name).await;
        if let Err(error) = alike(outside, name, confined.as_ref()).await {
            if let Some(confined) = confined {
                confined.remove(outside).await;
            }
            return Err(match error {
                DatabaseError::Refused { source, .. } => DatabaseError::NoScratch { place: place.to_string(), source },
                other => other,
            });
        }
        if let Some(confined) = confined {
            let at = inside(place, name, Some(&confined));
            if let Ok(mut connection) = Connection::open(&at, Some(confined.password())).await {
                if confined::holds(&mut connection).await.unwrap_or(false) {
                    return Ok((connection, at, Some(confined)));
                }
                connection.close().await;
            }
            // The server's list of hosts and users keeps it out, or it lets everybody in elsewhere.
            if outside.dialect() == Dialect::Postgres {
                let _ = outside.run(&format!("alter database {name} owner to current_user")).await;
            }
            confined.remove(outside).await;
        }
        let at = inside(place, name, None);
        Ok((Connection::open(&at, password).await?, at, None))
    }

    /// The password of the login that its scripts run as.
    pub fn password<'a>(&'a self, real: Option<&'a SecretString>) -> Option<&'a SecretString> {
        self.confined.as_ref().map_or(real, |confined| Some(confined.password()))
    }

    /// Runs scripts' statements as its login. What they set for their session ends with it: the next ones, and what reads
    /// the database afterwards, begin anew.
    pub async fn run(&mut self, piece: Piece<'_>, real: Option<&SecretString>) -> Result<(), Stopped> {
        let untold = |error: DatabaseError| Stopped { line: piece.line(), why: error.to_string(), beyond: None };
        let mut session = self.session(real).await.map_err(untold)?;
        let mut maker = self.maker(real);
        let ran = script::run(&mut session, piece, maker.as_mut()).await;
        session.close().await;
        if let Some(maker) = maker {
            maker.close().await;
        }
        ran
    }

    /// The connection, which a new one takes the place of.
    async fn session(&mut self, real: Option<&SecretString>) -> Result<Connection, DatabaseError> {
        let fresh = self.open(real).await?;
        Ok(std::mem::replace(&mut self.connection, fresh))
    }

    /// The real login, where it is another one than that of the scripts.
    pub fn maker<'a>(&'a self, real: Option<&'a SecretString>) -> Option<Maker<'a>> {
        let confined = self.confined.as_ref()?;
        Some(Maker::new(inside(&self.outside, self.name.as_deref()?, None), real, confined.account()))
    }

    /// Another connection of that login.
    pub async fn open(&self, real: Option<&SecretString>) -> Result<Connection, DatabaseError> {
        Connection::open(&self.place, self.password(real)).await
    }

    /// A connection of the real login to it.
    pub async fn by_maker(&self, real: Option<&SecretString>) -> Result<Connection, DatabaseError> {
        match &self.name {
            Some(name) => Connection::open(&inside(&self.outside, name, None), real).await,
            None => self.open(real).await,
        }
    }

    /// Removes it, with whatever is under way there.
    pub async fn remove(self, password: Option<&SecretString>) -> Result<(), DatabaseError> {
        // A file goes under what still runs on it, which a goodbye would wait for.
        let Some(name) = self.name else { return Ok(()) };
        self.connection.close().await;
        if let (Some(confined), Place::Mysql(_)) = (&self.confined, &self.place)
            && let Ok(mut own) = Connection::open(&self.place, Some(confined.password())).await
        {
            // The real login may not see another's sessions.
            end_sessions(&mut own, &name).await;
            own.close().await;
        }
        let mut outside = Connection::open(&self.outside, password).await?;
        end_sessions(&mut outside, &name).await;
        let gone = outside.run(&format!("drop database if exists {name}")).await;
        if let Some(confined) = self.confined.filter(|_| gone.is_ok()) {
            confined.remove(&mut outside).await;
        }
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
        _ => format!(
            "select cast(id as char) from information_schema.processlist where db = '{name}' and id <> connection_id()"
        ),
    };
    let sessions = outside.names(&query).await.unwrap_or_default();
    if outside.dialect() == Dialect::Mysql {
        for session in sessions {
            // It may have ended by itself.
            let _ = outside.run(&format!("kill {session}")).await;
        }
    }
}

/// The place of a scratch database.
fn inside(place: &Place, name: &str, confined: Option<&Confined>) -> Place {
    let at = |at: Server| {
        let at = Server { dbname: name.to_owned(), ..at };
        confined.map_or_else(|| at.clone(), |confined| confined.at(at.clone()))
    };
    match place.clone() {
        Place::Postgres(server) => Place::Postgres(at(server)),
        Place::Mysql(server) => Place::Mysql(at(server)),
        Place::Sqlite(path) => Place::Sqlite(path),
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
    for name in left.iter().filter(|name| is_old(name)) {
        let _ = outside.run(&format!("drop database {name}")).await;
    }
    confined::sweep(outside).await;
}

/// Whether it is a scratch database's name, and no proof can be about to use it.
pub(crate) fn is_old(name: &str) -> bool {
    made(name).is_some_and(|age| age > YOUNG)
}

/// How long ago a scratch database was made, as its name says; `None` when it is not one of ours.
pub(crate) fn made(name: &str) -> Option<Duration> {
    let id = uuid::Uuid::try_parse(name.strip_prefix(PREFIX)?).ok()?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos)).ok()
}

/// Removes the folders of proofs that were killed, whose locks nobody holds.
fn sweep_files() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(FOLDER)) {
        if left_alone(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn left_alone(folder: &Path) -> bool {
    if let Ok(lock) = File::open(folder.join(LOCK)) {
        return lock.try_lock().is_ok();
    }
    // Just made, and not locked yet.
    let changed = fs::metadata(folder).and_then(|facts| facts.modified()).ok();
    changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > YOUNG)
}

/// Makes a database whose texts are written and compared as in the one that is connected, and whose names are looked for
/// where they are there.
async fn alike(outside: &mut Connection, name: &str, owner: Option<&Confined>) -> Result<(), DatabaseError> {
    // Names are looked for as the real login finds them, whose own schema is one of the places.
    let path = owner.map_or_else(String::new, |owner| {
        format!(
            " union all select 'alter role {} set search_path = ' || coalesce(nullif(replace(current_setting('search_path'), \
             '\"$user\"', quote_ident(session_user)), ''), '''''')",
            owner.account()
        )
    });
    let owner = owner.map(|owner| format!("owner {}", owner.account())).unwrap_or_default();
    let query = match outside.dialect() {
        Dialect::Postgres => format!(
            "select format('create database {name} {owner} template template0 encoding %L lc_collate %L lc_ctype %L', \
             pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = current_database() \
             union all select 'alter database {name} set search_path = ' || substr(one, 13) from pg_db_role_setting s, \
             unnest(s.setconfig) one where s.setrole = 0 and one like 'search\\_path=%' \
             and s.setdatabase = (select oid from pg_database where datname = current_database()){path}"
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_of_rows_is_for_its_owner_alone_and_goes_when_its_proof_was_killed() {
        use std::os::unix::fs::PermissionsExt as _;
        let Folder { _lock: lock, folder } = Folder::make().unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!left_alone(folder.path()));
        // As the system does for who is killed.
        drop(lock);
        assert!(left_alone(folder.path()));
    }
}
