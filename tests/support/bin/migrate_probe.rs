//! A run of migrations in a process of its own, which kills itself at a given moment, as a power cut would.
//!
//! ```text
//! migrate-probe PLACE LAYOUT FOLDER latest|VERSION|none|finish|undo [MOMENT]
//! ```
//! Prints how many moments there were. Exit code 3: it was refused, with the reason on standard error.

use std::{cell::Cell, path::Path, process::ExitCode};
use switchback_core::migration::{self, Goal};
use switchback_database::{Place, RunError, WayOut};
use switchback_process::LocalPrograms;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [place, layout, folder, what, rest @ ..] = words.as_slice() else { return ExitCode::from(2) };
    let place: Place = place.parse().expect("a place");
    let files = switchback_api::migration_files(Path::new(folder)).expect("a folder");
    let set = migration::read(layout.parse().expect("a layout"), &files);
    let last: Option<u32> = rest.first().map(|moment| moment.parse().expect("a number"));
    let count = Cell::new(0);
    let told = |_: &switchback_database::Progress| {
        if last == Some(count.get()) {
            let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
        }
        count.set(count.get() + 1);
    };
    let goal = match what.as_str() {
        "latest" => Goal::Latest,
        "none" => Goal::Nothing,
        version => Goal::Version(version.to_owned()),
    };
    let done: Result<(), RunError> = match what.as_str() {
        "finish" => switchback_database::settle(&place, None, &set, WayOut::Finish, &LocalPrograms, told).await,
        "undo" => switchback_database::settle(&place, None, &set, WayOut::Undo, &LocalPrograms, told).await,
        _ => switchback_database::run(&place, None, &set, &goal, told).await.map(drop),
    };
    match done {
        Ok(()) => {
            println!("{}", count.get());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}
