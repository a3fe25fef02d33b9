//! What an instance's pods print, and what the cluster noted about them. Of several pods the one that is worst speaks.

use crate::{client::Place, condition, pods};
use k8s_openapi::{
    api::core::v1::{ContainerStatus, Event, Pod},
    jiff::Timestamp,
};
use kube::api::{ListParams, LogParams};
use switchback_core::{
    failure::{Failure, LogLine},
    plan::InstanceName,
    port::REPORTS,
};

/// Most bytes of a log.
const MOST: i64 = 256 * 1024;

pub(crate) async fn logs(place: &Place, name: &InstanceName, lines: usize) -> Result<Vec<LogLine>, Failure> {
    let Some(live) = place.find().await? else { return Ok(Vec::new()) };
    let all = place.pods(&live, name).await?;
    let Some(pod) = worst(&all) else { return Ok(Vec::new()) };
    let ours = live.container(&place.settings)?.name.clone();
    // A container that only prepares the pod and fails speaks for it.
    let failed = pods::containers(pod).find(|(one, prepares)| *prepares && !one.ready && has_run(one));
    let container = failed.map_or(ours, |(one, _)| one.name.clone());
    let speaks = pods::containers(pod).find(|(one, _)| one.name == container).map(|(one, _)| one);
    match said(place, pod, &container, speaks, lines).await {
        Ok(text) => Ok(text.lines().map(line).collect()),
        Err(failure) if failure.passing() => Err(failure),
        // A container that never started has no log.
        Err(_) => Ok(Vec::new()),
    }
}

/// What the container said; where it ended, before its end.
async fn said(
    place: &Place,
    pod: &Pod,
    container: &str,
    speaks: Option<&ContainerStatus>,
    lines: usize,
) -> Result<String, Failure> {
    if speaks.is_some_and(is_after_an_end) {
        // The node may have dropped what ran before.
        return match whole(place, pod, container, lines, true).await {
            Err(_) => whole(place, pod, container, lines, false).await,
            said => said,
        };
    }
    let now = whole(place, pod, container, lines, false).await;
    let Some(began) = speaks.and_then(ended_run) else { return now };
    // Its node starts it again at once, and what it says now is another run's then.
    match whole(place, pod, container, lines, true).await {
        Ok(before) if before.lines().next_back().is_some_and(|last| line(last).at >= Some(began)) => Ok(before),
        _ => now,
    }
}

/// The last lines, none of them cut: a node cuts what is too much at its end.
async fn whole(place: &Place, pod: &Pod, container: &str, mut lines: usize, previous: bool) -> Result<String, Failure> {
    loop {
        let said = read(place, pod, container, lines, previous).await?;
        if i64::try_from(said.len()).unwrap_or(i64::MAX) < MOST || lines <= 1 {
            return Ok(said);
        }
        lines /= 2;
    }
}

async fn read(place: &Place, pod: &Pod, container: &str, lines: usize, previous: bool) -> Result<String, Failure> {
    let params = LogParams {
        container: Some(container.to_owned()),
        tail_lines: Some(i64::try_from(lines).unwrap_or(i64::MAX)),
        limit_bytes: Some(MOST),
        timestamps: true,
        previous,
        ..LogParams::default()
    };
    let pods = place.api::<Pod>();
    place.ask(async { pods.logs(&pods::name(pod), &params).await }).await
}

fn worst(all: &[Pod]) -> Option<&Pod> {
    let ended = all.iter().find(|pod| condition::end(pod).is_some() || condition::trouble(pod).is_some());
    ended.or_else(|| all.iter().find(|pod| !pods::is_ready(pod))).or(all.first())
}

fn has_run(container: &ContainerStatus) -> bool {
    container.restart_count > 0 || container.state.as_ref().is_some_and(|state| state.terminated.is_some())
}

/// What it said before its end tells more than what it says since its next start.
fn is_after_an_end(container: &ContainerStatus) -> bool {
    let ended = container.state.as_ref().is_some_and(|state| state.terminated.is_some());
    !container.ready && !ended && condition::last(container).is_some()
}

/// When the run began that a container ended with.
fn ended_run(container: &ContainerStatus) -> Option<Timestamp> {
    let ended = container.state.as_ref()?.terminated.as_ref()?;
    ended.started_at.as_ref().map(|time| time.0)
}

/// A line as the node gives it: its time, a space, the text. Both streams are one there.
fn line(text: &str) -> LogLine {
    let dated = text.split_once(' ').and_then(|(at, rest)| Some((at.parse::<Timestamp>().ok()?, rest)));
    match dated {
        Some((at, rest)) => LogLine { at: Some(at), stderr: false, text: rest.to_owned() },
        None => LogLine { at: None, stderr: false, text: text.to_owned() },
    }
}

/// Warnings about the instance's pods and its workload, oldest first.
pub(crate) async fn reports(place: &Place, name: &InstanceName) -> Result<Vec<String>, Failure> {
    let Some(live) = place.find().await? else { return Ok(Vec::new()) };
    let pods = place.pods(&live, name).await?;
    let pods: Vec<&str> = pods.iter().filter_map(|pod| pod.metadata.uid.as_deref()).collect();
    let events = place.api::<Event>();
    let warnings = ListParams::default().fields("type=Warning");
    let mut noted = place.ask(async { events.list(&warnings).await }).await?.items;
    noted.retain(|event| is_about(event, &place.settings.name, &pods, live.moved()));
    noted.sort_by_key(last_seen);
    let told = noted.iter().rev().take(REPORTS).rev().map(|event| {
        let (reason, said) =
            (event.reason.as_deref().unwrap_or_default(), event.message.as_deref().unwrap_or_default());
        format!("{reason}: {}", said.trim())
    });
    Ok(told.collect())
}

/// Whether it is about one of these pods, by uid: those of a StatefulSet have the names of those before them. Or about the
/// workload or what its controllers made of it, since it was moved.
fn is_about(event: &Event, workload: &str, pods: &[&str], moved: Option<Timestamp>) -> bool {
    let object = &event.involved_object;
    if object.kind.as_deref() == Some("Pod") {
        return object.uid.as_deref().is_some_and(|uid| pods.contains(&uid));
    }
    let name = object.name.as_deref().unwrap_or_default();
    let named = name.strip_prefix(workload).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    named && last_seen(event) >= moved
}

pub(crate) fn last_seen(event: &Event) -> Option<Timestamp> {
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    last.or_else(|| event.event_time.as_ref().map(|time| time.0))
        .or_else(|| event.metadata.creation_timestamp.as_ref().map(|time| time.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_time_and_its_text() {
        let dated = line("2026-01-02T03:04:05.678901234Z fatal: no database");
        assert_eq!((dated.text.as_str(), dated.at.is_some()), ("fatal: no database", true));
        assert_eq!(line("no time here").text, "no time here");
    }

    #[test]
    fn events_of_a_pod_before_it_under_the_same_name_are_not_its_own() {
        let event = |kind: &str, name: &str, uid: &str, at: &str| -> Event {
            serde_json::from_value(serde_json::json!({
                "metadata": {}, "lastTimestamp": at,
                "involvedObject": { "kind": kind, "name": name, "uid": uid },
            }))
            .unwrap()
        };
        let moved = "2026-01-02T03:04:05Z".parse().ok();
        let about = |kind, name, uid, at| is_about(&event(kind, name, uid, at), "web", &["new"], moved);
        let (before, after) = ("2026-01-02T03:04:04Z", "2026-01-02T03:04:05Z");
        assert!(about("Pod", "web-0", "new", after));
        assert!(!about("Pod", "web-0", "old", after), "it fails its probe while it ends");
        assert!(about("ReplicaSet", "web-7d9f", "set", after) && about("StatefulSet", "web", "it", after));
        assert!(!about("ReplicaSet", "web-7d9f", "set", before) && !about("StatefulSet", "web", "it", before));
        assert!(!about("StatefulSet", "website", "other", after));
    }
}
