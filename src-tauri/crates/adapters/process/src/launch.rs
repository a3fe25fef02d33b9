//! Starts a detached process of ours and waits for its one line of answer.
//!
//! The process begins its own session as its first act, so the end of the application, its terminal or its process
//! group does not reach it. Orders go in through its standard input, never through arguments (which every user of the
//! machine can read) and never through the disk, for they hold secret values.

use crate::trouble;
use serde::{Deserialize, Serialize};
use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path, process::Stdio, time::Duration};
use switchback_core::failure::{Failure, FailureKind};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};

/// Longer than a supervisor waits for its predecessor; only a machine in great trouble is slower.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a detached process answers for its start.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// It does what it was started for.
    Started,
    /// Another one does already.
    Already,
    /// It could not.
    Refused(Failure),
}

/// Starts `prefix` with `arguments`, hands it `orders`, returns its answer. What it says on its standard error goes to
/// `errors`, for the day it dies before it answers.
pub async fn detached(
    prefix: &[String],
    arguments: &[&std::ffi::OsStr],
    orders: &[u8],
    errors: &Path,
) -> Result<Answer, Failure> {
    let (program, rest) =
        prefix.split_first().ok_or_else(|| trouble::other("no program to start a supervisor with"))?;
    let unreachable = |why: String| {
        let message = format!("the supervisor did not start: {why}");
        Failure::new(FailureKind::Unreachable { endpoint: program.clone() }, message)
    };
    let open = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(errors);
    let errors_file = open.map_err(|error| trouble::io("write", errors, &error))?;
    let mut child = Command::new(program)
        .args(rest)
        .args(arguments)
        .env_clear()
        .envs(crate::command::base_environment())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(errors_file)
        .spawn()
        .map_err(|error| unreachable(error.to_string()))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    // It outlives us, or we collect it: the task ends with the process or with this program.
    tokio::spawn(async move { child.wait().await });
    let exchange = async {
        if let Some(mut input) = input {
            input.write_all(orders).await?;
            input.shutdown().await?;
        }
        let mut line = String::new();
        if let Some(output) = output {
            BufReader::new(output).read_line(&mut line).await?;
        }
        std::io::Result::Ok(line)
    };
    let line = match tokio::time::timeout(PATIENCE, exchange).await {
        Ok(Ok(line)) => line,
        Ok(Err(error)) => return Err(unreachable(error.to_string())),
        Err(_) => return Err(unreachable(format!("no answer within {} s", PATIENCE.as_secs()))),
    };
    serde_json::from_str(&line).map_err(|_| {
        let said = std::fs::read_to_string(errors).unwrap_or_default();
        unreachable(format!("it ended without an answer; {}", said.chars().take(2000).collect::<String>().trim()))
    })
}

/// The detached side: leaves the starter's session and reads the orders.
pub async fn orders() -> std::io::Result<Vec<u8>> {
    // Refused only to the leader of a group, which one started from a shell by hand is; it is detached enough.
    let _ = nix::unistd::setsid();
    let mut orders = Vec::new();
    tokio::io::stdin().read_to_end(&mut orders).await?;
    Ok(orders)
}

/// The detached side: answers, once. Nobody may be listening any more, which is no reason not to go on.
pub async fn answer(answer: &Answer) {
    let Ok(mut line) = serde_json::to_vec(answer) else { return };
    line.push(b'\n');
    let mut output = tokio::io::stdout();
    if output.write_all(&line).await.is_ok() {
        let _ = output.flush().await;
    }
}

/// A lock file that says "one of these per file". Waits for a predecessor that is about to end, at most `patience`;
/// `None` when it is there to stay.
pub async fn lock(path: &Path, patience: Duration) -> Result<Option<std::fs::File>, Failure> {
    let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = open.map_err(|error| trouble::io("open", path, &error))?;
    if file.try_lock().is_ok() {
        return Ok(Some(file));
    }
    let (give, take) = tokio::sync::oneshot::channel();
    // A thread of its own: the runtime would wait for a blocking task at its end, and this one may never end.
    std::thread::spawn(move || {
        let locked = file.lock().map(|()| file);
        let _ = give.send(locked);
    });
    match tokio::time::timeout(patience, take).await {
        Ok(Ok(Ok(file))) => Ok(Some(file)),
        Ok(Ok(Err(error))) => Err(trouble::io("lock", path, &error)),
        _ => Ok(None),
    }
}
