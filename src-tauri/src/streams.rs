//! What the window is told without asking: `board` ticks whenever anything changed, `deployment:<id>` sends the whole
//! view after every event, `pods:<id>` the pods of its workload as they change.
//!
//! This process's own events come at once, and so does what the runtimes' watches hear; another process's writes are
//! seen by the store's generation, looked at every [`LOOK`].

use crate::opening::{Desk, Open};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex, time::Duration};
use switchback_api::ApiError;
use tauri::{State, async_runtime::JoinHandle, ipc::Channel};
use tokio::{sync::broadcast::error::RecvError, time::interval};

/// How often other processes' writes are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How often a board is due although nobody wrote: what runs can die without a word.
const DUE: Duration = Duration::from_secs(15);

/// How long a cluster that went away is left alone.
const AGAIN: Duration = Duration::from_secs(5);

/// The streams that are open, by their channel.
#[derive(Default)]
pub struct Streams(Mutex<HashMap<u32, JoinHandle<()>>>);

impl Streams {
    /// Ends them all.
    pub fn end_all(&self) {
        if let Ok(mut open) = self.0.lock() {
            open.drain().for_each(|(_, task)| task.abort());
        }
    }
}

/// Opens a stream.
#[tauri::command]
pub async fn subscribe(
    stream: String,
    channel: Channel<Value>,
    desk: State<'_, Desk>,
    streams: State<'_, Streams>,
) -> Result<(), ApiError> {
    let id = channel.id();
    let desk = desk.inner().clone();
    let task = match stream.split_once(':') {
        None if stream == "board" => tauri::async_runtime::spawn(follow(desk, channel, None)),
        Some(("pods", id)) => tauri::async_runtime::spawn(pods(desk, channel, id.to_owned())),
        Some(("deployment", id)) => tauri::async_runtime::spawn(follow(desk, channel, Some(id.to_owned()))),
        _ => return Err(ApiError::new("not_found", "there is no such stream")),
    };
    if let Ok(mut open) = streams.0.lock()
        && let Some(old) = open.insert(id, task)
    {
        old.abort();
    }
    Ok(())
}

/// Ends a stream. One that is not open is fine.
#[tauri::command]
pub async fn unsubscribe(id: u32, streams: State<'_, Streams>) -> Result<(), ApiError> {
    if let Ok(mut open) = streams.0.lock()
        && let Some(task) = open.remove(&id)
    {
        task.abort();
    }
    Ok(())
}

/// Follows whichever home is shown, until the channel is gone.
async fn follow(desk: Desk, channel: Channel<Value>, deployment: Option<String>) {
    let mut shown = desk.changes();
    while let Ok(open) = desk.current().await {
        shown.mark_unchanged();
        tokio::select! {
            () = one_home(&open, &channel, deployment.as_deref()) => return,
            changed = shown.changed() => if changed.is_err() { return },
        }
    }
}

/// A deployment's pods in the home that is shown, as long as its cluster is there. When that goes away, it is asked again.
async fn pods(desk: Desk, channel: Channel<Value>, deployment: String) {
    while let Ok(open) = desk.current().await {
        if let Ok(mut crew) = open.app.crew(&deployment).await {
            while let Some(view) = crew.next().await {
                if channel.send(json!(view)).is_err() {
                    return;
                }
            }
        }
        // Neither a socket's return nor another home is worth more than this.
        tokio::time::sleep(AGAIN).await;
    }
}

async fn one_home(open: &Open, channel: &Channel<Value>, deployment: Option<&str>) {
    let mut changes = open.app.changes();
    let (mut look, mut due) = (interval(LOOK), interval(DUE));
    let mut seen = None;
    // What somebody does by hand is no write of ours: the board hears it from the runtimes.
    let mut stirrings: stream::Fuse<stream::BoxStream<'static, ()>> = stream::empty().boxed().fuse();
    let mut heard = None;
    loop {
        tokio::select! {
            change = changes.recv() => match change {
                Ok(id) if deployment.is_some_and(|wanted| wanted != id.to_string()) => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            _ = look.tick() => {
                let now = open.app.generation().await.ok();
                if now.is_none() || seen.replace(now) == Some(now) { continue }
            },
            Some(()) = stirrings.next() => {}
            _ = due.tick(), if deployment.is_none() => {
                // Another revision may run by now, or a runtime that was away be back.
                let moved = open.app.generation().await.ok();
                if heard.replace(moved) != Some(moved) || stirrings.is_done() {
                    stirrings = open.app.stirrings().fuse();
                }
            }
        }
        let message = match deployment {
            None => Value::Null,
            Some(id) => match open.app.deployment(id).await {
                Ok(view) => json!(view),
                // The screen has what it loaded, and the reason from its own call.
                Err(_) => continue,
            },
        };
        if channel.send(message).is_err() {
            return;
        }
    }
}
