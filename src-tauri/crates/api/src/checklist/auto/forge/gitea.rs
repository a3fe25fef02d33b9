//! Gitea and Forgejo: the combined status of a commit, with the newest status of each context.

use super::{Asking, Checked, PAGES, Standing, root};
use serde::Deserialize;
use switchback_core::health::Finding;

const PUBLIC: &str = "https://gitea.com";

#[derive(Deserialize)]
struct Combined {
    #[serde(default)]
    total_count: usize,
    /// Null where there is none.
    statuses: Option<Vec<One>>,
}

#[derive(Deserialize)]
struct One {
    context: String,
    status: String,
}

/// The newest of each.
pub async fn checks(
    asking: &Asking<'_>,
    at: Option<&str>,
    project: &str,
    commit: &str,
) -> Result<Vec<Checked>, Finding> {
    let root = format!("{}/api/v1/repos/{project}/commits/{commit}/status", root(at, PUBLIC));
    let mut checks = Vec::new();
    for page in 1..=PAGES {
        // A server may give fewer than are asked for, so that the last page is the one that holds nothing new.
        let url = format!("{root}?page={page}&limit=50");
        let (read, _) = asking.get::<Combined>(&url, "authorization", "token ").await?;
        let statuses = read.statuses.unwrap_or_default();
        let last = statuses.is_empty();
        checks.extend(statuses.into_iter().map(|one| Checked { standing: standing(&one.status), name: one.context }));
        if last || checks.len() >= read.total_count {
            return Ok(checks);
        }
    }
    Err(Finding::no_data(format!("{commit} has more checks than are read")))
}

fn standing(status: &str) -> Standing {
    match status {
        // A warning is a success with a remark there.
        "success" | "warning" | "skipped" => Standing::Passed,
        "pending" => Standing::Waits,
        _ => Standing::Failed,
    }
}
