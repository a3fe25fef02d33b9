//! The user interface's packages, installed by its lock file and only when that has changed.

use crate::chore::{ChoreError, stage};
use crate::place;
use std::process::Command;

/// Whether there is a user interface to build here.
pub fn is_there() -> bool {
    place::ui().join("package.json").is_file()
}

/// `npm <args>` in the user interface's folder.
pub fn npm(args: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.arg("--prefix").arg(place::ui()).args(args).current_dir(place::ui());
    command
}

/// Installs the packages unless those of this lock file are there.
pub fn install() -> Result<(), ChoreError> {
    let lock = place::ui().join("package-lock.json");
    if !lock.is_file() {
        println!("    ui: no package-lock.json, nothing to install");
        return Ok(());
    }
    let wanted = std::fs::read(&lock).map_err(ChoreError::io(format!("read {}", lock.display())))?;
    // A copy of the lock file the packages were installed by.
    let stamp = place::ui().join("node_modules/.switchback-lock");
    if std::fs::read(&stamp).is_ok_and(|there| there == wanted) {
        println!("    ui packages: there");
        return Ok(());
    }
    stage("ui packages", &mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    // An empty lock file leaves no folder behind.
    let folder = place::ui().join("node_modules");
    std::fs::create_dir_all(&folder).map_err(ChoreError::io(format!("make {}", folder.display())))?;
    std::fs::write(&stamp, wanted).map_err(ChoreError::io(format!("write {}", stamp.display())))
}

/// Builds `ui/dist`, which the desktop shell takes into its binary.
pub fn build() -> Result<(), ChoreError> {
    stage("ui build", &mut npm(&["run", "build"]))
}
