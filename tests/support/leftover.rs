//! What a home leaves running by design: supervised services, their supervisors and switches outlive every command, and
//! must not outlive the test.

use crate::processes;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde_json::Value;
use std::{fs, path::PathBuf};

/// The processes of one home. Dropping it ends them.
#[derive(Debug)]
pub struct Leftovers(PathBuf);

impl Leftovers {
    /// Those of this home.
    pub fn of(home: PathBuf) -> Self {
        Self(home)
    }

    /// Kills the services that run, as somebody does by hand; their supervisors see it.
    pub fn kill_services(&self) {
        for entry in fs::read_dir(self.0.join("process/instances")).into_iter().flatten().flatten() {
            let status = fs::read(entry.path().join("status.json")).unwrap_or_default();
            let status: Value = serde_json::from_slice(&status).unwrap_or_default();
            let pid = status["process"]["pid"].as_i64().filter(|_| status["state"] == "running");
            if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) {
                let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        self.kill_services();
        processes::signal_all_of(&self.0, Signal::SIGKILL);
    }
}
