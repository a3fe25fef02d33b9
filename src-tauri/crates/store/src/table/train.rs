//! Release trains: the plans of their cars, where they are, which targets they move.
//!
//! State and ended are caches of the journal's fold, written in the same transaction as the event they follow.

use crate::{
    column::{instant, json, nanos, parse},
    fault::{Fault, conflict, damaged, not_found},
};
use sqlx::{AssertSqlSafe, SqliteConnection};
use switchback_core::{
    ident::{Actor, Instant, TrainId},
    name::Target,
    port::{LedgerError, TrainRow},
    train::{Entry, Event, State, Train, next},
};

#[derive(sqlx::FromRow)]
struct Columns {
    id: String,
    environment: String,
    cars: String,
    by: String,
    reason: String,
    state: String,
    at: i64,
    ended: Option<i64>,
}

/// Adds one that begins, and takes its targets.
pub async fn add(on: &mut SqliteConnection, train: &Train, state: &State) -> Result<(), Fault> {
    sqlx::query(
        "insert into train (id, short, environment, cars, by, reason, state, at) values (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(train.id.to_string())
    .bind(train.id.short())
    .bind(train.environment.as_str())
    .bind(json(&train.cars)?)
    .bind(json(&train.by)?)
    .bind(&train.reason)
    .bind(json(state)?)
    .bind(nanos(train.at))
    .execute(&mut *on)
    .await?;
    for plan in &train.cars {
        sqlx::query("insert into train_car (train, service, environment, open) values (?, ?, ?, 0)")
            .bind(train.id.to_string())
            .bind(plan.target.service.as_str())
            .bind(plan.target.environment.as_str())
            .execute(&mut *on)
            .await?;
    }
    take(on, train.id).await
}

/// Takes the targets of one: nobody else moves them until it ends.
async fn take(on: &mut SqliteConnection, id: TrainId) -> Result<(), Fault> {
    let taken: Option<(String, String, String)> = sqlx::query_as(
        "select other.service, other.environment, train.short from train_car as own
         join train_car as other on other.open and other.service = own.service
           and other.environment = own.environment and other.train <> own.train
         join train on train.id = other.train where own.train = ? limit 1",
    )
    .bind(id.to_string())
    .fetch_optional(&mut *on)
    .await?;
    if let Some((service, environment, train)) = taken {
        return Err(LedgerError::InTrain { target: format!("{service}/{environment}"), train }.into());
    }
    sqlx::query("update train_car set open = 1 where train = ?").bind(id.to_string()).execute(on).await?;
    Ok(())
}

/// Appends one event at `seq`, if it can follow; gives the state it leads to.
pub async fn append(
    on: &mut SqliteConnection,
    id: TrainId,
    seq: u32,
    event: &Event,
    now: Instant,
) -> Result<State, Fault> {
    let row: Option<(String, i64, i64)> = sqlx::query_as(
        "select state, json_array_length(cars), (select count(*) from train_event where train = id) from train
         where id = ?",
    )
    .bind(id.to_string())
    .fetch_optional(&mut *on)
    .await?;
    let (state, cars, free) = row.ok_or_else(|| not_found(id.short()))?;
    if i64::from(seq) != free {
        return Err(conflict(format!("event {seq} of {}: the next is {free}", id.short())));
    }
    let before: Option<State> = if seq == 0 { None } else { Some(parse(&state)?) };
    let cars = usize::try_from(cars).map_err(|_| damaged(format!("the cars of {}", id.short())))?;
    let state = next(cars, before.as_ref(), event).map_err(|illegal| conflict(illegal.to_string()))?;
    sqlx::query("insert into train_event (train, seq, at, event) values (?, ?, ?, ?)")
        .bind(id.to_string())
        .bind(seq)
        .bind(nanos(now))
        .bind(json(event)?)
        .execute(&mut *on)
        .await?;
    sqlx::query("update train set state = ?, ended = ? where id = ?")
        .bind(json(&state)?)
        .bind(state.ended().then(|| nanos(now)))
        .bind(id.to_string())
        .execute(&mut *on)
        .await?;
    if state.ended() {
        sqlx::query("update train_car set open = 0 where train = ?").bind(id.to_string()).execute(on).await?;
    } else if before.is_some_and(|before| before.ended()) {
        // Who asked it to stop meant the way it was on then.
        sqlx::query("update train set abort = null where id = ?").bind(id.to_string()).execute(&mut *on).await?;
        take(on, id).await?;
    }
    Ok(state)
}

/// The one that has not ended and moves the target.
pub async fn moving(on: &mut SqliteConnection, target: &Target) -> Result<Option<TrainId>, Fault> {
    let id: Option<String> =
        sqlx::query_scalar("select train from train_car where service = ? and environment = ? and open")
            .bind(target.service.as_str())
            .bind(target.environment.as_str())
            .fetch_optional(on)
            .await?;
    id.as_deref().map(id_of).transpose()
}

/// One, by its id or its short name.
pub async fn read(on: &mut SqliteConnection, name: &str) -> Result<TrainRow, Fault> {
    let short = if name.starts_with("train-") { name.to_owned() } else { format!("train-{name}") };
    let columns: Option<Columns> = sqlx::query_as(
        "select id, environment, cars, by, reason, state, at, ended from train where id = ?1 or short = ?2
         order by id = ?1 desc, at desc limit 1",
    )
    .bind(name)
    .bind(short)
    .fetch_optional(&mut *on)
    .await?;
    row(on, columns.ok_or_else(|| not_found(format!("train {name}")))?).await
}

/// Those that wait for somebody, oldest first, or the newest.
pub async fn list(on: &mut SqliteConnection, waiting: bool, limit: u32) -> Result<Vec<TrainRow>, Fault> {
    let which = if waiting {
        // As in the index that it is for.
        "where ended is null or json_extract(state, '$.state') = 'stuck' order by at, id"
    } else {
        "order by at desc, id desc"
    };
    let sql = format!("select id, environment, cars, by, reason, state, at, ended from train {which} limit ?");
    let all: Vec<Columns> = sqlx::query_as(AssertSqlSafe(sql)).bind(limit).fetch_all(&mut *on).await?;
    let mut rows = Vec::new();
    for columns in all {
        rows.push(row(on, columns).await?);
    }
    Ok(rows)
}

/// Notes that a person wants it to stop; whether nobody had before.
pub async fn ask_abort(on: &mut SqliteConnection, id: TrainId, by: &Actor, reason: &str) -> Result<bool, Fault> {
    let done = sqlx::query("update train set abort = ? where id = ? and ended is null and abort is null")
        .bind(json(&(by, reason))?)
        .bind(id.to_string())
        .execute(on)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Who wants it to stop, and why.
pub async fn abort(on: &mut SqliteConnection, id: TrainId) -> Result<Option<(Actor, String)>, Fault> {
    let asked: Option<Option<String>> =
        sqlx::query_scalar("select abort from train where id = ?").bind(id.to_string()).fetch_optional(on).await?;
    asked.flatten().as_deref().map(parse).transpose()
}

async fn row(on: &mut SqliteConnection, columns: Columns) -> Result<TrainRow, Fault> {
    let events: Vec<(u32, i64, String)> =
        sqlx::query_as("select seq, at, event from train_event where train = ? order by seq")
            .bind(&columns.id)
            .fetch_all(on)
            .await?;
    let entries = events
        .into_iter()
        .map(|(seq, at, event)| Ok(Entry { seq, at: instant(at)?, event: parse(&event)? }))
        .collect::<Result<_, Fault>>()?;
    let environment = columns.environment.parse().map_err(|_| damaged(format!("train {}", columns.id)))?;
    let train = Train {
        id: id_of(&columns.id)?,
        environment,
        cars: parse(&columns.cars)?,
        by: parse(&columns.by)?,
        reason: columns.reason,
        at: instant(columns.at)?,
    };
    let ended = columns.ended.map(instant).transpose()?;
    Ok(TrainRow { train, entries, state: parse(&columns.state)?, ended })
}

fn id_of(text: &str) -> Result<TrainId, Fault> {
    text.parse().map_err(|_| damaged(format!("train {text}")))
}
