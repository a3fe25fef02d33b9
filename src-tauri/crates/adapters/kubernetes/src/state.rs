//! What an instance is doing: whether the workload is at it, and how its pods are.

use crate::{client::Place, condition, label, live::Live, pods, record, replicas};
use switchback_core::{failure::Failure, ident::Instant, plan::InstanceName, port::InstanceState};

pub(crate) async fn state(place: &Place, name: &InstanceName) -> Result<InstanceState, Failure> {
    match place.find().await? {
        Some(live) if live.is_at(name) => current(place, &live, name).await,
        _ => past(place, name).await,
    }
}

/// Of the instance the workload is at. It ended when none of its pods serves and one of them did end.
pub(crate) async fn current(place: &Place, live: &Live, name: &InstanceName) -> Result<InstanceState, Failure> {
    let (since, progress) = (live.moved().unwrap_or(Instant::UNIX_EPOCH), live.progress);
    let (note, serving) = (Some(progress.told()), u32::try_from(progress.available).ok());
    if !progress.seen {
        return Ok(InstanceState::Running { since, upstream: None, healthy: None, note, idle: false, pods: serving });
    }
    let pods = if live.progress.complete() { Vec::new() } else { place.pods(live, name).await? };
    let serves = pods.iter().any(pods::is_ready);
    // One that was started again meanwhile ended all the same.
    let ended = |pod| condition::end(pod).or_else(|| condition::latest(pod).filter(|end| end.at >= live.moved()));
    if let Some(end) = pods.iter().find_map(ended).filter(|_| !serves) {
        return Ok(InstanceState::Exited {
            code: end.code,
            out_of_memory: end.out_of_memory,
            at: end.at,
            ran_ms: end.ran_ms,
        });
    }
    let nothing = live.progress.wanted == 0 && live.progress.complete();
    let idle = nothing && is_to_be_idle(place, live, name).await?;
    Ok(InstanceState::Running {
        since,
        upstream: None,
        healthy: Some(live.progress.complete() && nothing == idle),
        note,
        idle,
        pods: serving,
    })
}

/// Whether no pods are what was deployed, or what an autoscaler or the nodes ask for, and no person's change.
async fn is_to_be_idle(place: &Place, live: &Live, name: &InstanceName) -> Result<bool, Failure> {
    let Some(kept) = record::kept(place, name).await? else { return Ok(true) };
    Ok(replicas::changed(place, live, &kept).await?.is_none())
}

/// Of one the workload is not at (any more).
async fn past(place: &Place, name: &InstanceName) -> Result<InstanceState, Failure> {
    let Some(record) = record::find(place, name).await? else { return Ok(InstanceState::Absent) };
    Ok(of_record(&record))
}

/// What a record tells of an instance the workload is not at.
pub(crate) fn of_record(record: &k8s_openapi::api::core::v1::ConfigMap) -> InstanceState {
    let Some(started) = record::time(record, label::STARTED) else { return InstanceState::Created };
    let at = record::time(record, label::ENDED);
    let ran_ms = at.map(|at| u64::try_from(at.duration_since(started).as_millis()).unwrap_or_default());
    InstanceState::Exited { code: None, out_of_memory: false, at, ran_ms }
}
