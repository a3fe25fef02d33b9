//! A fake forge: a real HTTP server that answers as GitHub, GitLab and Gitea document it, for what cannot be had here.
//!
//! It holds answers by path and the token it wants; all else it refuses as they do. Deliberately not here: their logic.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

/// How a path is answered.
#[derive(Debug, Clone)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// Header lines, each with its end.
    pub headers: String,
    /// The body; nothing at all is sent when there is none, so that whoever asks waits.
    pub body: Option<String>,
}

impl Canned {
    /// 200 with a body.
    pub fn ok(body: impl Into<String>) -> Self {
        Self::status(200, "", body)
    }

    /// Another status, with header lines.
    pub fn status(status: u16, headers: &str, body: impl Into<String>) -> Self {
        Self { status, headers: headers.to_owned(), body: Some(body.into()) }
    }

    /// It takes the request and never answers.
    pub fn silence() -> Self {
        Self { status: 0, headers: String::new(), body: None }
    }
}

type Answers = Arc<Mutex<BTreeMap<String, Canned>>>;

/// A running one; gone when dropped.
#[derive(Debug)]
pub struct FakeForge {
    port: u16,
    answers: Answers,
    _task: AbortOnDropHandle<()>,
}

impl FakeForge {
    /// On a free loopback port; it answers who sends this header line.
    pub async fn start(header: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let port = listener.local_addr().expect("its address").port();
        let answers = Answers::default();
        let (known, header) = (Arc::clone(&answers), header.to_owned());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&known), header.clone()));
            }
        });
        Self { port, answers, _task: AbortOnDropHandle::new(task) }
    }

    /// Where it is.
    pub fn at(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers a path, with its query, so from now on.
    ///
    /// # Panics
    /// When another test panicked in here.
    pub fn set(&self, path: &str, answer: Canned) {
        self.answers.lock().expect("no test panics in here").insert(path.to_owned(), answer);
    }
}

async fn answer(mut stream: TcpStream, answers: Answers, header: String) -> Option<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&chunk[..read]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split_whitespace().nth(1)?.to_owned();
    let given = text.lines().any(|line| line.eq_ignore_ascii_case(&header));
    let known = answers.lock().ok()?.get(&path).cloned();
    let found = match known {
        _ if !given => Canned::status(401, "", r#"{"message":"401 Unauthorized"}"#),
        Some(found) => found,
        None => Canned::status(404, "", r#"{"message":"Not Found"}"#),
    };
    let Some(body) = found.body else {
        // Until the other side has enough.
        let _ = stream.read(&mut chunk).await;
        return None;
    };
    let (status, headers, length) = (found.status, found.headers, body.len());
    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    stream.write_all(text.as_bytes()).await.ok()
}
