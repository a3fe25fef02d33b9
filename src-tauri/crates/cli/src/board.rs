//! The board as a table: what runs where, whether it does, and what waits for a person.

use crate::{
    args::Format,
    output::{self, answer},
    run::Done,
    train,
};
use switchback_api::{
    App,
    dto::{Deploying, Health, StuckAt},
};

/// Every target with its revision, its health and what a person should know.
pub async fn status(app: &App, format: Format) -> Done {
    let board = app.board().await?;
    let trains = app.trains(true).await?;
    answer(format, &board, |board| {
        if board.rows.is_empty() {
            return "nothing is configured yet: `switchback apply -f switchback.yaml`, or `switchback demo`".to_owned();
        }
        let cells = board.rows.iter().flat_map(|row| &row.cells);
        let open = board.overrides.iter().fold(String::new(), |text, one| {
            text + &format!("OVERRIDE of {} by {}: {}\n", one.subject, one.by, one.reason)
        });
        let open = trains.iter().fold(open, |text, one| text + &format!("{}: {}\n", one.name, train::state(one)));
        open + &output::table(
            ["TARGET", "REVISION", "VERSION", "HEALTH", "NOTES"],
            cells.map(|cell| {
                let health = match &cell.health {
                    Health::Healthy => "healthy".to_owned(),
                    Health::Unhealthy { why } => format!("unhealthy: {why}"),
                    Health::Idle { why } => format!("idle: {why}"),
                    Health::NoData { why } => format!("no data: {why}"),
                    Health::Absent => match &cell.foreign {
                        Some(image) => format!("nothing deployed: its own manifest serves {image}"),
                        None => "nothing deployed".to_owned(),
                    },
                };
                let mut notes: Vec<String> = cell.drift.clone();
                notes.extend(cell.stuck.iter().map(stuck));
                notes.extend(cell.deploying.iter().map(under_way));
                notes.extend(
                    cell.scheduled.iter().map(|one| format!("scheduled: {} not before {}", one.version, one.due)),
                );
                notes.extend(cell.paused.iter().map(|pause| format!("paused: {}", pause.reason)));
                notes.extend(cell.overrides.iter().map(|one| format!("OVERRIDE by {}: {}", one.by, one.reason)));
                notes.extend(cell.quarantined.iter().map(|version| format!("quarantined: {version}")));
                let (revision, version) = cell
                    .current
                    .as_ref()
                    .map(|current| (format!("r{}", current.revision), current.version.clone()))
                    .unwrap_or_default();
                [cell.target.clone(), revision, version, health, notes.join("; ")]
            }),
        )
    });
    Ok(0)
}

/// That a person is needed.
fn stuck(at: &StuckAt) -> String {
    format!("STUCK: {}: `switchback show {}` says what to do", at.why, at.deployment)
}

/// What is under way, or was when its process died.
fn under_way(deploying: &Deploying) -> String {
    let Deploying { deployment, to, phase, step, steps, held, .. } = deploying;
    if *held {
        format!("{phase} {to}, step {} of {steps}, deployment {deployment}", step + 1)
    } else {
        format!("INTERRUPTED at {phase} {to}, step {} of {steps}: `switchback resume` ({deployment})", step + 1)
    }
}
