//! Where an item's word comes from: a file beside the policy, an address, or a command. `{service}`, `{environment}`,
//! `{version}` and `{commit}` in them are filled in.

use super::Asked;
use crate::App;
use crate::says::items;
use std::{io::Read as _, path::Path, time::Duration};
use switchback_core::{health::Finding, port::CommandOutput};
use switchback_policy::environment::Item;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes read of a file.
const MOST: u64 = 64 * 1024;

/// What it says, or why that is not known. A command that fails says no.
pub(super) async fn ask(app: &App, asked: &Asked<'_>, item: &Item) -> Result<String, Finding> {
    let release = app.history.release(&asked.target.service, asked.version).await.ok();
    let commit = release.and_then(|release| release.commit);
    let wants = |text: &str| text.contains("{commit}") && commit.is_none();
    let texts = item.file.iter().chain(&item.url).chain(&item.run);
    if texts.map(String::as_str).any(wants) {
        return Err(Finding::no_data(items::no_commit(asked.version)));
    }
    let fill = |text: &str| {
        text.replace("{service}", asked.target.service.as_str())
            .replace("{environment}", asked.target.environment.as_str())
            .replace("{version}", asked.version)
            .replace("{commit}", commit.as_deref().unwrap_or_default())
    };
    if let Some(file) = &item.file {
        let path = asked.base.join(fill(file));
        let no_data = |why: &str| Finding::no_data(format!("{}: {why}", path.display()));
        let opened = path.clone();
        // A share that went away, a pipe nobody writes to: whoever asks is not held up by them.
        let read = tokio::task::spawn_blocking(move || read(&opened));
        return match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(read)) => read.map_err(|error| no_data(&error.to_string())),
            Ok(Err(_)) | Err(_) => Err(no_data("it gave no answer in time")),
        };
    }
    if let Some(url) = &item.url {
        let url = fill(url);
        return match app.outside.get(&url, PATIENCE).await {
            Ok((200, body)) => Ok(body),
            Ok((status, _)) => Err(Finding::no_data(format!("{url} answered {status}"))),
            Err(failure) => {
                // Only whose address it is: the rest of it may be a token.
                let host = url.split('/').nth(2).unwrap_or_default();
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                Err(Finding::no_data(format!("{host}: {}", failure.message)))
            }
        };
    }
    let command: Vec<String> = item.run.iter().map(|word| fill(word)).collect();
    if command.is_empty() {
        return Err(Finding::no_data(items::no_source()));
    }
    match app.outside.run(&command, asked.base, PATIENCE).await {
        Ok(output) if output.code == 0 => Ok(output.output),
        Ok(output) if output.code == CommandOutput::LATE => {
            Err(Finding::no_data(items::command_no_answer(&command[0])))
        }
        Ok(output) => {
            let last = output.output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
            Err(Finding::fail(items::command_ended(&command[0], output.code, last)))
        }
        Err(failure) => Err(Finding::no_data(failure.message)),
    }
}

/// A line from outside as it may stand on a terminal: without what steers one, and not without end.
pub(super) fn plain(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

fn read(path: &Path) -> std::io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}
