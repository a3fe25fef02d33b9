//! Released folders: resolved to their hash, copied once, kept under it.
//!
//! A copy is made beside its place and renamed into it, so a place that exists is whole. What runs, runs from the copy:
//! the folder a person released may change or go, and an old revision still is what it was.

use crate::{
    folder,
    layout::{self, Layout},
    status, trouble,
};
use std::{fs, num::NonZero, path::Path, sync::LazyLock};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::Arrival,
    release::{Artifact, ArtifactRequest, Digest},
};
use tokio::sync::Semaphore;

/// As many at once as there are cores: hashing is what takes long here, and more threads of it would only keep the
/// writer of the journal from its core.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)));

/// Does blocking work on files where it holds nobody up, in its turn.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let _turn = TURNS.acquire().await.map_err(|closed| trouble::other(closed.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| trouble::lost(&error))?
}

/// The folder a person means, with its hash.
pub async fn resolve(request: &ArtifactRequest) -> Result<Artifact, Failure> {
    let ArtifactRequest::Folder { path } = request else {
        return Err(trouble::other("a process is released as a folder, not as an image"));
    };
    let path = path.clone();
    aside(move || {
        let gone = |error| {
            let message = format!("{}: {error}", path.display());
            Failure::new(FailureKind::ArtifactGone { artifact: path.display().to_string() }, message)
        };
        let path = fs::canonicalize(&path).map_err(gone)?;
        if !path.is_dir() {
            return Err(gone(std::io::ErrorKind::NotADirectory.into()));
        }
        let digest = folder::digest(&path)?;
        Ok(Artifact::Folder { path, digest })
    })
    .await
}

/// Whether the content is here, or its source still is what it was.
pub async fn available(layout: &Layout, artifact: &Artifact) -> Result<(), Failure> {
    let Wanted { source, digest, place } = wanted(layout, artifact)?;
    let artifact = artifact.brief();
    aside(move || {
        if folder::digest(&place).is_ok_and(|found| found == digest) {
            return Ok(());
        }
        match folder::digest(&source) {
            Ok(found) if found == digest => Ok(()),
            found => Err(gone(&artifact, &source, found.map_err(|failure| failure.message))),
        }
    })
    .await
}

/// Brings the content into its place.
pub async fn prepare(layout: &Layout, artifact: &Artifact) -> Result<Arrival, Failure> {
    let Wanted { source, digest, place } = wanted(layout, artifact)?;
    let (artifact, releases) = (artifact.brief(), layout.releases());
    aside(move || {
        if place.exists() && folder::digest(&place).is_ok_and(|found| found == digest) {
            return Ok(Arrival::Already);
        }
        // A copy that somebody changed is replaced only once a whole one stands beside it.
        layout::make_dir(&releases)?;
        let beside = releases.join(format!(".{}-{}", digest.short(), std::process::id()));
        let _ = fs::remove_dir_all(&beside);
        let copied = if source.is_dir() {
            folder::copy(&source, &beside)
        } else {
            Err(trouble::other(format!("{} is not there", source.display())))
        };
        match copied {
            Ok(found) if found == digest => settle(&beside, &place).map(|()| Arrival::Done),
            Err(failure) if matches!(failure.kind, FailureKind::DiskFull { .. }) => {
                let _ = fs::remove_dir_all(&beside);
                Err(failure)
            }
            found => {
                let _ = fs::remove_dir_all(&beside);
                Err(gone(&artifact, &source, found.map_err(|failure| failure.message)))
            }
        }
    })
    .await
}

/// Removes copies that nobody needs; returns the names of what was removed.
pub async fn tidy(layout: &Layout, needed: &[Artifact]) -> Result<Vec<String>, Failure> {
    let mut keep = Vec::new();
    for artifact in needed.iter().filter(|artifact| matches!(artifact, Artifact::Folder { .. })) {
        keep.push(layout.release(artifact.digest())?);
    }
    let layout = layout.clone();
    aside(move || {
        let mut removed = Vec::new();
        // Listed before the instances are read: one made meanwhile is seen with its copy, or its copy is not in the list.
        let copies: Vec<_> = entries(&layout.releases())?;
        for dir in entries(&layout.instances())? {
            if let Some(spec) = status::read_spec(&dir)? {
                keep.push(layout.release(spec.workload.artifact.digest())?);
            }
        }
        for copy in copies.into_iter().filter(|copy| !keep.contains(copy)) {
            let name = copy.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let away = layout.releases().join(format!(".gone-{}-{}", std::process::id(), &name[..name.len().min(12)]));
            // Out of sight in one act, so that a copy that is there is whole.
            fs::rename(&copy, &away).map_err(|error| trouble::io("remove", &copy, &error))?;
            fs::remove_dir_all(&away).map_err(|error| trouble::io("remove", &away, &error))?;
            removed.push(Digest(format!("sha256:{name}")).short().to_owned());
        }
        Ok(removed)
    })
    .await
}

/// What is in a directory of ours, without what is being made or removed; nothing when it is not there.
fn entries(dir: &Path) -> Result<Vec<std::path::PathBuf>, Failure> {
    match fs::read_dir(dir) {
        Ok(entries) => Ok(entries
            .flatten()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| entry.path())
            .collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(trouble::io("read", dir, &error)),
    }
}

struct Wanted {
    source: std::path::PathBuf,
    digest: Digest,
    place: std::path::PathBuf,
}

fn wanted(layout: &Layout, artifact: &Artifact) -> Result<Wanted, Failure> {
    let Artifact::Folder { path, digest } = artifact else {
        return Err(trouble::other(format!("{} is an image, not a folder", artifact.brief())));
    };
    Ok(Wanted { source: path.clone(), digest: digest.clone(), place: layout.release(digest)? })
}

/// Moves a whole copy into its place, whoever else does the same at the same time.
fn settle(beside: &Path, place: &Path) -> Result<(), Failure> {
    let old = beside.with_extension("old");
    let _ = fs::rename(place, &old);
    let moved = fs::rename(beside, place);
    let _ = fs::remove_dir_all(&old);
    match moved {
        // Another process put the same content there first.
        Err(_) if place.exists() => {
            let _ = fs::remove_dir_all(beside);
            Ok(())
        }
        other => other.map_err(|error| trouble::io("move into", place, &error)),
    }
}

fn gone(artifact: &str, source: &Path, found: Result<Digest, String>) -> Failure {
    let why = match found {
        Ok(digest) => format!("{} now holds {}", source.display(), digest.short()),
        Err(why) => why,
    };
    let message = format!("no copy of {artifact} is kept, and {why}");
    Failure::new(FailureKind::ArtifactGone { artifact: artifact.to_owned() }, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn released(dir: &Path) -> Artifact {
        fs::create_dir_all(dir).unwrap();
        fs::write(dir.join("page"), "one").unwrap();
        resolve(&ArtifactRequest::Folder { path: dir.to_owned() }).await.unwrap()
    }

    #[tokio::test]
    async fn a_kept_copy_outlives_its_source() {
        let home = tempfile::tempdir().unwrap();
        let (layout, source) = (Layout::new(home.path().join("state")), home.path().join("source"));
        let artifact = released(&source).await;
        assert_eq!(prepare(&layout, &artifact).await, Ok(Arrival::Done));
        assert_eq!(prepare(&layout, &artifact).await, Ok(Arrival::Already));
        fs::remove_dir_all(&source).unwrap();
        assert_eq!(available(&layout, &artifact).await, Ok(()));
        assert_eq!(prepare(&layout, &artifact).await, Ok(Arrival::Already));
    }

    #[tokio::test]
    async fn a_source_that_changed_before_it_was_copied_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let (layout, source) = (Layout::new(home.path().join("state")), home.path().join("source"));
        let artifact = released(&source).await;
        fs::write(source.join("page"), "two").unwrap();
        for result in [available(&layout, &artifact).await.err(), prepare(&layout, &artifact).await.err()] {
            assert!(matches!(result.unwrap().kind, FailureKind::ArtifactGone { .. }));
        }
        assert_eq!(fs::read_dir(layout.releases()).unwrap().count(), 0, "nothing half is left");
    }

    #[tokio::test]
    async fn a_copy_that_somebody_changed_is_made_again() {
        let home = tempfile::tempdir().unwrap();
        let (layout, source) = (Layout::new(home.path().join("state")), home.path().join("source"));
        let artifact = released(&source).await;
        prepare(&layout, &artifact).await.unwrap();
        fs::write(layout.release(artifact.digest()).unwrap().join("page"), "forged").unwrap();
        assert_eq!(prepare(&layout, &artifact).await, Ok(Arrival::Done));
        assert_eq!(prepare(&layout, &artifact).await, Ok(Arrival::Already));
    }
}
