//! Private database servers: PostgreSQL and MariaDB in a temporary folder, reached by a socket in it, nothing on the network.

use crate::{
    daemon::Daemon,
    part::{PartError, tail},
};
use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use switchback_database::Connection;

const STARTING: Duration = Duration::from_mins(1);
const POSTGRES: &str = "/usr/lib/postgresql/15/bin";
const MARIADB: &str = "/usr/sbin/mariadbd";
/// Held while a server's folder is made: among many at once, one of MariaDB's was seen to fail without a reason.
static MAKING: Mutex<()> = Mutex::new(());

/// A running server. Dropping it stops it and removes what it stored.
#[derive(Debug)]
pub struct Database {
    // Stopped before its folder goes.
    daemon: Daemon,
    folder: tempfile::TempDir,
    kind: &'static str,
}

impl Database {
    /// PostgreSQL 15.
    pub async fn postgres() -> Result<Self, PartError> {
        let folder = open_folder()?;
        let data = folder.path().join("data");
        let mut initdb = as_other("postgres", &format!("{POSTGRES}/initdb"), folder.path())?;
        initdb.arg("-D").arg(&data).args(["-U", "app", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        finish("initdb", &mut initdb, folder.path())?;
        let mut command = as_other("postgres", &format!("{POSTGRES}/postgres"), folder.path())?;
        command.arg("-D").arg(&data).arg("-k").arg(folder.path());
        for setting in
            ["listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=20"]
        {
            command.args(["-c", setting]);
        }
        Self::serve("postgres", &mut command, folder).await
    }

    /// MariaDB.
    pub async fn mariadb() -> Result<Self, PartError> {
        let folder = open_folder()?;
        let data = folder.path().join("data");
        let mut install = as_other("mysql", "/usr/bin/mariadb-install-db", folder.path())?;
        install.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
        // One that starts removes the temporary tables that lie in its folder for them, whoever's they are.
        let tmpdir = format!("--tmpdir={}", folder.path().display());
        install.arg(&tmpdir);
        install.args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]);
        finish("mariadb-install-db", &mut install, folder.path())?;
        let socket = folder.path().join("socket");
        let mut command = as_other("mysql", MARIADB, folder.path())?;
        command.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
        command
            .arg(&tmpdir)
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--pid-file={}", folder.path().join("pid").display()));
        command.args(["--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]);
        Self::serve("mysql", &mut command, folder).await
    }

    async fn serve(kind: &'static str, command: &mut Command, folder: tempfile::TempDir) -> Result<Self, PartError> {
        let daemon = Daemon::spawn(kind, command, &folder.path().join("server.log"))?;
        let mut server = Self { daemon, folder, kind };
        let place = server.place(server.first());
        // A socket is there before the server lets anybody in.
        let asked = async || match place.parse() {
            Ok(place) => Connection::open(&place, None).await.is_ok(),
            Err(_) => false,
        };
        server.daemon.answered(STARTING, asked).await?;
        Ok(server)
    }

    /// Its place, for a database of the given name.
    pub fn place(&self, dbname: &str) -> String {
        let path = self.folder.path();
        let (host, user) =
            if self.kind == "postgres" { (path.to_owned(), "app") } else { (path.join("socket"), "root") };
        format!("{}:host={} dbname={dbname} user={user}", self.kind, host.display())
    }

    /// The name of the database that is there from the beginning.
    pub const fn first(&self) -> &'static str {
        if self.kind.len() == "postgres".len() { "postgres" } else { "mysql" }
    }
}

/// A folder that another user may enter: these servers refuse to be root's.
fn open_folder() -> Result<tempfile::TempDir, PartError> {
    let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777))
        .map_err(PartError::io("open the temporary folder"))?;
    Ok(folder)
}

/// A command as the package's user where the tests are root's, and as oneself otherwise.
fn as_other(user: &str, program: &str, folder: &Path) -> Result<Command, PartError> {
    if !Path::new(program).is_file() {
        let package = if user == "postgres" { "postgresql-15" } else { "mariadb-server" };
        return Err(PartError::missing(format!("{program} (package {package})")));
    }
    let mut command = if nix::unistd::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", user, "--clear-groups", program]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).env("HOME", folder).env_remove("PGDATA");
    Ok(command)
}

fn finish(what: &str, command: &mut Command, folder: &Path) -> Result<(), PartError> {
    let _alone = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let log: PathBuf = folder.join("setup.log");
    let file = std::fs::File::create(&log).map_err(PartError::io("open the log of a set-up"))?;
    let copy = file.try_clone().map_err(PartError::io("open the log of a set-up"))?;
    let status = command.stdout(file).stderr(copy).status().map_err(PartError::io(format!("start {what}")))?;
    if status.success() {
        return Ok(());
    }
    Err(PartError::Ended { what: what.to_owned(), status: status.to_string(), log: tail(&log) })
}
