//! The real window, driven as a person would: the living demo is looked at, broken, rolled back and found in the audit.
//!
//! A private X server, session bus and WebDriver; nothing of the user's desktop is touched. The program comes from
//! `SWITCHBACK_DESKTOP_BIN`, else from the folder this test was built into.

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use switchback_tests::{load::free_port, part::PartError};

/// Longest time the window may take to show what it was asked for.
const PATIENCE: Duration = Duration::from_secs(30);

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Programs that end with the test.
struct Desktop {
    children: Vec<Child>,
    home: tempfile::TempDir,
    port: u16,
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            // The bus has children of its own, so its whole group ends.
            let _ = i32::try_from(child.id()).map(|id| killpg(Pid::from_raw(id), Signal::SIGTERM));
            let _ = child.wait();
        }
        // What the demo runs outlives the window by design. Its command lines name this test's folder, and nobody's else.
        let home = self.home.path().to_string_lossy().into_owned();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains(&home) {
                let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
            }
        }
    }
}

impl Desktop {
    fn start() -> Done<Self> {
        let home = tempfile::tempdir()?;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|_| PartError::missing("Xvfb"))?;
        let mut display = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut display)?;
        }
        let port = free_port();
        let mut desktop = Self { children: vec![server], home, port };
        // The driver in the place of the bus's only client: ending it ends the bus.
        let driver = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", &format!("--port={port}")])
            .env("DISPLAY", format!(":{}", display.trim()))
            .env("SWITCHBACK_HOME", desktop.home.path())
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

    async fn open(&self, program: &Path) -> Done<Client> {
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
}

fn program() -> Result<PathBuf, PartError> {
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

struct Window(Client);

impl Window {
    async fn see(&self, css: &str) -> Done<fantoccini::elements::Element> {
        let found = self.0.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.map_err(|error| format!("{css}: {error}").into())
    }

    async fn click(&self, id: &str) -> Done {
        Ok(self.see(&format!("[data-testid='{id}']")).await?.click().await?)
    }

    /// Waits for an element to hold a text. The driver's own notion of visible text leaves out cells that are cut.
    async fn reads(&self, id: &str, text: &str) -> Done {
        let asked = tokio::time::Instant::now();
        loop {
            let shown = self
                .see(&format!("[data-testid='{id}']"))
                .await?
                .prop("textContent")
                .await
                .ok()
                .flatten()
                .unwrap_or_default();
            if shown.contains(text) {
                return Ok(());
            }
            if asked.elapsed() > PATIENCE {
                return Err(format!("{id} never said {text}: {shown}").into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn write(&self, id: &str, text: &str) -> Done {
        Ok(self.see(&format!("[data-testid='{id}']")).await?.send_keys(text).await?)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_broken_explained_rolled_back_and_found_in_the_audit() -> Done {
    let desktop = Desktop::start()?;
    let window = Window(desktop.open(&program()?).await?);
    let told = night(&window).await;
    let _ = window.0.clone().close().await;
    told
}

async fn night(window: &Window) -> Done {
    // The demo has filled both targets, and its bad release is quarantined.
    window.see("[data-testid='board'] [data-testid='demo-banner']").await?;
    window.reads("cell-web-production", "r5").await?;
    window.click("rail-releases").await?;
    window.click("clear-1.3.0").await?;
    window.write("reason", "look at it once more").await?;
    window.click("reason-confirm").await?;

    window.click("rail-board").await?;
    window.click("deploy-button").await?;
    window.see("[data-testid='version-select'] option[value='1.3.0']").await?.click().await?;
    window.write("reason", "simpler local setup").await?;
    window.click("start-button").await?;
    window.see("[data-testid='diagnosis-cause'][data-cause='connection_refused_localhost']").await?;
    window.see("[data-testid='deployment-state'][data-state='rolledBack']").await?;

    // The way back: the revision, the reason, the button.
    window.click("rail-board").await?;
    window.click("cell-web-staging").await?;
    window.click("history-web-staging").await?;
    window.click("revision-row-2").await?;
    window.write("reason", "totals are wrong").await?;
    window.click("rollback-button").await?;
    window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;

    window.click("rail-audit").await?;
    window.reads("audit-table", "totals are wrong").await
}
