//! A private X server, session bus and WebDriver, and the window in them. Nothing of the user's desktop is touched.

use crate::{cli::Desk, part::PartError, port, processes};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// What driving a window comes to.
pub type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Longest time a window may take to show what it was asked for; only a guard against hanging.
pub const PATIENCE: Duration = Duration::from_mins(4);

/// Names the folder that pictures of the screens are put into; without it none are taken.
pub const PICTURES: &str = "SWITCHBACK_PICTURES";
/// The home of pictures, so that the paths in them read well; only with [`PICTURES`].
const PICTURES_HOME: &str = "SWITCHBACK_PICTURES_HOME";

/// The demo looks for free ports when it begins; two that begin together would find the same.
static DEMOS: Semaphore = Semaphore::const_new(1);

/// The turn to run a demo.
pub async fn turn() -> Done<SemaphorePermit<'static>> {
    Ok(DEMOS.acquire().await?)
}

/// A home of its own, and the turn.
type Held = (Option<tempfile::TempDir>, SemaphorePermit<'static>);

/// Programs that end with the test.
pub struct Desktop {
    children: Vec<Child>,
    home: PathBuf,
    display: String,
    port: u16,
    /// The home is removed and the turn given back last.
    _held: Option<Held>,
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            // The bus has children of its own, so its whole group ends.
            let _ = i32::try_from(child.id()).map(|id| killpg(Pid::from_raw(id), Signal::SIGTERM));
            let _ = child.wait();
        }
        // What the demo runs outlives the window by design. Its command lines name this test's folder, and nobody's else.
        processes::signal_all_of(&self.home, Signal::SIGTERM);
    }
}

impl Desktop {
    /// With an empty home of its own.
    pub async fn start() -> Done<Self> {
        let turn = turn().await?;
        let asked = std::env::var_os(PICTURES).and_then(|_| std::env::var_os(PICTURES_HOME));
        let own = asked.is_none().then(tempfile::tempdir).transpose()?;
        let home = match (&own, asked) {
            (Some(own), _) => own.path().to_owned(),
            (None, asked) => PathBuf::from(asked.unwrap_or_default()),
        };
        Self::around(home, Some((own, turn)), &[])
    }

    /// Over a home that is there.
    pub fn on(home: &Path) -> Done<Self> {
        Self::around(home.to_owned(), None, &[])
    }

    /// Over a home that is there, by the clock that this file sets.
    pub fn by_clock(home: &Path, clock: &Path) -> Done<Self> {
        Self::around(home.to_owned(), None, &[("SWITCHBACK_TEST_CLOCK".into(), clock.into())])
    }

    /// Over a home that is there, on a system that speaks another language.
    pub fn speaking(home: &Path, locale: &str) -> Done<Self> {
        Self::around(home.to_owned(), None, &[("LC_ALL".into(), locale.into())])
    }

    /// Over a desk's home, with its keychain, its clock and whoever sits there.
    pub fn of(desk: &Desk) -> Done<Self> {
        Self::around(desk.home(), None, &desk.environment())
    }

    fn around(home: PathBuf, held: Option<Held>, more: &[(OsString, OsString)]) -> Done<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|_| PartError::missing("Xvfb"))?;
        let mut number = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut number)?;
        }
        let (display, port) = (format!(":{}", number.trim()), port::free());
        let mut desktop = Self { children: vec![server], home, display, port, _held: held };
        // The driver in the place of the bus's only client: ending it ends the bus.
        let driver = Command::new("dbus-run-session")
            // A desk's keychain is on a bus of its own.
            .args(["--", "env"])
            .args(
                more.iter()
                    .map(|(name, value)| [name.as_os_str(), "=".as_ref(), value].into_iter().collect::<OsString>()),
            )
            .args(["WebKitWebDriver", &format!("--port={port}")])
            .env("DISPLAY", &desktop.display)
            .env("SWITCHBACK_HOME", &desktop.home)
            // What the window remembers (language, theme) is this test's too.
            .envs(["DATA", "CONFIG", "CACHE"].map(|kind| (format!("XDG_{kind}_HOME"), desktop.home.join("window"))))
            .envs([("NO_AT_BRIDGE", "1"), ("LIBGL_ALWAYS_SOFTWARE", "1"), ("WEBKIT_DISABLE_DMABUF_RENDERER", "1")])
            .envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|_| PartError::missing("dbus-run-session with WebKitWebDriver"))?;
        desktop.children.push(driver);
        Ok(desktop)
    }

    /// Opens the window.
    pub async fn open(&self) -> Done<Client> {
        self.open_program(&program()?).await
    }

    /// Opens a window of another program.
    pub async fn open_program(&self, program: &Path) -> Done<Client> {
        let wanted = serde_json::json!({ "webkitgtk:browserOptions": { "binary": program } });
        let serde_json::Value::Object(wanted) = wanted else { return Err("not an object".into()) };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let builder = builder.capabilities(wanted);
        let address = format!("http://127.0.0.1:{}", self.port);
        let asked = tokio::time::Instant::now();
        loop {
            match builder.connect(&address).await {
                Ok(client) => return Ok(client),
                Err(error) if asked.elapsed() > PATIENCE => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Memory of the window and all that belongs to it, in bytes: of what processes share, each has its part (PSS).
    pub fn memory(&self) -> std::io::Result<u64> {
        let mut family: Vec<u32> = self.children.iter().skip(1).map(Child::id).collect();
        let mut sum = 0;
        while let Some(id) = family.pop() {
            let tasks = std::fs::read_dir(format!("/proc/{id}/task"))?.flatten();
            let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
            family.extend(
                children
                    .flat_map(|line| line.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()),
            );
            let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
            let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"));
            sum += pss.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024;
        }
        Ok(sum)
    }

    /// A picture of the whole screen, when pictures are wanted.
    pub async fn picture(&self, name: &str) -> Done {
        let Some(folder) = std::env::var_os(PICTURES) else { return Ok(()) };
        let file = Path::new(&folder).join(format!("{name}.png"));
        // One more frame than the one that is asked for may be on its way.
        tokio::time::sleep(Duration::from_millis(400)).await;
        let taken = Command::new("import").args(["-window", "root", "-display", &self.display]).arg(&file).status();
        let taken = taken.map_err(|_| PartError::missing("import (package imagemagick)"))?;
        if taken.success() { Ok(()) } else { Err(format!("no picture at {}", file.display()).into()) }
    }
}

/// The window's program, from `SWITCHBACK_DESKTOP_BIN`, else from the folder this test was built into.
pub fn program() -> Result<PathBuf, PartError> {
    let beside = || {
        let test = std::env::current_exe().ok()?;
        Some(test.ancestors().nth(2)?.join("switchback-desktop"))
    };
    std::env::var_os("SWITCHBACK_DESKTOP_BIN")
        .map(PathBuf::from)
        .or_else(beside)
        .filter(|path| path.is_file())
        .ok_or_else(|| PartError::Missing {
            what: "the window's program".to_owned(),
            how: "run `cargo build -p switchback-desktop --features custom-protocol`, or name it in \
                  SWITCHBACK_DESKTOP_BIN"
                .to_owned(),
        })
}
