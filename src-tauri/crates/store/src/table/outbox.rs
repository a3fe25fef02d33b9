//! Channels and the messages queued for them. A message is queued in the transaction of what it tells, so that neither
//! exists without the other; sending it is not done here. A message that left the queue stays as evidence.

use crate::{
    column::{count, instant, json, nanos, parse},
    fault::{Fault, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{
    ident::{DeploymentId, Instant},
    port::{Delivery, DeliveryState, Message, Topic},
};

/// The channels and what each wants, by name.
pub async fn channels(on: &mut SqliteConnection) -> Result<Vec<(String, Vec<Topic>)>, Fault> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select name, topics from channel order by name").fetch_all(on).await?;
    rows.into_iter().map(|(name, topics)| Ok((name, parse(&topics)?))).collect()
}

/// Replaces the channels.
pub async fn set_channels(on: &mut SqliteConnection, channels: &[(String, Vec<Topic>)]) -> Result<(), Fault> {
    sqlx::query("delete from channel").execute(&mut *on).await?;
    for (name, topics) in channels {
        sqlx::query("insert or replace into channel (name, topics) values (?, ?)")
            .bind(name)
            .bind(json(topics)?)
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

/// Queues a message for every channel, whatever its topics.
pub async fn queue_for_all(on: &mut SqliteConnection, message: &Message, now: Instant) -> Result<(), Fault> {
    for (channel, _) in channels(on).await? {
        put(on, &channel, None, message, now).await?;
    }
    Ok(())
}

/// Queues a message, of a deployment where there is one, for every channel that wants its topic.
pub async fn queue(
    on: &mut SqliteConnection,
    deployment: Option<DeploymentId>,
    message: &Message,
    now: Instant,
) -> Result<(), Fault> {
    for (channel, topics) in channels(on).await? {
        if topics.contains(&message.topic) {
            put(on, &channel, deployment, message, now).await?;
        }
    }
    Ok(())
}

async fn put(
    on: &mut SqliteConnection,
    channel: &str,
    deployment: Option<DeploymentId>,
    message: &Message,
    now: Instant,
) -> Result<(), Fault> {
    sqlx::query("insert into outbox (channel, message, due, deployment) values (?, ?, ?, ?)")
        .bind(channel)
        .bind(json(message)?)
        .bind(nanos(now))
        .bind(deployment.map(|id| id.to_string()))
        .execute(on)
        .await?;
    Ok(())
}

/// What is due, oldest first, at most 100.
pub async fn due(on: &mut SqliteConnection, now: Instant) -> Result<Vec<(i64, String, Message)>, Fault> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "select id, channel, message from outbox where given_up is null and delivered is null and due <= ?
         order by id limit 100",
    )
    .bind(nanos(now))
    .fetch_all(on)
    .await?;
    rows.into_iter().map(|(id, channel, message)| Ok((id, channel, parse(&message)?))).collect()
}

/// Channel and message of one waiting row.
pub async fn read(on: &mut SqliteConnection, id: i64) -> Result<(String, Message), Fault> {
    let row: Option<(String, String)> =
        sqlx::query_as("select channel, message from outbox where id = ? and given_up is null and delivered is null")
            .bind(id)
            .fetch_optional(on)
            .await?;
    let (channel, message) = row.ok_or_else(|| not_found(format!("message {id}")))?;
    Ok((channel, parse(&message)?))
}

/// It arrived.
pub async fn arrived(on: &mut SqliteConnection, id: i64, now: Instant) -> Result<(), Fault> {
    sqlx::query("update outbox set attempts = attempts + 1, delivered = ? where id = ?")
        .bind(nanos(now))
        .bind(id)
        .execute(on)
        .await?;
    Ok(())
}

/// It did not arrive: again at `retry`, or never.
pub async fn failed(
    on: &mut SqliteConnection,
    id: i64,
    error: &str,
    retry: Option<Instant>,
    now: Instant,
) -> Result<(), Fault> {
    sqlx::query(
        "update outbox set attempts = attempts + 1, last_error = ?, due = coalesce(?, due), given_up = ? where id = ?",
    )
    .bind(error)
    .bind(retry.map(nanos))
    .bind(retry.is_none().then(|| nanos(now)))
    .bind(id)
    .execute(on)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Columns {
    channel: String,
    message: String,
    due: i64,
    attempts: i64,
    last_error: Option<String>,
    given_up: Option<i64>,
    delivered: Option<i64>,
}

/// What was told of a deployment, oldest first.
pub async fn of(on: &mut SqliteConnection, deployment: DeploymentId) -> Result<Vec<Delivery>, Fault> {
    let rows: Vec<Columns> = sqlx::query_as(
        "select channel, message, due, attempts, last_error, given_up, delivered from outbox where deployment = ?
         order by id",
    )
    .bind(deployment.to_string())
    .fetch_all(on)
    .await?;
    rows.into_iter().map(delivery).collect()
}

/// The last one that was tried on a channel.
pub async fn last(on: &mut SqliteConnection, channel: &str) -> Result<Option<Delivery>, Fault> {
    let row: Option<Columns> = sqlx::query_as(
        "select channel, message, due, attempts, last_error, given_up, delivered from outbox
         where channel = ? and attempts > 0 order by id desc limit 1",
    )
    .bind(channel)
    .fetch_optional(on)
    .await?;
    row.map(delivery).transpose()
}

fn delivery(row: Columns) -> Result<Delivery, Fault> {
    let state = match (row.delivered, row.given_up) {
        (Some(at), _) => DeliveryState::Arrived { at: instant(at)? },
        (None, Some(at)) => DeliveryState::GivenUp { at: instant(at)?, error: row.last_error.unwrap_or_default() },
        (None, None) => DeliveryState::Waiting { next: instant(row.due)?, error: row.last_error },
    };
    let topic = parse::<Message>(&row.message)?.topic;
    Ok(Delivery { channel: row.channel, topic, attempts: count(row.attempts), state })
}
