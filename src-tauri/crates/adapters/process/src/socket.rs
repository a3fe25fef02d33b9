//! Unix sockets at paths of any length.
//!
//! The kernel takes at most 108 bytes. A longer path is reached through a descriptor of its directory
//! (`/proc/self/fd/N/name`), so that a deep home directory is no reason to put control sockets into `/tmp`.

use std::{
    fs::File,
    io,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
};
use tokio::net::{UnixDatagram, UnixListener, UnixStream};

/// Shorter than the kernel's 108, for the closing zero and a margin.
const LONGEST: usize = 100;

/// A short name for a path, good while the directory it comes with is open.
fn short(path: &Path) -> io::Result<(PathBuf, Option<File>)> {
    if path.as_os_str().len() <= LONGEST {
        return Ok((path.to_owned(), None));
    }
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let dir = File::open(dir)?;
    Ok((PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(name), Some(dir)))
}

fn within<T>(path: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let (short, _dir) = short(path)?;
    act(&short)
}

/// Listens, taking the place of a socket left over. The caller holds a lock that says nobody else listens there.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    clear(path)?;
    within(path, |path| UnixListener::bind(path))
}

/// Connects; `None` when nobody listens.
pub async fn connect(path: &Path) -> io::Result<Option<UnixStream>> {
    let (short, _dir) = match short(path) {
        Err(error) if nobody(&error) => return Ok(None),
        other => other?,
    };
    match UnixStream::connect(short).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if nobody(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A letter box for events.
pub fn letter_box(path: &Path) -> io::Result<UnixDatagram> {
    clear(path)?;
    within(path, |path| UnixDatagram::bind(path))
}

/// Sends one event; `false` when nobody has that box any more.
pub async fn send(path: &Path, message: &[u8]) -> io::Result<bool> {
    let socket = UnixDatagram::unbound()?;
    match within(path, |path| socket.connect(path)) {
        Ok(()) => {}
        Err(error) if nobody(&error) => return Ok(false),
        Err(error) => return Err(error),
    }
    match socket.send(message).await {
        Ok(_) => Ok(true),
        Err(error) if nobody(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

fn clear(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_longer_than_the_kernel_takes_still_carries_a_connection() {
        let home = tempfile::tempdir().unwrap();
        let deep = home.path().join("d".repeat(90)).join("e".repeat(90));
        std::fs::create_dir_all(&deep).unwrap();
        let path = deep.join("x.sock");
        let listener = listen(&path).unwrap();
        let (accepted, connected) = tokio::join!(listener.accept(), connect(&path));
        assert!(accepted.is_ok() && connected.unwrap().is_some());
    }

    #[tokio::test]
    async fn where_nobody_listens_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("x.sock");
        assert!(connect(&path).await.unwrap().is_none());
        drop(listen(&path).unwrap());
        assert!(connect(&path).await.unwrap().is_none(), "a socket left over is nobody");
        assert!(!send(&path, b"x").await.unwrap_or(false));
    }
}
