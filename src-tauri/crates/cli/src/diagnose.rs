//! `switchback diagnose`: needs no home, no engine, nothing but the log.

use crate::{args::Diagnose, output};
use std::io::Read as _;
use switchback_api::ApiError;
use switchback_core::diagnosis::{self, Evidence, RuntimeName};

/// Most bytes read of a log; the rules look at its end.
const MOST: u64 = 16 * 1024 * 1024;

/// Names the cause.
pub fn diagnose(format: crate::args::Format, asked: &Diagnose) -> Result<u8, ApiError> {
    let unreadable = |path: &str, error: std::io::Error| {
        ApiError::new(
            if error.kind() == std::io::ErrorKind::NotFound { "not_found" } else { "bad_input" },
            format!("{path}: {error}"),
        )
        .with("path", path)
        .hint("Give the path of a log, or - for standard input.")
    };
    let mut bytes = Vec::new();
    if asked.log == "-" {
        std::io::stdin().take(MOST).read_to_end(&mut bytes).map_err(|error| unreadable("standard input", error))?;
    } else {
        let file = std::fs::File::open(&asked.log).map_err(|error| unreadable(&asked.log, error))?;
        file.take(MOST).read_to_end(&mut bytes).map_err(|error| unreadable(&asked.log, error))?;
    }
    let events: Vec<String> = match &asked.events {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(&path.display().to_string(), error))?;
            text.lines().map(str::to_owned).collect()
        }
    };
    let runtime = asked.runtime.as_deref().map(|name| match name {
        "process" => RuntimeName::Process,
        "docker" => RuntimeName::Docker,
        _ => RuntimeName::Kubernetes,
    });
    let log = String::from_utf8_lossy(&bytes);
    let diagnosis = diagnosis::diagnose(&Evidence {
        runtime,
        exit_code: asked.exit_code,
        oom_killed: false,
        events: &events,
        log: &log,
    });
    output::answer(format, &diagnosis, |diagnosis| {
        let mut text = format!("{}\n{}\n", diagnosis.cause.as_str(), diagnosis.summary);
        for line in &diagnosis.evidence {
            text += &format!("  {:>5}  {}\n", line.line, line.text);
        }
        text + &diagnosis.hint
    });
    Ok(0)
}
