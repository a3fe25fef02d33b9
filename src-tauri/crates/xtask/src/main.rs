//! The chores of this repository, one command each: `cargo xtask setup | test | advisories | demo | bundle`.
//!
//! They take a machine with only Rust, Node and Go and need no person: what is there is used, what is missing is
//! installed, what cannot be had is named with its reason and the way to get it.

mod bundle;
mod chore;
mod cluster;
mod demo;
mod dependencies;
mod engine;
mod packages;
mod peers;
mod place;
mod setup;
mod test;
mod ui;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set-up, test and demo of Switchback", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing on this machine.
    Setup {
        /// What the machine is to be good for.
        #[arg(long = "for", value_enum, default_value_t = setup::Purpose::Test)]
        purpose: setup::Purpose,
    },
    /// Build what only benches need: fake nodes and pods for the test cluster.
    SetupBench,
    /// Install what is missing, then pass all checks and tests.
    Test {
        /// Leave out the set-up, the desktop window and the tests on real engines, databases and keychains.
        #[arg(long)]
        fast: bool,
    },
    /// Ask the public advisory database about every dependency.
    Advisories,
    /// Install what is missing, build the app and open it on its demo.
    Demo,
    /// Install what is missing and build the package people install.
    Bundle,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Setup { purpose } => setup::set_up(purpose),
        Command::SetupBench => peers::build_missing("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
        Command::Test { fast } => test::test(fast),
        Command::Advisories => dependencies::advisories(),
        Command::Demo => demo::demo(),
        Command::Bundle => bundle::bundle(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
