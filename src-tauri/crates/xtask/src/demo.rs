//! Builds the desktop app as it is delivered, with the user interface inside, and opens it. With nothing configured
//! the app itself opens on its demo.

use crate::chore::{ChoreError, stage};
use crate::{place, setup, ui};
use std::process::Command;

/// Sets up what the app needs, builds it and runs it until its window is closed.
pub fn demo() -> Result<(), ChoreError> {
    if !place::has_shell() {
        let line = "  the desktop shell: src-tauri/Cargo.toml is not in this clone; take a whole one";
        return Err(ChoreError::Incomplete(vec![line.to_owned()]));
    }
    setup::set_up(setup::Purpose::Demo)?;
    ui::build()?;
    let mut run = Command::new("cargo");
    run.args(["run", "--package", "switchback-desktop", "--features", "custom-protocol"]);
    stage("demo", run.current_dir(place::repository()))
}
