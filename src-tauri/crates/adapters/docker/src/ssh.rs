//! The way to an engine through ssh, as Docker's own command goes it: `docker system dial-stdio` on the other machine.
//!
//! This machine's `ssh` is run, so its configuration, keys, agent and known hosts hold. It never asks: a host key that
//! nobody has accepted is refused, not taken on trust. What it says when it fails is what the caller is told.

use bollard::{API_DEFAULT_VERSION, BollardRequest, errors::Error};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo},
};
use std::{
    future::{Ready, ready},
    io,
    pin::Pin,
    process::Stdio,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, Join, ReadBuf},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::watch,
};

/// Most bytes of ssh's words that are kept.
const KEPT: u64 = 4096;
/// How long the last words of an ssh that hung up may take.
const WORDS: Duration = Duration::from_secs(2);
/// The other machine is named by ssh's arguments; requests need some name.
const ANY_HOST: &str = "http://docker";

/// A client whose connections are one ssh each. `answer`: seconds until the head of an answer.
pub(crate) fn connect(destination: &str, answer: u64) -> Result<bollard::Docker, Error> {
    let (said, words) = watch::channel(String::new());
    let client = Client::builder(TokioExecutor::new()).build(Ssh { arguments: arguments(destination).into(), said });
    let transport = move |request: BollardRequest| {
        let (client, mut words) = (client.clone(), words.clone());
        async move {
            words.mark_unchanged();
            let error = match client.request(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let heard = tokio::time::timeout(WORDS, words.changed()).await;
            let said = words.borrow().clone();
            match heard {
                Ok(Ok(())) if !said.is_empty() => Err(Error::IOError { err: io::Error::other(said) }),
                _ => Err(error.into()),
            }
        }
    };
    bollard::Docker::connect_with_custom_transport(transport, Some(ANY_HOST), answer, API_DEFAULT_VERSION)
}

/// What ssh prints, which is lines for a terminal, as one.
fn one_line(words: &str) -> String {
    let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ").trim_end_matches('.').to_owned()
}

/// User, host and port of `[user@]host[:port]`.
fn parts(destination: &str) -> (Option<&str>, &str, Option<&str>) {
    let (user, place) = match destination.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, destination),
    };
    let numbered = place.rsplit_once(':').filter(|(host, port)| {
        // An address of IPv6 has colons of its own, and a port only behind brackets.
        port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
    });
    let (host, port) = numbered.map_or((place, None), |(host, port)| (host, Some(port)));
    (user, host.trim_start_matches('[').trim_end_matches(']'), port)
}

/// The name that ssh keeps a host's key under, as a shell takes it.
pub(crate) fn known_as(destination: &str) -> String {
    match parts(destination) {
        (_, host, None | Some("22")) => host.to_owned(),
        (_, host, Some(port)) => format!("'[{host}]:{port}'"),
    }
}

/// `[user@]host[:port]` as ssh's arguments.
fn arguments(destination: &str) -> Vec<String> {
    let (user, host, port) = parts(destination);
    let options = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15"];
    let mut all: Vec<String> = options.map(str::to_owned).into();
    for (flag, value) in [("-l", user), ("-p", port)] {
        all.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value.to_owned()]));
    }
    // Behind `--` a host is a host, however it begins.
    all.extend(["--", host, "docker", "system", "dial-stdio"].map(str::to_owned));
    all
}

/// Starts connections.
#[derive(Clone)]
struct Ssh {
    arguments: Arc<[String]>,
    said: watch::Sender<String>,
}

impl Ssh {
    fn dial(&self) -> io::Result<Pipe> {
        let mut ssh = Command::new("ssh");
        ssh.args(&*self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A person's Ctrl-C is for us, who finish or undo first, not for the way to the engine.
        #[cfg(unix)]
        ssh.process_group(0);
        let mut child = ssh
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| io::Error::new(error.kind(), format!("the command `ssh` cannot be run: {error}")))?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let said = self.said.clone();
        tokio::spawn(async move {
            let mut words = Vec::new();
            let _ = stderr.take(KEPT).read_to_end(&mut words).await;
            said.send_replace(one_line(&String::from_utf8_lossy(&words)));
        });
        Ok(Pipe { both: tokio::io::join(stdout, stdin), _child: child })
    }
}

impl<Uri> tower_service::Service<Uri> for Ssh {
    type Response = TokioIo<Pipe>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<Pipe>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.dial().map(TokioIo::new))
    }
}

/// One ssh as a stream. Ended with it.
struct Pipe {
    both: Join<ChildStdout, ChildStdin>,
    _child: Child,
}

impl Connection for Pipe {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.both).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.both).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.both).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.both).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(destination: &str) -> String {
        arguments(destination).split_off(7).join(" ")
    }

    #[test]
    fn what_ssh_prints_is_one_line() {
        assert_eq!(
            one_line("@@@@\r\n@ WARNING @\r\n\r\nHost key verification failed.\r\n"),
            "@@@@ @ WARNING @ Host key verification failed"
        );
    }

    #[test]
    fn a_destination_becomes_arguments_and_never_an_option() {
        assert_eq!(told("deploy@far.example:2222"), "-l deploy -p 2222 -- far.example docker system dial-stdio");
        assert_eq!(told("far"), "-- far docker system dial-stdio");
        assert_eq!(told("me@[::1]:22"), "-l me -p 22 -- ::1 docker system dial-stdio");
        assert_eq!(told("me@::1"), "-l me -- ::1 docker system dial-stdio");
        assert_eq!(told("-oProxyCommand=evil"), "-- -oProxyCommand=evil docker system dial-stdio");
    }
}
