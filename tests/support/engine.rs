//! A private Docker engine: the oldest one supported or a current one, as the live tests need.
//!
//! Own folders, own socket, own bridge, no packet filter rules: engines run side by side and leave the machine's
//! network as it was. Ports are published on 127.0.0.1 by the engine's userland proxy, which needs no rules.
//! Deliberately not here: what a test does with the engine beyond loading images and running a container.

use crate::bridge::Bridge;
use crate::daemon::{Daemon, end_processes_of, unmount_under};
use crate::http::{Request, Response};
use crate::part::{PartError, tail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::net::UnixStream;

/// On two busy cores an engine needs up to 10 s to answer; beyond this it hangs.
const STARTING: Duration = Duration::from_mins(1);
/// Where Debian's packages put the daemons; a person's PATH need not have it.
const SYSTEM: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const VERSIONS: &str = include_str!("../engine/versions.env");

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    /// Debian's `docker.io` (20.10): an image's id is its configuration's digest.
    Old,
    /// The engine built from Go modules: containerd image store, an image's id is its manifest's digest.
    Current,
}

impl EngineKind {
    /// Both, the oldest first.
    pub const ALL: [Self; 2] = [Self::Old, Self::Current];

    /// The daemon and the folder that stands first on its PATH.
    fn daemon(self) -> Result<(PathBuf, PathBuf), PartError> {
        let folder = match self {
            Self::Old => PathBuf::from("/usr/sbin"),
            Self::Current => current_engine()?,
        };
        let daemon = folder.join("dockerd");
        if daemon.is_file() {
            return Ok((daemon, folder));
        }
        Err(PartError::missing(match self {
            Self::Old => "/usr/sbin/dockerd (package docker.io)".to_owned(),
            Self::Current => format!("{} (built from Go modules)", daemon.display()),
        }))
    }
}

/// The folder of the built engine: `cargo xtask setup` puts it there, by the versions both read.
fn current_engine() -> Result<PathBuf, PartError> {
    let version = |name: &str| {
        let lines = VERSIONS.lines().filter_map(|line| line.split_once('='));
        lines.into_iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    };
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = given("SWITCHBACK_TEST_CACHE")
        .or_else(|| given("SWITCHBACK_CACHE"))
        .or_else(|| given("HOME").map(|home| home.join(".cache/switchback")))
        .ok_or_else(|| PartError::missing("a cache folder (neither SWITCHBACK_TEST_CACHE nor HOME is set)"))?;
    Ok(cache.join(format!("engine-current/{}+runc-{}/bin", version("dockerd"), version("runc"))))
}

/// A running engine. Dropping it stops it and removes all it made.
#[derive(Debug)]
pub struct Engine {
    // Fields drop in this order: the daemon first, then its bridge, then its folder.
    daemon: Option<Daemon>,
    _bridge: Bridge,
    folder: tempfile::TempDir,
    kind: EngineKind,
    bridge_name: String,
    pool: String,
    more: Vec<String>,
}

impl Engine {
    /// Starts an engine and waits until it answers.
    pub async fn start(kind: EngineKind) -> Result<Self, PartError> {
        Self::start_with(kind, Vec::new()).await
    }

    /// The same with `more` arguments for the daemon.
    pub async fn start_with(kind: EngineKind, more: Vec<String>) -> Result<Self, PartError> {
        if !nix::unistd::Uid::effective().is_root() {
            let how = "run the live tests as root: an engine makes mounts, namespaces and bridges".to_owned();
            return Err(PartError::Missing { what: "root rights".to_owned(), how });
        }
        kind.daemon()?;
        // Directly under /tmp: a Unix socket's path is at most 107 bytes.
        let folder = tempfile::Builder::new().prefix("sb-").tempdir_in("/tmp");
        let folder = folder.map_err(PartError::io("make a folder in /tmp"))?;
        let bridge = Bridge::add()?;
        let (bridge_name, pool) = (bridge.name().to_owned(), bridge.pool());
        let mut engine = Self { daemon: None, _bridge: bridge, folder, kind, bridge_name, pool, more };
        engine.start_again().await?;
        Ok(engine)
    }

    /// Starts the daemon over the folders it had, after [`Engine::stop`] or [`Engine::crash`].
    pub async fn start_again(&mut self) -> Result<(), PartError> {
        let (binary, first) = self.kind.daemon()?;
        let at = self.folder.path().to_owned();
        let settings = at.join("daemon.json");
        std::fs::write(&settings, "{}").map_err(PartError::io("write the engine's settings"))?;
        let mut command = Command::new(binary);
        command.env("PATH", format!("{}:{SYSTEM}", first.display())).env_remove("DOCKER_HOST");
        // Its own settings file, lest the machine's /etc/docker/daemon.json has a say.
        command.arg("--config-file").arg(settings);
        command.arg("--data-root").arg(at.join("data")).arg("--exec-root").arg(at.join("exec"));
        command.arg("--pidfile").arg(at.join("docker.pid")).arg("--host").arg(self.host());
        command.args(["--bridge", &self.bridge_name, "--default-address-pool", &self.pool]);
        command.args(["--iptables=false", "--ip-forward=false", "--ip-masq=false", "--shutdown-timeout=1"]);
        command.args(&self.more);
        let mut daemon = Daemon::spawn("dockerd", &mut command, &self.log_path())?;
        let socket = self.socket();
        let answered = daemon.answered(STARTING, async || ping(&socket).await).await;
        self.daemon = Some(daemon);
        answered
    }

    /// Stops the daemon as a system's shutdown would; its containers end with it.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.stop();
        }
        self.clear();
    }

    /// Kills the daemon with all it started, as a power cut would.
    pub fn crash(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
        self.clear();
    }

    /// Ends what a daemon leaves: its containerd, shims and mounts, and the state a reboot would clear. Without this a
    /// new daemon takes the stale pid of the old containerd for a live one and waits for it in vain.
    fn clear(&self) {
        end_processes_of(self.folder.path());
        unmount_under(self.folder.path());
        let _ = std::fs::remove_dir_all(self.folder.path().join("exec"));
        let _ = std::fs::remove_file(self.folder.path().join("docker.pid"));
    }

    /// Which engine this is.
    pub fn kind(&self) -> EngineKind {
        self.kind
    }

    /// The engine's socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    /// The socket as `DOCKER_HOST` wants it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The last lines of the daemon's log.
    pub fn log(&self) -> String {
        tail(&self.log_path())
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("dockerd.log")
    }

    /// One request to the engine's API; anything but success is an error.
    pub async fn call(&self, request: &Request<'_>) -> Result<Response, PartError> {
        let what = format!("{} {} ({:?} engine)", request.method, request.path, self.kind);
        let stream = UnixStream::connect(self.socket()).await.map_err(PartError::io(&what))?;
        request.send(stream).await?.success(&what)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Nobody uses its data again: no grace for containers that do not heed the stop signal, 10 s each.
        self.crash();
    }
}

async fn ping(socket: &Path) -> bool {
    let Ok(stream) = UnixStream::connect(socket).await else { return false };
    Request::new("GET", "/_ping").send(stream).await.is_ok_and(|answer| answer.status == 200)
}
