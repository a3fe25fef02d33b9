//! Our file on disk: replaced in one act, with the content before it kept until the router has taken the new one.
//!
//! Beside `checkout.conf` lies, from the first write of a switch to its end, `.checkout.conf.before`, with a name no
//! `include *.conf` takes up. One that is found at the beginning of a switch was left by a crash: the file on disk is
//! then no proof of what the router serves, and the switch is made even if the content is the same.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use switchback_core::failure::{Failure, FailureKind};

/// The file we write, found through links so that a rename does not replace a link by a file.
#[derive(Debug)]
pub struct Managed {
    path: PathBuf,
    before: PathBuf,
}

impl Managed {
    /// The file at `conf`, which need not exist yet.
    pub fn new(conf: &Path) -> Result<Self, Failure> {
        let path = fs::canonicalize(conf).unwrap_or_else(|_| conf.to_owned());
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| failed("name", conf, &io::ErrorKind::InvalidInput.into()))?;
        Ok(Self { before: path.with_file_name(format!(".{name}.before")), path })
    }

    /// What it holds; `None` when it is not there.
    pub fn read(&self) -> Result<Option<String>, Failure> {
        read(&self.path)
    }

    /// Whether a switch began and was not finished.
    pub fn pending(&self) -> bool {
        self.before.exists()
    }

    /// Writes the new content and keeps the old one. After a crash the old one is what the crash left, for that is what
    /// the router surely took.
    pub fn begin(&self, text: &str) -> Result<(), Failure> {
        if !self.pending() {
            replace(&self.before, &self.read()?.unwrap_or_default())?;
        }
        replace(&self.path, text)
    }

    /// The router took it.
    pub fn finish(&self) -> Result<(), Failure> {
        remove(&self.before)
    }

    /// Puts the old content back, and it is over: the router took nothing else.
    pub fn restore(&self) -> Result<(), Failure> {
        self.put_back()?;
        self.finish()
    }

    /// Puts the old content back, which the router has not taken yet. An empty one means there was no file.
    pub fn put_back(&self) -> Result<(), Failure> {
        match read(&self.before)?.filter(|text| !text.is_empty()) {
            Some(text) => replace(&self.path, &text)?,
            None => remove(&self.path)?,
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{}.{}.tmp", name.trim_start_matches('.'), std::process::id()));
    let put = || -> io::Result<()> {
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    put().map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed("write", path, &error)
    })
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

fn failed(doing: &str, path: &Path, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            FailureKind::DiskFull { place: path.display().to_string() }
        }
        _ => FailureKind::Other,
    };
    Failure::new(kind, format!("{doing} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_content_leaves_the_old_one_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let conf = dir.path().join("a.conf");
        fs::write(&conf, "old\n").unwrap();
        let file = Managed::new(&conf).unwrap();
        file.begin("new\n").unwrap();
        assert_eq!(fs::read_to_string(&conf).unwrap(), "new\n");
        file.restore().unwrap();
        assert_eq!(fs::read_to_string(&conf).unwrap(), "old\n");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_first_content_that_is_refused_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = Managed::new(&dir.path().join("a.conf")).unwrap();
        file.begin("new\n").unwrap();
        file.restore().unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn after_a_crash_the_content_before_it_is_what_is_restored() {
        let dir = tempfile::tempdir().unwrap();
        let conf = dir.path().join("a.conf");
        fs::write(&conf, "served\n").unwrap();
        Managed::new(&conf).unwrap().begin("lost in a crash\n").unwrap();
        let file = Managed::new(&conf).unwrap();
        assert!(file.pending());
        file.begin("next\n").unwrap();
        file.restore().unwrap();
        assert_eq!(fs::read_to_string(&conf).unwrap(), "served\n");
    }
}
