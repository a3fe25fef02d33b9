//! The current Docker engine of the live tests, built from Go modules since Debian's is years older.
//!
//! The versions are in `tests/engine/versions.env`, which the test harness reads too, and in the folder's name: a bump
//! builds anew and leaves the old build alone. Built into a folder beside it and renamed, so that a half build is never
//! taken for a whole one.

use crate::chore::{ChoreError, first_line, stage};
use crate::place;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSIONS: &str = include_str!("../../../../tests/engine/versions.env");
const BINARIES: [&str; 3] = ["dockerd", "docker-proxy", "runc"];

/// Builds the engine where it is missing; on failure the line to show.
pub fn build_missing() -> Result<(), ChoreError> {
    let bin = folder()?;
    if BINARIES.iter().all(|name| bin.join(name).is_file()) {
        println!("    current engine {}: there, {}", version("dockerd"), bin.display());
        return Ok(());
    }
    check_go("the current Docker engine")?;
    let building = bin.with_extension(format!("building-{}", std::process::id()));
    std::fs::create_dir_all(&building).map_err(ChoreError::io(format!("make {}", building.display())))?;
    let built = build(&building);
    if built.is_ok() {
        let _ = std::fs::remove_dir_all(&bin);
        std::fs::rename(&building, &bin).map_err(ChoreError::io(format!("rename to {}", bin.display())))?;
    } else {
        let _ = std::fs::remove_dir_all(&building);
    }
    built
}

/// `<cache>/engine-current/<versions>/bin`.
fn folder() -> Result<PathBuf, ChoreError> {
    let versions = format!("{}+runc-{}", version("dockerd"), version("runc"));
    Ok(place::cache()?.join("engine-current").join(versions).join("bin"))
}

fn build(into: &Path) -> Result<(), ChoreError> {
    let engine = version("dockerd");
    // Without this the daemon calls itself "library-import".
    let named = format!("-s -w -X github.com/moby/moby/v2/dockerversion.Version={}", engine.trim_start_matches('v'));
    for part in ["docker-proxy", "dockerd"] {
        let module = format!("github.com/moby/moby/v2/cmd/{part}@{engine}");
        stage(&format!("build {part}"), go_install(into).args(["-ldflags", &named, &module]))?;
    }
    let module = format!("github.com/opencontainers/runc@{}", version("runc"));
    stage("build runc", go_install(into).args(["-ldflags", "-s -w", "-tags", "seccomp", &module]))
}

pub fn go_install(into: &Path) -> Command {
    let mut command = Command::new("go");
    // The repository's own module files, if any, have no say.
    command
        .args(["install", "-trimpath"])
        .env("GOBIN", into)
        .env("GO111MODULE", "on")
        .current_dir(std::env::temp_dir());
    command
}

/// Whether Go is new enough to build `what`.
pub fn check_go(what: &str) -> Result<(), ChoreError> {
    let wanted = version("go");
    let found = first_line("go", &["env", "GOVERSION"]);
    if found.as_deref().and_then(minor).zip(minor(wanted)).is_some_and(|(found, wanted)| found >= wanted) {
        return Ok(());
    }
    let found = found.unwrap_or_else(|| "none".to_owned());
    Err(ChoreError::Incomplete(vec![format!(
        "  {what}: needs Go {wanted} or newer, found {found}; Debian 12's own is older, install Go \
         from its makers and put it first on PATH"
    )]))
}

pub fn version(name: &str) -> &'static str {
    let lines = VERSIONS.lines().filter_map(|line| line.split_once('='));
    lines.into_iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

/// (1, 24) of `go1.24.3`, `1.24` or `go1.24rc1`.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches("go").split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let digits = minor.find(|sign: char| !sign.is_ascii_digit()).map_or(minor, |end| &minor[..end]);
    Some((major.parse().ok()?, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_stated() {
        for name in ["dockerd", "runc", "go", "helm", "kwok", "cargo-deny"] {
            assert!(!version(name).is_empty(), "{name} is missing in tests/engine/versions.env");
        }
    }

    #[test]
    fn go_versions_compare_by_number() {
        assert!(minor("go1.19.8") < minor("1.24"));
        assert!(minor("go1.24rc1") == minor("1.24"));
        assert!(minor("go1.100") > minor("1.24"));
        assert_eq!(minor("devel"), None);
    }
}
