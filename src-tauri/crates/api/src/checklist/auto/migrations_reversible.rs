//! The release's migrations have a way back, by what the linter reads out of them.
//!
//! A version whose loss somebody accepted in its file, with a reason and a last day, counts as one that may go.

use super::{Asked, Check};
use crate::says::items;
use crate::{App, migrations};
use async_trait::async_trait;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_lint::{Report, Reversible};
use switchback_policy::environment::Item;

/// Most versions named in the evidence.
const MOST: usize = 3;

pub(super) struct MigrationsReversible;

#[async_trait]
impl Check for MigrationsReversible {
    async fn finding(&self, app: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let now = app.ports().clock.now();
        match app.migrations_of(asked.document, asked.base, asked.target).await {
            Ok(None) => Finding::pass(items::no_migrations(&asked.target.service)),
            Ok(Some((at, set))) => {
                judged(&migrations::report(asked.document, asked.target, &set, at.dialect, now, &[]))
            }
            Err(error) => Finding::no_data(error.to_string()),
        }
    }
}

fn judged(report: &Report) -> Finding {
    let (mut no_way, mut unknown) = (Vec::new(), Vec::new());
    for one in &report.versions {
        let told =
            || format!("{} {}: {}", one.version, one.name, one.because.as_deref().unwrap_or("it has no way back"));
        match one.reversible {
            Reversible::Yes => {}
            _ if one.accepted => {}
            Reversible::Unknown => unknown.push(told()),
            Reversible::No | Reversible::DataLoss => no_way.push(told()),
        }
    }
    let list = |told: &[String]| {
        let more = told.len().saturating_sub(MOST);
        let named = told.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
        if more == 0 { named } else { format!("{named}; and {more} more") }
    };
    if !no_way.is_empty() {
        return Finding::fail(list(&no_way));
    }
    if !unknown.is_empty() {
        return Finding::no_data(list(&unknown));
    }
    Finding::pass(items::reversible(report.versions.len()))
}
