//! The daemon of one port: accepts, chooses, copies bytes both ways.
//!
//! The route is on disk before it is in force, so a daemon that is started again goes on where the last one was told to.

use super::{
    protocol::{Reply, Request, another, refused},
    table::Table,
};
use crate::{
    launch::{self, Answer},
    layout::{self, Layout},
    loopback, socket, status, trouble,
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use switchback_core::{failure::Failure, port::Route};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::mpsc,
};

/// An instance of this machine that takes longer to take a connection is not serving.
const CONNECT: Duration = Duration::from_secs(3);
/// A predecessor that was told to end is gone by then.
const SUCCESSION: Duration = Duration::from_secs(5);
/// Out of descriptors, `accept` fails at once and for ever until connections end; trying without pause would take a
/// whole core from the instances that could end them.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Runs the switch of a port until it is told to quit. To be called as the whole life of a process of its own, with
/// the state directory; answers with one line on its standard output once it listens.
pub async fn tcp_switch(dir: PathBuf, port: u16) -> ExitCode {
    let _ = launch::orders().await;
    let layout = Layout::new(dir);
    match begin(&layout, port).await {
        Ok(Some(daemon)) => {
            launch::answer(&Answer::Started).await;
            daemon.run().await;
            ExitCode::SUCCESS
        }
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

struct Daemon {
    table: Table,
    file: PathBuf,
    control: UnixListener,
    front: TcpListener,
    // Held for its life: one daemon per port.
    _lock: std::fs::File,
}

async fn begin(layout: &Layout, port: u16) -> Result<Option<Daemon>, Failure> {
    let (file, lock) = (layout.switch_file(port, "json"), layout.switch_file(port, "lock"));
    let path = layout.switch_socket(port);
    for dir in [file.parent(), path.parent()].into_iter().flatten() {
        layout::make_dir(dir)?;
    }
    let Some(lock) = launch::lock(&lock, SUCCESSION).await? else { return Ok(None) };
    let front = TcpListener::bind(("127.0.0.1", port)).await;
    let front = front.map_err(|error| loopback::unbound(port, &error, trouble::other))?;
    let table = Table::new(status::read::<Route>(&file)?);
    let control = socket::listen(&path).map_err(|error| trouble::io("listen at", &path, &error))?;
    Ok(Some(Daemon { table, file, control, front, _lock: lock }))
}

impl Daemon {
    async fn run(self) {
        let (quit, mut quitting) = mpsc::channel::<()>(1);
        loop {
            tokio::select! {
                accepted = self.front.accept() => match accepted {
                    Ok((client, _)) => {
                        tokio::spawn(forward(client, self.table.clone()));
                    }
                    Err(_) => tokio::time::sleep(OUT_OF_DESCRIPTORS).await,
                },
                accepted = self.control.accept() => match accepted {
                    Ok((stream, _)) => {
                        tokio::spawn(serve(stream, self.table.clone(), self.file.clone(), quit.clone()));
                    }
                    Err(_) => tokio::time::sleep(OUT_OF_DESCRIPTORS).await,
                },
                _ = quitting.recv() => return,
            }
        }
    }
}

/// One connection, from its acceptance to its end. An instance that refuses is passed over, and a route that was
/// switched in between counts at once.
async fn forward(mut client: TcpStream, table: Table) {
    let mut tried = HashSet::new();
    while let Some(seat) = table.seat(&tried) {
        let address = (seat.upstream.host.as_str(), seat.upstream.port);
        if let Ok(Ok(mut server)) = tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            return;
        }
        tried.insert(seat.upstream.to_string());
    }
}

async fn serve(stream: UnixStream, table: Table, file: PathBuf, quit: mpsc::Sender<()>) {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    if !matches!(BufReader::new(read.take(1024 * 1024)).read_line(&mut line).await, Ok(1..)) {
        return;
    }
    let request = serde_json::from_str::<Request>(&line);
    let quits = matches!(request, Ok(Request::Quit));
    let reply = match request {
        Ok(request) => act(request, &table, &file).await,
        Err(error) => Reply::Refused { failure: trouble::other(format!("not understood: {error}")) },
    };
    if let Ok(mut bytes) = serde_json::to_vec(&reply) {
        bytes.push(b'\n');
        let _ = write.write_all(&bytes).await;
    }
    if quits {
        let _ = quit.send(()).await;
    }
}

async fn act(request: Request, table: &Table, file: &Path) -> Reply {
    match request {
        Request::Set { route } => {
            set(route, table, file).map_or_else(|failure| Reply::Refused { failure }, |()| Reply::Done)
        }
        Request::Get => Reply::Route { route: table.route() },
        Request::Drained { limit_ms, .. } => {
            let _ = tokio::time::timeout(Duration::from_millis(limit_ms), table.drained()).await;
            Reply::Done
        }
        Request::Quit => Reply::Done,
    }
}

fn set(route: Route, table: &Table, file: &Path) -> Result<(), Failure> {
    if route.upstreams.is_empty() {
        return Err(refused("a route without an instance would serve nobody"));
    }
    match table.route() {
        Some(now) if now == route => return Ok(()),
        Some(now) if now.target != route.target => {
            return Err(another(&now.target));
        }
        _ => {}
    }
    status::write(file, &route)?;
    table.set(route);
    Ok(())
}
