//! A supervised command as it really is: what it was made from, and whether its files are still those.
//!
//! To hash a folder costs its whole size, so it is done only when something in it was touched after the instance was
//! made; the kernel's own time of change tells that and nobody can set it back. A program that writes into its own folder
//! is told as a change, too: what runs is then not what was released.

use crate::{folder, layout::Layout, release::aside, trouble};
use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};
use switchback_core::{
    failure::Failure,
    plan::InstanceSpec,
    port::{Found, InstanceState},
    release::Artifact,
};

/// What an instance is now.
pub async fn read(layout: &Layout, dir: &Path, spec: InstanceSpec, state: &InstanceState) -> Result<Found, Failure> {
    let place = layout.release(spec.workload.artifact.digest())?;
    let (made, recorded) = (dir.join("spec.json"), spec.workload.artifact.clone());
    let artifact = aside(move || files(&made, place, recorded)).await?;
    let workload = spec.workload;
    // Secrets were given through a pipe and are nowhere to be read: only that they were asked for.
    let secrets = workload.secrets.into_keys().map(|name| (name, String::new().into()));
    Ok(Found {
        name: spec.name,
        written: workload.artifact.brief(),
        artifact,
        env: workload.config.into_iter().map(|(name, value)| (name, value.into())).chain(secrets).collect(),
        inherited: std::collections::BTreeMap::new(),
        inherited_command: Vec::new(),
        settings: workload.settings,
        beyond: Vec::new(),
        running: match state {
            InstanceState::Running { since, .. } => Some(*since),
            _ => None,
        },
        changed: Vec::new(),
        hands: std::collections::BTreeMap::new(),
        hand: None,
    })
}

/// The folder that it runs from, by its present content; `None` when it is gone.
fn files(made: &Path, place: PathBuf, recorded: Artifact) -> Result<Option<Artifact>, Failure> {
    let failed = |error: io::Error| trouble::io("read", &place, &error);
    if !place.is_dir() {
        return Ok(None);
    }
    let made = fs::metadata(made).map_err(failed)?;
    if !touched(&place, (made.ctime(), made.ctime_nsec())).map_err(failed)? {
        return Ok(Some(recorded));
    }
    let digest = folder::digest(&place)?;
    Ok(Some(if digest == *recorded.digest() { recorded } else { Artifact::Folder { path: place, digest } }))
}

/// Whether anything under `place` was changed after `since`, in seconds and nanoseconds.
fn touched(place: &Path, since: (i64, i64)) -> io::Result<bool> {
    let mut open = vec![place.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let meta = entry.metadata()?;
            if (meta.ctime(), meta.ctime_nsec()) > since {
                return Ok(true);
            }
            if meta.is_dir() {
                open.push(entry.path());
            }
        }
    }
    // An entry that was removed leaves its mark on the folder it was in.
    let meta = fs::metadata(place)?;
    Ok((meta.ctime(), meta.ctime_nsec()) > since)
}
