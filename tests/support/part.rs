//! Why a real part (an engine, a registry, a tool) could not be had.
//!
//! Live tests never skip: what is missing fails the test by this error, which names the part and how to get it.

use std::path::Path;

/// A part that is missing, died, came too late or refused what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Something the test stands on is not on this machine.
    #[error("{what} is missing: {how}")]
    Missing {
        /// The part, by its usual name.
        what: String,
        /// What a person does to get it.
        how: String,
    },
    /// The system refused a call.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, with its object.
        doing: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A helper program ended badly, or a server ended before it answered.
    #[error("{what} ended with {status}; its last lines:\n{log}")]
    Ended {
        /// The program.
        what: String,
        /// Its exit status.
        status: String,
        /// The tail of what it wrote.
        log: String,
    },
    /// A server did not answer in time.
    #[error("{what} gave no answer within {seconds} s; its last lines:\n{log}")]
    Late {
        /// The server.
        what: String,
        /// The bound, in seconds.
        seconds: u64,
        /// The tail of what it wrote.
        log: String,
    },
    /// A server answered with something else than what the test stands on.
    #[error("{what} answered {status}: {body}")]
    Refused {
        /// The request.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The answer's body.
        body: String,
    },
}

/// How to get anything the set-up command installs.
pub const BY_SETUP: &str = "run `cargo xtask setup --for test`";

impl PartError {
    /// A part the set-up command would have installed.
    pub fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into(), how: BY_SETUP.to_owned() }
    }

    /// For `map_err`: the system's answer to what was being done.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}

/// The last lines of a log file, or why there are none.
pub fn tail(log: &Path) -> String {
    const LINES: usize = 15;
    match std::fs::read_to_string(log) {
        Ok(text) => {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(LINES)..].join("\n")
        }
        Err(error) => format!("(no log at {}: {error})", log.display()),
    }
}
