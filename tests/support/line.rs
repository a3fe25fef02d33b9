//! A socket in front of an engine's, that can be cut: the engine lives on, and nobody gets to it.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};
use tokio::{
    io::copy_bidirectional,
    net::{UnixListener, UnixStream},
    task::JoinSet,
};
use tokio_util::task::AbortOnDropHandle;

/// A line from one socket to another.
#[derive(Debug)]
pub struct Line {
    from: PathBuf,
    to: PathBuf,
    task: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Line {
    /// Lays it; needs a runtime around it.
    pub fn lay(from: PathBuf, to: PathBuf) -> Self {
        let line = Self { from, to, task: Mutex::new(None) };
        line.mend();
        line
    }

    /// Where clients connect to.
    pub fn path(&self) -> &Path {
        &self.from
    }

    /// The socket is gone, and whoever speaks is cut off in mid-word.
    pub fn cut(&self) {
        let _ = std::fs::remove_file(&self.from);
        self.task.lock().expect("no panic holds it").take();
    }

    /// Is there again.
    pub fn mend(&self) {
        let listener = UnixListener::bind(&self.from).expect("a socket");
        let task = tokio::spawn(forward(listener, self.to.clone()));
        *self.task.lock().expect("no panic holds it") = Some(AbortOnDropHandle::new(task));
    }
}

async fn forward(listener: UnixListener, to: PathBuf) {
    // Dropped with this task: an open connection then ends with it.
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((mut near, _)) = accepted else { return };
                let to = to.clone();
                open.spawn(async move {
                    let mut far = UnixStream::connect(to).await?;
                    copy_bidirectional(&mut near, &mut far).await
                });
            }
            Some(_) = open.join_next() => {}
        }
    }
}
