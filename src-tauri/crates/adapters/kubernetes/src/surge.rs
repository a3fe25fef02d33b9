//! The urgent way back: the rule by which a Deployment replaces its pods is raised for one rollback, and given back.
//!
//! The workload's own rule is kept in an annotation, written together with the raised one, so that whoever finds the one
//! finds the other.

use crate::{client::Place, label::MANAGER};
use k8s_openapi::{
    api::apps::v1::{Deployment, DeploymentStrategy},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use switchback_core::{
    failure::{Failure, FailureKind},
    port::Arrival,
};

/// The annotation that keeps the workload's own rule.
const KEPT: &str = "switchback/own-strategy";
/// How often a write that met another one is tried again.
const TRIES: usize = 5;

/// The workload's own rule, where it is raised now.
pub(crate) fn own(meta: &ObjectMeta) -> Option<Value> {
    serde_json::from_str(meta.annotations.as_ref()?.get(KEPT)?).ok()
}

/// Lets the controller start `pods` pods beside those that run at once, and take none away before.
pub(crate) async fn raise(place: &Place, pods: u32) -> Result<Arrival, Failure> {
    change(place, |own, kept| {
        let raised = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": pods, "maxUnavailable": 0 } });
        if kept.is_some() && json!(own) == raised {
            return Ok(None);
        }
        // What an urgent way before this one left raised is not the workload's own.
        let own = kept.cloned().unwrap_or_else(|| json!(own).to_string());
        Ok(Some((raised, Some(own))))
    })
    .await
}

/// Gives the workload its own rule back.
pub(crate) async fn restore(place: &Place) -> Result<Arrival, Failure> {
    change(place, |_, kept| {
        let Some(kept) = kept else { return Ok(None) };
        let own = serde_json::from_str(kept).map_err(|error| {
            let said = format!("the annotation {KEPT} of {} cannot be read: {error}", place.shown());
            Failure::new(FailureKind::Other, said)
        })?;
        Ok(Some((own, None)))
    })
    .await
}

/// Writes the rule and the annotation that `wanted` makes of those that are there.
async fn change<F>(place: &Place, wanted: F) -> Result<Arrival, Failure>
where
    F: Fn(&DeploymentStrategy, Option<&String>) -> Result<Option<(Value, Option<String>)>, Failure>,
{
    let (api, name) = (place.api::<Deployment>(), &place.settings.name);
    let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let mut tries = 0;
    loop {
        let there = place.ask(async { api.get_opt(name).await }).await?.ok_or_else(|| place.missing())?;
        let own = there.spec.and_then(|spec| spec.strategy).unwrap_or_default();
        let kept = there.metadata.annotations.as_ref().and_then(|all| all.get(KEPT));
        let Some((strategy, annotation)) = wanted(&own, kept)? else { return Ok(Arrival::Already) };
        let metadata =
            json!({ "resourceVersion": there.metadata.resource_version, "annotations": { KEPT: annotation } });
        let patch = Patch::Merge(json!({ "metadata": metadata, "spec": { "strategy": strategy } }));
        tries += 1;
        let written = async {
            match api.patch(name, &params, &patch).await {
                // Its controller wrote its status between our two questions.
                Err(kube::Error::Api(status)) if status.code == 409 && tries < TRIES => Ok(false),
                done => done.map(|_| true),
            }
        };
        if place.ask(written).await? {
            return Ok(Arrival::Done);
        }
    }
}
