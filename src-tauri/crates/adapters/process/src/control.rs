//! Speaking with a supervisor: asking it to stop its instance, and knowing that it is there.
//!
//! A connection is at the same time the word and the watch: the supervisor closes it by ending, which it does only once
//! the instance's end is written down. Where the supervisor is gone but its child is not (somebody killed the
//! supervisor), the child is an orphan: it is reported as running and is stopped by its number.

use crate::{
    kernel::Identity,
    layout::Layout,
    socket,
    status::{self, Status},
    trouble,
};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use std::{path::Path, time::Duration};
use switchback_core::{failure::Failure, ident::Instant, plan::InstanceName};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    sync::mpsc,
};

/// How often an orphan is looked at. The kernel tells the end of somebody else's child only through a `pidfd`, for
/// which there is no safe call; polling `/proc` is kept to this one case.
pub const ORPHAN_LOOK: Duration = Duration::from_millis(100);
/// After its child's end a supervisor needs no longer to write it down.
const SETTLING: Duration = Duration::from_secs(3);
/// What a supervisor may take beyond the grace it was given: the kill, the last lines and the writing.
const BEYOND_GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Request {
    #[serde(rename_all = "camelCase")]
    Stop { grace_ms: u64 },
}

/// The supervisor's side of one connection. Ends with the caller's hanging up; the supervisor's end closes it too.
pub async fn serve(stream: UnixStream, ask: mpsc::Sender<Duration>) {
    let (read, _write) = stream.into_split();
    let mut lines = BufReader::new(read.take(64 * 1024)).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(Request::Stop { grace_ms }) = serde_json::from_str(&line) {
            let _ = ask.send(Duration::from_millis(grace_ms)).await;
        }
    }
}

/// A connection to an instance's supervisor; `None` when it has none.
pub async fn reach(layout: &Layout, name: &InstanceName) -> Result<Option<UnixStream>, Failure> {
    let path = layout.instance_socket(name);
    socket::connect(&path).await.map_err(|error| trouble::io("connect to", &path, &error))
}

/// Returns when the supervisor at the other end is gone.
pub async fn gone(mut stream: UnixStream) {
    let mut byte = [0; 64];
    while let Ok(1..) = stream.read(&mut byte).await {}
}

/// What an instance does, seen through: what is written, unless the process it names is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Never started.
    Created,
    /// As written. A `Running` process is alive.
    Known(Status),
    /// It ended with nobody there to see: machine or supervisor and child were killed.
    Vanished {
        /// The port it was told.
        port: Option<u16>,
    },
}

/// Looks at an instance. In the moment between a child's end and its being written, waits for the writing.
pub async fn look(layout: &Layout, name: &InstanceName, dir: &Path) -> Result<Standing, Failure> {
    let first = Status::read(dir)?;
    let Some(Status::Running { process, .. }) = &first else {
        return Ok(first.map_or(Standing::Created, Standing::Known));
    };
    if !process.alive()
        && let Some(stream) = reach(layout, name).await?
    {
        let _ = tokio::time::timeout(SETTLING, gone(stream)).await;
    }
    Ok(match Status::read(dir)? {
        None => Standing::Created,
        Some(Status::Running { process, port, .. }) if !process.alive() => Standing::Vanished { port },
        Some(status) => Standing::Known(status),
    })
}

/// Stops a running instance and returns when it is stopped. `true` when it was ours to write the end down, for it
/// had no supervisor.
pub async fn stop(layout: &Layout, name: &InstanceName, dir: &Path, grace: Duration) -> Result<bool, Failure> {
    if let Some(mut stream) = reach(layout, name).await? {
        let request = Request::Stop { grace_ms: u64::try_from(grace.as_millis()).unwrap_or(u64::MAX) };
        let mut line = serde_json::to_vec(&request).map_err(|error| trouble::other(error.to_string()))?;
        line.push(b'\n');
        // A supervisor that ends at this very moment does what was asked.
        let _ = stream.write_all(&line).await;
        let limit = grace.saturating_add(BEYOND_GRACE);
        if tokio::time::timeout(limit, gone(stream)).await.is_err() {
            return Err(trouble::other(format!("{name} did not end within {} s", limit.as_secs())));
        }
    }
    let Some(Status::Running { process, since, port }) = Status::read(dir)? else { return Ok(false) };
    let code = if process.alive() { Some(stop_orphan(&process, grace).await) } else { None };
    let at = Instant::now();
    let ran_ms = status::millis(since, at);
    Status::Exited { code, out_of_memory: false, at, ran_ms, port }.write(dir)?;
    Ok(true)
}

/// Its exit code is its parent's to know; what is known is the signal that ended it.
async fn stop_orphan(process: &Identity, grace: Duration) -> i64 {
    process.signal(Signal::SIGTERM);
    if tokio::time::timeout(grace, orphan_ends(process)).await.is_ok() {
        return 128 + i64::from(Signal::SIGTERM as i32);
    }
    process.signal(Signal::SIGKILL);
    let _ = tokio::time::timeout(SETTLING, orphan_ends(process)).await;
    128 + i64::from(Signal::SIGKILL as i32)
}

/// Returns when an orphan is gone.
pub async fn orphan_ends(process: &Identity) {
    while process.alive() {
        tokio::time::sleep(ORPHAN_LOOK).await;
    }
}
