//! Builds the package people install: the app with the user interface inside, and the `switchback` command beside it.

use crate::chore::{ChoreError, stage};
use crate::{place, setup, ui};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fetched when it is wanted: only this chore needs it.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

/// Sets up what the app needs, builds it as it is delivered and says where the package is.
pub fn bundle() -> Result<(), ChoreError> {
    setup::set_up(setup::Purpose::Demo)?;
    ui::build()?;
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--locked", "--package", "switchback-cli"]);
    stage("the command", command.current_dir(place::repository()))?;
    let release = place::target().join("release");
    let config = with_command(&release.join("switchback"));
    let mut tauri = ui::npm(&["exec", "--yes", "--package", BUNDLER, "--", "tauri", "build", "--bundles", "deb"]);
    tauri.args(["--config", &config]);
    tauri.args(["--", "--locked"]).current_dir(place::repository().join("src-tauri"));
    stage("the package", &mut tauri)?;
    for package in packages(&release.join("bundle/deb"))? {
        println!("\n{}\n    sudo apt-get install {0}", package.display());
    }
    Ok(())
}

/// The bundler's settings that only the build knows: where the command was built, and that the user interface is.
fn with_command(command: &Path) -> String {
    let path = command.display().to_string();
    format!(
        r#"{{"build":{{"beforeBuildCommand":""}},"bundle":{{"linux":{{"deb":{{"files":{{"/usr/bin/switchback":{path:?}}}}}}}}}}}"#
    )
}

fn packages(folder: &Path) -> Result<Vec<PathBuf>, ChoreError> {
    let listed = std::fs::read_dir(folder).map_err(ChoreError::io(format!("list {}", folder.display())))?;
    let files = listed.flatten().map(|entry| entry.path());
    Ok(files.filter(|path| path.extension().is_some_and(|extension| extension == "deb")).collect())
}
