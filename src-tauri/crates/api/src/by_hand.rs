//! What people changed by hand and a deployment leaves as it is.
//!
//! A workload in a cluster is shared: a field that is not ours stays with whoever set it, also under a new revision. Drift
//! tells it until then; the plan has to tell it too, or it would vanish there unseen.

use crate::{Answer, App, says};
use switchback_core::{
    drift::{self, Difference, Part},
    plan::Before,
    said::Said,
    workload::{KubernetesSettings, Settings, Workload},
};

impl App {
    /// What is said of it in the plan that moves from `before` to `workload`: what stays, and which image does not.
    pub(crate) async fn changed_by_hand(&self, before: Option<&Before>, workload: &Workload) -> Answer<Vec<Said>> {
        let Some(before) = before else { return Ok(Vec::new()) };
        // A manifest of before our time is put back whole.
        let Settings::Kubernetes(KubernetesSettings { manifest: None, .. }) = &workload.settings else {
            return Ok(Vec::new());
        };
        let (Some(name), settings) = (before.instances.first(), &before.workload.settings) else {
            return Ok(Vec::new());
        };
        let Some(found) = self.runtime(settings.kind())?.inspect(settings, name).await? else { return Ok(Vec::new()) };
        let ours = |one: &Difference| matches!(one.part, Part::Artifact | Part::Config | Part::Secret);
        let (goes, stays): (Vec<_>, Vec<_>) =
            drift::between(&before.workload, &found, false).into_iter().partition(ours);
        let told = |all: Vec<Difference>| {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            (!all.is_empty()).then(|| all.join("; "))
        };
        let stays = told(stays).map(says::stays_by_hand);
        Ok(stays.into_iter().chain(told(goes).map(says::replaced_by_hand)).collect())
    }
}
