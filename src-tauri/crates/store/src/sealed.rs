//! What the audit keeps of a deployment that came to an end: how many events its journal has, and one digest over what was
//! planned, by whom and why, and every event with its time. By this the rows are held against the audit later.
//!
//! Composed here and not in the core, because it is of the rows as they stand in the file.

use crate::fault::Fault;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use switchback_core::{ident::DeploymentId, record::Consequence, release::Digest};

/// Where it stands in an entry's `after`.
pub const KEY: &str = "journal";

/// The columns of a deployment that never change.
#[derive(sqlx::FromRow)]
pub struct Fixed {
    /// What it is to do.
    pub plan: String,
    /// Who wanted it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub started: i64,
}

/// The digest of a deployment with these events.
pub fn digest<'a>(fixed: &Fixed, events: impl IntoIterator<Item = (i64, &'a str)>) -> String {
    let mut whole = Vec::new();
    // Each with its length, so that no text runs into the next.
    let mut add = |text: &str| {
        whole.extend((text.len() as u64).to_be_bytes());
        whole.extend(text.as_bytes());
    };
    for text in [&fixed.plan, &fixed.by, &fixed.reason, &fixed.started.to_string()] {
        add(text);
    }
    for (at, event) in events {
        add(&at.to_string());
        add(event);
    }
    Digest::of(&whole).to_string()
}

/// What is kept of a deployment as it stands now.
pub async fn of(on: &mut SqliteConnection, id: DeploymentId) -> Result<Value, Fault> {
    let fixed: Fixed = sqlx::query_as("select plan, by, reason, started from deployment where id = ?")
        .bind(id.to_string())
        .fetch_one(&mut *on)
        .await?;
    let events: Vec<(i64, String)> = sqlx::query_as("select at, event from event where deployment = ? order by seq")
        .bind(id.to_string())
        .fetch_all(on)
        .await?;
    let digest = digest(&fixed, events.iter().map(|(at, event)| (*at, event.as_str())));
    Ok(json!({ "deployment": id.to_string(), "events": events.len(), "digest": digest }))
}

/// Lets the entry of an ending tell what is kept.
pub fn tell(all: &mut [Consequence], seal: Value) {
    let entry = all.iter_mut().find_map(|one| if let Consequence::Audit(audit) = one { Some(audit) } else { None });
    if let Some(after) = entry.and_then(|audit| audit.after.as_object_mut()) {
        after.insert(KEY.to_owned(), seal);
    }
}
