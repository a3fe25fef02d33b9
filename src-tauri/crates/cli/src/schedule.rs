//! Deployments that begin by themselves, and the agent that begins them while nobody looks.

use crate::{
    args::{Format, Later, Scheduled},
    ending::{became, code},
    output::{self, answer, local},
    run::Done,
    signals::Signals,
};
use switchback_api::{
    ApiError, App, Awake, ROUND, Rounds,
    dto::{PlanView, ScheduleView},
};
use switchback_core::port::ScheduleState;
use switchback_wiring::Wired;
use tokio::{task::JoinSet, time::interval};

/// Has a plan begin by itself; waits for its end where that is asked for.
pub async fn later(app: &App, format: Format, plan: &PlanView, why: &str, confirm: &str, later: &Later) -> Done {
    let view = app.schedule(&plan.plan_hash, why, confirm, later.at).await?;
    if later.wait {
        eprintln!("{}", told(&view));
        return wait(app, format, &view.id).await;
    }
    answer(format, &view, told);
    if format == Format::Text {
        eprintln!("note: it begins while a window of Switchback is open or `switchback agent` runs");
    }
    Ok(0)
}

fn told(view: &ScheduleView) -> String {
    let ScheduleView { target, version, id, zone, .. } = view;
    let (due, lapses) = (local(view.due, zone), local(view.lapses, zone));
    format!("{target} {version} begins by itself, not before {due} and not from {lapses} on\nscheduled {id}")
}

/// Lists and cancels.
pub async fn scheduled(app: &App, format: Format, asked: Scheduled) -> Done {
    match asked {
        Scheduled::List { all } => {
            let rows = app.scheduled(!all).await?;
            answer(format, &rows, |rows| table(rows));
        }
        Scheduled::Cancel { id, reason } => app.unschedule(&id, &reason).await?,
    }
    Ok(0)
}

fn table(rows: &[ScheduleView]) -> String {
    output::table(
        ["TARGET", "VERSION", "NOT BEFORE", "STATE", "BY", "REASON", "ID"],
        rows.iter().map(|row| {
            let state = match &row.state {
                ScheduleState::Waiting { why } if why.is_empty() => "waits".to_owned(),
                ScheduleState::Waiting { why } => format!("waits: {why}"),
                ScheduleState::Started { deployment, .. } => format!("began: {deployment}"),
                ScheduleState::Cancelled { by, why, .. } => format!("cancelled by {by}: {why}"),
                ScheduleState::Lapsed { why, .. } => format!("lapsed: {why}"),
            };
            [
                row.target.clone(),
                row.version.clone(),
                local(row.due, &row.zone),
                state,
                row.by.clone(),
                row.reason.clone(),
                row.id.clone(),
            ]
        }),
    )
}

/// Makes the rounds until this one is no longer waiting, then waits for its end, whoever runs it.
async fn wait(app: &App, format: Format, id: &str) -> Done {
    let (mut rounds, mut round, mut held) = (Rounds::default(), interval(ROUND), String::new());
    let mut signals = Signals::listen()?;
    loop {
        tokio::select! {
            _ = round.tick() => {}
            () = signals.next() => {
                let hint = "It waits on: `switchback scheduled cancel` takes it back, `switchback agent` begins it.";
                return Err(ApiError::new("unfinished", format!("scheduled {id} is left waiting")).hint(hint));
            }
        }
        app.begin_due(&mut rounds).await?;
        let rows = app.scheduled(false).await?;
        let Some(row) = rows.into_iter().find(|row| row.id == id) else { continue };
        match row.state {
            ScheduleState::Waiting { why } if why != held => {
                eprintln!("waits: {why}");
                held = why;
            }
            ScheduleState::Waiting { .. } => {}
            ScheduleState::Started { deployment, .. } => {
                let view = app.deployment(&deployment.to_string()).await?;
                if view.ended_at.is_some() {
                    answer(format, &view, became);
                    return Ok(code(&view));
                }
            }
            ScheduleState::Cancelled { by, why, .. } => {
                return Err(ApiError::new("aborted", format!("cancelled by {by}: {why}")));
            }
            ScheduleState::Lapsed { why, .. } => return Err(ApiError::new("plan_stale", why)),
        }
    }
}

/// Stays, begins what is due, finishes what processes that died left, delivers messages, keeps routers on what serves. The first signal lets what
/// runs come to its end; the second leaves it where its journal says.
pub async fn agent(wired: &Wired) -> Done {
    let app = &wired.app;
    let mut signals = Signals::listen()?;
    let _awake = Awake::over(&app.home().path).map_err(|error| ApiError::new("home_unusable", error.to_string()))?;
    let courier = tokio::spawn(wired.courier.clone().run(app.clone()));
    let routers = tokio::spawn(app.clone().keep_routers());
    let (mut rounds, mut round) = (Rounds::default(), interval(ROUND));
    let mut running = JoinSet::new();
    let mut recovery = tokio::spawn(recover(app.clone()));
    eprintln!("the agent is awake");
    loop {
        tokio::select! {
            _ = round.tick() => {}
            () = signals.next() => break,
            Some(_) = running.join_next() => continue,
        }
        if recovery.is_finished() {
            recovery = tokio::spawn(recover(app.clone()));
        }
        // A policy that was applied meanwhile may name other channels.
        let _ = wired.courier.refresh().await;
        match app.begin_due(&mut rounds).await {
            Ok(begun) => {
                for one in begun {
                    eprintln!("scheduled {} began as deployment {}", one.id, one.deployment);
                    running.spawn(one.running);
                }
            }
            Err(error) => eprintln!("warning: scheduled deployments could not be looked after: {error}"),
        }
    }
    recovery.abort();
    if !running.is_empty() {
        eprintln!("what runs comes to its end; once more to leave it as it is");
        tokio::select! {
            () = async { while running.join_next().await.is_some() {} } => {}
            () = signals.next() => {}
        }
    }
    courier.abort();
    routers.abort();
    Ok(0)
}

async fn recover(app: App) {
    match app.recover().await {
        Ok(0) => {}
        Ok(found) => eprintln!("{found} deployments of a process that died were brought to their end"),
        Err(error) => eprintln!("warning: what a process that died left behind waits: {error}"),
    }
}
