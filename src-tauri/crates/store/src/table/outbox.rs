//! Channels and the messages queued for them. A message is queued in the transaction of what it tells, so that neither
//! exists without the other; sending it is not done here.

use crate::{
    column::{json, nanos, parse},
    fault::{Fault, not_found},
};
use sqlx::SqliteConnection;
use switchback_core::{
    ident::Instant,
    port::{Message, Topic},
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

/// Queues a message for every channel that wants its topic.
pub async fn queue(on: &mut SqliteConnection, message: &Message, now: Instant) -> Result<(), Fault> {
    let text = json(message)?;
    for (channel, topics) in channels(on).await? {
        if topics.contains(&message.topic) {
            sqlx::query("insert into outbox (channel, message, due) values (?, ?, ?)")
                .bind(channel)
                .bind(&text)
                .bind(nanos(now))
                .execute(&mut *on)
                .await?;
        }
    }
    Ok(())
}

/// What is due, oldest first, at most 100.
pub async fn due(on: &mut SqliteConnection, now: Instant) -> Result<Vec<(i64, String, Message)>, Fault> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "select id, channel, message from outbox where given_up is null and due <= ? order by id limit 100",
    )
    .bind(nanos(now))
    .fetch_all(on)
    .await?;
    rows.into_iter().map(|(id, channel, message)| Ok((id, channel, parse(&message)?))).collect()
}

/// Channel and message of one waiting row.
pub async fn read(on: &mut SqliteConnection, id: i64) -> Result<(String, Message), Fault> {
    let row: Option<(String, String)> =
        sqlx::query_as("select channel, message from outbox where id = ? and given_up is null")
            .bind(id)
            .fetch_optional(on)
            .await?;
    let (channel, message) = row.ok_or_else(|| not_found(format!("message {id}")))?;
    Ok((channel, parse(&message)?))
}

/// It arrived.
pub async fn remove(on: &mut SqliteConnection, id: i64) -> Result<(), Fault> {
    sqlx::query("delete from outbox where id = ?").bind(id).execute(on).await?;
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
