//! What a pod says of itself that ends a rollout: an end, a pull that fails, a container that cannot be made, no node.
//!
//! Read from its status, which the kubelet and the scheduler write; nothing is timed here.

use crate::pods::{containers, name};
use k8s_openapi::api::core::v1::{ContainerStateTerminated, ContainerStatus, Pod};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::Instant,
};

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) container: String,
    pub(crate) code: Option<i64>,
    pub(crate) out_of_memory: bool,
    pub(crate) at: Option<Instant>,
    pub(crate) ran_ms: Option<u64>,
}

impl End {
    fn of(container: &ContainerStatus, state: &ContainerStateTerminated) -> Self {
        let (from, to) = (state.started_at.as_ref().map(|time| time.0), state.finished_at.as_ref().map(|time| time.0));
        let ran = from.zip(to).map(|(from, to)| to.duration_since(from).as_millis());
        Self {
            container: container.name.clone(),
            code: Some(i64::from(state.exit_code)),
            out_of_memory: state.reason.as_deref() == Some("OOMKilled"),
            at: to,
            ran_ms: ran.map(|ms| u64::try_from(ms).unwrap_or_default()),
        }
    }
}

/// The end a pod stands at now: one of its containers ended, or waits to be started again after it did.
pub(crate) fn end(pod: &Pod) -> Option<End> {
    containers(pod).find_map(|(container, prepares)| {
        let state = container.state.as_ref()?;
        if let Some(ended) = &state.terminated {
            // What prepares a pod ends well.
            return (!prepares || ended.exit_code != 0).then(|| End::of(container, ended));
        }
        state.waiting.as_ref().filter(|waiting| waiting.reason.as_deref() == Some("CrashLoopBackOff"))?;
        Some(last(container).unwrap_or_else(|| End::of(container, &ContainerStateTerminated::default())))
    })
}

/// The end before a container's last start, if it was started again.
pub(crate) fn last(container: &ContainerStatus) -> Option<End> {
    let ended = container.last_state.as_ref()?.terminated.as_ref()?;
    Some(End::of(container, ended))
}

/// The end of any of a pod's containers before its last start.
pub(crate) fn latest(pod: &Pod) -> Option<End> {
    containers(pod).find_map(|(container, _)| last(container))
}

/// Why a pod will not come up, as far as it is sure now.
pub(crate) fn trouble(pod: &Pod) -> Option<Failure> {
    let waits = containers(pod).find_map(|(container, _)| {
        let waiting = container.state.as_ref()?.waiting.as_ref()?;
        of_waiting(container, waiting.reason.as_deref()?, waiting.message.as_deref().unwrap_or_default())
    });
    let status = pod.status.as_ref()?;
    waits.or_else(|| {
        let (phase, reason) = (status.phase.as_deref()?, status.reason.as_deref().unwrap_or("Failed"));
        let said = format!("the pod {} failed: {reason} {}", name(pod), status.message.as_deref().unwrap_or_default());
        (phase == "Failed" && end(pod).is_none()).then(|| Failure::new(FailureKind::StartRefused, said))
    })
}

/// What the scheduler says of a pod that no node takes.
pub(crate) fn unschedulable(pod: &Pod) -> Option<Failure> {
    let mut conditions = pod.status.as_ref()?.conditions.iter().flatten();
    let refused = conditions.find(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    let said = refused.message.clone().unwrap_or_default();
    Some(Failure::new(FailureKind::Unplaceable { said: said.clone() }, format!("no node takes the pod: {said}")))
}

fn of_waiting(container: &ContainerStatus, reason: &str, said: &str) -> Option<Failure> {
    let image = container.image.clone();
    let told = if said.is_empty() { reason.to_owned() } else { format!("{reason}: {said}") };
    let kind = match reason {
        "ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable" | "ImageInspectError" => of_pull(image, said),
        "InvalidImageName" | "ErrImageNeverPull" => FailureKind::ImageMissing { image },
        // The node was only slow; it tries again.
        _ if reason.starts_with("Create")
            && ["failed to sync", "context deadline exceeded"].iter().any(|words| said.contains(words)) =>
        {
            return None;
        }
        "CreateContainerConfigError" if is_missing(said) => FailureKind::ReferenceMissing { said: said.to_owned() },
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" | "CreatePodSandboxError" => {
            FailureKind::StartRefused
        }
        _ => return None,
    };
    Some(Failure::new(kind, told))
}

/// Whether the kubelet misses what the pod's variables come from, in the words it has for that.
fn is_missing(said: &str) -> bool {
    let whole = ["configmap \"", "secret \""].iter().any(|kind| said.starts_with(kind)) && said.ends_with("not found");
    whole || said.starts_with("couldn't find key ")
}

/// A pull's failure by the container engine's words.
fn of_pull(image: String, said: &str) -> FailureKind {
    let lower = said.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if any(&["unauthorized", "authentication required", "authorization failed", "403 forbidden", "no basic auth"]) {
        FailureKind::ImageDenied { image }
    } else if any(&[
        "connection refused",
        "no such host",
        "i/o timeout",
        "deadline exceeded",
        "connection reset",
        "tls:",
    ]) {
        FailureKind::RegistryUnreachable { image }
    } else {
        FailureKind::ImageMissing { image }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(container: &serde_json::Value) -> Pod {
        let status = serde_json::json!({ "containerStatuses": [container] });
        serde_json::from_value(serde_json::json!({ "metadata": { "name": "p" }, "status": status })).unwrap()
    }

    fn waiting(reason: &str, message: &str) -> Pod {
        pod(&serde_json::json!({
            "name": "app", "image": "shop/app", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "waiting": { "reason": reason, "message": message } },
        }))
    }

    #[test]
    fn pull_errors_are_told_apart() {
        let code = |message| trouble(&waiting("ErrImagePull", message)).unwrap().kind.code();
        assert_eq!(code("rpc error: code = NotFound desc = shop/app: not found"), "image_missing");
        assert_eq!(code("failed to authorize: 401 Unauthorized"), "image_denied");
        assert_eq!(code("dial tcp 127.0.0.1:5000: connect: connection refused"), "registry_unreachable");
        assert!(trouble(&waiting("ContainerCreating", "")).is_none());
        let slow = "failed to sync configmap cache: timed out waiting for the condition";
        assert!(trouble(&waiting("CreateContainerConfigError", slow)).is_none(), "the node tries again by itself");
    }

    #[test]
    fn what_a_manifest_names_and_is_not_there_is_told_apart_from_a_container_that_cannot_be_made() {
        let code = |said| trouble(&waiting("CreateContainerConfigError", said)).unwrap().kind.code();
        assert_eq!(code("configmap \"settings\" not found"), "reference_missing");
        assert_eq!(code("secret \"stripe\" not found"), "reference_missing");
        assert_eq!(code("couldn't find key MODE in ConfigMap shop/settings"), "reference_missing");
        assert_eq!(code("container has runAsNonRoot and image will run as root"), "start_refused");
    }

    #[test]
    fn a_crash_loop_is_the_end_before_it() {
        let looping = pod(&serde_json::json!({
            "name": "app", "image": "shop/app", "imageID": "", "ready": false, "restartCount": 2,
            "state": { "waiting": { "reason": "CrashLoopBackOff" } },
            "lastState": { "terminated": {
                "exitCode": 137, "reason": "OOMKilled",
                "startedAt": "2026-01-02T03:04:05Z", "finishedAt": "2026-01-02T03:04:07Z",
            } },
        }));
        let end = end(&looping).unwrap();
        assert_eq!((end.code, end.out_of_memory, end.ran_ms), (Some(137), true, Some(2000)));
    }

    #[test]
    fn a_pod_no_node_takes_says_why() {
        let condition = serde_json::json!({
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available",
        });
        let pod: Pod =
            serde_json::from_value(serde_json::json!({ "metadata": {}, "status": { "conditions": [condition] } }))
                .unwrap();
        assert_eq!(unschedulable(&pod).unwrap().kind.code(), "unplaceable");
    }
}
