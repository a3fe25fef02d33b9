//! A stage of a chore: a program run in the open, named, timed and failing with its own exit code.

use std::process::{Command, ExitStatus};
use std::time::Instant;

/// Why a chore did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ChoreError {
    /// A stage's program said no.
    #[error("stage `{stage}` FAILED ({status}); run it alone: {line}")]
    Stage { stage: String, status: ExitStatus, line: String },
    /// A program could not be started.
    #[error("{program} cannot be started: {source}. {how}")]
    Start { program: String, source: std::io::Error, how: &'static str },
    /// A file or folder refused.
    #[error("{doing}: {source}")]
    Io { doing: String, source: std::io::Error },
    /// The set-up left something out.
    #[error("the set-up is not complete:\n{}", .0.join("\n"))]
    Incomplete(Vec<String>),
}

impl ChoreError {
    /// The failed program's own code where there is one, so that a caller sees it through.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Stage { status, .. } => {
                status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1)
            }
            _ => 1,
        }
    }

    /// For `map_err`: what was being done, with its object.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}

/// Runs a stage's program to its end; its output is the person's to read.
pub fn stage(name: &str, command: &mut Command) -> Result<(), ChoreError> {
    let line = line_of(command);
    println!("\n==> {name}: {line}");
    let start = Instant::now();
    let status = command.status().map_err(|source| ChoreError::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
        how: "Rust, Node and Go are the toolchain the README asks for; `cargo xtask setup` installs the rest",
    })?;
    let seconds = start.elapsed().as_secs_f32();
    if status.success() {
        println!("<== {name}: ok in {seconds:.1} s");
        return Ok(());
    }
    println!("<== {name}: FAILED after {seconds:.1} s ({status})");
    Err(ChoreError::Stage { stage: name.to_owned(), status, line })
}

/// A program's first output line, or none when it is not there or says no.
pub fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// A line a person can paste; multi-line scripts are shortened to their first line.
fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let word = |word: &std::ffi::OsStr| {
        let text = word.to_string_lossy().into_owned();
        text.lines().next().map(|first| if text.contains('\n') { format!("'{first}…'") } else { text.clone() })
    };
    words.filter_map(word).collect::<Vec<_>>().join(" ")
}
