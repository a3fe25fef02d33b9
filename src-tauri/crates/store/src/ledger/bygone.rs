//! Deployments that are older than this history: written whole, as what they came to.

use crate::{
    fault::{Fault, conflict},
    table::{deployment, event, revision, target},
    work::Work,
};
use switchback_core::{
    deployment::{Event, State, next},
    ident::RevisionNumber,
    name::Target,
    port::Bygone,
};

/// Writes them. The target's row keeps saying that nothing is recorded as running.
pub async fn write(work: &mut Work, of: &Target, all: &[Bygone]) -> Result<(), Fault> {
    if revision::next(work.on(), of).await? != RevisionNumber(1) {
        return Err(conflict(format!("{of} has a history already")));
    }
    for one in all {
        if one.plan.target != *of {
            return Err(conflict(format!("{} is another target than {of}", one.plan.target)));
        }
        target::count_deployment(work.on(), of, one.plan.kind).await?;
        revision::keep(work.on(), &one.plan).await?;
        journal(work, one).await?;
        revision::arrived(work.on(), &one.plan, one.plan.deployment, one.at).await?;
    }
    Ok(())
}

/// Its journal: every step counts as done at once, at the time that is remembered.
async fn journal(work: &mut Work, one: &Bygone) -> Result<(), Fault> {
    let (plan, id) = (&one.plan, one.plan.deployment);
    let done = |step| Event::StepDone { step, result: one.reason.clone() };
    let mut events = vec![Event::Planned { by: one.by.clone(), reason: one.reason.clone() }];
    events.extend((0..plan.pivot).map(done));
    events.push(Event::Committed);
    events.extend((plan.pivot..plan.steps.len()).map(done));
    events.push(Event::Succeeded);
    let mut state: Option<State> = None;
    for (seq, event) in (0..).zip(events) {
        let follows = next(plan, state.as_ref(), &event).map_err(|illegal| conflict(illegal.to_string()))?;
        if state.is_none() {
            deployment::insert(work.on(), plan, &one.by, &one.reason, &follows, one.at).await?;
        }
        event::insert(work.on(), id, seq, one.at, &event).await?;
        deployment::advance(work.on(), id, &follows, one.at).await?;
        state = Some(follows);
    }
    Ok(())
}
