//! Probe commands and hooks, on this machine. A cluster has no hands here.

use std::{process::Stdio, time::Duration};
use switchback_core::port::CommandOutput;
use tokio::process::Command;

/// Most bytes of output kept, from the beginning.
const KEPT: usize = 16 * 1024;
/// As `timeout(1)` says it.
const LATE: i32 = 124;
/// As shells say that there is no such program.
const NO_PROGRAM: i32 = 127;

/// Runs a command to its end or its time. No shell.
pub(crate) async fn run_here(command: &[String], timeout: Duration) -> CommandOutput {
    let said = |code, output: &str| CommandOutput { code, output: output.chars().take(KEPT).collect() };
    let Some((program, arguments)) = command.split_first() else { return said(NO_PROGRAM, "no command is given") };
    let mut child = Command::new(program);
    child.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(timeout, child.output()).await {
        Err(_) => said(LATE, ""),
        Ok(Err(error)) => said(NO_PROGRAM, &format!("{program}: {error}")),
        Ok(Ok(output)) => {
            let both = [output.stdout, output.stderr].concat();
            said(output.status.code().unwrap_or(NO_PROGRAM), &String::from_utf8_lossy(&both))
        }
    }
}
