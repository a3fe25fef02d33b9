//! Gitea and Forgejo: the combined status of a commit, with the newest status of each context.

use super::{Asking, Checked, Login, Page, Rest, Standing, root};
use serde::Deserialize;
use switchback_core::{health::Finding, port::Reply};

const PUBLIC: &str = "https://gitea.com";
const LOGIN: Login = Login { header: "authorization", before: "token " };

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
    asking.pages(commit, LOGIN, |page| format!("{root}?page={page}&limit=50"), statuses).await
}

fn statuses(read: Combined, _: &Reply) -> Page {
    let statuses = read.statuses.unwrap_or_default().into_iter();
    let checks = statuses.map(|one| Checked { standing: standing(&one.status), name: one.context }).collect();
    Page { checks, rest: Rest::UpTo(read.total_count) }
}

fn standing(status: &str) -> Standing {
    match status {
        // A warning is a success with a remark there.
        "success" | "warning" | "skipped" => Standing::Passed,
        "pending" => Standing::Waits,
        _ => Standing::Failed,
    }
}
