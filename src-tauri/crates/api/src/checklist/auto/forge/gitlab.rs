//! GitLab: the newest status of each job of a commit's pipelines, and of what other services report.

use super::{Asking, Checked, PAGES, Standing, root};
use serde::Deserialize;
use switchback_core::health::Finding;

const PUBLIC: &str = "https://gitlab.com";

#[derive(Deserialize)]
struct One {
    name: String,
    status: String,
    #[serde(default)]
    allow_failure: bool,
}

/// The newest of each.
pub async fn checks(
    asking: &Asking<'_>,
    at: Option<&str>,
    project: &str,
    commit: &str,
) -> Result<Vec<Checked>, Finding> {
    // A project is named by its path as one part of the address.
    let project = project.replace('/', "%2F");
    let root = format!("{}/api/v4/projects/{project}/repository/commits/{commit}/statuses", root(at, PUBLIC));
    let mut checks = Vec::new();
    for page in 1..=PAGES {
        let url = format!("{root}?per_page=100&page={page}");
        let (read, reply) = asking.get::<Vec<One>>(&url, "private-token", "").await?;
        checks.extend(read.iter().map(|one| Checked { name: one.name.clone(), standing: standing(one) }));
        if reply.headers.get("x-next-page").is_none_or(|next| next.trim().is_empty()) {
            return Ok(checks);
        }
    }
    Err(Finding::no_data(format!("{commit} has more checks than are read")))
}

fn standing(one: &One) -> Standing {
    match one.status.as_str() {
        "success" | "skipped" => Standing::Passed,
        // GitLab itself goes on without them.
        "failed" | "canceled" | "manual" if one.allow_failure => Standing::Passed,
        "failed" | "canceled" => Standing::Failed,
        _ => Standing::Waits,
    }
}
