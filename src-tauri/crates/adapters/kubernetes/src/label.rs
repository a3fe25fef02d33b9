//! What objects of ours say about themselves, so that the cluster alone tells what is whose.
//!
//! Neither variables nor secrets stand in a label or an annotation, nor anything derived from them.

use std::collections::BTreeMap;
use switchback_core::{name::Target, plan::InstanceSpec, release::Artifact};

/// The field manager of every write.
pub(crate) const MANAGER: &str = "switchback";
/// Labels of an instance's own objects.
pub(crate) const SERVICE: &str = "switchback/service";
pub(crate) const ENVIRONMENT: &str = "switchback/environment";
/// Annotations of the pod template, and so of its pods. Nothing but what names the instance: whatever else stood there
/// would replace pods when it changes.
pub(crate) const INSTANCE: &str = "switchback/instance";
pub(crate) const REVISION: &str = "switchback/revision";
/// Annotations of an instance's record.
pub(crate) const CONTENT: &str = "switchback/content";
pub(crate) const ARTIFACT: &str = "switchback/artifact";
pub(crate) const STARTED: &str = "switchback/started";
pub(crate) const ENDED: &str = "switchback/ended";
/// Annotations of the workload.
pub(crate) const DEPLOYMENT: &str = "switchback/deployment";
/// An annotation of a ReplicaSet: when its controller was asked to try again.
pub(crate) const AGAIN: &str = "switchback/try-again";
/// What `kubectl rollout history` shows.
pub(crate) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// What finds a target's objects.
pub(crate) fn selector(target: &Target) -> String {
    format!("{SERVICE}={},{ENVIRONMENT}={}", target.service, target.environment)
}

/// Whether an object's name is that of an instance of the target.
pub(crate) fn names_instance(name: &str, target: &Target) -> bool {
    name.starts_with(&format!("sb-{}-{}-r", target.service, target.environment))
}

/// The labels of a target's objects.
pub(crate) fn labels(target: &Target) -> BTreeMap<String, String> {
    pairs([(SERVICE, target.service.to_string()), (ENVIRONMENT, target.environment.to_string())])
}

/// What the record of an instance says about it.
pub(crate) fn record(spec: &InstanceSpec) -> BTreeMap<String, String> {
    pairs([
        (REVISION, spec.revision.to_string()),
        (DEPLOYMENT, spec.deployment.to_string()),
        (CONTENT, spec.workload.digest().0),
        (ARTIFACT, pinned(&spec.workload.artifact)),
    ])
}

/// `repository@digest`, as a pod's container names it.
pub(crate) fn pinned(artifact: &Artifact) -> String {
    match artifact {
        Artifact::Image { repository, digest } => format!("{repository}@{digest}"),
        Artifact::Folder { path, .. } => path.display().to_string(),
    }
}

pub(crate) fn pairs<const N: usize>(pairs: [(&str, String); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
