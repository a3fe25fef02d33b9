//! The login shell's PATH: a program started from a desktop has a short one, without the folders where people have their
//! cluster's login plugins.

use std::{process::Stdio, time::Duration};
use tokio::process::Command;

/// How long a shell's start-up files may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Stands around the answer, since start-up files may print.
const MARK: &str = "__switchback_path__";

/// The PATH a login shell has, with ours behind it; `None` where there is no shell to ask.
pub(crate) async fn of_login_shell() -> Option<String> {
    let shell = std::env::var("SHELL").ok().filter(|shell| !shell.is_empty())?;
    let mut command = Command::new(shell);
    command.args(["-l", "-c", &format!("printf '{MARK}%s{MARK}' \"$PATH\"")]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    let theirs = between(&String::from_utf8_lossy(&output.stdout))?;
    let ours = std::env::var("PATH").unwrap_or_default();
    Some(joined(&theirs, &ours))
}

fn between(said: &str) -> Option<String> {
    said.split(MARK).nth(1).map(str::to_owned).filter(|path| !path.is_empty())
}

/// Both, each folder once.
fn joined(first: &str, second: &str) -> String {
    let mut folders: Vec<&str> = Vec::new();
    for folder in first.split(':').chain(second.split(':')) {
        if !folder.is_empty() && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_start_up_files_print_is_no_path() {
        let said = format!("Welcome!\n{MARK}/opt/bin:/usr/bin{MARK}");
        assert_eq!(between(&said).as_deref(), Some("/opt/bin:/usr/bin"));
        assert_eq!(between("Welcome!"), None);
    }

    #[test]
    fn the_shells_folders_come_first_and_ours_are_not_lost() {
        assert_eq!(joined("/opt/bin:/usr/bin", "/usr/bin:/own"), "/opt/bin:/usr/bin:/own");
    }
}
