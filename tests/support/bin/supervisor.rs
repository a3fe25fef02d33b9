//! What the command line's hidden subcommands do, as a program of the tests: so that the process runtime is tested with
//! real detached processes without building the whole command line.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["supervise", dir] => switchback_process::supervise((*dir).into()).await,
        ["tcp-switch", dir, port] => match port.parse() {
            Ok(port) => switchback_process::tcp_switch((*dir).into(), port).await,
            Err(_) => ExitCode::from(2),
        },
        _ => ExitCode::from(2),
    }
}
