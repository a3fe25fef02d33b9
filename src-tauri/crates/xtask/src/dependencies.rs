//! What may be in the dependency graph, as `.deny.toml` says: asked of cargo-deny, which is built where it is missing.
//!
//! Its version is in `tests/engine/versions.env` and in the folder's name, as of the other programs that tests take.

use crate::chore::{ChoreError, stage};
use crate::{engine, place};
use std::path::PathBuf;
use std::process::Command;

/// Builds cargo-deny where it is missing; on failure the line to show.
pub fn build_missing() -> Result<(), ChoreError> {
    let (version, program) = (engine::version(NAME), program()?);
    if program.is_file() {
        println!("    {NAME} {version}: there, {}", program.display());
        return Ok(());
    }
    let mut install = Command::new("cargo");
    // Without the optimiser it is built in a fraction of the time, and runs for 4 s instead of 3. Cargo puts the program
    // in its place last, so that a half build is never taken for a whole one.
    install.args(["install", NAME, "--version", version, "--locked", "--debug", "--quiet", "--root"]).arg(folder()?);
    // Neither the repository's settings nor its build folder have a say.
    install.env_remove("CARGO_TARGET_DIR").current_dir(std::env::temp_dir());
    stage(&format!("build {NAME}"), &mut install)
}

/// Licences, sources, and what must not be in the graph. Needs no network.
pub fn check() -> Result<(), ChoreError> {
    stage("licences and sources", deny()?.args(["bans", "licenses", "sources"]))
}

/// Whether anything is known against what is in the graph. Fetches the public advisory database, which may know more
/// tomorrow: no test of this repository, and asked before a release.
pub fn advisories() -> Result<(), ChoreError> {
    build_missing()?;
    stage("advisories", deny()?.arg("advisories"))
}

fn deny() -> Result<Command, ChoreError> {
    let mut command = Command::new(program()?);
    command.args(["--config", ".deny.toml", "check"]).current_dir(place::repository());
    Ok(command)
}

const NAME: &str = "cargo-deny";

fn folder() -> Result<PathBuf, ChoreError> {
    Ok(place::cache()?.join("tools").join(format!("{NAME}-{}", engine::version(NAME))))
}

fn program() -> Result<PathBuf, ChoreError> {
    Ok(folder()?.join("bin").join(format!("{NAME}{}", std::env::consts::EXE_SUFFIX)))
}
