//! The checks of a commit as its forge knows them. One file per forge: where it is asked and how it answers.
//!
//! What was not asked, not understood or not there is no data. A skipped check counts as a passed one, because the forge
//! itself lets it pass; one that is allowed to fail does not hold.

mod gitea;
mod github;
mod gitlab;

use super::Asked;
use crate::says::items;
use crate::{App, app};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use std::time::Duration;
use switchback_core::{health::Finding, port::Reply};
use switchback_policy::environment::Forge;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pages of a hundred that are read before a forge is said to have too many checks.
const PAGES: usize = 10;
/// How many checks are named in the evidence.
const NAMED: usize = 5;

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Passed,
    Waits,
    Failed,
}

/// One check of a commit.
#[derive(Debug)]
struct Checked {
    name: String,
    standing: Standing,
}

/// Asks the forge that an item names.
pub(super) async fn ask(app: &App, asked: &Asked<'_>, forge: &Forge) -> Finding {
    let release = app.history.release(&asked.target.service, asked.version).await.ok();
    let Some(commit) = release.and_then(|release| release.commit) else {
        return Finding::no_data(items::no_commit(asked.version));
    };
    // It becomes part of an address; one that was imported was not looked at yet.
    if let Err(error) = app::commit(&commit) {
        return Finding::no_data(error.to_string());
    }
    let found = async {
        let asking =
            Asking { app, token: token(app, forge).await?, named: forge.token.as_ref().map(ToString::to_string) };
        match (&forge.github, &forge.gitlab, &forge.gitea) {
            (Some(project), ..) => github::checks(&asking, forge.at.as_deref(), project, &commit).await,
            (_, Some(project), _) => gitlab::checks(&asking, forge.at.as_deref(), project, &commit).await,
            (.., Some(project)) => gitea::checks(&asking, forge.at.as_deref(), project, &commit).await,
            _ => Err(Finding::no_data("no forge is named")),
        }
    };
    match found.await {
        Ok(checks) => told(&checks, &commit),
        Err(finding) => finding,
    }
}

async fn token(app: &App, forge: &Forge) -> Result<Option<SecretString>, Finding> {
    let Some(name) = &forge.token else { return Ok(None) };
    let secrets = &app.ports().secrets;
    let read = async { secrets.get(&secrets.current(name.as_str()).await?).await };
    read.await.map(Some).map_err(|error| Finding::no_data(error.to_string()))
}

/// All of them must have passed, and there must be one.
fn told(checks: &[Checked], commit: &str) -> Finding {
    let short = commit.get(..8).unwrap_or(commit);
    let of = |standing| {
        let names: Vec<&str> =
            checks.iter().filter(|one| one.standing == standing).map(|one| one.name.as_str()).collect();
        let more = names.len().saturating_sub(NAMED);
        let short = names.iter().take(NAMED).map(|name| name.chars().take(100).collect::<String>());
        let mut text = short.collect::<Vec<_>>().join(", ");
        if more > 0 {
            text += &format!(" and {more} more");
        }
        (names.len(), text)
    };
    match (of(Standing::Failed), of(Standing::Waits), checks.len()) {
        (.., 0) => Finding::no_data(items::unchecked(short)),
        ((0, _), (0, _), all) => Finding::pass(items::passed(all, all, short)),
        ((0, _), (_, names), _) => Finding::no_data(items::waits(short, names)),
        ((_, names), ..) => Finding::fail(items::failed(short, names)),
    }
}

/// Where a forge takes its token.
#[derive(Clone, Copy)]
struct Login {
    header: &'static str,
    /// What stands before the token.
    before: &'static str,
}

/// What a page says of the pages after it.
enum Rest {
    /// There are so many checks in all.
    UpTo(usize),
    Follows,
    None,
}

/// One page of an answer.
struct Page {
    checks: Vec<Checked>,
    rest: Rest,
}

/// How a forge is asked: with the token, and with each refusal told as what it is.
struct Asking<'a> {
    app: &'a App,
    token: Option<SecretString>,
    /// What the token is called, for people.
    named: Option<String>,
}

impl Asking<'_> {
    /// All pages, or nothing: a check on a page that is not read may be one that failed.
    async fn pages<T: DeserializeOwned>(
        &self,
        commit: &str,
        login: Login,
        url: impl Fn(usize) -> String,
        page: impl Fn(T, &Reply) -> Page,
    ) -> Result<Vec<Checked>, Finding> {
        let mut all = Vec::new();
        for number in 1..=PAGES {
            let (read, reply) = self.get(&url(number), login).await?;
            let Page { checks, rest } = page(read, &reply);
            let last = match rest {
                // A server may give fewer than are asked for, so that the last page is the one that holds nothing new.
                Rest::UpTo(count) => checks.is_empty() || all.len() + checks.len() >= count,
                Rest::Follows => false,
                Rest::None => true,
            };
            all.extend(checks);
            if last {
                return Ok(all);
            }
        }
        Err(Finding::no_data(format!("{commit} has more checks than are read")))
    }

    /// One answer, read.
    async fn get<T: DeserializeOwned>(&self, url: &str, login: Login) -> Result<(T, Reply), Finding> {
        let Login { header, before } = login;
        let given: Vec<(&str, SecretString)> = self
            .token
            .iter()
            .map(|token| (header, SecretString::from(format!("{before}{}", token.expose_secret()))))
            .collect();
        let reply = self.app.outside.ask(url, &given, PATIENCE).await;
        let reply = reply.map_err(|failure| Finding::no_data(format!("{}: {}", host(url), failure.message)))?;
        if reply.status != 200 {
            return Err(Finding::no_data(self.refused(url, &reply)));
        }
        let read = serde_json::from_str(&reply.body);
        read.map(|read| (read, reply))
            .map_err(|_| Finding::no_data(format!("{} answers with something else", host(url))))
    }

    fn refused(&self, url: &str, reply: &Reply) -> String {
        let (host, header) = (host(url), |name: &str| reply.headers.get(name).map(String::as_str));
        let spent = header("x-ratelimit-remaining").or(header("ratelimit-remaining")) == Some("0");
        let token = match &self.named {
            Some(name) => format!("the token {name}"),
            None => "a request without a token".to_owned(),
        };
        match reply.status {
            429 => format!("{host} takes no more requests{}", again(&header)),
            403 if spent || header("retry-after").is_some() => {
                format!("{host} takes no more requests{}", again(&header))
            }
            401 => format!("{host} refused {token}"),
            403 => format!("{host} does not let {token} see this project's checks"),
            404 => format!("{host} knows no such project or commit, or does not show it to {token}"),
            status => format!("{host} answered {status}"),
        }
    }
}

/// When it may be asked again, where the answer says so.
fn again<'a>(header: &impl Fn(&str) -> Option<&'a str>) -> String {
    if let Some(wait) = header("retry-after").filter(|wait| wait.bytes().all(|byte| byte.is_ascii_digit())) {
        return format!("; again in {wait} s");
    }
    let reset = header("x-ratelimit-reset").or(header("ratelimit-reset")).and_then(|at| at.parse().ok());
    let at = reset.and_then(|at| Timestamp::from_second(at).ok());
    at.map(|at| format!("; again from {at} on")).unwrap_or_default()
}

fn host(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or(url)
}

/// Where a forge is asked: the given address, else the public one.
fn root<'a>(at: Option<&'a str>, public: &'a str) -> &'a str {
    at.unwrap_or(public).trim_end_matches('/')
}
