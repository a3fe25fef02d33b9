//! A private server process: started with its output in a log file, asked until it answers, stopped by its pid.
//!
//! Waits are bounded polls, because a foreign program gives no event to wait for.

use crate::{
    part::{PartError, tail},
    processes,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(25);
/// A daemon with a second of grace for its containers ends well within this.
const STOPPING: Duration = Duration::from_secs(15);

/// A running server; ended when dropped.
#[derive(Debug)]
pub struct Daemon {
    what: String,
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts the command; both its outputs are appended to `log`.
    pub fn spawn(what: &str, command: &mut Command, log: &Path) -> Result<Self, PartError> {
        let open = || File::options().create(true).append(true).open(log);
        let doing = || format!("open {}", log.display());
        let (out, err) = (open().map_err(PartError::io(doing()))?, open().map_err(PartError::io(doing()))?);
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => PartError::missing(what),
            _ => PartError::Io { doing: format!("start {what}"), source },
        })?;
        Ok(Self { what: what.to_owned(), child, log: log.to_owned() })
    }

    /// Asks until the answer is yes; an error when the server ends first or the bound passes.
    pub async fn answered(&mut self, within: Duration, mut ask: impl AsyncFnMut() -> bool) -> Result<(), PartError> {
        let start = Instant::now();
        while !ask().await {
            if let Ok(Some(status)) = self.child.try_wait() {
                let (what, status) = (self.what.clone(), status.to_string());
                return Err(PartError::Ended { what, status, log: tail(&self.log) });
            }
            if start.elapsed() > within {
                let (what, seconds) = (self.what.clone(), within.as_secs());
                return Err(PartError::Late { what, seconds, log: tail(&self.log) });
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, then ends it.
    pub fn stop(&mut self) {
        let _ = i32::try_from(self.child.id()).map(|id| kill(Pid::from_raw(id), Signal::SIGTERM));
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < STOPPING {
            pause();
        }
        self.kill();
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends every process whose command line names `folder`, a temporary folder only its own servers know, and their
/// children. A killed shim leaves its container running, so the children go first, while they can still be found.
pub fn end_processes_of(folder: &Path) {
    let folder = format!("{}/", folder.display());
    let start = Instant::now();
    while start.elapsed() < STOPPING {
        let own = processes::with_line(|line| line.contains(&folder));
        if own.is_empty() {
            return;
        }
        let children = own.iter().flat_map(|pid| processes::children_of(*pid)).filter(|pid| !own.contains(pid));
        for pid in children.chain(own.iter().copied()) {
            let _ = kill(pid, Signal::SIGKILL);
        }
        pause();
    }
}

/// Unmounts whatever is mounted under `folder`, the deepest first.
pub fn unmount_under(folder: &Path) {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let below = |line: &&str| line.split_whitespace().nth(1).is_some_and(|at| Path::new(at).starts_with(folder));
    for line in mounts.lines().filter(below).collect::<Vec<_>>().iter().rev() {
        if let Some(at) = line.split_whitespace().nth(1) {
            let _ = Command::new("umount").args(["--lazy", at]).status();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "stopping a foreign program in Drop: no event to wait for, no runtime")]
fn pause() {
    std::thread::sleep(POLL);
}
