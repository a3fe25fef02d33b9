//! The supervisor: one small detached process per running instance. It starts the command, keeps its output, sees its
//! end at once and writes it down, whoever else is there to see it.
//!
//! It is this crate's only writer of an instance's status while the instance runs. Deliberately not here: restarting
//! what ended, which is a decision and belongs to a deployment.

use crate::{
    command, control,
    journal::{self, Journal},
    kernel::{self, Identity},
    launch::{self, Answer},
    layout::Layout,
    post, socket,
    status::{self, Status},
    trouble,
};
use nix::sys::signal::Signal;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    io,
    path::PathBuf,
    process::{ExitCode, ExitStatus, Stdio},
    rc::Rc,
    time::Duration,
};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::Instant,
    plan::InstanceSpec,
    port::{Lifecycle, LifecycleEvent},
    release::Artifact,
    workload::Settings,
};
use tokio::{
    net::{UnixListener, unix::pipe::Receiver},
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::LocalSet,
};
use tokio_util::sync::CancellationToken;

/// A predecessor whose child has ended needs this long at most to write that down.
const SUCCESSION: Duration = Duration::from_secs(5);
/// `ETXTBSY`: a program that was just copied may still be open for writing in a process that is between fork and exec.
/// That passes by itself within milliseconds and gives no event.
const TEXT_BUSY: i32 = 26;

/// What a supervisor is told through its standard input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Orders {
    /// The instance's port.
    pub port: Option<u16>,
    /// Secret values by environment variable. They exist in pipes and memory only.
    pub secrets: BTreeMap<String, String>,
}

/// Runs the instance whose directory is `dir` until it ends. To be called as the whole life of a process of its own
/// that was started with orders on its standard input; answers there with one line on its standard output.
pub async fn supervise(dir: PathBuf) -> ExitCode {
    let local = LocalSet::new();
    local.run_until(life(dir)).await
}

async fn life(dir: PathBuf) -> ExitCode {
    match Session::begin(dir).await {
        Ok(Some((session, child))) => session.run(child).await,
        Ok(None) => {
            launch::answer(&Answer::Already).await;
            ExitCode::SUCCESS
        }
        Err(failure) => {
            launch::answer(&Answer::Refused(failure)).await;
            ExitCode::FAILURE
        }
    }
}

/// One run of one instance.
struct Session {
    dir: PathBuf,
    layout: Layout,
    spec: InstanceSpec,
    process: Identity,
    since: Instant,
    port: Option<u16>,
    kills: Option<u64>,
    listener: UnixListener,
    lock: File,
    pumps: tokio::task::JoinSet<()>,
    ended: CancellationToken,
}

impl Session {
    /// Starts the command; `None` when it runs already.
    async fn begin(dir: PathBuf) -> Result<Option<(Self, Child)>, Failure> {
        let orders = launch::orders().await.map_err(|error| trouble::other(format!("orders: {error}")))?;
        let orders: Orders =
            serde_json::from_slice(&orders).map_err(|error| trouble::other(format!("orders: {error}")))?;
        let secrets: BTreeMap<String, SecretString> =
            orders.secrets.into_iter().map(|(name, value)| (name, value.into())).collect();
        let (layout, name) = Layout::of_instance(&dir).ok_or_else(|| trouble::other("not an instance's directory"))?;
        let Some(lock) = launch::lock(&dir.join("lock"), SUCCESSION).await? else { return Ok(None) };
        if matches!(Status::read(&dir)?, Some(Status::Running { process, .. }) if process.alive()) {
            return Ok(None);
        }
        let spec = status::read_spec(&dir)?.ok_or_else(|| trouble::other(format!("there is no instance {name}")))?;
        let path = layout.instance_socket(&name);
        let listener = socket::listen(&path).map_err(|error| trouble::io("listen at", &path, &error))?;
        let journal =
            Journal::open(&dir, secrets.values()).map_err(|error| trouble::io("open the log of", &dir, &error))?;
        let kills = kernel::memory_kills();
        let mut child = spawn(&layout, &spec, orders.port, &secrets).await?;
        let since = Instant::now();
        let mut session = Self {
            process: identity(&child)?,
            dir,
            layout,
            spec,
            since,
            port: orders.port,
            kills,
            listener,
            lock,
            pumps: tokio::task::JoinSet::new(),
            ended: CancellationToken::new(),
        };
        session.pump(&mut child, journal);
        let running = Status::Running { process: session.process.clone(), since, port: session.port };
        if let Err(failure) = running.write(&session.dir) {
            // What nobody could find again must not run.
            kernel::group(session.process.pid, Signal::SIGKILL);
            return Err(failure);
        }
        session.tell(Lifecycle::Started).await;
        Ok(Some((session, child)))
    }

    fn pump(&mut self, child: &mut Child, journal: Journal) {
        let journal = Rc::new(RefCell::new(journal));
        let out = child.stdout.take().and_then(|out| out.into_owned_fd().ok());
        let err = child.stderr.take().and_then(|err| err.into_owned_fd().ok());
        for (stderr, pipe) in [(false, out), (true, err)] {
            let Some(pipe) = pipe.and_then(|pipe| Receiver::from_owned_fd(pipe).ok()) else { continue };
            let (journal, ended) = (Rc::clone(&journal), self.ended.clone());
            self.pumps.spawn_local(journal::lines(pipe, ended, move |line| journal.borrow_mut().line(stderr, line)));
        }
    }

    async fn tell(&self, what: Lifecycle) {
        let event = LifecycleEvent { instance: self.spec.name.clone(), what };
        post::tell(&self.layout, &self.spec.target, &event).await;
    }

    async fn run(self, mut child: Child) -> ExitCode {
        launch::answer(&Answer::Started).await;
        let (ask, mut asked) = mpsc::channel::<Duration>(8);
        // The machine shuts down: the child gets its grace, as for any stop.
        let Ok(mut terminated) = signal(SignalKind::terminate()) else { return ExitCode::FAILURE };
        let mut kill_at: Option<tokio::time::Instant> = None;
        let mut ordered = false;
        let status = loop {
            let deadline = async {
                match kill_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let grace = tokio::select! {
                status = child.wait() => break status,
                Some(grace) = asked.recv() => grace,
                _ = terminated.recv() => self.spec.workload.settings.grace(),
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        tokio::task::spawn_local(control::serve(stream, ask.clone()));
                    }
                    continue;
                }
                () = deadline => {
                    kernel::group(self.process.pid, Signal::SIGKILL);
                    kill_at = None;
                    continue;
                }
            };
            kernel::group(self.process.pid, Signal::SIGTERM);
            let at = tokio::time::Instant::now() + grace;
            kill_at = Some(kill_at.map_or(at, |earlier| earlier.min(at)));
            ordered = true;
        };
        self.end(status, ordered).await
    }

    /// Writes the end down, tells it, and makes way: status first, then the word, then the lock, so that whoever hears
    /// of the end finds it written and may start the instance again.
    async fn end(mut self, ended: io::Result<ExitStatus>, ordered: bool) -> ExitCode {
        let at = Instant::now();
        // Children it left behind would keep its port.
        kernel::group(self.process.pid, Signal::SIGKILL);
        // Its last words lie in the pipes; whoever hears of the end finds them written.
        self.ended.cancel();
        while self.pumps.join_next().await.is_some() {}
        let code = ended.ok().map(command::code);
        let out_of_memory = !ordered
            && code == Some(128 + Signal::SIGKILL as i32)
            && kernel::memory_kills().zip(self.kills).is_some_and(|(now, then)| now > then);
        let code = code.map(i64::from);
        let ran_ms = status::millis(self.since, at);
        let written = Status::Exited { code, out_of_memory, at, ran_ms, port: self.port }.write(&self.dir);
        self.tell(Lifecycle::Exited { code, out_of_memory }).await;
        let _ = std::fs::remove_file(self.layout.instance_socket(&self.spec.name));
        let _ = self.lock.unlock();
        if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

async fn spawn(
    layout: &Layout,
    spec: &InstanceSpec,
    port: Option<u16>,
    secrets: &BTreeMap<String, SecretString>,
) -> Result<Child, Failure> {
    let (Settings::Process(settings), Artifact::Folder { digest, .. }) =
        (&spec.workload.settings, &spec.workload.artifact)
    else {
        return Err(trouble::other(format!("{} is no process of a released folder", spec.name)));
    };
    let release = layout.release(digest)?;
    let refused = |why: String| Failure::new(FailureKind::StartRefused, why);
    let make = || -> Option<Command> {
        let mut command = command::prepare(&settings.run, &release, port, &spec.workload.config)?;
        command.envs(secrets.iter().map(|(name, value)| (name, value.expose_secret())));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Some(command)
    };
    let mut tries = 0;
    loop {
        let mut command = make().ok_or_else(|| refused("the command to run is empty".to_owned()))?;
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error) if error.raw_os_error() == Some(TEXT_BUSY) && tries < 20 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) => {
                let program = command.as_std().get_program().to_string_lossy().into_owned();
                return Err(refused(format!("{program}: {error}")));
            }
        }
    }
}

fn identity(child: &Child) -> Result<Identity, Failure> {
    // Not yet waited for, so even one that ended already is still there to be read.
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    pid.and_then(Identity::of).ok_or_else(|| trouble::other("the started process cannot be read in /proc"))
}
