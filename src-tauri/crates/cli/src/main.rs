//! The `switchback` command: the same application as the window, for CI, scripts and a release manager on a phone.
//!
//! JSON goes to standard output, one document; progress and errors to standard error. Exit codes are a contract:
//! 0 done, 2 wrong input, 3 refused by a gate, 4 was bad and rolled back, 5 stuck, 6 target unreachable, 7 not found,
//! 8 audit chain broken, 1 anything else.

mod accepting;
mod approval;
mod args;
mod board;
mod checklist;
mod diagnose;
mod drill;
mod ending;
mod found;
mod gates;
mod import_workload;
mod input;
mod looking;
mod migrating;
mod migrations;
mod moves;
mod notify;
mod output;
mod run;
mod schedule;
mod signals;
mod train;
mod watch;
mod way;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = switchback_wiring::errand() {
        return code;
    }
    switchback_wiring::prepare_tls();
    switchback_wiring::log("error");
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() && json_asked() => {
            let error = switchback_api::ApiError::new("bad_input", error.render().to_string().trim());
            return ExitCode::from(output::error(args::Format::Json, &error));
        }
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("switchback: {error}");
            return ExitCode::FAILURE;
        }
    };
    ExitCode::from(runtime.block_on(run::run(args)))
}

/// Whether a program reads what is said, although the arguments could not be read.
fn json_asked() -> bool {
    let words: Vec<String> = std::env::args().collect();
    words.iter().any(|word| word == "--output=json")
        || words.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
}
