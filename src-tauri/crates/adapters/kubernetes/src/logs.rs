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
    let waits = pods::containers(pod).any(|(one, _)| one.name == container && is_after_an_end(one));
    let said = read(place, pod, &container, lines, waits).await;
    let said = match said {
        // The node may have dropped what ran before.
        Err(_) if waits => read(place, pod, &container, lines, false).await,
        other => other,
    };
    match said {
        Ok(text) => Ok(text.lines().map(line).collect()),
        Err(failure) if failure.passing() => Err(failure),
        // A container that never started has no log.
        Err(_) => Ok(Vec::new()),
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
    let mut about: Vec<String> = place.pods(&live, name).await?.iter().map(pods::name).collect();
    about.push(place.settings.name.clone());
    let events = place.api::<Event>();
    let warnings = ListParams::default().fields("type=Warning");
    let mut noted = place.ask(async { events.list(&warnings).await }).await?.items;
    let since = live.moved();
    // Of a controller's own objects (ReplicaSets) only those of this move are ours.
    let ours = |event: &Event| {
        let object = event.involved_object.name.as_deref().unwrap_or_default();
        about.iter().any(|name| name == object)
            || (object.starts_with(&format!("{}-", place.settings.name)) && last_seen(event) >= since)
    };
    noted.retain(ours);
    noted.sort_by_key(last_seen);
    let told = noted.iter().rev().take(REPORTS).rev().map(|event| {
        let (reason, said) =
            (event.reason.as_deref().unwrap_or_default(), event.message.as_deref().unwrap_or_default());
        format!("{reason}: {}", said.trim())
    });
    Ok(told.collect())
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
}
