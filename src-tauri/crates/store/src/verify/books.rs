//! What stands beside the audit is what it says: the policy in force, releases, revisions, what is in quarantine, and the
//! fingerprints of secrets. By these it is decided what may ship and what a rollback brings back.
//!
//! What entries of older versions do not tell is not judged.

use super::Flaw;
use crate::{column::parse, fault::Fault};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use switchback_core::release::{Digest, Release};

/// A row that the audit tells of, as both name it.
type Key = (String, String, String);

/// The last that the audit says of a row: by which entry, and which content; none when it is gone rightly.
type Said = BTreeMap<Key, (i64, Option<String>)>;

/// The content of each row that is there.
type Kept = BTreeMap<Key, String>;

/// The first row that is not as the audit has it, which ends at entry `last`.
pub(super) async fn check(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let mut flaws = Vec::new();
    flaws.extend(policy(on, last).await?);
    flaws.extend(differs(&said(on, RELEASED).await?, &releases(on).await?, "release"));
    flaws.extend(differs(&said(on, BEGUN).await?, &revisions(on).await?, "revision"));
    flaws.extend(differs(&said(on, SET).await?, &secrets(on).await?, "secret's fingerprint"));
    flaws.extend(differs(&said(on, QUARANTINED).await?, &quarantined(on).await?, "quarantine"));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

const RELEASED: &str = "select json_extract(after, '$.service'), json_extract(after, '$.version'), '', seq, \
    json_extract(after, '$.release') from audit where action = 'release.added' \
    and json_extract(after, '$.release') is not null order by seq";

const BEGUN: &str = "select json_extract(after, '$.service'), environment, cast(json_extract(after, '$.revision') as text), seq, \
    json_extract(after, '$.version') || char(10) || json_extract(after, '$.workload') || char(10)
      || json_extract(after, '$.workload') from audit where action in ('deploy.started', 'rollback.started', 'adopt.started') \
    and json_extract(after, '$.workload') is not null order by seq";

const QUARANTINED: &str = "select coalesce(json_extract(after, '$.quarantined.service') || ' ' || json_extract(after, '$.quarantined.version'), subject), \
    '', '', seq, json_extract(after, '$.quarantined.content') from audit where action = 'quarantine.cleared' \
    or (action in ('deploy.rolled-back', 'deploy.stuck') and json_extract(after, '$.quarantined') is not null) order by seq";

const SET: &str = "select subject, '', '', seq, json_extract(after, '$.fingerprint') from audit \
    where action in ('secret.set', 'secret.rotated', 'secret.removed') order by seq";

async fn said(on: &mut SqliteConnection, query: &'static str) -> Result<Said, Fault> {
    type Row = (String, String, String, i64, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(query).fetch_all(on).await?;
    Ok(rows.into_iter().map(|(one, two, three, seq, content)| ((one, two, three), (seq, content))).collect())
}

/// The policy in force is the one that was applied last.
async fn policy(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let kept: Option<String> =
        sqlx::query_scalar("select json_extract(document, '$.yaml') from policy order by id desc limit 1")
            .fetch_optional(&mut *on)
            .await?
            .flatten();
    let said: Option<(i64, Option<String>)> = sqlx::query_as(
        "select seq, after ->> '$' from audit where action = 'policy.applied' order by seq desc limit 1",
    )
    .fetch_optional(on)
    .await?;
    let flaw = |seq, why: &str| Some(Flaw { seq, why: why.to_owned() });
    Ok(match (kept, said) {
        (None, Some((seq, _))) => flaw(seq, "the policy that it tells of is gone"),
        (Some(_), None) => flaw(last, "nothing tells of the policy in force"),
        (Some(kept), Some((seq, Some(said)))) if kept != said => {
            flaw(seq, "the policy in force is not the one it tells of")
        }
        _ => None,
    })
}

async fn releases(on: &mut SqliteConnection) -> Result<Kept, Fault> {
    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("select service, version, content, digest from release").fetch_all(on).await?;
    let kept = |(service, version, content, digest): (String, String, String, String)| {
        // One that cannot be read, or is filed under another digest, is not what was added.
        let content = parse::<Release>(&content).map(|release| release.id().to_string()).unwrap_or_default();
        let content = if content == digest { content } else { String::new() };
        ((service, version, String::new()), content)
    };
    Ok(rows.into_iter().map(kept).collect())
}

async fn revisions(on: &mut SqliteConnection) -> Result<Kept, Fault> {
    let rows: Vec<(String, String, i64, String, String, String)> =
        sqlx::query_as("select service, environment, revision, version, workload, digest from revision")
            .fetch_all(on)
            .await?;
    let kept =
        |(service, environment, revision, version, workload, digest): (String, String, i64, String, String, String)| {
            let content = format!("{version}\n{}\n{digest}", Digest::of(workload.as_bytes()));
            ((service, environment, revision.to_string()), content)
        };
    Ok(rows.into_iter().map(kept).collect())
}

async fn secrets(on: &mut SqliteConnection) -> Result<Kept, Fault> {
    let rows: Vec<(String, String)> = sqlx::query_as("select name, fingerprint from secret_ref").fetch_all(on).await?;
    Ok(rows.into_iter().map(|(name, print)| ((name, String::new(), String::new()), print)).collect())
}

async fn quarantined(on: &mut SqliteConnection) -> Result<Kept, Fault> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select service || ' ' || version, coalesce(content, '') from quarantine").fetch_all(on).await?;
    Ok(rows.into_iter().map(|(release, content)| ((release, String::new(), String::new()), content)).collect())
}

fn differs(said: &Said, kept: &Kept, what: &str) -> Option<Flaw> {
    let judge = |(key, (seq, content)): (&Key, &(i64, Option<String>))| {
        let why = match (content, kept.get(key)) {
            (Some(_), None) => "is gone",
            (Some(said), Some(kept)) if said != kept => "has another content",
            _ => return None,
        };
        Some(Flaw { seq: *seq, why: format!("the {what} that it tells of {why}") })
    };
    said.iter().filter_map(judge).min_by_key(|flaw| flaw.seq)
}
