//! A user who never stops asking: requests at a steady rate on connections of their own, and how long nobody was served.

use crate::http::Request;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinHandle, task::JoinSet};

/// Requests a second.
pub const RATE: u64 = 200;
/// A request without an answer by then has failed. Longer than the kernel takes to offer a connection again that a busy
/// machine's full queue turned away (after 1 s, 3 s, 7 s, 15 s; the queue of a small server holds nine).
const PATIENCE: Duration = Duration::from_secs(20);

/// Wait between two looks for somebody who serves.
const AGAIN: Duration = Duration::from_millis(5);

/// Requests that go on until [`Load::end`].
#[derive(Debug)]
pub struct Load {
    port: u16,
    path: &'static str,
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<(Instant, Result<(), String>)>>,
    began: Instant,
}

/// What the users saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// Requests sent.
    pub sent: usize,
    /// Requests without a good answer.
    pub failed: usize,
    /// The longest time in which no good answer came: a request that hangs and is answered in the end was not served
    /// meanwhile.
    pub gap: Duration,
    /// How the first failed.
    pub first: Option<String>,
}

impl Load {
    /// Asks a loopback port for `/`.
    pub fn on(port: u16) -> Self {
        Self::at(port, "/", RATE)
    }

    /// Asks a loopback port for a path, so many times a second.
    pub fn at(port: u16, path: &'static str, rate: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / rate));
            let mut open = JoinSet::new();
            while !until.load(Ordering::Relaxed) {
                tick.tick().await;
                open.spawn(async move {
                    let answer = tokio::time::timeout(PATIENCE, ask(port, path)).await;
                    (Instant::now(), answer.unwrap_or_else(|_| Err("no answer".to_owned())))
                });
            }
            open.join_all().await
        });
        Self { port, path, stop, task, began: Instant::now() }
    }

    /// Returns once a request is answered well.
    pub async fn served_again(&self) {
        served_at(self.port, self.path).await;
    }

    /// Ends it, waits for the last answers and adds up.
    pub async fn end(self) -> Served {
        self.stop.store(true, Ordering::Relaxed);
        let mut asked = self.task.await.expect("the requests end");
        asked.sort_by_key(|(at, _)| *at);
        let good = asked.iter().filter(|(_, answer)| answer.is_ok());
        let last = asked.last();
        let moments: Vec<Instant> = [self.began].into_iter().chain(good.chain(last).map(|(at, _)| *at)).collect();
        let gap = moments.windows(2).map(|two| two[1].duration_since(two[0])).max().unwrap_or_default();
        let failures: Vec<&String> = asked.iter().filter_map(|(_, answer)| answer.as_ref().err()).collect();
        Served { sent: asked.len(), failed: failures.len(), gap, first: failures.first().map(|&why| why.clone()) }
    }
}

/// Returns once somebody serves on the port.
pub async fn served(port: u16) {
    served_at(port, "/").await;
}

/// Returns once a path of the port is answered well.
pub async fn served_at(port: u16, path: &str) {
    while ask(port, path).await.is_err() {
        tokio::time::sleep(AGAIN).await;
    }
}

async fn ask(port: u16, path: &str) -> Result<(), String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let answer = Request::new("GET", path).send(stream).await.map_err(|error| error.to_string())?;
    if answer.status == 200 { Ok(()) } else { Err(format!("status {}", answer.status)) }
}
