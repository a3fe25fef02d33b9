//! A desk as a process of its own, which may be told to die.
//!
//! ```text
//! crash-desk HOME recover
//! crash-desk HOME deploy:VERSION|rollback [before|after ENTRY]
//! ```
//! Prints the endings as a JSON list. Exit code 3: the store refused, with the reason on standard error.

use std::{path::Path, process::ExitCode};
use switchback_engine::EngineError;
use switchback_tests::crash::{Act, Desk, Moment, Side, World, death};

#[tokio::main]
async fn main() -> ExitCode {
    switchback_wiring::prepare_tls();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (home, command, strike) = match *words.as_slice() {
        [home, command] => (home, command, None),
        [home, command, side, entry] => {
            let side = if side == "before" { Side::Before } else { Side::After };
            (home, command, Some((Moment { entry: entry.parse().expect("a number"), side }, death())))
        }
        _ => return ExitCode::from(2),
    };
    let desk = Desk::open(World::read(Path::new(home)), strike).await;
    let ended = match command.parse::<Act>() {
        Ok(act) => desk.act(&act).await.map(|state| vec![state]),
        Err(_) if command == "recover" => desk.recover().await,
        Err(_) => return ExitCode::from(2),
    };
    match ended {
        Ok(states) => {
            println!("{}", serde_json::to_string(&states).expect("JSON"));
            ExitCode::SUCCESS
        }
        Err(EngineError::Ledger(refusal)) => {
            eprintln!("{refusal:?}");
            ExitCode::from(3)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
