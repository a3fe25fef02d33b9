//! Asking the outside: addresses by HTTP, programs of this machine. Answers are bounded in time and in size.

use async_trait::async_trait;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use std::{path::Path, sync::OnceLock, time::Duration};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::{CommandOutput, Outside, Reply},
};

/// Most bytes kept of an answer.
const MOST: usize = 2 * 1024 * 1024;

/// The outside, asked from here.
#[derive(Default)]
pub struct FromHere {
    /// Made when it is first needed: that reads all of the system's certificates.
    http: OnceLock<reqwest::Client>,
}

impl FromHere {
    /// A client that follows nobody and remembers nothing.
    fn http(&self) -> Result<&reqwest::Client, Failure> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let client = client.map_err(|error| Failure::new(FailureKind::Other, error.to_string()))?;
        Ok(self.http.get_or_init(|| client))
    }
}

#[async_trait]
impl Outside for FromHere {
    async fn get(&self, url: &str, patience: Duration) -> Result<(u16, String), Failure> {
        let Reply { status, body, .. } = self.ask(url, &[], patience).await?;
        Ok((status, body))
    }

    async fn ask(&self, url: &str, headers: &[(&str, SecretString)], patience: Duration) -> Result<Reply, Failure> {
        // An address may carry a token: the library's own words name it, so that only its kind is told.
        let told = |error: reqwest::Error| {
            let late = format!("it gave no answer within {} s", patience.as_secs());
            let cause = |error: reqwest::Error| {
                let error = error.without_url();
                let deepest = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
                deepest.map_or_else(|| error.to_string(), ToString::to_string)
            };
            let why = if error.is_timeout() { late } else { cause(error) };
            Failure::new(FailureKind::Unreachable { endpoint: "the address of the item".to_owned() }, why)
        };
        // GitHub answers nobody without a name.
        let mut request = self.http()?.get(url).timeout(patience).header("user-agent", "switchback");
        for (name, value) in headers {
            let mut value = HeaderValue::from_str(value.expose_secret())
                .map_err(|_| Failure::new(FailureKind::Other, "the token is not one: it holds more than one line"))?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        let mut answer = request.send().await.map_err(told)?;
        let status = answer.status().as_u16();
        let kept =
            |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
        let headers = answer.headers().iter().filter_map(kept).collect();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(told)? {
            body.extend_from_slice(&part);
            if body.len() > MOST {
                body.truncate(MOST);
                break;
            }
        }
        Ok(Reply { status, body: String::from_utf8_lossy(&body).into_owned(), headers })
    }

    async fn run(&self, command: &[String], folder: &Path, patience: Duration) -> Result<CommandOutput, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::new(FailureKind::Other, "there is no command to run"));
        };
        let mut child = tokio::process::Command::new(program);
        child.args(arguments).current_dir(folder);
        switchback_process::answer(child, patience, MOST)
            .await
            .map_err(|error| Failure::new(FailureKind::Other, format!("{program} in {}: {error}", folder.display())))
    }
}
