//! Errands: this program started by itself, to supervise a process or to switch a port, outliving the app.

use std::process::ExitCode;

/// The word before a supervised instance's directory.
pub const SUPERVISE: &str = "supervise";
/// The word before a switched port.
pub const TCP_SWITCH: &str = "tcp-switch";

/// Runs the errand that the arguments name and returns its exit code; `None` when they name none. Every `main` asks
/// this first, before it parses anything or opens a window.
pub fn errand() -> Option<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let work = async move {
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [SUPERVISE, dir] => Some(switchback_process::supervise((*dir).into()).await),
            [TCP_SWITCH, dir, port] => match port.parse() {
                Ok(port) => Some(switchback_process::tcp_switch((*dir).into(), port).await),
                Err(_) => Some(ExitCode::from(2)),
            },
            _ => None,
        }
    };
    let first = std::env::args().nth(1)?;
    if first != SUPERVISE && first != TCP_SWITCH {
        return None;
    }
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(_) => Some(ExitCode::FAILURE),
    }
}
