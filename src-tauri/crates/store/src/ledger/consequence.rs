//! Writes what follows from an event, in the event's transaction. What follows is the core's word; each arm is one table.

use crate::{
    column::json,
    fault::Fault,
    table::{outbox, pause, quarantine, revision, scheduled, target, train},
    work::Work,
};
use switchback_core::{
    ident::{Actor, Instant},
    plan::{Kind, Plan},
    port::{Message, ScheduleState},
    record::Consequence,
};

/// Writes them in order. `by` is who wanted the deployment.
pub async fn write(work: &mut Work, plan: &Plan, by: &Actor, now: Instant, all: &[Consequence]) -> Result<(), Fault> {
    for one in all {
        match one {
            Consequence::Audit(audit) => work.audit(now, audit).await?,
            Consequence::Quarantine { service, version, content, by, why } => {
                quarantine::put(work.on(), (service, version), content, by, why, now).await?;
            }
            Consequence::Pause { target, by, why } => pause::put(work.on(), target, by, why, now).await?,
            Consequence::Scheduled { id } => {
                let state = ScheduleState::Started { at: now, deployment: plan.deployment };
                scheduled::put(work.on(), *id, &state).await?;
            }
            Consequence::Train { id, seq, event } => {
                train::append(work.on(), *id, *seq, event, now).await?;
            }
            Consequence::Arrived if plan.kind == Kind::Withdraw => target::leave(work.on(), &plan.target).await?,
            Consequence::Arrived => {
                target::arrive(work.on(), plan, &json(by)?, now).await?;
                revision::arrived(work.on(), plan, plan.deployment, now).await?;
            }
            Consequence::Tell { topic, subject, body } => {
                let message = Message {
                    id: uuid::Uuid::now_v7(),
                    topic: *topic,
                    target: plan.target.to_string(),
                    subject: subject.clone(),
                    body: body.clone(),
                    by: by.name.clone(),
                    link: format!("switchback://deployment/{}", plan.deployment),
                };
                outbox::queue(work.on(), Some(plan.deployment), &message, now).await?;
            }
        }
    }
    Ok(())
}
