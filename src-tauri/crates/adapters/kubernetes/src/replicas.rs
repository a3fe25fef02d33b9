//! How many pods a workload shall have. Its manifest says it, or an autoscaler; we write it only to put back what a person
//! changed.

use crate::{client::Place, live::Live, logs::last_seen, owners, pods, record::Kept, room::readable, sets};
use k8s_openapi::api::{autoscaling::v1::HorizontalPodAutoscaler, core::v1::Event};
use switchback_core::{
    drift::{Difference, Hand, Part},
    failure::Failure,
    ident::Instant,
    workload::WorkloadKind,
};

/// By what the names of autoscalers are told from people's. The one that comes with Kubernetes writes as the controllers do.
const AUTOSCALERS: [&str; 4] = ["kube-controller-manager", "autoscal", "keda", "vpa"];

/// What is said to have written a number that nobody owns: who writes 0 through the scale subresource leaves not even a
/// name, because a 0 is left out of what is written.
const SCALE: &str = "scale";

/// How a person changed the number since a revision came; nothing where an autoscaler keeps it, or nobody noted it then.
pub(crate) async fn changed(place: &Place, live: &Live, kept: &Kept) -> Result<Option<Difference>, Failure> {
    let (Some(recorded), Some(found)) = (kept.replicas, live.replicas) else { return Ok(None) };
    if recorded == found {
        return Ok(None);
    }
    let field = ["spec", "replicas"];
    let unsigned =
        || (found == 0 && owners::is_nobodys(&live.meta, &field)).then(|| Hand { by: SCALE.to_owned(), at: None });
    let mut hand = owners::of(&live.meta, &field, live.moved()).or_else(unsigned);
    if hand.as_ref().is_some_and(|hand| is_autoscaler(&hand.by)) || is_autoscaled(place).await? {
        return Ok(None);
    }
    if let Some(hand) = hand.as_mut().filter(|hand| hand.at.is_none()) {
        hand.at = acted(place, live, recorded, found).await?;
    }
    let difference = Difference::new(Part::Setting, "replicas", Some(&recorded.to_string()), Some(&found.to_string()));
    Ok(Some(Difference { hand, ..difference }))
}

/// When its controller made the number true: a write through the scale subresource leaves no time.
async fn acted(place: &Place, live: &Live, recorded: i32, found: i32) -> Result<Option<Instant>, Failure> {
    let at = match place.settings.workload {
        WorkloadKind::Deployment => sets::counted(place, live, found).await?,
        // The last of its pods is the last it made.
        WorkloadKind::StatefulSet if found > recorded => pods::made(place, live, found - 1).await?,
        WorkloadKind::StatefulSet => deleted(place, found).await?,
        WorkloadKind::DaemonSet => None,
    };
    Ok(at.filter(|at| Some(*at) >= live.moved()))
}

/// When a StatefulSet's controller deleted the last pod it was to, as it noted; nothing while the note of another number
/// is the latest.
async fn deleted(place: &Place, found: i32) -> Result<Option<Instant>, Failure> {
    let about = format!("involvedObject.name={}", place.settings.name);
    let all = readable(place, &place.api::<Event>(), &about).await?.unwrap_or_default();
    let noted = all.iter().filter_map(|event| Some((last_seen(event)?, tells(event, &place.settings.name, found)?)));
    Ok(noted.max().filter(|(_, tells)| *tells).map(|(at, _)| at))
}

/// Whether an event says that a StatefulSet came down to its number of pods; nothing of one that is about something else.
fn tells(event: &Event, name: &str, found: i32) -> Option<bool> {
    let said = event.message.as_deref().unwrap_or_default();
    match event.reason.as_deref()? {
        "SuccessfulDelete" => Some(said.contains(&format!(" Pod {name}-{found} "))),
        "SuccessfulCreate" => Some(false),
        _ => None,
    }
}

fn is_autoscaler(manager: &str) -> bool {
    AUTOSCALERS.iter().any(|name| manager.contains(name))
}

/// Whether an autoscaler is told to look after the workload. One that may not be read is known by what it writes alone.
async fn is_autoscaled(place: &Place) -> Result<bool, Failure> {
    let all = readable(place, &place.api::<HorizontalPodAutoscaler>(), "").await?.unwrap_or_default();
    Ok(all.iter().any(|one| aims_at(one, place.settings.workload, &place.settings.name)))
}

fn aims_at(autoscaler: &HorizontalPodAutoscaler, kind: WorkloadKind, name: &str) -> bool {
    let target = autoscaler.spec.as_ref().map(|spec| &spec.scale_target_ref);
    target.is_some_and(|target| target.name == name && target.kind.eq_ignore_ascii_case(&kind.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn autoscalers_are_told_from_people() {
        let theirs = ["kube-controller-manager", "keda", "keda-operator", "vpa-updater", "my-autoscaler"];
        assert!(theirs.into_iter().all(is_autoscaler));
        assert!(!["kubectl", "kubectl-edit", "helm", "argocd-controller"].into_iter().any(is_autoscaler));
    }

    #[test]
    fn a_stateful_sets_controller_notes_when_it_came_down_to_a_number() {
        let noted = |reason: &str, said: &str, found| {
            let event = Event { reason: Some(reason.into()), message: Some(said.into()), ..Event::default() };
            tells(&event, "w", found)
        };
        let gone = "delete Pod w-1 in StatefulSet w successful";
        assert_eq!((noted("SuccessfulDelete", gone, 1), noted("SuccessfulDelete", gone, 2)), (Some(true), Some(false)));
        assert_eq!(noted("SuccessfulCreate", "create Pod w-1 in StatefulSet w successful", 1), Some(false));
        assert_eq!(noted("FailedCreate", "exceeded quota", 1), None);
    }

    #[test]
    fn an_autoscaler_looks_after_what_it_names() {
        let one: HorizontalPodAutoscaler = serde_json::from_value(json!({
            "metadata": { "name": "a" },
            "spec": { "maxReplicas": 3, "scaleTargetRef": { "kind": "Deployment", "name": "w" } },
        }))
        .unwrap();
        assert!(aims_at(&one, WorkloadKind::Deployment, "w"));
        assert!(!aims_at(&one, WorkloadKind::StatefulSet, "w") && !aims_at(&one, WorkloadKind::Deployment, "v"));
    }
}
