//! Gates at the command line: what holds a deployment back, when that changes, freezes and overrides.

use crate::{
    args::{Approve, Format, Freeze, Gates, Override, Quarantine, ReleaseLock, Window},
    ending::{became, code},
    output::{self, answer},
    run::Done,
};
use switchback_api::{
    App,
    dto::{DeploymentState, FreezeView, OverrideView},
};
use switchback_core::{
    gate::{
        Gate,
        window::{Because, Effect, RuleKind},
    },
    health::Verdict,
};

/// The exit code when a gate holds.
const HELD: u8 = 3;

/// Every gate; exit code 3 when one of them holds.
pub async fn gates(app: &App, format: Format, asked: Gates) -> Done {
    let target = format!("{}/{}", asked.service, asked.environment);
    let view = app.gates(&target, asked.version.as_deref()).await?;
    let code = if view.open { 0 } else { HELD };
    answer(format, &view, |view| table(&view.gates));
    Ok(code)
}

/// Gates as a table.
pub fn table(gates: &[Gate]) -> String {
    output::table(
        ["GATE", "VERDICT", "EVIDENCE", "WAY OUT"],
        gates.iter().map(|gate| {
            let verdict = match gate.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "FAIL",
                Verdict::NoData => "NO DATA",
                Verdict::Overridden => "OVERRIDDEN",
            };
            let way = gate.way_out.clone().unwrap_or_default();
            [gate.kind.word().to_owned(), verdict.to_owned(), gate.told(), way]
        }),
    )
}

/// Says yes to what deploying a version would do now.
pub async fn approve(app: &App, format: Format, asked: Approve) -> Done {
    let Approve { of, note, plan } = asked;
    let target = format!("{}/{}", of.service, of.environment);
    let view = app.approve(&target, &of.version, &note, plan.as_deref()).await?;
    answer(format, &view, |view| format!("{} approved {} until {}", view.by, view.subject, view.expires));
    Ok(0)
}

/// What must not ship again, and what may after all.
pub async fn quarantine(app: &App, format: Format, asked: Quarantine) -> Done {
    match asked {
        Quarantine::List => {
            let rows = app.quarantine_list().await?;
            answer(format, &rows, |rows| {
                output::table(
                    ["SERVICE", "VERSION", "SINCE", "BY", "WHY"],
                    rows.iter().map(|row| {
                        let by = row.by.clone().unwrap_or_default();
                        [row.service.clone(), row.version.clone(), row.since.to_string(), by, row.why.clone()]
                    }),
                )
            });
        }
        Quarantine::Clear { service, version, reason } => app.quarantine_clear(&service, &version, &reason).await?,
    }
    Ok(0)
}

/// Stops the deployment that has a target. Whoever runs it undoes it; when nobody does any more, this has undone it.
pub async fn release_lock(app: &App, format: Format, asked: ReleaseLock) -> Done {
    let id = app.lock_release(&asked.target, &asked.reason).await?;
    let view = app.deployment(&id.to_string()).await?;
    answer(format, &view, became);
    let stuck = matches!(view.state, DeploymentState::Stuck { .. });
    Ok(if stuck { code(&view) } else { 0 })
}

/// Whether deploys are allowed, and when that changes.
pub async fn window(app: &App, format: Format, asked: Window) -> Done {
    let Window::When { service, environment, at } = asked;
    let told = app.window_when(&format!("{service}/{environment}"), at).await?;
    answer(format, &told, |told| {
        let mut text = if told.open { "open\n".to_owned() } else { "closed\n".to_owned() };
        for one in &told.because {
            text += &format!("  {}\n", output::line(&line(one)));
        }
        let next = |at: Option<jiff::Timestamp>| {
            at.map_or_else(|| "not within a year".to_owned(), |at| output::local(at, &told.zone))
        };
        text + &format!("opens next   {}\ncloses next  {}", next(told.next_open), next(told.next_close))
    });
    Ok(0)
}

fn line(one: &Because) -> String {
    let word = match (one.kind, one.effect, one.holds) {
        (RuleKind::Always, ..) => "open: ",
        (RuleKind::Freeze, ..) => "freeze: ",
        (RuleKind::Holiday, ..) => "holiday: ",
        (_, Effect::Deny, _) => "denied: ",
        (_, Effect::Allow, true) => "allowed: ",
        (_, Effect::Allow, false) => "allowed only: ",
    };
    let why = one.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{word}{}{why}", one.rule)
}

/// Sets, lists and removes freezes.
pub async fn freeze(app: &App, format: Format, asked: Freeze) -> Done {
    match asked {
        Freeze::Add { environment, from, to, reason } => {
            let view = app.freeze_add(&environment, from.as_deref(), &to, &reason).await?;
            answer(format, &view, |view| format!("{} is frozen from {}", view.environment, view.written));
        }
        Freeze::List => {
            let all = app.freezes().await?;
            answer(format, &all, |all| freezes(all));
        }
        Freeze::Remove { id, reason } => app.freeze_remove(&id, &reason).await?,
    }
    Ok(0)
}

fn freezes(all: &[FreezeView]) -> String {
    output::table(
        ["ENVIRONMENT", "WHEN", "WHY", "BY", "ID"],
        all.iter().map(|one| {
            let by = one.by.clone().unwrap_or_else(|| "the policy".to_owned());
            [one.environment.clone(), one.written.clone(), one.why.clone(), by, one.id.clone().unwrap_or_default()]
        }),
    )
}

/// Lists overrides and follows them up.
pub async fn overrides(app: &App, format: Format, asked: Override) -> Done {
    match asked {
        Override::List { all } => {
            let rows = app.overrides(!all).await?;
            answer(format, &rows, |rows| table_of(rows));
        }
        Override::FollowUp { id, note } => {
            let row = app.follow_up(&id, &note).await?;
            answer(format, &row, |row| format!("{} is followed up", row.subject));
        }
    }
    Ok(0)
}

fn table_of(rows: &[OverrideView]) -> String {
    output::table(
        ["OF", "BY", "AT", "REASON", "LET THROUGH", "TASK", "ID"],
        rows.iter().map(|row| {
            let task = row.note.as_ref().map_or_else(|| format!("OPEN: {}", row.task), |note| format!("done: {note}"));
            [
                row.subject.clone(),
                row.by.clone(),
                row.at.to_string(),
                row.reason.clone(),
                row.let_through.join("; "),
                task,
                row.id.clone(),
            ]
        }),
    )
}
