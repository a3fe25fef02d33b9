//! Commands with an end: a probe's on this machine, a router's in a container. Both bounded in time and output.

use crate::{client::Client, trouble::Said as _};
use bollard::{
    exec::{StartExecOptions, StartExecResults},
    models::ExecConfig,
};
use futures::TryStreamExt as _;
use std::{process::Stdio, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::CommandOutput,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
    sync::mpsc,
};

/// Most bytes of output kept, from the beginning.
const KEPT: usize = 16 * 1024;
/// As `timeout(1)` says it.
const LATE: i32 = 124;
/// As shells say that there is no such program.
const NO_PROGRAM: i32 = 127;

/// Runs a command on this machine. No shell; what it leaves behind in the background is not waited for.
pub(crate) async fn run_here(command: &[String], timeout: Duration) -> CommandOutput {
    let Some((program, arguments)) = command.split_first() else {
        return CommandOutput { code: NO_PROGRAM, output: "no command is given".to_owned() };
    };
    let mut all = Command::new(program);
    all.args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .process_group(0);
    let mut child = match all.spawn() {
        Ok(child) => child,
        Err(error) => return CommandOutput { code: NO_PROGRAM, output: format!("{program}: {error}") },
    };
    let (sender, mut receiver) = mpsc::channel(16);
    if let Some(out) = child.stdout.take() {
        tokio::spawn(forward(out, sender.clone()));
    }
    if let Some(err) = child.stderr.take() {
        tokio::spawn(forward(err, sender.clone()));
    }
    drop(sender);
    let mut kept = Kept::default();
    let whole = async {
        while let Some(bytes) = receiver.recv().await {
            kept.take(&bytes);
        }
        child.wait().await
    };
    let code = match tokio::time::timeout(timeout, whole).await {
        Ok(Ok(status)) => code(status),
        Ok(Err(error)) => {
            kept.take(error.to_string().as_bytes());
            NO_PROGRAM
        }
        Err(_) => {
            // With what it started: a script's children would go on without it.
            let group = child.id().and_then(|id| i32::try_from(id).ok()).map(nix::unistd::Pid::from_raw);
            let _ = group.map(|group| nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL));
            LATE
        }
    };
    CommandOutput { code, output: kept.text() }
}

/// Runs a command in a container. At timeout it is left behind there: an engine cannot end it.
pub(crate) async fn exec(
    client: &Client,
    container: &str,
    command: &[String],
    timeout: Duration,
) -> Result<CommandOutput, Failure> {
    let mut kept = Kept::default();
    let whole = async {
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.to_vec()),
            ..ExecConfig::default()
        };
        let id = client.create_exec(container, config).await?.id;
        let started = client.start_exec(&id, None::<StartExecOptions>).await?;
        if let StartExecResults::Attached { mut output, .. } = started {
            while let Some(piece) = output.try_next().await? {
                kept.take(piece.as_ref());
            }
        }
        client.inspect_exec(&id).await
    };
    let code = match tokio::time::timeout(timeout, whole).await {
        Ok(Ok(ended)) => ended.exit_code.and_then(|code| i32::try_from(code).ok()).unwrap_or(NO_PROGRAM),
        Ok(Err(error)) if error.absent() => {
            return Err(Failure::new(FailureKind::Other, format!("there is no container {container}")));
        }
        Ok(Err(error)) => return Err(error.on(client.endpoint())),
        Err(_) => LATE,
    };
    Ok(CommandOutput { code, output: kept.text() })
}

async fn forward(mut from: impl AsyncRead + Unpin, to: mpsc::Sender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.send(buffer[..length].to_vec()).await.is_err() {
            return;
        }
    }
}

#[cfg(unix)]
fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(NO_PROGRAM)
}

#[cfg(windows)]
fn code(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(NO_PROGRAM)
}

/// Output up to its bound; the rest is read and dropped, lest the program wait for a reader.
#[derive(Default)]
struct Kept(Vec<u8>);

impl Kept {
    fn take(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.0.len());
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str, timeout: Duration) -> CommandOutput {
        run_here(&["/bin/sh", "-c", script].map(str::to_owned), timeout).await
    }

    #[tokio::test]
    async fn a_command_tells_its_code_and_both_outputs() {
        let ended = shell("echo out; echo err >&2; exit 3", Duration::from_secs(10)).await;
        assert_eq!(ended.code, 3);
        assert!(ended.output.contains("out\n") && ended.output.contains("err\n"), "{}", ended.output);
    }

    #[tokio::test]
    async fn a_command_that_takes_too_long_is_124() {
        let ended = shell("echo begun; exec sleep 60", Duration::from_millis(300)).await;
        assert_eq!(ended, CommandOutput { code: LATE, output: "begun\n".to_owned() });
    }

    #[tokio::test]
    async fn a_flood_is_bounded_and_a_missing_program_is_127() {
        let flood = shell("head -c 100000 /dev/zero | tr '\\0' x", Duration::from_secs(10)).await;
        assert_eq!((flood.code, flood.output.len()), (0, KEPT));
        assert_eq!(run_here(&["/no/such".to_owned()], Duration::from_secs(1)).await.code, NO_PROGRAM);
    }
}
