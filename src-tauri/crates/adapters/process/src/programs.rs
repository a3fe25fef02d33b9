//! The core's port of programs: run on this machine, in an environment that begins empty.

use crate::command::{answer, base_environment};
use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use switchback_core::{
    failure::{Failure, FailureKind},
    port::{CommandOutput, Errand, Programs},
};
use tokio::process::Command;

/// This machine's programs.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalPrograms;

#[async_trait]
impl Programs for LocalPrograms {
    async fn run(&self, errand: Errand<'_>) -> Result<CommandOutput, Failure> {
        let Errand { command, folder, environment, patience, most } = errand;
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::new(FailureKind::Other, "there is no command to run"));
        };
        let mut child = if program.contains('/') { Command::new(folder.join(program)) } else { Command::new(program) };
        child.args(arguments).current_dir(folder).env_clear().envs(base_environment());
        child.envs(environment.iter().map(|(name, value)| (name, value.expose_secret())));
        let refused = |error| Failure::new(FailureKind::Other, format!("{program} in {}: {error}", folder.display()));
        answer(child, patience, most).await.map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;
    use std::{path::Path, time::Duration};

    async fn sh(script: &str) -> CommandOutput {
        let command: Vec<String> = ["/bin/sh", "-c", script].map(str::to_owned).into();
        let environment = [("COLOUR", SecretString::from("green"))];
        let (folder, patience) = (Path::new("/usr"), Duration::from_secs(30));
        let errand = Errand { command: &command, folder, environment: &environment, patience, most: 1000 };
        LocalPrograms.run(errand).await.unwrap()
    }

    #[tokio::test]
    async fn a_program_runs_in_its_folder_with_what_it_was_given_and_nothing_of_ours() {
        let answer = sh("pwd; env; echo beside >&2").await;
        assert_eq!((answer.code, answer.output.lines().next()), (0, Some("/usr")));
        let names = answer.output.lines().filter_map(|line| line.split_once('=')).map(|pair| pair.0);
        let known = ["HOME", "LANG", "PATH", "COLOUR", "PWD", "OLDPWD", "SHLVL", "_"];
        assert!(names.clone().all(|name| known.contains(&name)), "{:?}", names.collect::<Vec<_>>());
        assert!(answer.output.contains("COLOUR=green") && !answer.output.contains("beside"), "{answer:?}");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let command = ["./not-there".to_owned()];
        let (folder, patience) = (Path::new("/usr"), Duration::from_secs(30));
        let errand = Errand { command: &command, folder, environment: &[], patience, most: 1000 };
        let said = LocalPrograms.run(errand).await.unwrap_err().to_string();
        assert!(said.starts_with("./not-there in /usr: "), "{said}");
    }
}
