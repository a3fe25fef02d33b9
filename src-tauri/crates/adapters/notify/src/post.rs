//! One bounded HTTP POST to a secret address, and what its outcome means for a second try.
//!
//! Apart, because Slack and the webhook share it and because it is where a URL could leak: the client's errors are
//! reduced to their kind, and of an answer only the status and a single bare word are repeated.
//!
//! Deliberately not here: redirects (a moved webhook is a changed secret) and retries.

use crate::PATIENCE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use switchback_core::port::NotifyError;

/// How much of an answer is read, in bytes: Slack's error words are all shorter than this.
const ANSWER: usize = 256;

/// Posts JSON. A URL whose scheme is not in `schemes` is refused before anything is sent.
pub(crate) async fn post(
    channel: &str,
    url: &SecretString,
    schemes: &[&str],
    body: &impl Serialize,
) -> Result<(), NotifyError> {
    let lasting = |why: String| NotifyError { channel: channel.to_owned(), why, passing: false };
    let parsed = Url::parse(url.expose_secret().trim())
        .ok()
        .filter(|parsed| schemes.contains(&parsed.scheme()) || (parsed.scheme() == "http" && loopback(parsed)))
        .ok_or_else(|| lasting(format!("what the keychain holds is no {} address", schemes.join(" or "))))?;
    let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).connect_timeout(PATIENCE).build();
    let client = client.map_err(|error| lasting(told(error)))?;
    let mut answer = client.post(parsed).json(body).send().await.map_err(|error| NotifyError {
        passing: !(error.is_builder() || error.is_redirect()),
        channel: channel.to_owned(),
        why: told(error),
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let mut read = Vec::new();
    while read.len() < ANSWER
        && let Ok(Some(chunk)) = answer.chunk().await
    {
        read.extend(chunk.iter().take(ANSWER - read.len()));
    }
    let why = match word(&read).filter(|word| !url.expose_secret().contains(word)) {
        Some(word) => format!("answered {status}: {word}"),
        None if status.is_redirection() => format!("answered {status}; redirects are not followed"),
        None => format!("answered {status}"),
    };
    Err(NotifyError { channel: channel.to_owned(), why, passing: passing(status) })
}

/// Whether a second try may help: the server's own trouble, or its wish to be asked later.
fn passing(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS)
}

/// An answer that is one bare word such as `invalid_blocks`. Anything longer may quote the request's address.
fn word(answer: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(answer).ok()?.trim();
    let bare = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=64).contains(&text.len()).then_some(text).filter(|text| text.bytes().all(bare))
}

/// The error's kind, without its URL and without its sources, whose words we do not control.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        format!("no answer within {} s", PATIENCE.as_secs())
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        error.to_string()
    }
}

fn loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_trouble_is_worth_a_second_try() {
        for (status, expected) in
            [(400, false), (404, false), (302, false), (408, true), (429, true), (500, true), (503, true)]
        {
            assert_eq!(passing(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
    }

    #[test]
    fn only_a_bare_word_of_an_answer_is_repeated() {
        assert_eq!(word(b"channel_is_archived\n"), Some("channel_is_archived"));
        for other in [&b""[..], b"no such hook: /T0/B0/x", b"<html>", b"\xff", &[b'a'; 65]] {
            assert_eq!(word(other), None);
        }
    }
}
