//! A private ssh server in front of an engine, and the `ssh` of somebody who may or may not know it.

use crate::{daemon::Daemon, part::PartError, port};
use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio::net::TcpStream;

const SERVER: &str = "/usr/sbin/sshd";
const STARTING: Duration = Duration::from_secs(20);
/// Where the server locks itself in; its package's service makes it at each start.
const EMPTY: &str = "/run/sshd";

/// A running server with a host key, a key it accepts and one it does not.
#[derive(Debug)]
pub struct Sshd {
    _daemon: Daemon,
    folder: tempfile::TempDir,
    port: u16,
}

fn write(path: PathBuf, text: String) -> Result<(), PartError> {
    fs::write(path, text).map_err(PartError::io("write ssh's files"))
}

fn key(path: &Path) -> Result<(), PartError> {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    match made {
        Ok(status) if status.success() => Ok(()),
        _ => Err(PartError::missing("ssh-keygen (package openssh-client)")),
    }
}

impl Sshd {
    /// Starts it; whoever logs in finds the engine at `docker_host`. Nobody knows its host key yet.
    pub async fn start(docker_host: &str) -> Result<Self, PartError> {
        if !Path::new(SERVER).is_file() {
            return Err(PartError::missing(format!("{SERVER} (package openssh-server)")));
        }
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        let (at, port) = (folder.path(), port::free());
        for name in ["host", "known", "stranger"] {
            key(&at.join(name))?;
        }
        fs::copy(at.join("known.pub"), at.join("authorized")).map_err(PartError::io("write ssh's files"))?;
        fs::create_dir_all(EMPTY).map_err(PartError::io("make the ssh server's folder"))?;
        let here = at.display();
        write(
            at.join("sshd_config"),
            format!(
                "ListenAddress 127.0.0.1:{port}\nHostKey {here}/host\nPidFile none\nAuthorizedKeysFile \
                 {here}/authorized\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
                 KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nSetEnv DOCKER_HOST={docker_host}\n"
            ),
        )?;
        let mut command = Command::new(SERVER);
        command.args(["-D", "-e", "-f"]).arg(at.join("sshd_config"));
        let mut daemon = Daemon::spawn("sshd", &mut command, &at.join("sshd.log"))?;
        daemon.answered(STARTING, async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await?;
        let server = Self { _daemon: daemon, folder, port };
        fs::create_dir(server.folder.path().join("bin")).map_err(PartError::io("make a folder"))?;
        server.offer("known")?;
        let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {here}/config \"$@\"\n", here = server.at().display());
        write(server.at().join("bin/ssh"), script)?;
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(server.at().join("bin/ssh"), executable).map_err(PartError::io("write ssh's files"))?;
        Ok(server)
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    /// Which key is offered: `known` or `stranger`.
    pub fn offer(&self, key: &str) -> Result<(), PartError> {
        let here = self.at().display();
        write(
            self.at().join("config"),
            format!(
                "Host *\n  IdentityFile {here}/{key}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile \
                 {here}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
            ),
        )
    }

    /// Somebody has looked at the host key and accepted it.
    pub fn accept(&self) -> Result<(), PartError> {
        let public = fs::read_to_string(self.at().join("host.pub")).map_err(PartError::io("read the host key"))?;
        write(self.at().join("known_hosts"), format!("[127.0.0.1]:{} {public}", self.port))
    }

    /// The server's address as a policy names it.
    pub fn address(&self) -> String {
        format!("ssh://root@127.0.0.1:{}", self.port)
    }

    /// A `PATH` on which this server's client stands first.
    pub fn path(&self) -> OsString {
        let mut path = OsString::from(self.at().join("bin"));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        path
    }
}
