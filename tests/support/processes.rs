//! Processes found by their command lines, as `/proc` lists them.
//!
//! What is deployed as a process outlives the program that deployed it, by design, and must not outlive the test. Its
//! command line names a temporary folder of that test, and nobody else's does.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{fs, path::Path};

/// Those whose command line `is` says yes to, but the test itself. In a line, each argument ends with a NUL.
pub fn with_line(is: impl Fn(&str) -> bool) -> Vec<Pid> {
    let line = |pid: Pid| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    all().filter(|pid| *pid != Pid::this() && is(&String::from_utf8_lossy(&line(*pid)))).collect()
}

/// The children of one.
pub fn children_of(parent: Pid) -> Vec<Pid> {
    let line = format!("PPid:\t{parent}\n");
    let status = |pid: Pid| fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    all().filter(|pid| status(*pid).contains(&line)).collect()
}

/// Sends a signal to all that run with `folder` in their command line.
pub fn signal_all_of(folder: &Path, signal: Signal) {
    let folder = folder.to_string_lossy();
    for pid in with_line(|line| line.contains(&*folder)) {
        let _ = kill(pid, signal);
    }
}

fn all() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(Pid::from_raw)
}
