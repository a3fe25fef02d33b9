//! What must be written beside an event, in the same transaction: audit entries, quarantines, pauses, messages.
//!
//! Computed here, purely, so that the store has no say in it and a test can read the whole table of consequences.

use crate::{
    deployment::{Cause, Event, State},
    ident::{Actor, TrainId},
    name::{Service, Target},
    plan::{Kind, Plan},
    port::Topic,
    release::Digest,
    schema::OnLoss,
    workload::RuntimeKind,
};
use serde::{Deserialize, Serialize};

/// One line of the audit before it has a number and a hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// Who.
    pub by: Actor,
    /// A stable word: `deploy.started`, `policy.applied`. Clients translate it.
    pub action: String,
    /// What it was done to: `checkout 2.14.1`.
    pub subject: String,
    /// Where, if in an environment.
    pub environment: Option<String>,
    /// Why.
    pub why: String,
    /// Before, as JSON; null when nothing was.
    pub before: serde_json::Value,
    /// After.
    pub after: serde_json::Value,
}

/// What is written beside an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Consequence {
    /// The audit's line.
    Audit(Audit),
    /// This release must not be deployed again until somebody clears it.
    Quarantine {
        /// Whose release.
        service: Service,
        /// Which.
        version: String,
        /// What it brought: [`crate::workload::Workload::content`].
        content: Digest,
        /// Who shipped it.
        by: String,
        /// Why.
        why: String,
    },
    /// Later deploys wait.
    Pause {
        /// Which target.
        target: Target,
        /// Who caused it.
        by: String,
        /// Why.
        why: String,
    },
    /// It was scheduled, and is what that came to. It cannot begin twice.
    Scheduled {
        /// The scheduled deployment.
        id: uuid::Uuid,
    },
    /// The deployment is part of a release train, whose own journal says so.
    Train {
        /// Which train.
        id: TrainId,
        /// The place of the train's event in its journal.
        seq: u32,
        /// What happens to the train.
        event: crate::train::Event,
    },
    /// The target now runs the plan's revision.
    Arrived,
    /// A message for people.
    Tell {
        /// What about.
        topic: Topic,
        /// One line.
        subject: String,
        /// Reason and evidence.
        body: String,
    },
}

/// What a deployment is called in the audit. The train it is part of is named, so that all of a train is found by one word.
pub fn subject(plan: &Plan) -> String {
    let train = plan.train.map(|train| format!(" {}", train.short())).unwrap_or_default();
    format!("{} {} ({}){train}", plan.target.service, plan.version, plan.revision)
}

/// What follows from `event` having led to `state`. `by` is who runs it now.
pub fn consequences(plan: &Plan, state: &State, event: &Event, by: &Actor) -> Vec<Consequence> {
    let subject = subject(plan);
    let environment = Some(plan.target.environment.to_string());
    let before = plan.before.as_ref().map_or(serde_json::Value::Null, |before| {
        serde_json::json!({ "revision": before.revision.0, "version": before.version, "artifact": before.workload.artifact.brief() })
    });
    let after = serde_json::json!({ "revision": plan.revision.0, "version": plan.version, "artifact": plan.workload.artifact.brief() });
    // By which the history's own row is held against the audit: what a rollback would bring back.
    let mut begun = after.clone();
    begun["service"] = plan.target.service.as_str().into();
    begun["workload"] = plan.workload.digest().to_string().into();
    let audit = |by: &Actor, what: &str, why: String, before: serde_json::Value, after: serde_json::Value| {
        Consequence::Audit(Audit {
            by: by.clone(),
            action: format!("{}.{what}", plan.kind.word()),
            subject: subject.clone(),
            environment: environment.clone(),
            why,
            before,
            after,
        })
    };
    let note = |what: &str, why: String| {
        audit(by, what, why, serde_json::Value::Null, serde_json::to_value(event).unwrap_or_default())
    };
    let tell = |topic, line: String, body: String| Consequence::Tell { topic, subject: line, body };
    match (event, state) {
        (Event::Planned { by, reason }, _) => vec![
            audit(by, "started", reason.clone(), before, begun),
            tell(
                Topic::Started,
                format!("{}: {} {} started", plan.target, plan.kind.word(), plan.version),
                [moved(plan), reason.clone()]
                    .into_iter()
                    .filter(|line| !line.is_empty())
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        ],
        (Event::StepStarted { step }, _) => vec![note("step-started", step.to_string())],
        (Event::StepDone { result, .. }, _) => vec![note("step-done", result.clone())],
        (Event::Wrote { written, .. }, _) => {
            let each = written.iter().map(|one| format!("{}: {}", one.what, one.rows)).collect::<Vec<_>>();
            vec![note("wrote", each.join(", "))]
        }
        (Event::Probed { finding, .. }, _) => vec![note("probed", finding.evidence.clone())],
        (Event::UndoStarted { step }, _) => vec![note("undo-started", step.to_string())],
        (Event::UndoDone { result, .. }, _) => vec![note("undo-done", result.clone())],
        (Event::Resumed { by, loss }, _) => {
            let why = match loss {
                Some(OnLoss::Lose) => "rows may be lost",
                Some(OnLoss::Keep) => "the schema is kept",
                None => "",
            };
            vec![audit(by, "resumed", why.to_owned(), serde_json::Value::Null, after)]
        }
        (Event::AbortAsked { by, reason }, _) => {
            vec![audit(by, "abort-asked", reason.clone(), serde_json::Value::Null, after)]
        }
        (Event::StepFailed { failure, diagnosis, .. }, State::RollingBack { .. }) => {
            let why = diagnosis.as_ref().map_or_else(|| failure.message.clone(), |diagnosis| diagnosis.summary.clone());
            vec![note("failed", why)]
        }
        (Event::StepFailed { failure, .. }, _) => vec![note("tidy-failed", failure.message.clone())],
        (Event::Committed, _) => vec![Consequence::Arrived, note("arrived", String::new())],
        (Event::Succeeded, _) => vec![
            audit(by, "succeeded", String::new(), before, after),
            tell(Topic::Succeeded, format!("{}: {} {}", plan.target, plan.version, done(plan)), moved(plan)),
        ],
        (Event::RolledBack, State::RolledBack { cause }) => undone(plan, by, &note, &tell, cause),
        (Event::UndoFailed { instructions, failure, .. }, State::Stuck { cause, .. }) => {
            let body = format!("{}\n{}", failure.message, instructions.join("\n"));
            // Bad it was, whatever became of the way back.
            let quarantine = quarantined(plan, by, cause);
            let mut all = vec![
                telling(note("stuck", failure.message.clone()), quarantine.as_ref(), false),
                tell(Topic::Stuck, format!("{}: stuck, a person is needed", plan.target), body),
            ];
            all.extend(quarantine);
            all
        }
        (Event::Aborted { reason }, _) => vec![note("aborted", reason.clone())],
        _ => vec![note("event", String::new())],
    }
}

/// From which revision to which a plan leads; nothing, where it only takes away.
fn moved(plan: &Plan) -> String {
    let to = format!("{} ({})", plan.version, plan.revision);
    match &plan.before {
        _ if plan.kind == Kind::Withdraw => String::new(),
        Some(before) => format!("{} ({}) → {to}", before.version, before.revision),
        None => to,
    }
}

/// What became of a plan's version.
fn done(plan: &Plan) -> &'static str {
    if plan.kind == Kind::Withdraw { "is taken away again" } else { "runs" }
}

/// A deployment was undone: it counts as failed, its release is quarantined, the target may pause.
fn undone(
    plan: &Plan,
    by: &Actor,
    note: &dyn Fn(&str, String) -> Consequence,
    tell: &dyn Fn(Topic, String, String) -> Consequence,
    cause: &Cause,
) -> Vec<Consequence> {
    let why = blamed(cause);
    let first = match plan.workload.settings.kind() {
        // It is undone to what it was before.
        RuntimeKind::Kubernetes => "there was no prior revision: what the workload's own manifest had runs again",
        RuntimeKind::Process | RuntimeKind::Docker => {
            "there was no prior revision: nothing runs now, a person is needed"
        }
    };
    let back = plan.before.as_ref().map_or_else(
        || first.to_owned(),
        |before| match undone_for(plan, cause) {
            // Whether it serves is not asked for that.
            Undone::Untouched => format!("nothing was changed, {} ({}) stays", before.version, before.revision),
            _ => format!("{} ({}) runs again", before.version, before.revision),
        },
    );
    let proof = cause.diagnosis.as_ref().and_then(|diagnosis| diagnosis.evidence.first()).map(|line| line.text.clone());
    let body = format!("{why}\n{}{back}", proof.map(|line| format!("> {line}\n")).unwrap_or_default());
    let quarantine = quarantined(plan, by, cause);
    // What was never begun was not rolled back.
    let untouched = undone_for(plan, cause) == Undone::Untouched;
    let (what, topic) = if untouched { ("aborted", Topic::Failed) } else { ("rolled-back", Topic::RolledBack) };
    let mut all = vec![
        telling(note(what, why.clone()), quarantine.as_ref(), plan.pause_after_rollback),
        tell(
            topic,
            if untouched {
                format!("{}: {} {} was not carried out", plan.target, plan.kind.word(), plan.version)
            } else {
                format!("{}: {} {} failed and was rolled back", plan.target, plan.kind.word(), plan.version)
            },
            body,
        ),
    ];
    if plan.pause_after_rollback && quarantine.is_some() {
        all.push(Consequence::Pause { target: plan.target.clone(), by: by.name.clone(), why });
    }
    all.extend(quarantine);
    all
}

/// The audit's line tells of the quarantine and the pause that come with it, so that none is lifted or laid on another
/// behind its back.
fn telling(mut line: Consequence, quarantine: Option<&Consequence>, paused: bool) -> Consequence {
    if let (Consequence::Audit(audit), Some(Consequence::Quarantine { service, version, content, by, why })) =
        (&mut line, quarantine)
        && let Some(after) = audit.after.as_object_mut()
    {
        let told =
            serde_json::json!({ "service": service, "version": version, "content": content, "by": by, "why": why });
        after.insert("quarantined".to_owned(), told);
        if paused {
            after.insert("paused".to_owned(), true.into());
        }
    }
    line
}

/// Its release must not ship again. A person's abort, or a runtime that was away, says nothing against it.
fn quarantined(plan: &Plan, by: &Actor, cause: &Cause) -> Option<Consequence> {
    let its_own_fault = plan.kind == Kind::Deploy && blames_release(&cause.failure.kind);
    its_own_fault.then(|| Consequence::Quarantine {
        service: plan.target.service.clone(),
        version: plan.version.clone(),
        content: plan.workload.content(),
        by: by.name.clone(),
        why: blamed(cause),
    })
}

/// What was found bad, in a line.
fn blamed(cause: &Cause) -> String {
    cause.diagnosis.as_ref().map_or_else(|| cause.failure.message.clone(), |diagnosis| diagnosis.summary.clone())
}

/// What it means that a deployment was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub enum Undone {
    /// The release was bad.
    Bad,
    /// Something else came between; what had been done is undone.
    Hindered,
    /// Something else came between before anything that serves was touched.
    Untouched,
}

/// What it means that `plan` was undone for `cause`.
pub fn undone_for(plan: &Plan, cause: &Cause) -> Undone {
    if blames_release(&cause.failure.kind) {
        return Undone::Bad;
    }
    if plan.touches(cause.step + 1) { Undone::Hindered } else { Undone::Untouched }
}

/// Whether a failure speaks against the release rather than against the world it met. What a workload's manifest names and
/// is not there is of that world: a release is its artifact, configuration and secrets, all of which it brings itself, and it
/// is as good as before once somebody puts the missing thing there.
pub fn blames_release(kind: &crate::failure::FailureKind) -> bool {
    use crate::failure::FailureKind as Kind;
    matches!(
        kind,
        Kind::Exited { .. }
            | Kind::Unhealthy { .. }
            | Kind::SmokeFailed { .. }
            | Kind::StartRefused
            | Kind::MigrationFailed { .. }
    )
}
