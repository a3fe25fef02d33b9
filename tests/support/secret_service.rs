//! A private Secret Service: GNOME Keyring on a session bus of its own, with a throwaway home.
//!
//! Apart, because a person's own keychain must never be touched by a test: bus, home and runtime folder are all inside
//! one temporary folder, and the bus starts nothing by itself. A process sees it by `environment`, and by nothing else.
//!
//! Deliberately not here: prompts. What would ask a person is either unlocked at start or meant to fail.

use crate::daemon::Daemon;
use crate::part::PartError;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const STARTING: Duration = Duration::from_secs(10);
const KEYRING: &str = "/usr/bin/gnome-keyring-daemon";
const BUS: &str = "/usr/bin/dbus-daemon";

/// A running bus, with or without a keyring on it. Dropping it stops both.
#[derive(Debug)]
pub struct SecretService {
    // Dropped in this order: the keyring before its bus, the bus before its folder.
    keyring: Option<Daemon>,
    _bus: Daemon,
    folder: tempfile::TempDir,
}

impl SecretService {
    /// An unlocked keyring.
    pub async fn start() -> Result<Self, PartError> {
        let mut service = Self::bus_alone().await?;
        let password = service.folder.path().join("password");
        std::fs::write(&password, "pw").map_err(PartError::io("write the keyring's password"))?;
        // The daemon reads the password from its standard input; `exec` keeps its process id ours to stop.
        let script = format!("exec {KEYRING} --foreground --unlock --components=secrets < \"$0\"");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script]).arg(&password);
        service.add(command).await?;
        Ok(service)
    }

    /// A keyring that nobody has unlocked.
    pub async fn start_locked() -> Result<Self, PartError> {
        let mut service = Self::bus_alone().await?;
        let mut command = Command::new(KEYRING);
        command.args(["--foreground", "--components=secrets"]);
        service.add(command).await?;
        Ok(service)
    }

    /// A session bus on which no Secret Service answers.
    pub async fn bus_alone() -> Result<Self, PartError> {
        for binary in [KEYRING, BUS] {
            if !Path::new(binary).is_file() {
                return Err(PartError::missing(format!("{binary} (packages gnome-keyring and dbus)")));
            }
        }
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        for name in ["home", "run"] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).map_err(PartError::io(format!("make {name}")))?;
            let private = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(&path, private).map_err(PartError::io(format!("keep {name} private")))?;
        }
        let socket = folder.path().join("bus");
        let settings = folder.path().join("bus.conf");
        std::fs::write(&settings, bus_settings(&socket)).map_err(PartError::io("write the bus's settings"))?;
        let mut command = Command::new(BUS);
        command.arg("--nofork").arg(format!("--config-file={}", settings.display())).envs(environment(folder.path()));
        let mut bus = Daemon::spawn("dbus-daemon", &mut command, &folder.path().join("bus.log"))?;
        bus.answered(STARTING, async || tokio::net::UnixStream::connect(&socket).await.is_ok()).await?;
        Ok(Self { keyring: None, _bus: bus, folder })
    }

    /// What a process needs to see this keychain and no other.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        environment(self.folder.path())
    }

    /// The throwaway home.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    async fn add(&mut self, mut command: Command) -> Result<(), PartError> {
        let folder = self.folder.path();
        command.envs(environment(folder));
        let mut keyring = Daemon::spawn("gnome-keyring-daemon", &mut command, &folder.join("keyring.log"))?;
        // With `--unlock` the daemon reads its password first; the name on the bus is the last thing it takes.
        keyring.answered(STARTING, async || owns_the_name(folder)).await?;
        self.keyring = Some(keyring);
        Ok(())
    }
}

fn owns_the_name(folder: &Path) -> bool {
    let asked = Command::new("/usr/bin/dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
        .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
        .envs(environment(folder))
        .stderr(Stdio::null())
        .output();
    asked.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
}

fn environment(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let home = folder.join("home");
    vec![
        ("DBUS_SESSION_BUS_ADDRESS", PathBuf::from(format!("unix:path={}", folder.join("bus").display()))),
        ("XDG_RUNTIME_DIR", folder.join("run")),
        ("XDG_DATA_HOME", home.join(".local/share")),
        ("XDG_CONFIG_HOME", home.join(".config")),
        ("XDG_CACHE_HOME", home.join(".cache")),
        ("HOME", home),
    ]
}

/// A session bus with no service files: nothing is started by being asked for.
fn bus_settings(socket: &Path) -> String {
    format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig><type>session</type>\
         <listen>unix:path={}</listen><policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
         <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n",
        socket.display()
    )
}
