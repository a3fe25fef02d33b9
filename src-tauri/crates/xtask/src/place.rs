//! Where things are: the repository, the user interface in it, and the cache folder that outlives clones.

use crate::chore::ChoreError;
use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// As cargo tells at run time: clones share a cache folder, so that this program may have been built in another one.
static REPOSITORY: LazyLock<PathBuf> = LazyLock::new(|| {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.ancestors().nth(3).unwrap_or(&here).to_owned()
});

/// The repository's top folder.
pub fn repository() -> &'static Path {
    &REPOSITORY
}

/// The user interface's folder.
pub fn ui() -> PathBuf {
    repository().join("ui")
}

/// Whether the desktop shell is part of the workspace.
pub fn has_shell() -> bool {
    repository().join("src-tauri/Cargo.toml").is_file()
}

/// `SWITCHBACK_CACHE`, or `~/.cache/switchback`: what takes minutes to build and is no part of the clone.
pub fn cache() -> Result<PathBuf, ChoreError> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("SWITCHBACK_CACHE")
        .or_else(|| given("HOME").map(|home| home.join(".cache/switchback")))
        .ok_or_else(|| ChoreError::Incomplete(vec!["no cache folder: set SWITCHBACK_CACHE or HOME".to_owned()]))
}

/// Where cargo builds to.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}
