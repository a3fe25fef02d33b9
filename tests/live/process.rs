//! The process runtime with real detached supervisors: what is its own, beyond what every runtime must do.

use futures::StreamExt as _;
use nix::{sys::signal, unistd::Pid};
use secrecy::SecretString;
use std::{path::Path, time::Duration};
use switchback_core::{
    failure::FailureKind,
    port::{Arrival, InstanceState, Lifecycle, ResolvedSecrets, Runtime as _, Upstream},
    release::{Artifact, ArtifactRequest, Digest},
    workload::Workload,
};
use switchback_tests::{
    cli::Desk,
    conformance::{self, Fixture, Program},
    leftover::Leftovers,
    listening,
    part::PartError,
    port,
    supervised::{Supervised, target},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

fn supervised() -> Supervised {
    Supervised::new(env!("CARGO_BIN_EXE_test-supervisor"), env!("CARGO_BIN_EXE_demo-server"))
}

/// Asks until something listens: a program that was just started may not yet.
async fn get(at: &Upstream, path: &str) -> String {
    for _ in 0..100 {
        if let Ok(answer) = ask(at.port, path).await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing answers at {at}");
}

async fn ask(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    if head.starts_with("HTTP/1.1 200") { Ok(body.to_owned()) } else { Err(std::io::Error::other(head.to_owned())) }
}

/// A supervisor ends with its instance. Its last word comes a moment before the kernel has taken it down.
async fn nobody_left(home: &Supervised) {
    for _ in 0..100 {
        if home.daemons("supervise").is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a supervisor outlives its instance");
}

fn upstream(state: InstanceState) -> Upstream {
    match state {
        InstanceState::Running { upstream: Some(upstream), .. } => upstream,
        other => panic!("{other:?}"),
    }
}

fn all_bytes_under(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            bytes.extend(all_bytes_under(&entry.path()));
        } else {
            bytes.extend(std::fs::read(entry.path()).unwrap_or_default());
        }
    }
    bytes
}

#[tokio::test]
async fn what_one_client_started_another_finds_stops_and_starts_again() {
    let home = supervised();
    let spec = home.release(1, Supervised::SERVER, 0).await;
    home.run(&spec).await.unwrap();
    let (other, settings) = (home.runtime(), &spec.workload.settings);
    let at = upstream(other.state(settings, &spec.name).await.unwrap());
    assert_eq!(get(&at, "/version").await, "1");
    assert_eq!(other.start(&spec, &ResolvedSecrets::new()).await, Ok(Arrival::Already));
    assert_eq!(other.stop(&spec).await, Ok(Arrival::Done));
    assert!(matches!(other.state(settings, &spec.name).await, Ok(InstanceState::Exited { code: Some(143), .. })));
    nobody_left(&home).await;
    assert_eq!(other.start(&spec, &ResolvedSecrets::new()).await, Ok(Arrival::Done));
    assert_eq!(upstream(other.state(settings, &spec.name).await.unwrap()), at, "the port of the last time is kept");
}

#[tokio::test]
async fn an_exit_right_after_the_start_is_told_with_its_code_and_output() {
    let home = supervised();
    let spec = home.release(1, &["./demo-server", "--mode", "exit"], 0).await;
    let mut events = home.runtime().watch(&spec.workload.settings, &target()).await.unwrap();
    home.run(&spec).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().what, Lifecycle::Started);
    let end = events.next().await.unwrap().unwrap();
    assert_eq!(end.what, Lifecycle::Exited { code: Some(1), out_of_memory: false });
    let log = home.runtime().logs(&spec.workload.settings, &spec.name, 50).await.unwrap();
    assert!(log.iter().any(|line| line.stderr && line.text.contains("ECONNREFUSED")), "{log:?}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_refused_with_the_systems_words() {
    let home = supervised();
    let spec = home.release(1, &["./no-such-program"], 0).await;
    let failure = home.run(&spec).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::StartRefused);
    assert!(failure.message.contains("os error 2"), "{failure}");
    nobody_left(&home).await;
}

#[tokio::test]
async fn a_port_that_somebody_else_holds_is_told_before_anything_starts() {
    let home = supervised();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let spec = home.release(1, Supervised::SERVER, port).await;
    assert_eq!(home.run(&spec).await.unwrap_err().kind, FailureKind::PortInUse { port });
    assert_eq!(home.runtime().state(&spec.workload.settings, &spec.name).await, Ok(InstanceState::Created));
}

#[tokio::test]
async fn a_secret_reaches_the_program_and_no_file() {
    let home = supervised();
    let spec = home.release(1, &["/bin/sh", "-c", "echo key is $DEMO_KEY; exec ./demo-server --port {port}"], 0).await;
    let secrets = ResolvedSecrets::from([("DEMO_KEY".to_owned(), SecretString::from("correct-horse".to_owned()))]);
    let runtime = home.runtime();
    runtime.create(&spec, &secrets).await.unwrap();
    runtime.start(&spec, &secrets).await.unwrap();
    let at = upstream(runtime.state(&spec.workload.settings, &spec.name).await.unwrap());
    assert_eq!(get(&at, "/env").await, "DEMO_KEY=correct-horse\n");
    let log = runtime.logs(&spec.workload.settings, &spec.name, 50).await.unwrap();
    assert!(log.iter().any(|line| line.text == "key is ***"), "{log:?}");
    let bytes = all_bytes_under(&home.state().join("instances"));
    assert!(!String::from_utf8_lossy(&bytes).contains("correct-horse"));
}

#[tokio::test]
async fn an_instance_whose_supervisor_was_killed_serves_on_and_is_stopped_all_the_same() {
    let home = supervised();
    let spec = home.release(1, Supervised::SERVER, 0).await;
    home.run(&spec).await.unwrap();
    let runtime = home.runtime();
    let mut events = runtime.watch(&spec.workload.settings, &target()).await.unwrap();
    for pid in home.daemons("supervise") {
        signal::kill(pid, signal::Signal::SIGKILL).unwrap();
    }
    let at = upstream(runtime.state(&spec.workload.settings, &spec.name).await.unwrap());
    assert_eq!(get(&at, "/version").await, "1");
    assert_eq!(runtime.start(&spec, &ResolvedSecrets::new()).await, Ok(Arrival::Already), "never two of one instance");
    assert_eq!(runtime.stop(&spec).await, Ok(Arrival::Done));
    assert!(ask(at.port, "/").await.is_err());
    assert!(matches!(events.next().await.unwrap().unwrap().what, Lifecycle::Exited { .. }));
}

#[tokio::test]
async fn an_orphan_that_ends_by_itself_is_told_too() {
    let home = supervised();
    let spec = home.release(1, Supervised::SERVER, 0).await;
    home.run(&spec).await.unwrap();
    let mut events = home.runtime().watch(&spec.workload.settings, &target()).await.unwrap();
    let child = home.pid(&spec.name).unwrap();
    for pid in home.daemons("supervise") {
        signal::kill(pid, signal::Signal::SIGKILL).unwrap();
    }
    signal::kill(Pid::from_raw(child), signal::Signal::SIGKILL).unwrap();
    let told = tokio::time::timeout(Duration::from_secs(5), events.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(told.what, Lifecycle::Exited { code: None, out_of_memory: false });
    let state = home.runtime().state(&spec.workload.settings, &spec.name).await.unwrap();
    assert!(matches!(state, InstanceState::Exited { code: None, .. }), "{state:?}");
}

#[tokio::test]
async fn a_program_deaf_to_the_polite_signal_is_killed_after_its_grace_with_its_children() {
    let home = supervised();
    let deaf = "trap '' TERM; ./demo-server --port {port} & while :; do wait; done";
    let spec = home.release(1, &["/bin/sh", "-c", deaf], 0).await;
    home.run(&spec).await.unwrap();
    let runtime = home.runtime();
    let at = upstream(runtime.state(&spec.workload.settings, &spec.name).await.unwrap());
    get(&at, "/").await;
    let begun = std::time::Instant::now();
    runtime.stop(&spec).await.unwrap();
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(10), "{took:?}");
    assert!(ask(at.port, "/").await.is_err(), "a child left behind still serves");
}

/// The suite's programs as folders and commands.
struct Programs {
    workload: Workload,
}

impl Programs {
    async fn in_home(home: &Supervised) -> Self {
        Self { workload: home.release(1, Supervised::SERVER, 0).await.workload }
    }

    fn folder(&self) -> std::path::PathBuf {
        match &self.workload.artifact {
            Artifact::Folder { path, .. } => path.clone(),
            Artifact::Image { .. } => unreachable!("a process is released as a folder"),
        }
    }
}

impl Fixture for Programs {
    fn workload(&self, program: Program, port: u16) -> Workload {
        let crash = format!("echo \"$SAYS\" >&2; exit {}", conformance::CRASH_CODE);
        let stubborn = format!("trap '' TERM; echo {}; while :; do sleep 60; done", conformance::DEAF);
        let run: &[&str] = match program {
            Program::Serving | Program::Missing => Supervised::SERVER,
            Program::Crashing => &["/bin/sh", "-c", &crash],
            Program::Stubborn => &["/bin/sh", "-c", &stubborn],
        };
        let mut workload = self.workload.clone();
        workload.settings = Supervised::settings(run, port);
        if program == Program::Missing {
            let digest = Digest::of(b"never released");
            workload.artifact = Artifact::Folder { path: self.folder().join("nowhere"), digest };
        }
        workload
    }

    fn request(&self) -> ArtifactRequest {
        ArtifactRequest::Folder { path: self.folder() }
    }
}

#[tokio::test]
async fn the_process_runtime_does_what_every_runtime_must() {
    let home = supervised();
    let programs = Programs::in_home(&home).await;
    conformance::conformance(&home.runtime(), &programs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_home_that_is_named_from_where_one_stands_is_the_same_from_everywhere() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let home = desk.folder().join("here/own");
    let _leftovers = Leftovers::of(home);
    listening::release(&desk, "1.0");
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ staging: {{}} }}\ntargets:\n  \
         web/staging: {{ process: {{ run: [\"{{release}}/server\"], port: {} }}, health: {{ tcp: true, within: 10s }} }}\n",
        port::free()
    );
    std::fs::create_dir(desk.folder().join("here")).expect("a folder");
    std::fs::write(desk.folder().join("switchback.yaml"), policy).expect("a policy");
    let here = |words: &[&str]| {
        let mut command = desk.surroundings(desk.program());
        command.current_dir(desk.folder().join("here")).args(["--home", "own"]).args(words);
        command
    };
    let _ = desk.ask("", here(&["apply", "-f", "../switchback.yaml"])).await?.exits(0);
    let _ = desk.ask("", here(&["deploy", "web", "staging", "1.0"])).await?.exits(0);
    let plan = desk.ask("", here(&["plan", "web", "staging", "1.0"])).await?.exits(0);
    assert!(plan.stdout.contains("nothing changes") && !plan.stdout.contains(" -> sha256"), "{}", plan.stdout);
    let mut elsewhere = desk.surroundings(desk.program());
    elsewhere.current_dir(desk.folder()).env("SWITCHBACK_HOME", "here/own").args(["--output", "json", "status"]);
    let board = desk.ask("", elsewhere).await?.exits(0);
    assert_eq!(board.text("/rows/0/cells/0/health/kind"), "healthy", "{:#}", board.json);
    Ok(())
}
