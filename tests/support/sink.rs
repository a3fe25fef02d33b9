//! An HTTP server that takes what is posted to it and keeps it: what a chat's webhook is to us.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

/// A running sink; gone when dropped.
#[derive(Debug)]
pub struct Sink {
    port: u16,
    bodies: Arc<Mutex<Vec<String>>>,
    _task: AbortOnDropHandle<()>,
}

impl Sink {
    /// On a free loopback port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let port = listener.local_addr().expect("its address").port();
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Some(body) = take(stream).await {
                    kept.lock().expect("no test panics in here").push(body);
                }
            }
        });
        Self { port, bodies, _task: AbortOnDropHandle::new(task) }
    }

    /// An address to post to; its last part is what must never be seen anywhere.
    pub fn url(&self, secret: &str) -> String {
        format!("http://127.0.0.1:{}/services/{secret}", self.port)
    }

    /// What came so far.
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.lock().expect("no test panics in here").clone()
    }
}

async fn take(mut stream: TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0usize) {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await.ok()?;
            return Some(body.to_owned());
        }
    }
}
