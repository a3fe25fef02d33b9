//! A one-request HTTP client for the engine's socket and a loopback registry.
//!
//! HTTP/1.0 on purpose: the server then neither chunks nor keeps the connection, and the answer is all bytes up to its
//! end. The harness does not use the Docker adapter, which is what it tests, nor the `docker` command, whose Debian
//! version a current engine may refuse.

use crate::part::PartError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A request; the body's length is its own.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The verb.
    pub method: &'a str,
    /// Path with query.
    pub path: &'a str,
    /// Further headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, empty for none.
    pub body: &'a [u8],
}

/// The answer, read to its end.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header lines as sent.
    pub head: String,
    /// All that follows.
    pub body: Vec<u8>,
}

impl<'a> Request<'a> {
    /// A request without a body.
    pub fn new(method: &'a str, path: &'a str) -> Self {
        Self { method, path, headers: &[], body: &[] }
    }

    /// Sends it over a fresh connection and reads the answer to its end.
    pub async fn send(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<Response, PartError> {
        let what = format!("{} {}", self.method, self.path);
        let mut head = format!("{what} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n", self.body.len());
        for (name, value) in self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        let mut answer = Vec::new();
        let exchange = async {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(self.body).await?;
            stream.flush().await?;
            stream.read_to_end(&mut answer).await
        };
        exchange.await.map_err(PartError::io(&what))?;
        Response::parse(&answer).ok_or_else(|| PartError::Refused {
            what,
            status: 0,
            body: "no HTTP answer".to_owned(),
        })
    }
}

impl Response {
    fn parse(answer: &[u8]) -> Option<Self> {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some(Self { status, head, body: answer[end + 4..].to_vec() })
    }

    /// A header's value, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(key, value)| key.trim().eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer itself when it is a success. The engine also reports failures inside a stream of status 200.
    pub fn success(self, what: &str) -> Result<Self, PartError> {
        if (200..300).contains(&self.status) && !self.text().contains("\"errorDetail\"") {
            return Ok(self);
        }
        Err(PartError::Refused { what: what.to_owned(), status: self.status, body: self.text() })
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value, PartError> {
        serde_json::from_slice(&self.body).map_err(|error| PartError::Refused {
            what: "an answer that should be JSON".to_owned(),
            status: self.status,
            body: format!("{error}: {}", self.text()),
        })
    }
}
