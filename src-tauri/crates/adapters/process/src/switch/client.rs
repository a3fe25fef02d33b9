//! The switch's client: starts the daemon where there is none, and speaks with it.

use super::protocol::{Reply, Request, another, refused};
use crate::{
    launch::{self, Answer},
    layout::{self, Layout},
    loopback, socket, trouble,
};
use async_trait::async_trait;
use std::{ffi::OsStr, path::PathBuf, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    port::{Route, Switchboard, Upstream},
    strategy::Router,
};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

/// Beyond what it was asked to wait for, the daemon answers within this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// The TCP switches of a state directory.
#[derive(Debug, Clone)]
pub struct TcpSwitch {
    layout: Layout,
    daemon: Vec<String>,
}

impl TcpSwitch {
    /// The switches over a state directory. `daemon` is the program with first arguments that runs
    /// [`crate::tcp_switch`] on the directory and port given as its last arguments.
    pub fn new(state_dir: PathBuf, daemon: Vec<String>) -> Self {
        Self { layout: Layout::new(state_dir), daemon }
    }

    /// Ends the switch of a port, with the connections through it. `false` when there was none.
    pub async fn close(&self, port: u16) -> Result<bool, Failure> {
        Ok(self.ask(port, &Request::Quit, Duration::ZERO).await?.is_some())
    }

    /// One exchange; `None` when there is no daemon, or it ended before its answer.
    async fn ask(&self, port: u16, request: &Request, wait: Duration) -> Result<Option<Reply>, Failure> {
        let path = self.layout.switch_socket(port);
        let failed = |error| trouble::io("speak with the switch at", &path, &error);
        let Some(stream) = socket::connect(&path).await.map_err(failed)? else { return Ok(None) };
        let mut request = serde_json::to_vec(request).map_err(|error| trouble::other(error.to_string()))?;
        request.push(b'\n');
        let (read, mut write) = stream.into_split();
        let exchange = async {
            write.write_all(&request).await?;
            let mut line = String::new();
            BufReader::new(read).read_line(&mut line).await?;
            std::io::Result::Ok(line)
        };
        let line = match tokio::time::timeout(wait.saturating_add(PATIENCE), exchange).await {
            Ok(Ok(line)) if line.is_empty() => return Ok(None),
            Ok(Err(error)) if ended(&error) => return Ok(None),
            Ok(line) => line.map_err(failed)?,
            Err(_) => return Err(unreachable(port, "it does not answer".to_owned())),
        };
        serde_json::from_str(&line).map(Some).map_err(|error| unreachable(port, format!("it said {line:?}: {error}")))
    }

    /// One exchange with a daemon that is started if need be: after a reboot nobody else does.
    async fn insist(&self, port: u16, request: &Request, wait: Duration) -> Result<Reply, Failure> {
        if let Some(reply) = self.ask(port, request, wait).await? {
            return Ok(reply);
        }
        self.launch(port).await?;
        let reply = self.ask(port, request, wait).await?;
        reply.ok_or_else(|| unreachable(port, "it ended right after its start".to_owned()))
    }

    async fn launch(&self, port: u16) -> Result<(), Failure> {
        let errors = self.layout.switch_file(port, "err");
        if let Some(dir) = errors.parent() {
            layout::make_dir(dir)?;
        }
        let number = port.to_string();
        let arguments = [self.layout.root().as_os_str(), OsStr::new(&number)];
        match launch::detached(&self.daemon, &arguments, b"", &errors).await? {
            Answer::Started | Answer::Already => Ok(()),
            Answer::Refused(failure) => Err(failure),
        }
    }
}

/// The daemon ended between taking the connection and answering.
fn ended(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionReset)
}

fn unreachable(port: u16, why: String) -> Failure {
    Failure::new(FailureKind::Unreachable { endpoint: format!("switch of port {port}") }, why)
}

fn port(router: &Router) -> Result<u16, Failure> {
    match router {
        Router::Tcp { port } => Ok(*port),
        Router::Nginx { .. } => Err(trouble::other("this router is no TCP switch")),
    }
}

#[async_trait]
impl Switchboard for TcpSwitch {
    async fn ready(&self, router: &Router, target: &Target) -> Result<(), Failure> {
        let port = port(router)?;
        match self.ask(port, &Request::Get, Duration::ZERO).await? {
            Some(Reply::Route { route: Some(route) }) if route.target != *target => Err(another(&route.target)),
            Some(Reply::Refused { failure }) => Err(failure),
            Some(_) => Ok(()),
            None => {
                let free = loopback::free(port).map(drop);
                free.map_err(|error| loopback::unbound(port, &error, refused))
            }
        }
    }

    async fn switch(&self, router: &Router, route: &Route) -> Result<(), Failure> {
        match self.insist(port(router)?, &Request::Set { route: route.clone() }, Duration::ZERO).await? {
            Reply::Refused { failure } => Err(failure),
            _ => Ok(()),
        }
    }

    async fn current(&self, router: &Router, target: &Target) -> Result<Option<Vec<Upstream>>, Failure> {
        match self.ask(port(router)?, &Request::Get, Duration::ZERO).await? {
            Some(Reply::Route { route }) => {
                Ok(route.filter(|route| route.target == *target).map(|route| route.upstreams))
            }
            Some(Reply::Refused { failure }) => Err(failure),
            Some(Reply::Done) | None => Ok(None),
        }
    }

    async fn drained(&self, router: &Router, target: &Target, limit: Duration) -> Result<(), Failure> {
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let request = Request::Drained { target: target.clone(), limit_ms };
        // Without a daemon there is no connection through it.
        match self.ask(port(router)?, &request, limit).await? {
            Some(Reply::Refused { failure }) => Err(failure),
            _ => Ok(()),
        }
    }
}
