//! Whether an agent is awake over a home: it holds a lock on a file there for as long as it lives, however it ends.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// Held by an agent; given up with its process.
#[derive(Debug)]
pub struct Awake {
    _file: Option<File>,
}

impl Awake {
    /// From now on it shows. A second agent over the same home is fine, and shows nothing more.
    pub fn over(home: &Path) -> io::Result<Self> {
        let file = open(home)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Ok(Self { _file: None }),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Whether one is awake.
pub(crate) fn somebody(home: &Path) -> bool {
    // Shared, so that two who look do not take each other for an agent.
    open(home).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn open(home: &Path) -> io::Result<File> {
    let mut options = File::options();
    // For its owner alone, as all that lies in a home.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).truncate(false).write(true).open(home.join("agent.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_shows_while_it_lives_and_a_second_look_is_none() -> io::Result<()> {
        let home = std::env::temp_dir().join(format!("switchback-awake-{}", std::process::id()));
        std::fs::create_dir_all(&home)?;
        assert!(!somebody(&home));
        let (first, second) = (Awake::over(&home)?, Awake::over(&home)?);
        assert!(somebody(&home) && somebody(&home));
        drop(second);
        assert!(somebody(&home));
        drop(first);
        assert!(!somebody(&home));
        std::fs::remove_dir_all(home)
    }
}
