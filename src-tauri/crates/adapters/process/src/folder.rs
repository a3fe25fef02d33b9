//! A folder as content: its hash, and a copy of it.
//!
//! The hash covers sorted relative names, the executable bit and bytes; not owners or times, which differ between two
//! checkouts of the same content. Links are kept as links and must stay inside the folder, or the hash would pin
//! nothing. Bounded, so that releasing `/` by mistake is a message and not an hour.

use crate::trouble;
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    fs, io,
    io::{Read as _, Write as _},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Component, Path, PathBuf},
};
use switchback_core::{failure::Failure, release::Digest};

/// Most entries of a released folder.
const MOST_ENTRIES: usize = 20_000;
/// Most bytes of a released folder: 2 GiB.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Dir,
    File { executable: bool },
    Link { to: PathBuf },
}

/// The hash of a folder's content.
pub fn digest(folder: &Path) -> Result<Digest, Failure> {
    visit(folder, |_, _, _| Ok(()))
}

/// Copies a folder to a place that does not exist yet and returns the hash of what was copied: bytes are hashed as
/// they are written, so a change of the source in between is seen.
pub fn copy(folder: &Path, to: &Path) -> Result<Digest, Failure> {
    crate::layout::make_dir(to)?;
    visit(folder, |name, what, bytes| {
        let place = to.join(name);
        match what {
            What::Dir => fs::create_dir(&place),
            What::Link { to } => symlink(to, &place),
            What::File { executable } => {
                let mut file = fs::OpenOptions::new().create(true).append(true).open(&place)?;
                let mode = if *executable { 0o700 } else { 0o600 };
                file.set_permissions(fs::Permissions::from_mode(mode))?;
                file.write_all(bytes)
            }
        }
    })
}

/// Walks in sorted order. `each` is called once per entry, for a file once per piece of its bytes (at least once).
fn visit(folder: &Path, mut each: impl FnMut(&Path, &What, &[u8]) -> io::Result<()>) -> Result<Digest, Failure> {
    let mut hash = Sha256::new();
    let mut bytes = 0_u64;
    let mut piece = vec![0; 64 * 1024];
    for (name, what) in entries(folder)? {
        let path = folder.join(&name);
        let failed = |error: io::Error| trouble::io("read", &path, &error);
        let text = name.to_string_lossy();
        let (letter, extra) = match &what {
            What::Dir => ('d', String::new()),
            What::File { executable } => (if *executable { 'x' } else { 'f' }, String::new()),
            What::Link { to } => ('l', to.to_string_lossy().into_owned()),
        };
        // Lengths first, so that no two folders spell the same.
        hash.update(format!("{letter} {} {text} {} {extra}\n", text.len(), extra.len()));
        if !matches!(what, What::File { .. }) {
            each(&name, &what, &[]).map_err(failed)?;
            continue;
        }
        let mut file = fs::File::open(&path).map_err(failed)?;
        each(&name, &what, &[]).map_err(failed)?;
        let mut content = Sha256::new();
        loop {
            let count = file.read(&mut piece).map_err(failed)?;
            if count == 0 {
                break;
            }
            bytes += count as u64;
            if bytes > MOST_BYTES {
                return Err(trouble::other(format!(
                    "{} holds more than {} MiB, the most a released folder may",
                    folder.display(),
                    MOST_BYTES / 1024 / 1024
                )));
            }
            content.update(&piece[..count]);
            each(&name, &what, &piece[..count]).map_err(failed)?;
        }
        hash.update(content.finalize());
    }
    let mut text = String::from("sha256:");
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Digest(text))
}

fn entries(folder: &Path) -> Result<Vec<(PathBuf, What)>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(dir) = open.pop() {
        let place = folder.join(&dir);
        let failed = |error: io::Error| trouble::io("read", &place, &error);
        for entry in fs::read_dir(&place).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = dir.join(entry.file_name());
            let what = kind(&entry, &name)?;
            if what == What::Dir {
                open.push(name.clone());
            }
            found.push((name, what));
            if found.len() > MOST_ENTRIES {
                return Err(trouble::other(format!(
                    "{} holds more than {MOST_ENTRIES} entries, the most a released folder may",
                    folder.display()
                )));
            }
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

fn kind(entry: &fs::DirEntry, name: &Path) -> Result<What, Failure> {
    let path = entry.path();
    let failed = |error: io::Error| trouble::io("read", &path, &error);
    let meta = entry.metadata().map_err(failed)?;
    if name.to_str().is_none() {
        return Err(trouble::other(format!("{} has a name that is not UTF-8", path.display())));
    }
    if meta.is_dir() {
        return Ok(What::Dir);
    }
    if meta.is_file() {
        return Ok(What::File { executable: meta.permissions().mode() & 0o111 != 0 });
    }
    if meta.is_symlink() {
        let to = fs::read_link(&path).map_err(failed)?;
        if inside(name, &to) {
            return Ok(What::Link { to });
        }
        return Err(trouble::other(format!("{} leads out of the released folder", path.display())));
    }
    Err(trouble::other(format!("{} is neither file, folder nor link", path.display())))
}

/// Whether a link at `name` to `to` stays inside, judged by its text.
fn inside(name: &Path, to: &Path) -> bool {
    let mut depth = name.components().count() - 1;
    for part in to.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        fs::write(dir.path().join("bin/run"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(dir.path().join("bin/run"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(dir.path().join("page"), "hello").unwrap();
        symlink("bin/run", dir.path().join("start")).unwrap();
        dir
    }

    #[test]
    fn a_copy_has_the_hash_of_its_source() {
        let (source, home) = (folder(), tempfile::tempdir().unwrap());
        let copied = copy(source.path(), &home.path().join("copy")).unwrap();
        assert_eq!(copied, digest(source.path()).unwrap());
        assert_eq!(copied, digest(&home.path().join("copy")).unwrap());
    }

    #[test]
    fn every_change_of_content_changes_the_hash() {
        let before = digest(folder().path()).unwrap();
        let changes: [fn(&Path); 5] = [
            |dir| fs::write(dir.join("page"), "hellp").unwrap(),
            |dir| fs::rename(dir.join("page"), dir.join("paGe")).unwrap(),
            |dir| fs::set_permissions(dir.join("bin/run"), fs::Permissions::from_mode(0o644)).unwrap(),
            |dir| fs::create_dir(dir.join("empty")).unwrap(),
            |dir| {
                fs::remove_file(dir.join("start")).unwrap();
                symlink("page", dir.join("start")).unwrap();
            },
        ];
        for (index, change) in changes.iter().enumerate() {
            let dir = folder();
            assert_eq!(digest(dir.path()).unwrap(), before);
            change(dir.path());
            assert_ne!(digest(dir.path()).unwrap(), before, "change {index}");
        }
    }

    #[test]
    fn a_link_that_leads_out_is_refused() {
        for to in ["/etc/passwd", "../outside", "bin/../../outside"] {
            let dir = folder();
            symlink(to, dir.path().join("out")).unwrap();
            assert!(digest(dir.path()).unwrap_err().message.contains("leads out"), "{to}");
        }
    }
}
