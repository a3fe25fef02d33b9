//! `switchback diagnose`: needs no home, no engine, nothing but the log.

use crate::{args::Diagnose, input, output};
use switchback_api::ApiError;
use switchback_core::diagnosis::{self, Evidence, RuntimeName};

/// Most bytes read of a log; the rules look at its end.
const MOST: u64 = 16 * 1024 * 1024;

/// Names the cause.
pub fn diagnose(format: crate::args::Format, asked: &Diagnose) -> Result<u8, ApiError> {
    let unreadable = |error: ApiError| error.hint("Give the path of a log, or - for standard input.");
    let bytes = input::bytes(&asked.log, MOST).map_err(unreadable)?;
    let events: Vec<String> = match &asked.events {
        None => Vec::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path);
            let text = text.map_err(|error| unreadable(input::unreadable(path.display(), &error)))?;
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
