//! Slack and the webhook against a real HTTP listener, with the URL in a keychain that is a constant.
//!
//! Apart, because both channels share these promises: what is retried, and that the address never shows.

use crate::{SecretAddress, Slack, Topics, Webhook};
use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::Arc;
use switchback_core::port::{Message, Notifier, NotifyError, SecretError, SecretStatus, Secrets, Topic};
use switchback_core::workload::SecretRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const SECRET: &str = "T00/B00/hunter2swordfish";

struct Constant(String);

#[async_trait]
impl Secrets for Constant {
    async fn status(&self) -> SecretStatus {
        SecretStatus { available: true, detail: String::new() }
    }
    async fn set(&self, name: &str, _: SecretString) -> Result<SecretRef, SecretError> {
        self.current(name).await
    }
    async fn current(&self, name: &str) -> Result<SecretRef, SecretError> {
        match name {
            "missing" => Err(SecretError::Missing { name: name.into() }),
            "locked" => Err(SecretError::Locked),
            _ => Ok(SecretRef { name: name.into(), fingerprint: "00:00:00:00:00:00".into() }),
        }
    }
    async fn get(&self, _: &SecretRef) -> Result<SecretString, SecretError> {
        Ok(SecretString::from(self.0.clone()))
    }
    async fn has(&self, _: &SecretRef) -> Result<bool, SecretError> {
        Ok(true)
    }
    async fn remove(&self, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
}

/// Answers one request with `answer`; gives the address and, once served, the request as it came.
async fn sink(answer: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let read = stream.read(&mut chunk).await.unwrap();
            request.extend_from_slice(&chunk[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if read == 0 || body.len() >= length.unwrap_or(0) {
                break;
            }
        }
        // A client that has read enough may hang up; that is its right.
        let _ = stream.write_all(answer.as_bytes()).await;
        String::from_utf8(request).unwrap()
    });
    (format!("http://127.0.0.1:{port}/services/{SECRET}?token=hunter2swordfish"), served)
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn message() -> Message {
    Message {
        id: uuid::Uuid::from_u128(7),
        topic: Topic::RolledBack,
        target: "checkout/production".into(),
        subject: "checkout was rolled back".into(),
        body: "error rate 7 %".into(),
        by: "ana".into(),
        link: "switchback://deployment/7".into(),
    }
}

fn address(url: &str) -> SecretAddress {
    SecretAddress::new(Arc::new(Constant(url.to_owned())), "slack/releases")
}

async fn both(answered: &str) -> [NotifyError; 2] {
    let (url, _served) = sink(answered.to_owned()).await;
    let slack = Slack::new(address(&url), Topics::all()).send(&message()).await.unwrap_err();
    let (url, _served) = sink(answered.to_owned()).await;
    let webhook = Webhook::new(address(&url), Topics::all()).send(&message()).await.unwrap_err();
    [slack, webhook]
}

fn shows_nothing(text: &str) {
    for part in ["hunter2", "services", "T00", "token"] {
        assert!(!text.contains(part), "{part} shows in {text}");
    }
}

#[tokio::test]
async fn slack_gets_text_and_blocks() {
    let (url, served) = sink(answer("200 OK", "ok")).await;
    let slack = Slack::new(address(&url), Topics::all());
    assert_eq!(slack.name(), "slack:slack/releases");
    slack.send(&message()).await.unwrap();
    let request = served.await.unwrap();
    assert!(request.starts_with(&format!("POST /services/{SECRET}")), "{request}");
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["text"], "checkout was rolled back");
    assert_eq!(body["blocks"][1]["text"]["text"], "error rate 7 %");
}

#[tokio::test]
async fn the_webhook_gets_the_message_whole() {
    let (url, served) = sink(answer("204 No Content", "")).await;
    Webhook::new(address(&url), Topics::all()).send(&message()).await.unwrap();
    let request = served.await.unwrap();
    let body: Message = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body, message());
}

#[tokio::test]
async fn the_servers_own_trouble_passes_and_a_missing_hook_does_not() {
    for (status, passing) in
        [("503 Service Unavailable", true), ("429 Too Many Requests", true), ("404 Not Found", false)]
    {
        for error in both(&answer(status, "no_service")).await {
            assert_eq!(error.passing, passing, "{error}");
            assert!(error.why.contains(&status[..3]) && error.why.ends_with("no_service"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_address_never_shows_in_an_error_whatever_goes_wrong() {
    let echo = answer("404 Not Found", &format!("no hook at /services/{SECRET}"));
    let moved =
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/services/T00\r\ncontent-length: 0\r\n\r\n".to_owned();
    let endless = format!("HTTP/1.1 500 Oops\r\ncontent-length: 99999999\r\n\r\n{}", "services ".repeat(1000));
    for answered in [echo, answer("400 Bad Request", "hunter"), moved, endless, "nonsense\r\n\r\n".to_owned()] {
        for error in both(&answered).await {
            shows_nothing(&format!("{error} {error:?}"));
        }
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for url in [format!("http://{closed}/services/{SECRET}"), format!("ftp://x/{SECRET}"), format!("services {SECRET}")]
    {
        let slack = Slack::new(address(&url), Topics::all());
        let error = slack.send(&message()).await.unwrap_err();
        assert_eq!(error.passing, url.starts_with("http"), "{error}");
        shows_nothing(&format!("{error} {error:?} {slack:?}"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (target, served) = sink(answer("200 OK", "ok")).await;
    let moved = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
    for error in both(&moved).await {
        assert!(!error.passing && error.why.contains("redirects are not followed"), "{error}");
    }
    assert!(!served.is_finished());
}

#[tokio::test]
async fn slack_is_never_spoken_to_in_plain_beyond_this_machine() {
    let error = Slack::new(address("http://192.0.2.1/services/x"), Topics::all()).send(&message()).await.unwrap_err();
    assert_eq!((error.why.as_str(), error.passing), ("what the keychain holds is no https address", false));
}

#[tokio::test]
async fn a_locked_keychain_passes_and_a_missing_entry_does_not() {
    for (name, passing) in [("locked", true), ("missing", false)] {
        let address = SecretAddress::new(Arc::new(Constant(String::new())), name);
        let error = Webhook::new(address, Topics::all()).send(&message()).await.unwrap_err();
        assert_eq!(error.passing, passing, "{error}");
    }
}

#[tokio::test]
async fn only_wanted_topics_are_wanted() {
    let slack = Slack::new(address(""), Topics::only([Topic::Stuck]));
    assert!(slack.wants(Topic::Stuck) && !slack.wants(Topic::Started));
}
