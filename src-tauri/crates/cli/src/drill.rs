//! Drills: rehearsed ways back.

use crate::{
    args::{Drill, Format},
    moves::revision,
    output::{answer, table, took},
    run::Done,
};
use switchback_api::{App, DrillMoment, dto::DrillView};
use switchback_core::{drill::Outcome, ident::RevisionNumber};

/// What came of a drill that does not hold: the release is not to be trusted with a way back.
const DOES_NOT_HOLD: u8 = 1;

/// Rehearses a way back, or lists the drills there were.
pub async fn drill(app: &App, format: Format, asked: Drill) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    if asked.list {
        answer(format, &app.drills(&target).await?, |drills| {
            if drills.is_empty() {
                return format!("no way back of {target} was rehearsed yet");
            }
            table(["WHEN", "FROM", "TO", "BY", "WHAT CAME OF IT"], drills.iter().map(row))
        });
        return Ok(0);
    }
    let view = app.drill(&target, revision(asked.to.as_deref())?, &asked.confirm, &progress).await?;
    answer(format, &view, |view| format!("{}: {}", view.target, told(view)));
    Ok(if view.holds { 0 } else { DOES_NOT_HOLD })
}

fn progress(moment: &DrillMoment) {
    match moment {
        DrillMoment::ComesUp(revision) => eprintln!("{revision} comes up in a place apart"),
        DrillMoment::GoesBack(revision) => eprintln!("back to {revision}"),
        DrillMoment::Clears => eprintln!("the place apart is removed"),
    }
}

fn row(drill: &DrillView) -> [String; 5] {
    let revision = |number| RevisionNumber(number).to_string();
    [drill.at.to_string(), revision(drill.from), revision(drill.to), drill.by.clone(), told(drill)]
}

/// What came of it, in a line or with the lines a program printed.
fn told(drill: &DrillView) -> String {
    let (from, to) = (RevisionNumber(drill.from), RevisionNumber(drill.to));
    match &drill.outcome {
        None => "under way".to_owned(),
        Some(Outcome::Interrupted) => "interrupted".to_owned(),
        Some(Outcome::Failed { revision, why }) => format!("r{revision} did not come up: {why}"),
        Some(Outcome::Back { took_ms, evidence, .. }) => {
            let goal = if drill.holds { "within" } else { "over" };
            let (took, most) = (took(Some(*took_ms)), took(Some(drill.goal_ms)));
            format!("from {from} back to {to} in {took}, {goal} the goal of {most}; {evidence}")
        }
    }
}
