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
    /// What is said of it in the plan that moves from `before` to `workload`: what stays, and which image does not; and what
    /// the manifest takes from elsewhere, which no revision has.
    pub(crate) async fn changed_by_hand(&self, before: Option<&Before>, workload: &Workload) -> Answer<Vec<Said>> {
        let Settings::Kubernetes(KubernetesSettings { manifest, .. }) = &workload.settings else {
            return Ok(Vec::new());
        };
        let runtime = self.runtime(workload.settings.kind())?;
        let instance = before.and_then(|before| Some((before, before.instances.first()?)));
        let found = match instance {
            Some((before, name)) => {
                let settings = &before.workload.settings;
                match runtime.inspect(settings, name).await? {
                    None => runtime.instead(settings, name).await?,
                    found => found,
                }
            }
            None => runtime.foreign(&workload.settings).await?.pop(),
        };
        let Some(found) = found else { return Ok(Vec::new()) };
        let not_kept = (!found.beyond.is_empty()).then(|| says::not_kept(found.beyond.join(", ")));
        // A manifest of before our time is put back whole.
        let before = before.filter(|before| manifest.is_none() && !before.instances.is_empty());
        let ours = |one: &Difference| matches!(one.part, Part::Artifact | Part::Config | Part::Secret);
        let all = before.map(|before| drift::between(&before.workload, &found, false)).unwrap_or_default();
        let (goes, stays): (Vec<_>, Vec<_>) = all.into_iter().partition(ours);
        let told = |all: Vec<Difference>| {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            (!all.is_empty()).then(|| all.join("; "))
        };
        let stays = told(stays).map(says::stays_by_hand);
        Ok(stays.into_iter().chain(told(goes).map(says::replaced_by_hand)).chain(not_kept).collect())
    }
}
