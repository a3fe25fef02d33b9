//! The one command that passes all tests. Every stage uses one profile and one set of features, so that nothing is
//! built twice.

use crate::chore::{ChoreError, stage};
use crate::{dependencies, place, setup, ui};
use std::process::Command;

const SHELL: &str = "switchback-desktop";

/// Sets up, then checks and tests; stops at the first stage that fails.
pub fn test(fast: bool) -> Result<(), ChoreError> {
    if fast {
        println!(
            "--fast: WITHOUT the set-up, the licences, the desktop window and tests/live (engines, databases, keychains)"
        );
    } else {
        setup::set_up(setup::Purpose::Test)?;
    }
    stage("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    if !fast {
        dependencies::check()?;
    }
    if ui::is_there() {
        ui::install()?;
        stage("ui check", &mut ui::npm(&["run", "check"]))?;
        stage("ui test", &mut ui::npm(&["run", "test"]))?;
        ui::build()?;
    }
    stage("lint", selected(&mut cargo(&["clippy"]), fast).args(["--all-targets", "--", "-D", "warnings"]))?;
    // After the lint, which has checked what the documents link to.
    let mut docs = cargo(&["doc", "--no-deps"]);
    stage("documents", selected(&mut docs, fast).env("RUSTDOCFLAGS", "-D warnings"))?;
    // Live tests run the binaries themselves.
    // The same targets as `cargo test` builds: one set of features, so nothing is compiled twice.
    stage("build", selected(&mut cargo(&["build"]), fast).args(["--lib", "--bins", "--tests"]))?;
    let mut tests = cargo(&["test"]);
    selected(&mut tests, fast).env("SWITCHBACK_TEST_CACHE", place::cache()?);
    tests.env("SWITCHBACK_BIN", place::target().join("debug/switchback"));
    if fast {
        tests.args(["--lib", "--bins", "--test", "it"]);
    }
    stage("test", &mut tests)?;
    println!("\nAll stages passed{}.", if fast { ", but --fast left some out (see the first line)" } else { "" });
    Ok(())
}

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args).current_dir(place::repository());
    command
}

/// The whole workspace, the shell with the user interface inside as a person gets it, or without the shell.
fn selected(command: &mut Command, fast: bool) -> &mut Command {
    command.args(["--workspace", "--locked"]);
    match (place::has_shell(), fast) {
        (true, true) => command.args(["--exclude", SHELL]),
        (true, false) => command.arg("--features").arg(format!("{SHELL}/custom-protocol")),
        (false, _) => command,
    }
}
