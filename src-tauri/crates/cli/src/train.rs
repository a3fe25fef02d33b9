//! Release trains: started and followed to their end, listed, shown, stopped, brought back.

use crate::{
    args::{Format, Train, TrainAct, TrainStart},
    moves,
    output::{answer, table},
    run::Done,
    signals::Signals,
    watch,
};
use std::pin::Pin;
use switchback_api::{
    ApiError, App,
    dto::{CarView, TrainPlanView, TrainState, TrainView},
};
use switchback_core::{ident::TrainId, train::Standing};
use tokio::sync::watch as latest;

/// One arm per act.
pub async fn train(app: &App, format: Format, asked: Train) -> Done {
    match asked.act {
        None => Box::pin(depart(app, format, asked.start)).await,
        Some(TrainAct::List) => {
            let trains = app.trains(false).await?;
            answer(format, &trains, |trains| list(trains));
            Ok(0)
        }
        Some(TrainAct::Show { train }) => {
            let view = app.train(&train).await?;
            answer(format, &view, shown);
            Ok(0)
        }
        Some(TrainAct::Abort { train, reason }) => app.abort_train(&train, &reason).await.map(|()| 0),
        Some(TrainAct::Rollback { train, dry_run, reason, confirm }) => {
            let plan = app.plan_train_rollback(&train).await?;
            if dry_run {
                answer(format, &plan, planned);
                return possible(app, &plan).await;
            }
            let following = watch::Following::all(app);
            let ended = app.execute_train_rollback(&train, &reason, &confirm).await;
            following.finish().await;
            end(app, format, &ended?).await
        }
    }
}

async fn depart(app: &App, format: Format, asked: TrainStart) -> Done {
    // The grammar wants one where no act is named.
    let environment = asked.environment.unwrap_or_default();
    let plan = app.plan_train(&environment, &asked.cars).await?;
    if asked.dry_run {
        answer(format, &plan, planned);
        return Ok(if plan.open { possible(app, &plan).await? } else { HELD });
    }
    let hashes: Vec<String> = plan.cars.iter().map(|car| car.plan_hash.clone()).collect();
    let overriding = asked.glass.given();
    let following = watch::Following::all(app);
    let (tell, began) = latest::channel(None);
    let told = |id: TrainId| {
        eprintln!("{} leaves with {} cars for {}", id.short(), hashes.len(), environment);
        tell.send_replace(Some(id));
    };
    let ride = app.execute_train(&hashes, &asked.reason, &asked.confirm, overriding.as_ref(), told);
    let ended = interruptible(app, Box::pin(ride), began).await;
    following.finish().await;
    end(app, format, &ended?).await
}

/// A gate is closed.
const HELD: u8 = 3;

/// Whether every plan that was shown could be carried out now.
async fn possible(app: &App, plan: &TrainPlanView) -> Done {
    for car in &plan.cars {
        app.possible(&car.plan_hash).await?;
    }
    Ok(0)
}

/// Ctrl-C, or a CI job that is cancelled, stops a train and undoes what it did; a second one leaves it where its journal
/// says.
async fn interruptible(
    app: &App,
    mut ride: Pin<Box<impl Future<Output = Result<TrainId, ApiError>>>>,
    began: latest::Receiver<Option<TrainId>>,
) -> Result<TrainId, ApiError> {
    let (mut asked, mut signals) = (false, Signals::listen()?);
    loop {
        tokio::select! {
            ended = &mut ride => return ended,
            () = signals.next() => match *began.borrow() {
                Some(id) if !asked => {
                    asked = true;
                    eprintln!("interrupted: what was done is being undone; once more to leave it as it is");
                    // Beside the train: it may hold what this one waits for.
                    let app = app.clone();
                    tokio::spawn(async move {
                        if let Err(error) = app.abort_train(&id.to_string(), "interrupted at the command line").await {
                            eprintln!("it could not be told to stop: {error}");
                        }
                    });
                }
                Some(id) => {
                    let hint = "`switchback resume` finishes or undoes it.";
                    return Err(ApiError::new("unfinished", format!("{} is left as it is", id.short())).hint(hint));
                }
                None => return Err(ApiError::new("aborted", "interrupted before anything was started")),
            },
        }
    }
}

async fn end(app: &App, format: Format, id: &TrainId) -> Done {
    let view = app.train(&id.to_string()).await?;
    answer(format, &view, shown);
    Ok(code(&view))
}

/// The contract's code.
pub fn code(view: &TrainView) -> u8 {
    match &view.state {
        TrainState::Succeeded | TrainState::RolledBack { asked: true, .. } => 0,
        TrainState::Stuck { .. } => 5,
        // Nothing was rolled back, because nothing had been done: what hindered it says the code.
        TrainState::Aborted { code, .. } => ApiError::exit_code_of(code),
        _ => 4,
    }
}

/// A plan per car.
fn planned(plan: &TrainPlanView) -> String {
    let cars = plan.cars.iter().enumerate();
    let cars = cars.map(|(index, car)| format!("car {} of {}\n{}", index + 1, plan.cars.len(), moves::told(car)));
    cars.collect::<Vec<_>>().join("\n")
}

fn list(trains: &[TrainView]) -> String {
    if trains.is_empty() {
        return "there was no train yet".to_owned();
    }
    table(
        ["TRAIN", "WHERE", "CARS", "STATE", "BY", "AT", "WHY"],
        trains.iter().map(|train| {
            let cars: Vec<String> =
                train.cars.iter().map(|car| format!("{}@{}", car.service, car.to_version)).collect();
            [
                train.name.clone(),
                train.environment.clone(),
                cars.join(" "),
                state(train),
                train.by.clone(),
                train.started_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                train.reason.clone(),
            ]
        }),
    )
}

/// What became of a train and of each of its cars.
pub fn shown(train: &TrainView) -> String {
    let rows = train.cars.iter().map(|car| {
        let from = version(car.from_revision, car.from_version.as_deref());
        let to = version(Some(car.to_revision), Some(&car.to_version));
        let deployments = [&car.deployment, &car.undo].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        [car.number.to_string(), car.target.clone(), from, to, standing(car), deployments]
    });
    let mut text = format!("{}: {}\n", train.name, state(train));
    text += &table(["CAR", "TARGET", "FROM", "TO", "STANDS", "DEPLOYMENTS"], rows);
    if let TrainState::Stuck { instructions, .. } = &train.state {
        text += &format!("\n{}", instructions.join("\n"));
    }
    text + &format!("\nall of it in the audit: `switchback audit list --train {}`", train.name)
}

fn version(revision: Option<u32>, version: Option<&str>) -> String {
    revision.map_or_else(|| "nothing".to_owned(), |number| format!("r{number} {}", version.unwrap_or_default()))
}

/// Where it is, in a line.
pub fn state(train: &TrainView) -> String {
    let all = train.cars.len();
    let text = match &train.state {
        TrainState::Running { car } => format!("under way, car {car} of {all}"),
        TrainState::RollingBack { car, why } => format!("being undone, car {car} of {all}: {why}"),
        TrainState::Succeeded => "arrived".to_owned(),
        TrainState::RolledBack { why, .. } => format!("undone in reverse order: {why}"),
        TrainState::Stuck { car, why, .. } => format!("STUCK at car {car} of {all}: {why}"),
        TrainState::Aborted { why, .. } => format!("ended before anything was changed: {why}"),
    };
    if train.interrupted { format!("INTERRUPTED ({text}): `switchback resume`") } else { text }
}

fn standing(car: &CarView) -> String {
    let why = car.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    match car.standing {
        Standing::Waiting => "waits for its turn".to_owned(),
        Standing::Skipped => "never left".to_owned(),
        Standing::Underway => "under way".to_owned(),
        Standing::Arrived => "arrived".to_owned(),
        Standing::Failed => format!("failed{why}"),
        Standing::GoingBack => "goes back".to_owned(),
        Standing::Back => format!("back{why}"),
        Standing::MovedOn { revision } => format!("left at {revision}: somebody moved it on"),
        Standing::Stuck => format!("STUCK{why}"),
    }
}
