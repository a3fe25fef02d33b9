//! Processes looked at while something runs: their command lines, and the surroundings of our own.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tokio_util::sync::CancellationToken;

/// Other people's processes give no event; this often is enough to meet each that does anything.
const LOOK: Duration = Duration::from_millis(20);

/// A look at all processes, again and again, until [`Watch::end`].
pub struct Watch {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<BTreeMap<String, String>>,
}

impl Watch {
    /// Begins. Processes that run `ours` are looked at more closely.
    pub fn begin(ours: PathBuf) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let mut seen = BTreeMap::new();
            while tokio::time::timeout(LOOK, stopped.cancelled()).await.is_err() {
                look(&ours, &mut seen);
            }
            seen
        });
        Self { stop, task }
    }

    /// Ends; what was seen by place.
    pub async fn end(self) -> BTreeMap<String, String> {
        self.stop.cancel();
        self.task.await.unwrap_or_default()
    }
}

fn look(ours: &std::path::Path, seen: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().filter(|name| name.parse::<u32>().is_ok()).map(str::to_owned) else {
            continue;
        };
        let read = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
        let mut keep = |name: &str| {
            let text = String::from_utf8_lossy(&read(name)).into_owned();
            seen.entry(format!("{name} {text}")).or_insert_with(|| format!("/proc/{id}/{name}: {text}"));
        };
        keep("cmdline");
        if std::fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == ours) {
            keep("environ");
        }
    }
}
