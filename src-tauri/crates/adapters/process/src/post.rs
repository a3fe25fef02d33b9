//! Lifecycle events from whoever causes them to whoever watches, in any process.
//!
//! A watcher puts a datagram socket into the target's folder; whoever has news sends it to every socket there. So a
//! watcher also hears of instances made after it began, and news of a crash comes from the supervisor that saw it.
//! Deliberately no broker: there is nothing to start, and a watcher that died costs one refused send.

use crate::{
    layout::{self, Layout},
    socket, trouble,
};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use switchback_core::{failure::Failure, name::Target, port::LifecycleEvent};
use tokio::net::UnixDatagram;

/// A watcher that has not emptied its box for so long (it is stopped in a debugger) misses the event.
const PATIENCE: Duration = Duration::from_secs(2);
/// An event is a name and a few words.
const LONGEST_EVENT: usize = 4096;

/// A watcher's letter box, gone when dropped.
#[derive(Debug)]
pub struct LetterBox {
    socket: UnixDatagram,
    path: PathBuf,
}

impl LetterBox {
    /// Opens one. From the return on no event is missed.
    pub fn open(layout: &Layout, target: &Target) -> Result<Self, Failure> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let dir = layout.watchers(target);
        layout::make_dir(&dir)?;
        let path = dir.join(format!("{}-{}.sock", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        let socket = socket::letter_box(&path).map_err(|error| trouble::io("listen at", &path, &error))?;
        Ok(Self { socket, path })
    }

    /// The next event. Anything else that somebody drops into the box is passed over.
    pub async fn next(&self) -> Result<LifecycleEvent, Failure> {
        let mut bytes = vec![0; LONGEST_EVENT];
        loop {
            let count =
                self.socket.recv(&mut bytes).await.map_err(|error| trouble::io("receive at", &self.path, &error))?;
            if let Ok(event) = serde_json::from_slice(&bytes[..count]) {
                return Ok(event);
            }
        }
    }
}

impl Drop for LetterBox {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Tells every watcher of the target. The boxes of watchers that died are cleared away.
pub async fn tell(layout: &Layout, target: &Target, event: &LifecycleEvent) {
    let Ok(message) = serde_json::to_vec(event) else { return };
    let boxes = std::fs::read_dir(layout.watchers(target)).into_iter().flatten().flatten();
    let sends = boxes.map(|entry| deliver(entry.path(), &message));
    futures::future::join_all(sends).await;
}

async fn deliver(path: PathBuf, message: &[u8]) {
    if let Ok(Ok(false)) = tokio::time::timeout(PATIENCE, socket::send(Path::new(&path), message)).await {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchback_core::{plan::InstanceName, port::Lifecycle};

    #[tokio::test]
    async fn every_watcher_hears_and_a_dead_one_is_cleared_away() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::new(home.path().to_owned());
        let target: Target = "checkout/production".parse().unwrap();
        let (one, two) = (LetterBox::open(&layout, &target).unwrap(), LetterBox::open(&layout, &target).unwrap());
        let dead = layout.watchers(&target).join("0-0.sock");
        drop(socket::letter_box(&dead).unwrap());
        let event = LifecycleEvent { instance: InstanceName("a".to_owned()), what: Lifecycle::Started };
        tell(&layout, &target, &event).await;
        assert_eq!((one.next().await.unwrap(), two.next().await.unwrap()), (event.clone(), event));
        assert!(!dead.exists());
    }
}
