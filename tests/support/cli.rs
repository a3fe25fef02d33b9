//! The real `switchback` command with a home and a keychain of its own, as a script or a person at a shell uses it.
//!
//! Cargo gives tests no path to another package's program, so it is asked once to build it, into the folder this test
//! was built into; `SWITCHBACK_BIN` names one that is built already. Deliberately not here: what a test deploys.

use crate::{daemon::end_processes_of, part::PartError, secret_service::SecretService};
use serde_json::Value;
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};
use tokio::io::AsyncWriteExt as _;

static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();

/// The built command. The first caller waits for cargo, which does nothing when all is fresh.
pub fn program() -> Result<PathBuf, PartError> {
    let built = PROGRAM.get_or_init(build);
    built.clone().map_err(|how| PartError::Missing { what: "the switchback command".to_owned(), how })
}

fn build() -> Result<PathBuf, String> {
    if let Some(built) = std::env::var_os("SWITCHBACK_BIN") {
        return Ok(built.into());
    }
    // A test's own program is TARGET/PROFILE/deps/NAME-HASH.
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = test.ancestors().nth(2).ok_or("this test is not in a target folder")?.to_owned();
    let target = folder.parent().ok_or("this test is not in a target folder")?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "switchback-cli", "--target-dir"]).arg(target);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    // What cargo told this test about its own package is not the other one's business.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        cargo.env_remove(name);
    }
    let output = cargo.current_dir(crate::place::tests()).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cargo could not be asked to build it: {error}"))?;
    let program = folder.join("switchback");
    if output.status.success() && program.is_file() {
        return Ok(program);
    }
    Err(format!("`cargo build -p switchback-cli`: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A home directory, a keychain and a policy file: all one person's Switchback is made of.
#[derive(Debug)]
pub struct Desk {
    keychain: SecretService,
    folder: tempfile::TempDir,
    program: PathBuf,
    more: Vec<(String, OsString)>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        // What it deployed as processes outlives the command by design; their command lines name this folder.
        end_processes_of(self.folder.path());
    }
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// All of standard output.
    pub stdout: String,
    /// The document on standard output; null when there is none.
    pub json: Value,
    /// Progress and errors.
    pub stderr: String,
}

impl Desk {
    /// An empty one.
    pub async fn new() -> Result<Self, PartError> {
        Self::with(SecretService::start().await?)
    }

    /// An empty one that sees this keychain.
    pub fn with(keychain: SecretService) -> Result<Self, PartError> {
        let program = program()?;
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        Ok(Self { keychain, folder, program, more: Vec::new() })
    }

    /// Where its history lives.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// What its commands find in their environment: its keychain, and what the test has set.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let keychain =
            self.keychain.environment().into_iter().map(|(name, value)| (name.into(), value.into_os_string()));
        keychain.chain(self.more.iter().map(|(name, value)| (name.into(), value.clone()))).collect()
    }

    /// The address of its session bus.
    pub fn bus(&self) -> PathBuf {
        let environment = self.keychain.environment();
        let bus = environment.into_iter().find(|(name, _)| *name == "DBUS_SESSION_BUS_ADDRESS");
        bus.map(|(_, address)| address).unwrap_or_default()
    }

    /// A place for files of the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// One more environment variable for its commands, or another value of one.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.more.push((name.to_owned(), value.into()));
    }

    /// The file that sets this desk's clock.
    pub fn clock(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Sets this desk's clock: it is `instant` now, and time passes from there. All its commands see it at once.
    pub fn set_clock(&mut self, instant: &str) -> Result<(), PartError> {
        let (file, new) = (self.clock(), self.folder.path().join("clock.new"));
        std::fs::write(&new, instant).map_err(PartError::io("write the clock"))?;
        std::fs::rename(&new, &file).map_err(PartError::io("set the clock"))?;
        if !self.more.iter().any(|(name, _)| name == "SWITCHBACK_TEST_CLOCK") {
            self.set("SWITCHBACK_TEST_CLOCK", file);
        }
        Ok(())
    }

    /// Starts a command that is not waited for; it is killed when it is dropped.
    pub fn start<S: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = S>,
    ) -> Result<tokio::process::Child, PartError> {
        let mut command = self.surroundings(&self.program);
        command.arg("--home").arg(self.home()).args(["--output", "json"]).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().map_err(PartError::io("start switchback"))
    }

    /// Runs a command to its end.
    pub async fn run<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Result<Answer, PartError> {
        self.given("", words).await
    }

    /// Runs a command that reads `input` from its standard input.
    pub async fn given<S: AsRef<OsStr>>(
        &self,
        input: &str,
        words: impl IntoIterator<Item = S>,
    ) -> Result<Answer, PartError> {
        let mut command = self.surroundings(&self.program);
        command.arg("--home").arg(self.home()).args(["--output", "json"]).args(words);
        self.ask(input, command).await
    }

    /// The built program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A command that sees this desk's home and keychain, and nothing else of the test's own surroundings.
    pub fn surroundings(&self, program: impl AsRef<OsStr>) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(self.keychain.environment());
        command.env("SWITCHBACK_HOME", self.home()).envs(self.more.iter().cloned());
        command
    }

    /// Runs a command to its end; `input` is its standard input.
    pub async fn ask(&self, input: &str, mut command: tokio::process::Command) -> Result<Answer, PartError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(PartError::io("start switchback"))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read its input may be gone already.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await.map_err(PartError::io("wait for switchback"))?;
        Ok(Answer {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Writes the policy and applies it.
    pub async fn apply(&self, policy: &str) -> Result<Answer, PartError> {
        let file = self.folder.path().join("switchback.yaml");
        std::fs::write(&file, policy).map_err(PartError::io("write switchback.yaml"))?;
        self.run([OsStr::new("apply"), OsStr::new("-f"), file.as_os_str()]).await
    }
}

impl Answer {
    /// Holds the exit code; shows all that was said when it is another.
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {:#}\nstderr: {}", self.json, self.stderr);
        self
    }

    /// The error as JSON: the last line of standard error.
    pub fn error(&self) -> Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or(Value::Null)
    }

    /// The text at a JSON pointer; empty when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}
