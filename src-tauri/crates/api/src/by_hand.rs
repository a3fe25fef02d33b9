//! What people changed by hand and a deployment leaves as it is.
//!
//! A workload in a cluster is shared: a field that is not ours stays with whoever set it, also under a new revision. Drift
//! tells it until then; the plan has to tell it too, or it would vanish there unseen.

use crate::{Answer, App, says};
use switchback_core::{
    drift,
    plan::Before,
    said::Said,
    workload::{KubernetesSettings, Settings, Workload},
};

impl App {
    /// What is said of it in the plan that moves from `before` to `workload`; nothing where nothing stays.
    pub(crate) async fn stays_changed(&self, before: Option<&Before>, workload: &Workload) -> Answer<Option<Said>> {
        let Some(before) = before else { return Ok(None) };
        // A manifest of before our time is put back whole.
        let Settings::Kubernetes(KubernetesSettings { manifest: None, .. }) = &workload.settings else {
            return Ok(None);
        };
        let (Some(name), settings) = (before.instances.first(), &before.workload.settings) else { return Ok(None) };
        let found = self.runtime(settings.kind())?.inspect(settings, name).await?;
        let told: Vec<String> = found.iter().flat_map(drift::changed).map(|one| one.to_string()).collect();
        Ok((!told.is_empty()).then(|| says::stays_by_hand(told.join("; "))))
    }
}
