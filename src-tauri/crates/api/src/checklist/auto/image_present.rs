//! The release's artifact is to be had, by its digest.

use super::{Asked, Check};
use crate::App;
use crate::says::items;
use async_trait::async_trait;
use std::{collections::BTreeMap, time::Duration};
use switchback_core::workload::Workload;
use switchback_core::{health::Finding, port::DeploymentRow};
use switchback_policy::environment::Item;

/// How long the registry may take.
const PATIENCE: Duration = Duration::from_secs(4);

pub(super) struct ImagePresent;

#[async_trait]
impl Check for ImagePresent {
    async fn finding(&self, app: &App, asked: &Asked<'_>, _: &Item, _: Option<&DeploymentRow>) -> Finding {
        let Ok(release) = app.history.release(&asked.target.service, asked.version).await else {
            return Finding::no_data(items::no_release(asked.version));
        };
        let resolved = match asked.document.target(asked.target) {
            Ok(resolved) => resolved,
            Err(error) => return Finding::no_data(error.to_string()),
        };
        let brief = release.artifact.brief();
        let workload = Workload {
            artifact: release.artifact,
            config: BTreeMap::new(),
            secrets: BTreeMap::new(),
            settings: resolved.settings,
            replicas: resolved.replicas,
            schema: None,
            health: None,
        };
        let Ok(runtime) = app.runtime(workload.settings.kind()) else {
            return Finding::no_data(items::no_runtime());
        };
        match tokio::time::timeout(PATIENCE, runtime.available(&workload)).await {
            Err(_) => Finding::no_data(items::no_answer()),
            Ok(Err(failure)) if failure.passing() => Finding::no_data(failure.message),
            Ok(Err(failure)) => Finding::fail(failure.message),
            Ok(Ok(())) => Finding::pass(brief),
        }
    }
}
