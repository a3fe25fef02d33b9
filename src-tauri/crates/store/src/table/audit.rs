//! The audit's rows: append, the last, one hash, a run of them in order. Pages and searches are in `audit_page`.
//!
//! Beside each entry go its words (for search), its counts by facet and the span of its hour, in the same transaction.

use crate::{
    chain::{FIRST, Link},
    column::{instant, nanos, parse},
    fault::Fault,
    table::{audit_facet, audit_text},
};
use sqlx::SqliteConnection;
use switchback_core::{ident::Actor, port::AuditRow, record::Audit};

/// The end of the chain.
pub struct Last {
    /// 0 before the first entry.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

/// An entry's columns.
#[derive(sqlx::FromRow)]
pub struct Row {
    /// Number.
    pub seq: i64,
    /// Nanoseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// From where.
    pub origin: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Where.
    pub environment: Option<String>,
    /// Why.
    pub why: String,
    /// Canonical JSON.
    pub before: String,
    /// Canonical JSON.
    pub after: String,
    /// The predecessor's.
    pub prev_hash: String,
    /// Its own.
    pub hash: String,
    /// Over the hash.
    pub signature: Option<String>,
    /// By which key.
    pub signed_by: Option<String>,
    /// Shown without its steps; follows from the action.
    pub milestone: bool,
}

impl Row {
    /// What its hash is made from.
    pub fn link(&self) -> Result<Link<'_>, Fault> {
        Ok(Link {
            seq: self.seq,
            at: instant(self.at)?,
            actor: &self.actor,
            origin: &self.origin,
            action: &self.action,
            subject: &self.subject,
            environment: self.environment.as_deref(),
            why: &self.why,
            before: &self.before,
            after: &self.after,
            prev_hash: &self.prev_hash,
        })
    }

    /// The entry as readers get it.
    pub fn into_audit(self) -> Result<AuditRow, Fault> {
        let audit = Audit {
            by: Actor { name: self.actor, origin: self.origin },
            action: self.action,
            subject: self.subject,
            environment: self.environment,
            why: self.why,
            before: parse(&self.before)?,
            after: parse(&self.after)?,
        };
        let (prev_hash, hash, signed_by) = (self.prev_hash, self.hash, self.signed_by);
        Ok(AuditRow { seq: self.seq, at: instant(self.at)?, audit, prev_hash, hash, signed_by })
    }
}

/// An hour in nanoseconds, the grain of [`hour`].
pub const HOUR: i64 = 3_600_000_000_000;

/// The hour an instant falls into.
pub fn hour(nanos: i64) -> i64 {
    nanos.div_euclid(HOUR)
}

/// Single steps and probes are not milestones.
pub fn milestone(action: &str) -> bool {
    let what = action.rsplit('.').next().unwrap_or(action);
    !matches!(what, "step-started" | "step-done" | "probed" | "undo-started" | "undo-done")
}

/// Appends an entry.
pub async fn insert(
    on: &mut SqliteConnection,
    link: &Link<'_>,
    hash: &str,
    signed: Option<&(String, String)>,
) -> Result<(), Fault> {
    let at = nanos(link.at);
    let milestone = milestone(link.action);
    sqlx::query(
        "insert into audit (seq, at, actor, origin, action, subject, environment, why, before, after, prev_hash, hash,
           signature, signed_by, milestone) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(link.seq)
    .bind(at)
    .bind(link.actor)
    .bind(link.origin)
    .bind(link.action)
    .bind(link.subject)
    .bind(link.environment)
    .bind(link.why)
    .bind(link.before)
    .bind(link.after)
    .bind(link.prev_hash)
    .bind(hash)
    .bind(signed.map(|(signature, _)| signature))
    .bind(signed.map(|(_, key)| key))
    .bind(milestone)
    .execute(&mut *on)
    .await?;
    audit_text::insert(on, link).await?;
    audit_facet::add(on, link.actor, link.action, link.environment, milestone).await?;
    sqlx::query(
        "insert into audit_hour (hour, first_seq, last_seq) values (?1, ?2, ?2)
         on conflict (hour) do update set last_seq = ?2",
    )
    .bind(hour(at))
    .bind(link.seq)
    .execute(on)
    .await?;
    Ok(())
}

/// Whether no entry is there, nor perhaps the table.
pub async fn is_empty(on: &mut SqliteConnection) -> Result<bool, Fault> {
    let there = "select count(*) from sqlite_master where type = 'table' and name = 'audit'";
    let there: i64 = sqlx::query_scalar(there).fetch_one(&mut *on).await?;
    Ok(there == 0 || last(on).await?.seq == 0)
}

/// How much there is that was never written without an entry: as many entries there were at least.
pub async fn told_of(on: &mut SqliteConnection) -> Result<i64, Fault> {
    let query =
        "select (select count(*) from deployment) + (select count(*) from release) + (select count(*) from policy)";
    Ok(sqlx::query_scalar(query).fetch_one(on).await?)
}

/// The chain's end.
pub async fn last(on: &mut SqliteConnection) -> Result<Last, Fault> {
    let row: Option<(i64, String)> =
        sqlx::query_as("select seq, hash from audit order by seq desc limit 1").fetch_optional(on).await?;
    let (seq, hash) = row.unwrap_or_else(|| (0, FIRST.to_owned()));
    Ok(Last { seq, hash })
}

/// One entry's hash.
pub async fn hash_of(on: &mut SqliteConnection, seq: i64) -> Result<Option<String>, Fault> {
    Ok(sqlx::query_scalar("select hash from audit where seq = ?").bind(seq).fetch_optional(on).await?)
}

/// Up to `limit` entries behind `seq`, in order.
pub async fn after(on: &mut SqliteConnection, seq: i64, limit: i64) -> Result<Vec<Row>, Fault> {
    Ok(sqlx::query_as(
        "select seq, at, actor, origin, action, subject, environment, why, before, after, prev_hash, hash, signature,
           signed_by, milestone from audit where seq > ? order by seq limit ?",
    )
    .bind(seq)
    .bind(limit)
    .fetch_all(on)
    .await?)
}
