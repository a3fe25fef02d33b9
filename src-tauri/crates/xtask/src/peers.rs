//! Programs that tests import from or are loaded by, built from Go modules: the real `helm`, and `kwok` for the benches.
//!
//! The versions are in `tests/engine/versions.env`, which the test harness reads too, and in the folder's name.

use crate::chore::{ChoreError, stage};
use crate::{engine, place};
use std::path::PathBuf;

/// Builds one where it is missing; on failure the line to show.
pub fn build_missing(name: &str, module: &str) -> Result<(), ChoreError> {
    let version = engine::version(name);
    let bin = folder(name, version)?;
    if bin.join(name).is_file() {
        println!("    {name} {version}: there, {}", bin.display());
        return Ok(());
    }
    engine::check_go(name)?;
    let building = bin.with_extension(format!("building-{}", std::process::id()));
    std::fs::create_dir_all(&building).map_err(ChoreError::io(format!("make {}", building.display())))?;
    let mut install = engine::go_install(&building);
    install.env("CGO_ENABLED", "0").args(["-ldflags", "-s -w", &format!("{module}@{version}")]);
    let built = stage(&format!("build {name}"), &mut install);
    if built.is_ok() {
        let _ = std::fs::remove_dir_all(&bin);
        std::fs::rename(&building, &bin).map_err(ChoreError::io(format!("rename to {}", bin.display())))?;
    } else {
        let _ = std::fs::remove_dir_all(&building);
    }
    built
}

/// `<cache>/tools/<name>-<version>/bin`.
fn folder(name: &str, version: &str) -> Result<PathBuf, ChoreError> {
    Ok(place::cache()?.join("tools").join(format!("{name}-{version}")).join("bin"))
}
