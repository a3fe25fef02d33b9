//! The stream of a target's lifecycle events.
//!
//! Events come by [`crate::post`]. Beside it, a connection to every running instance's supervisor is held, for one case
//! only: a supervisor that is killed cannot tell what becomes of its child, so from then on the child is looked at.

use crate::{
    control,
    layout::Layout,
    post::LetterBox,
    status::{self, Status},
};
use futures::stream::{BoxStream, StreamExt as _};
use std::collections::BTreeSet;
use switchback_core::{
    failure::Failure,
    name::Target,
    plan::InstanceName,
    port::{Lifecycle, LifecycleEvent},
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;

/// A reader that is so far behind makes the watch wait; the kernel's queue of the letter box comes on top.
const AHEAD: usize = 256;

/// Begins to watch. The subscription stands when this returns.
pub fn watch(layout: Layout, target: &Target) -> Result<BoxStream<'static, Result<LifecycleEvent, Failure>>, Failure> {
    let letters = LetterBox::open(&layout, target)?;
    let mut wards = JoinSet::new();
    for name in running(&layout, target) {
        wards.spawn(ward(layout.clone(), name));
    }
    let (give, take) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        // Instances whose end was told: an end that both the supervisor and the ward saw is told once.
        let mut ended: BTreeSet<InstanceName> = BTreeSet::new();
        loop {
            let event = tokio::select! {
                () = give.closed() => return,
                event = letters.next() => event,
                Some(seen) = wards.join_next() => match seen {
                    Ok(Some(event)) => Ok(event),
                    _ => continue,
                },
            };
            if let Ok(event) = &event {
                match event.what {
                    Lifecycle::Started => {
                        ended.remove(&event.instance);
                        wards.spawn(ward(layout.clone(), event.instance.clone()));
                    }
                    Lifecycle::Exited { .. } if !ended.insert(event.instance.clone()) => continue,
                    _ => {}
                }
            }
            let last = event.is_err();
            if give.send(event).await.is_err() || last {
                return;
            }
        }
    });
    Ok(ReceiverStream::new(take).boxed())
}

fn running(layout: &Layout, target: &Target) -> Vec<InstanceName> {
    let dirs = std::fs::read_dir(layout.instances()).into_iter().flatten().flatten();
    dirs.filter_map(|entry| {
        let dir = entry.path();
        let spec = status::read_spec(&dir).ok()??;
        let status = Status::read(&dir).ok()??;
        let alive = matches!(status, Status::Running { process, .. } if process.alive());
        (spec.target == *target && alive).then_some(spec.name)
    })
    .collect()
}

/// Sees one run of an instance to its end; says something only when its supervisor could not.
async fn ward(layout: Layout, name: InstanceName) -> Option<LifecycleEvent> {
    if let Some(stream) = control::reach(&layout, &name).await.ok()? {
        control::gone(stream).await;
    }
    let dir = layout.instance(&name).ok()?;
    let Some(Status::Running { process, .. }) = Status::read(&dir).ok()? else { return None };
    control::orphan_ends(&process).await;
    // Whoever stopped the orphan has written and told its end, or a later run has begun.
    match Status::read(&dir).ok()? {
        Some(Status::Running { process: now, .. }) if now == process => {}
        _ => return None,
    }
    Some(LifecycleEvent { instance: name, what: Lifecycle::Exited { code: None, out_of_memory: false } })
}
