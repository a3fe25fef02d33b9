//! GitLab: the newest status of each job of a commit's pipelines, and of what other services report.

use super::{Asking, Checked, Login, Page, Rest, Standing, root};
use serde::Deserialize;
use switchback_core::{health::Finding, port::Reply};

const PUBLIC: &str = "https://gitlab.com";
const LOGIN: Login = Login { header: "private-token", before: "" };

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
    asking.pages(commit, LOGIN, |page| format!("{root}?per_page=100&page={page}"), statuses).await
}

fn statuses(read: Vec<One>, reply: &Reply) -> Page {
    let checks = read.into_iter().map(|one| Checked { standing: standing(&one), name: one.name }).collect();
    let last = reply.headers.get("x-next-page").is_none_or(|next| next.trim().is_empty());
    Page { checks, rest: if last { Rest::None } else { Rest::Follows } }
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
