//! The service the tests deploy: one small program that behaves well or badly, as it is told.
//!
//! Standard library only, so that it links statically into an image of a few megabytes. It has no signal handler: the
//! default action of SIGTERM ends it at once, except as process 1 of a container, where the engine's kill does.
//!
//! ```text
//! demo-server [--port N] [--version V] [--mode MODE] [--delay-ms N]
//! ```
//! Each has an environment variable instead: `PORT`, `VERSION`, `MODE`, `DELAY_MS`. The modes: `ok`; `exit`, which fails
//! at start as a program without its database does; `late-exit`, which does so after DELAY_MS; `hang`, which accepts and
//! never answers; `503`; `lie`, whose `/health` is fine and everything else 500; `deaf`, which never listens; `slow`,
//! which waits DELAY_MS before each answer; `by-turns`, which answers 200 and 500 one after the other.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

/// How many requests there were.
static TURN: AtomicUsize = AtomicUsize::new(0);

fn option(flag: &str, variable: &str, default: &str) -> String {
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        if word == flag {
            return words.next().unwrap_or_default();
        }
    }
    env::var(variable).unwrap_or_else(|_| default.to_owned())
}

fn main() -> ExitCode {
    let port: u16 = option("--port", "PORT", "8080").parse().unwrap_or(8080);
    let version = option("--version", "VERSION", "1");
    let mode = option("--mode", "MODE", "ok");
    let delay = Duration::from_millis(option("--delay-ms", "DELAY_MS", "0").parse().unwrap_or(0));
    println!("demo-server {version} starting, mode {mode}");
    match mode.as_str() {
        "exit" => return without_database(),
        "late-exit" => {
            thread::spawn(move || {
                wait(delay);
                std::process::exit(i32::from(without_database() != ExitCode::SUCCESS));
            });
        }
        "deaf" => loop {
            thread::park();
        },
        _ => {}
    }
    // All addresses, for in a container the published port does not arrive on the loopback.
    let listener = match TcpListener::bind(("0.0.0.0", port)) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("listen tcp 0.0.0.0:{port}: bind: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("listening on {port}");
    for stream in listener.incoming().flatten() {
        let (version, mode) = (version.clone(), mode.clone());
        thread::spawn(move || serve(stream, &version, &mode, delay));
    }
    ExitCode::SUCCESS
}

fn without_database() -> ExitCode {
    eprintln!("could not connect to the database: dial tcp 127.0.0.1:5432: connect: ECONNREFUSED (Connection refused)");
    ExitCode::FAILURE
}

/// The program under test takes its time; no test waits by this.
#[expect(clippy::disallowed_methods, reason = "a slow service is what is played here")]
fn wait(time: Duration) {
    thread::sleep(time);
}

/// Answers the requests of one connection, kept alive as clients want it.
fn serve(stream: TcpStream, version: &str, mode: &str, delay: Duration) {
    let Ok(mut answers) = stream.try_clone() else { return };
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(request) = lines.next() {
        let mut close = request.ends_with("HTTP/1.0");
        for header in lines.by_ref().take_while(|line| !line.is_empty()) {
            close |= header.eq_ignore_ascii_case("connection: close");
        }
        let path = request.split(' ').nth(1).unwrap_or("/");
        let (status, body) = match (mode, path) {
            ("hang", _) => loop {
                thread::park();
            },
            ("by-turns", _) if TURN.fetch_add(1, Ordering::Relaxed) % 2 == 1 => {
                ("500 Internal Server Error", "broken".to_owned())
            }
            ("503", _) => ("503 Service Unavailable", "unavailable".to_owned()),
            ("lie", "/health") => ("200 OK", "ok".to_owned()),
            ("lie", _) => ("500 Internal Server Error", "broken".to_owned()),
            (_, "/version") => ("200 OK", version.to_owned()),
            (_, "/env") => ("200 OK", environment()),
            _ => ("200 OK", format!("ok {version}")),
        };
        if mode == "slow" {
            wait(delay);
        }
        let connection = if close { "close" } else { "keep-alive" };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: {connection}\r\n\r\n",
            body.len()
        );
        if answers.write_all(head.as_bytes()).and_then(|()| answers.write_all(body.as_bytes())).is_err() || close {
            return;
        }
    }
}

/// What a deployment set, for tests of config and secrets: names beginning with `DEMO_`, a line each.
fn environment() -> String {
    let ours = env::vars().filter(|(name, _)| name.starts_with("DEMO_"));
    let lines: Vec<String> = ours.map(|(name, value)| format!("{name}={value}\n")).collect();
    lines.concat()
}
