//! Asks one probe of one instance, once, within its time.

use crate::cover::Cover;
use reqwest::{StatusCode, header::LOCATION};
use std::time::{Duration, Instant};
use switchback_core::{
    failure::Failure,
    health::{BODY_LIMIT, Finding, Probe, Verdict},
    plan::InstanceSpec,
    port::{InstanceState, Runtime, Upstream},
    workload::RuntimeKind,
};

/// What the answer to a GET must be.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    status: u16,
    body: Option<&'a str>,
}

/// What came back.
struct Seen {
    status: StatusCode,
    location: Option<String>,
    text: String,
}

/// What came of asking.
pub struct Asked {
    /// What was seen.
    pub finding: Finding,
    /// The runtime has not taken up yet what it was told last, so that this is no evidence for anything.
    pub not_yet: bool,
}

impl From<Finding> for Asked {
    fn from(finding: Finding) -> Self {
        Self { finding, not_yet: false }
    }
}

/// The most that is told of where a redirect leads, in characters.
const MOST_OF_A_PLACE: usize = 200;

/// An HTTP client for probes: no redirects (a login page is not health), no proxy, nothing kept open. Probes speak plain
/// HTTP, so the system's certificates are not read: a machine without any can still deploy.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .tls_certs_only([])
        .build()
        .unwrap_or_default()
}

/// Asks `probe` of the instance and judges the answer. What is quoted of it goes through `cover`. A failure is of the
/// runtime: it could not be asked, so that nothing is known of the instance.
pub async fn ask(
    http: &reqwest::Client,
    runtime: &dyn Runtime,
    spec: &InstanceSpec,
    probe: &Probe,
    timeout: Duration,
    cover: &Cover,
) -> Result<Asked, Failure> {
    let state = match runtime.state(&spec.workload.settings, &spec.name).await {
        Ok(state) => state,
        Err(failure) => return unasked(failure).map(Asked::from),
    };
    let InstanceState::Running { upstream, healthy, note, idle, .. } = state else {
        return Ok(Finding::fail("not running").into());
    };
    // No pods were asked for and none are there: there is nobody to ask, and nothing else to be said.
    if idle {
        return Ok(Finding::pass(note.unwrap_or_else(|| "nothing runs".to_owned())).into());
    }
    // A workload of a cluster runs while its old pods still serve. Only once they are gone a question is about it.
    let pods = spec.workload.settings.kind() == RuntimeKind::Kubernetes;
    if pods && healthy.is_none() {
        return Ok(Asked { finding: Finding::no_data(note.unwrap_or_default()), not_yet: true });
    }
    if pods && healthy == Some(false) && *probe != Probe::Running {
        return Ok(Finding::fail(note.unwrap_or_else(|| "its pods are not ready".to_owned())).into());
    }
    let finding = match probe {
        Probe::Running => Finding::pass("running"),
        Probe::Container => match healthy {
            Some(true) => Finding::pass(note.unwrap_or_else(|| "the engine's health check says healthy".to_owned())),
            Some(false) => {
                Finding::fail(note.unwrap_or_else(|| "the engine's health check does not say healthy".to_owned()))
            }
            None => Finding::no_data("the image has no health check"),
        },
        Probe::Tcp => match upstream {
            Some(upstream) => tcp(&upstream, timeout).await,
            None => Finding::no_data("it publishes no port"),
        },
        Probe::Http { path, status, body } => {
            let wanted = Wanted { status: *status, body: body.as_deref() };
            let url = match (path.starts_with("http://"), &upstream) {
                (true, _) => path.clone(),
                (false, Some(upstream)) => format!("http://{upstream}{path}"),
                (false, None) => {
                    return each(runtime, spec, path, wanted, timeout, cover).await.map(Asked::from);
                }
            };
            get(http, &url, wanted, timeout, cover).await
        }
        Probe::Command { run } => command(runtime, spec, run, upstream.as_ref(), timeout, cover).await,
    };
    Ok(finding.into())
}

/// A runtime that is away is told as that; any other refusal of its is a measurement that failed.
fn unasked(failure: Failure) -> Result<Finding, Failure> {
    if failure.passing() { Err(failure) } else { Ok(Finding::no_data(failure.message)) }
}

async fn tcp(upstream: &Upstream, timeout: Duration) -> Finding {
    let address = (upstream.host.as_str(), upstream.port);
    match tokio::time::timeout(timeout, tokio::net::TcpStream::connect(address)).await {
        Ok(Ok(_)) => Finding::pass(format!("{upstream} accepts connections")),
        Ok(Err(error)) => Finding::fail(format!("{upstream}: {error}")),
        Err(_) => Finding::fail(format!("{upstream}: no answer in {} ms", timeout.as_millis())),
    }
}

async fn get(http: &reqwest::Client, url: &str, wanted: Wanted<'_>, timeout: Duration, cover: &Cover) -> Finding {
    let began = Instant::now();
    let answer = async {
        let mut response = http.get(url).send().await?;
        let seen = response.status();
        let location =
            response.headers().get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            text.extend_from_slice(&chunk);
            if text.len() >= BODY_LIMIT {
                text.truncate(BODY_LIMIT);
                break;
            }
        }
        Ok::<_, reqwest::Error>(Seen { status: seen, location, text: String::from_utf8_lossy(&text).into_owned() })
    };
    let seen = match tokio::time::timeout(timeout, answer).await {
        Err(_) => return Finding::fail(format!("GET {url}: no answer in {} ms", timeout.as_millis())),
        Ok(Err(error)) => return Finding::fail(format!("GET {url}: {}", innermost(&error))),
        Ok(Ok(answer)) => answer,
    };
    judged(url, &seen, began.elapsed(), wanted, cover)
}

/// Asks each pod of an instance that has no address here.
async fn each(
    runtime: &dyn Runtime,
    spec: &InstanceSpec,
    path: &str,
    wanted: Wanted<'_>,
    timeout: Duration,
    cover: &Cover,
) -> Result<Finding, Failure> {
    let began = Instant::now();
    let all = match tokio::time::timeout(timeout, runtime.answers(spec, path)).await {
        Err(_) => return Ok(Finding::fail(format!("GET {path} of its pods: no answer in {} ms", timeout.as_millis()))),
        Ok(Err(failure)) => return unasked(failure),
        Ok(Ok(all)) => all,
    };
    let count = all.len();
    let mut last = Finding::no_data("it publishes no port");
    for answer in all {
        let seen = Seen {
            status: StatusCode::from_u16(answer.status).unwrap_or_default(),
            location: answer.location,
            text: String::from_utf8_lossy(&answer.body).into_owned(),
        };
        last = judged(&format!("{}{path}", answer.by), &seen, began.elapsed(), wanted, cover);
        if last.verdict != Verdict::Pass {
            return Ok(last);
        }
    }
    if count > 1 {
        last.evidence = format!("{}, as of each of {count} pods", last.evidence);
    }
    Ok(last)
}

fn judged(url: &str, answer: &Seen, took: Duration, wanted: Wanted<'_>, cover: &Cover) -> Finding {
    let (took, status) = (took.as_millis(), wanted.status);
    let Seen { status: seen, location, text } = answer;
    if seen.as_u16() != status {
        let to = location.as_deref().filter(|_| seen.is_redirection());
        return Finding::fail(match to {
            Some(to) => {
                let to = leads_to(&cover.text(to));
                format!("GET {url}: {seen} in {took} ms to {to}, wanted {status}; redirects are not followed")
            }
            None => format!("GET {url}: {seen} in {took} ms, wanted {status}"),
        });
    }
    match wanted.body {
        Some(wanted) if !text.contains(wanted) => {
            let seen: String = cover.text(text).chars().take(80).collect();
            Finding::fail(format!(
                "GET {url}: {status} in {took} ms, but the body does not hold {wanted:?}; it begins {seen:?}"
            ))
        }
        _ => Finding::pass(format!("GET {url}: {status} in {took} ms")),
    }
}

/// Where a redirect leads, without what may be a secret: a login in the address, and the query and fragment, where sign-on
/// keeps its tickets.
fn leads_to(location: &str) -> String {
    let (path, cut) = match location.split_once(['?', '#']) {
        Some((path, _)) => (path, "?..."),
        None => (location, ""),
    };
    let (scheme, rest) = path.split_once("//").map_or(("", path), |(scheme, rest)| (scheme, rest));
    let (authority, tail) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let bare = match authority.rsplit_once('@').filter(|_| path.contains("//")) {
        Some((_, host)) => format!("{scheme}//{host}{tail}"),
        None => path.to_owned(),
    };
    let shown: String = bare.chars().filter(|letter| !letter.is_control()).take(MOST_OF_A_PLACE).collect();
    shown + cut
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

async fn command(
    runtime: &dyn Runtime,
    spec: &InstanceSpec,
    run: &[String],
    upstream: Option<&Upstream>,
    timeout: Duration,
    cover: &Cover,
) -> Finding {
    let (url, port) =
        upstream.map_or_else(Default::default, |upstream| (format!("http://{upstream}"), upstream.port.to_string()));
    let filled: Vec<String> = run.iter().map(|part| part.replace("{url}", &url).replace("{port}", &port)).collect();
    match runtime.run(spec, &filled, timeout).await {
        Err(failure) => Finding::no_data(failure.message),
        Ok(output) if output.code == 0 => Finding::pass(format!("{} exited 0", filled.join(" "))),
        Ok(output) => {
            let said = cover.text(&output.output);
            let tail: String =
                said.lines().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" / ");
            Finding::fail(format!("{} exited {}: {tail}", filled.join(" "), output.code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_told_without_what_may_be_a_secret() {
        for (location, told) in [
            ("/login", "/login"),
            ("https://sso.example/start?ticket=s3cr3t&back=%2F", "https://sso.example/start?..."),
            ("https://sso.example/start#id_token=s3cr3t", "https://sso.example/start?..."),
            ("https://amara:s3cr3t@sso.example", "https://sso.example"),
            ("//amara:s3cr3t@sso.example/in?x", "//sso.example/in?..."),
            ("/users/@amara", "/users/@amara"),
            ("https://sso.example/@amara", "https://sso.example/@amara"),
            ("/a\u{1b}[31mb", "/a[31mb"),
        ] {
            assert_eq!(leads_to(location), told);
        }
        assert_eq!(leads_to(&"x".repeat(500)).len(), MOST_OF_A_PLACE);
    }
}
