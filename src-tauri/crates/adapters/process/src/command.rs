//! What is executed: argument lists with their placeholders filled in, the environment, and commands run to their end.
//!
//! No shell anywhere; a person who wants one writes it. The environment begins empty, so that a variable of the desktop
//! session (a token, a proxy) is never part of what a service happens to need.

use crate::kernel;
use nix::sys::signal::Signal;
use std::{
    collections::BTreeMap,
    io,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::Mutex,
    time::Duration,
};
use switchback_core::port::CommandOutput;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
};

/// Most output kept of a command.
const MOST_OUTPUT: usize = 16 * 1024;
/// What a shell answers for a command that is not there.
const NOT_FOUND: i32 = 127;
/// A command that ended may have left children that hold its output open; they are not waited for longer.
const LEFTOVERS: Duration = Duration::from_millis(500);

/// The little every program may expect: where programs are, where the user lives, which language.
pub fn base_environment() -> BTreeMap<String, String> {
    let mut base: BTreeMap<String, String> = ["HOME", "LANG", "PATH"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    base.entry("PATH".to_owned()).or_insert_with(|| "/usr/local/bin:/usr/bin:/bin".to_owned());
    base
}

/// An argument list ready to run in `release`; `None` when it is empty.
pub fn prepare(
    run: &[String],
    release: &Path,
    port: Option<u16>,
    config: &BTreeMap<String, String>,
) -> Option<Command> {
    let place = release.to_string_lossy();
    let port = port.map(|port| port.to_string());
    let fill = |text: &String| {
        let text = text.replace("{release}", &place);
        port.as_ref().map_or(text.clone(), |port| text.replace("{port}", port))
    };
    let mut words = run.iter().map(fill);
    let mut program = words.next()?;
    // `./server` is meant from the release's folder, wherever the caller stands.
    if program.contains('/') {
        program = release.join(program).to_string_lossy().into_owned();
    }
    let mut command = Command::new(program);
    command.args(words).env_clear().envs(base_environment()).envs(config).current_dir(release).process_group(0);
    if let Some(port) = port {
        command.env("PORT", port);
    }
    Some(command)
}

/// An exit status as shells write it: 128 plus the signal's number for one that was killed.
pub fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

/// Runs a command to its end or to the end of its time, and then its whole group.
pub async fn run(command: Command, timeout: Duration) -> CommandOutput {
    let kept = Kept::new(MOST_OUTPUT);
    match to_its_end(command, timeout, [&kept, &kept]).await {
        Ok(code) => CommandOutput { code, output: kept.text() },
        Err(error) => CommandOutput { code: NOT_FOUND, output: error.to_string() },
    }
}

/// The same for a command whose output is an answer: what it said beside it counts only where it failed. Its children are
/// in its group, so that none of them outlives it. At most `most` bytes are kept of either.
pub async fn answer(mut command: Command, timeout: Duration, most: usize) -> io::Result<CommandOutput> {
    let (out, err) = (Kept::new(most), Kept::new(most));
    command.process_group(0);
    let code = to_its_end(command, timeout, [&out, &err]).await?;
    let beside = if code == 0 { String::new() } else { err.text() };
    Ok(CommandOutput { code, output: out.text() + &beside })
}

async fn to_its_end(mut command: Command, timeout: Duration, kept: [&Kept; 2]) -> io::Result<i32> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let group = child.id().and_then(|id| i32::try_from(id).ok());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let gather = async {
        tokio::join!(kept[0].fill(out), kept[1].fill(err));
    };
    tokio::pin!(gather);
    let ended = async {
        let mut gathered = false;
        let status = loop {
            tokio::select! {
                status = child.wait() => break status,
                () = &mut gather, if !gathered => gathered = true,
            }
        };
        (status, gathered)
    };
    let outcome = tokio::time::timeout(timeout, ended).await;
    if let Some(group) = group {
        kernel::group(group, Signal::SIGKILL);
    }
    Ok(match outcome {
        Ok((status, gathered)) => {
            if !gathered {
                let _ = tokio::time::timeout(LEFTOVERS, &mut gather).await;
            }
            status.map_or(-1, code)
        }
        Err(_) => CommandOutput::LATE,
    })
}

/// The first bytes of what is printed.
struct Kept {
    bytes: Mutex<Vec<u8>>,
    most: usize,
}

impl Kept {
    const fn new(most: usize) -> Self {
        Self { bytes: Mutex::new(Vec::new()), most }
    }

    /// Reads a stream to its end, also beyond what is kept: the command is not held up.
    async fn fill(&self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut bytes).await {
            if let Ok(mut kept) = self.bytes.lock() {
                let room = self.most - kept.len();
                kept.extend_from_slice(&bytes[..count.min(room)]);
            }
        }
    }

    fn text(&self) -> String {
        self.bytes.lock().map(|kept| String::from_utf8_lossy(&kept).into_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sh(script: &str, timeout: Duration) -> CommandOutput {
        let run: Vec<String> = ["/bin/sh", "-c", script].map(str::to_owned).into();
        let config = BTreeMap::from([("COLOUR".to_owned(), "green".to_owned())]);
        super::run(prepare(&run, Path::new("/"), Some(4711), &config).unwrap(), timeout).await
    }

    #[tokio::test]
    async fn a_command_tells_its_code_and_both_streams() {
        let output = sh("echo $COLOUR; echo {port} $PORT >&2; exit 3", Duration::from_secs(10)).await;
        assert_eq!(output.code, 3);
        assert!(output.output.contains("green") && output.output.contains("4711 4711"), "{output:?}");
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_stopped_with_its_children() {
        let output = sh("echo begun; sleep 1000 & wait", Duration::from_millis(300)).await;
        assert_eq!((output.code, output.output.trim()), (124, "begun"));
    }

    #[tokio::test]
    async fn an_answer_is_what_was_printed_and_its_children_end_with_it() {
        for (script, patience, code) in [("sleep 1000 & echo $!", 10_000, 0), ("sleep 1000 & echo $!; wait", 300, 124)]
        {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &format!("echo beside >&2; {script}")]);
            let given = answer(command, Duration::from_millis(patience), 100).await.unwrap();
            assert_eq!(given.code, code, "{given:?}");
            let child = format!("/proc/{}/stat", given.output.lines().next().unwrap());
            let runs = || std::fs::read_to_string(&child).is_ok_and(|stat| !stat.contains(") Z "));
            let gone = async {
                while runs() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
            assert_eq!(given.output.contains("beside"), code != 0, "{given:?}");
        }
    }

    #[tokio::test]
    async fn output_beyond_the_bound_is_dropped_not_waited_for() {
        let output = sh("head -c 1000000 /dev/zero", Duration::from_secs(10)).await;
        assert_eq!((output.code, output.output.len()), (0, MOST_OUTPUT));
    }

    #[tokio::test]
    async fn nothing_of_our_own_environment_reaches_a_command() {
        let output = sh("env", Duration::from_secs(10)).await;
        let names: Vec<&str> =
            output.output.lines().filter_map(|line| line.split_once('=')).map(|pair| pair.0).collect();
        let known = ["HOME", "LANG", "PATH", "COLOUR", "PORT", "PWD", "OLDPWD", "SHLVL", "_"];
        assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    }
}
