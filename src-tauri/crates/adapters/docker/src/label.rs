//! Labels: what a container says about itself, so that the engine alone tells what is ours and what was asked for.
//!
//! Neither variables nor secrets stand in a label, nor anything derived from them.

use crate::recipe::published;
use bollard::models::ContainerInspectResponse;
use std::collections::HashMap;
use switchback_core::{
    name::Target,
    plan::InstanceSpec,
    workload::{DockerSettings, Publish},
};

/// What the names of ours begin with.
pub(crate) const OURS: &str = "switchback.";
/// `checkout/production`: whose it is. A container with this label is ours.
pub(crate) const TARGET: &str = "switchback.target";
pub(crate) const SERVICE: &str = "switchback.service";
pub(crate) const ENVIRONMENT: &str = "switchback.environment";
pub(crate) const REVISION: &str = "switchback.revision";
pub(crate) const DEPLOYMENT: &str = "switchback.deployment";
/// The workload's digest.
pub(crate) const CONTENT: &str = "switchback.content";
/// `repository@digest`.
pub(crate) const ARTIFACT: &str = "switchback.artifact";
/// JSON: the ports asked for.
pub(crate) const PUBLISH: &str = "switchback.publish";

/// The labels of an instance.
pub(crate) fn labels(spec: &InstanceSpec, settings: &DockerSettings) -> HashMap<String, String> {
    let workload = &spec.workload;
    let artifact = match &workload.artifact {
        switchback_core::release::Artifact::Image { repository, digest } => format!("{repository}@{digest}"),
        switchback_core::release::Artifact::Folder { .. } => String::new(),
    };
    [
        (TARGET, spec.target.to_string()),
        (SERVICE, spec.target.service.to_string()),
        (ENVIRONMENT, spec.target.environment.to_string()),
        (REVISION, spec.revision.to_string()),
        (DEPLOYMENT, spec.deployment.to_string()),
        (CONTENT, workload.digest().0),
        (ARTIFACT, artifact),
        (PUBLISH, serde_json::to_string(&published(spec, settings)).unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// What a container's labels say.
pub(crate) struct Labels<'a>(Option<&'a HashMap<String, String>>);

impl<'a> Labels<'a> {
    /// The labels of a container.
    pub(crate) fn of(container: &'a ContainerInspectResponse) -> Self {
        Self(container.config.as_ref().and_then(|config| config.labels.as_ref()))
    }

    /// One label.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.0?.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The ports asked for; 0 on the host means any.
    pub(crate) fn publish(&self) -> Vec<Publish> {
        self.get(PUBLISH).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The filter that finds a target's containers and their events.
pub(crate) fn filter(target: &Target) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{TARGET}={target}")])])
}
