//! The set-up: what is there is used, what is missing is installed, what cannot be had is named at the end, all of it
//! at once, so that a person makes one round.

use crate::chore::{ChoreError, first_line};
use crate::{cluster, dependencies, engine, packages, peers, ui};

/// What the machine is to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// Passing all tests.
    Test,
    /// Building and opening the app.
    Demo,
}

/// Brings the machine to its purpose; running it twice does nothing the second time.
pub fn set_up(purpose: Purpose) -> Result<(), ChoreError> {
    println!("==> set-up");
    let mut lacking = Vec::new();
    match first_line("node", &["--version"]) {
        Some(version) => println!("    node: {version}"),
        None => lacking.push("  node: not on PATH; install Node 20.19 or newer".to_owned()),
    }
    let wanted = match purpose {
        Purpose::Demo => packages::APP.to_vec(),
        Purpose::Test => [packages::APP, packages::TEST].concat(),
    };
    lacking.extend(packages::install_missing(&wanted));
    if purpose == Purpose::Test {
        lacking.extend(lines_of(dependencies::build_missing(), "cargo-deny"));
    }
    if purpose == Purpose::Test && cfg!(target_os = "linux") {
        lacking.extend(lines_of(engine::build_missing(), "the current Docker engine"));
        lacking.extend(lines_of(cluster::build_missing(), "the test cluster"));
        lacking.extend(lines_of(peers::build_missing("helm", "helm.sh/helm/v4/cmd/helm"), "helm"));
    }
    lacking.extend(lines_of(ui::install(), "the ui's packages"));
    if lacking.is_empty() {
        println!("<== set-up: complete");
        return Ok(());
    }
    Err(ChoreError::Incomplete(lacking))
}

fn lines_of(done: Result<(), ChoreError>, what: &str) -> Vec<String> {
    match done {
        Ok(()) => Vec::new(),
        Err(ChoreError::Incomplete(lines)) => lines,
        Err(error) => vec![format!("  {what}: {error}")],
    }
}
