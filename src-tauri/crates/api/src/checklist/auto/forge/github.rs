//! GitHub, where a commit has statuses (by other services) and check runs (by Actions and apps): both count.

use super::{Asking, Checked, Login, Page, Rest, Standing, root};
use serde::Deserialize;
use switchback_core::{health::Finding, port::Reply};

const PUBLIC: &str = "https://api.github.com";
const LOGIN: Login = Login { header: "authorization", before: "Bearer " };

#[derive(Deserialize)]
struct Statuses {
    total_count: usize,
    statuses: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    context: String,
    state: String,
}

#[derive(Deserialize)]
struct Runs {
    total_count: usize,
    check_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    name: String,
    status: String,
    conclusion: Option<String>,
}

/// The newest of each.
pub async fn checks(
    asking: &Asking<'_>,
    at: Option<&str>,
    project: &str,
    commit: &str,
) -> Result<Vec<Checked>, Finding> {
    let root = format!("{}/repos/{project}/commits/{commit}", root(at, PUBLIC));
    let at = |what: &str, page: usize| format!("{root}/{what}?per_page=100&page={page}");
    let mut checks = asking.pages(commit, LOGIN, |page| at("status", page), statuses).await?;
    checks.extend(asking.pages(commit, LOGIN, |page| at("check-runs", page), runs).await?);
    Ok(checks)
}

fn statuses(read: Statuses, _: &Reply) -> Page {
    let one = |one: One| Checked { standing: status(&one.state), name: one.context };
    Page { checks: read.statuses.into_iter().map(one).collect(), rest: Rest::UpTo(read.total_count) }
}

fn runs(read: Runs, _: &Reply) -> Page {
    let one = |one: Run| Checked { standing: run(&one.status, one.conclusion.as_deref()), name: one.name };
    Page { checks: read.check_runs.into_iter().map(one).collect(), rest: Rest::UpTo(read.total_count) }
}

fn status(state: &str) -> Standing {
    match state {
        "success" => Standing::Passed,
        "pending" => Standing::Waits,
        _ => Standing::Failed,
    }
}

fn run(status: &str, conclusion: Option<&str>) -> Standing {
    match (status, conclusion) {
        ("completed", Some("success" | "neutral" | "skipped")) => Standing::Passed,
        ("completed", _) => Standing::Failed,
        _ => Standing::Waits,
    }
}
