//! Runs nginx's own commands: on this machine, or inside a container through the engine's commander.

use std::{process::Stdio, sync::Arc, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::{CommandOutput, Commander},
    strategy::NginxHost,
};
use tokio::process::Command;

/// A check of a large configuration with names to resolve takes seconds; one that takes longer hangs.
const TIMEOUT: Duration = Duration::from_secs(30);
/// nginx's own words are a few lines.
const MOST_WORDS: usize = 4096;
/// What is run inside a container, for people.
const NEEDED: &str = "`nginx`, `sh`, `cat`, `tr`";
/// Ends with [`NO_PROGRAM`] where one of them is not there, and names it.
const TOOLS: &str =
    "for tool in nginx tr; do command -v $tool >/dev/null || { echo \"$tool: not found\"; exit 127; }; done";
/// As shells and engines say that there is no such program, or that it cannot be run.
const NO_PROGRAM: i32 = 127;
const NOT_RUNNABLE: i32 = 126;
/// The same, in the words of an engine that gives no code.
const NOT_FOUND: &str = "executable file not found";

/// Where commands are run.
#[derive(Clone)]
pub enum Place {
    /// Here, with these commands.
    Local {
        /// Checks the configuration.
        test: Vec<String>,
        /// Takes it into service.
        reload: Vec<String>,
    },
    /// In a container.
    Container {
        /// Its name.
        name: String,
        /// The way into it.
        commander: Arc<dyn Commander>,
    },
}

impl Place {
    /// The place of a router.
    pub fn of(host: &NginxHost, commander: Option<&Arc<dyn Commander>>) -> Result<Self, Failure> {
        Ok(match (host, commander) {
            (NginxHost::Local { test, reload }, _) => Self::Local { test: test.clone(), reload: reload.clone() },
            (NginxHost::Container { name }, Some(commander)) => {
                Self::Container { name: name.clone(), commander: Arc::clone(commander) }
            }
            (NginxHost::Container { name }, None) => {
                let kind = FailureKind::Unreachable { endpoint: format!("container {name}") };
                return Err(Failure::new(kind, "no engine is configured to reach it"));
            }
        })
    }

    /// Which nginx, for people.
    pub fn who(&self) -> String {
        match self {
            Self::Local { .. } => "nginx".to_owned(),
            Self::Container { name, .. } => format!("nginx in {name}"),
        }
    }

    /// Whether all that is run inside a container is there: without a list of its processes, a reload would be believed and
    /// no old connection waited for.
    pub async fn equipped(&self) -> Result<(), Failure> {
        // By itself first: a shell may have one built in that is no file of the image.
        self.inside(&["cat", "/dev/null"]).await?;
        self.inside(&["sh", "-c", TOOLS]).await.map(|_| ())
    }

    /// Checks the configuration on disk.
    pub async fn test(&self) -> Result<(), Failure> {
        let output = match self {
            Self::Local { test, .. } => local(test).await,
            Self::Container { .. } => self.inside(&["nginx", "-t"]).await?,
        };
        accepted(output)
    }

    /// Takes it into service.
    pub async fn reload(&self) -> Result<(), Failure> {
        let output = match self {
            Self::Local { reload, .. } => local(reload).await,
            Self::Container { .. } => self.inside(&["nginx", "-s", "reload"]).await?,
        };
        accepted(output)
    }

    /// Runs something else inside the container; nothing on this machine.
    pub async fn inside(&self, words: &[&str]) -> Result<CommandOutput, Failure> {
        let Self::Container { name, commander } = self else {
            return Ok(CommandOutput { code: 0, output: String::new() });
        };
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let output = commander.exec(name, &words, TIMEOUT).await.map_err(|failure| match failure.kind {
            FailureKind::Other if failure.message.contains(NOT_FOUND) => lacks(name, &failure.message),
            FailureKind::Other => refused(format!("nginx in {name} does not run: start it ({})", failure.message)),
            _ => failure,
        })?;
        match output.code {
            NO_PROGRAM | NOT_RUNNABLE => Err(lacks(name, &output.output)),
            _ => Ok(output),
        }
    }
}

/// What is missing stands in the words of whoever looked for it: an engine, or a shell.
fn lacks(name: &str, said: &str) -> Failure {
    let said = said.trim();
    refused(format!(
        "the image of {name} lacks a tool that Switchback runs in it ({NEEDED}): {said}; use an image that has them"
    ))
}

fn accepted(output: CommandOutput) -> Result<(), Failure> {
    if output.code == 0 { Ok(()) } else { Err(refused(output.output)) }
}

/// The router's no, in its own words.
pub fn refused(said: impl Into<String>) -> Failure {
    let said: String = said.into().trim().chars().take(MOST_WORDS).collect();
    Failure::new(FailureKind::RouterRefused { said: said.clone() }, said)
}

async fn local(words: &[String]) -> CommandOutput {
    let Some((program, arguments)) = words.split_first() else {
        return CommandOutput { code: 127, output: "no command is configured".to_owned() };
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(TIMEOUT, command.output()).await {
        Ok(Ok(output)) => {
            let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.push_str(&String::from_utf8_lossy(&output.stderr));
            CommandOutput { code: output.status.code().unwrap_or(-1), output: text }
        }
        Ok(Err(error)) => CommandOutput { code: 127, output: format!("{program}: {error}") },
        Err(_) => CommandOutput {
            code: CommandOutput::LATE,
            output: format!("{program} took longer than {} s", TIMEOUT.as_secs()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that answers the same to everything.
    struct Says(Result<CommandOutput, Failure>);

    #[async_trait::async_trait]
    impl Commander for Says {
        async fn runs(&self, _: &str) -> Result<bool, Failure> {
            Ok(true)
        }

        async fn exec(&self, _: &str, _: &[String], _: Duration) -> Result<CommandOutput, Failure> {
            self.0.clone()
        }
    }

    #[tokio::test]
    async fn a_tool_that_an_image_lacks_is_named_however_the_engine_says_so() {
        let words = "exec: \"cat\": executable file not found in $PATH";
        let by_code = Ok(CommandOutput { code: 127, output: words.to_owned() });
        for said in [by_code, Err(Failure::new(FailureKind::Other, words))] {
            let place = Place::Container { name: "front".to_owned(), commander: Arc::new(Says(said)) };
            let failure = place.inside(&["cat", "/x"]).await.unwrap_err();
            assert!(matches!(failure.kind, FailureKind::RouterRefused { .. }), "{failure:?}");
            assert!(failure.message.contains("lacks a tool") && failure.message.contains("\"cat\""), "{failure}");
        }
    }
}
