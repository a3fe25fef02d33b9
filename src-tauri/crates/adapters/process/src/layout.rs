//! Where things are under the state directory. The only place that knows a file's name.
//!
//! ```text
//! instances/<name>/{spec.json,status.json,log,log.1,lock,supervisor.err}
//! releases/<sha256>/            a released folder, copied once
//! s/<hash>.sock                 a supervisor's or switch's control socket; hashed, for socket paths are short
//! w/<hash>/<id>.sock            one per subscriber of a target's events
//! switch/<port>.{json,lock,err} the TCP switch of a port
//! ```

use crate::trouble;
use std::path::{Path, PathBuf};
use switchback_core::{failure::Failure, name::Target, plan::InstanceName, release::Digest};

/// The state directory.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout under `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The layout an instance's directory belongs to: what a supervisor knows at its start.
    pub fn of_instance(dir: &Path) -> Option<(Self, InstanceName)> {
        let name = dir.file_name()?.to_str()?;
        let root = dir.parent()?.parent()?;
        Some((Self::new(root.to_owned()), InstanceName(name.to_owned())))
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where instances are.
    pub fn instances(&self) -> PathBuf {
        self.root.join("instances")
    }

    /// One instance's directory. Names are made by us, but they arrive from a database: one that would leave the
    /// directory is refused.
    pub fn instance(&self, name: &InstanceName) -> Result<PathBuf, Failure> {
        let fine = !name.0.is_empty()
            && name.0.len() <= 200
            && !name.0.starts_with('.')
            && name.0.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if fine {
            Ok(self.instances().join(&name.0))
        } else {
            Err(trouble::other(format!("{:?} is not an instance's name", name.0)))
        }
    }

    /// Where released folders are kept.
    pub fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    /// The kept copy of a released folder.
    pub fn release(&self, digest: &Digest) -> Result<PathBuf, Failure> {
        let hex = digest.0.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(self.releases().join(hex))
        } else {
            Err(trouble::other(format!("{digest:?} is not a digest")))
        }
    }

    /// An instance's control socket.
    pub fn instance_socket(&self, name: &InstanceName) -> PathBuf {
        self.socket(&format!("instance {name}"))
    }

    /// The control socket of the switch on a port.
    pub fn switch_socket(&self, port: u16) -> PathBuf {
        self.socket(&format!("switch {port}"))
    }

    /// A file of the switch on a port.
    pub fn switch_file(&self, port: u16, ending: &str) -> PathBuf {
        self.root.join("switch").join(format!("{port}.{ending}"))
    }

    /// Where subscribers to a target's events put their sockets.
    pub fn watchers(&self, target: &Target) -> PathBuf {
        self.root.join("w").join(Digest::of(target.to_string().as_bytes()).short())
    }

    fn socket(&self, whose: &str) -> PathBuf {
        self.root.join("s").join(format!("{}.sock", Digest::of(whose.as_bytes()).short()))
    }
}

/// Makes a directory only its owner can enter: logs and control sockets are nobody else's.
pub fn make_dir(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| trouble::io("make", path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_leave_the_directory_is_refused() {
        let layout = Layout::new("/state".into());
        for bad in ["", "..", ".hidden", "a/b", "/etc", "a\0b"] {
            assert!(layout.instance(&InstanceName(bad.to_owned())).is_err(), "{bad:?}");
        }
        assert!(layout.instance(&InstanceName("sb-checkout-production-r1-1f0c22aa-0".to_owned())).is_ok());
    }

    #[test]
    fn a_supervisor_finds_the_state_directory_from_its_instance() {
        let (layout, name) = Layout::of_instance(Path::new("/state/instances/one")).unwrap();
        assert_eq!((layout.root(), name.0.as_str()), (Path::new("/state"), "one"));
    }
}
