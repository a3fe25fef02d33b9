//! GitHub, where a commit has statuses (by other services) and check runs (by Actions and apps): both count.

use super::{Asking, Checked, PAGES, Standing, root};
use serde::Deserialize;
use switchback_core::health::Finding;

const PUBLIC: &str = "https://api.github.com";
const HEADER: &str = "authorization";
const BEFORE: &str = "Bearer ";

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
    let mut checks = Vec::new();
    for page in 1..=PAGES {
        let url = format!("{root}/status?per_page=100&page={page}");
        let (read, _) = asking.get::<Statuses>(&url, HEADER, BEFORE).await?;
        let last = read.statuses.is_empty();
        checks.extend(read.statuses.into_iter().map(|one| Checked { name: one.context, standing: status(&one.state) }));
        if last || checks.len() >= read.total_count {
            break;
        }
    }
    let mut runs = Vec::new();
    for page in 1..=PAGES {
        let url = format!("{root}/check-runs?per_page=100&page={page}");
        let (read, _) = asking.get::<Runs>(&url, HEADER, BEFORE).await?;
        let (last, all) = (read.check_runs.is_empty(), read.total_count);
        runs.extend(
            read.check_runs
                .into_iter()
                .map(|one| Checked { standing: run(&one.status, one.conclusion.as_deref()), name: one.name }),
        );
        if last || runs.len() >= all {
            checks.append(&mut runs);
            return Ok(checks);
        }
    }
    Err(Finding::no_data(format!("{commit} has more checks than are read")))
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
