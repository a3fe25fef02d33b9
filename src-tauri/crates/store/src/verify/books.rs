//! What stands beside the audit is what it says: the policy with all that were in force before it, revisions, what is in
//! quarantine, and the fingerprints of secrets. By these it is decided what may ship and what a rollback brings back.
//!
//! What entries of older versions do not tell is not judged.

use super::Flaw;
use crate::fault::Fault;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use switchback_core::release::Digest;

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
    flaws.extend(differs(&said(on, BEGUN).await?, &revisions(on).await?, "revision"));
    flaws.extend(secrets(on, last).await?);
    flaws.extend(differs(&said(on, QUARANTINED).await?, &quarantined(on).await?, "quarantine"));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

const BEGUN: &str = "select json_extract(after, '$.service'), environment, cast(json_extract(after, '$.revision') as text), seq, \
    json_extract(after, '$.version') || char(10) || json_extract(after, '$.workload') || char(10)
      || json_extract(after, '$.workload') from audit where action in ('deploy.started', 'rollback.started', 'adopt.started') \
    and json_extract(after, '$.workload') is not null order by seq";

const QUARANTINED: &str = "select coalesce(json_extract(after, '$.quarantined.service') || ' ' || json_extract(after, '$.quarantined.version'), subject), \
    '', '', seq, json_extract(after, '$.quarantined.content') from audit where action = 'quarantine.cleared' \
    or (action in ('deploy.rolled-back', 'deploy.stuck') and json_extract(after, '$.quarantined') is not null) order by seq";

async fn said(on: &mut SqliteConnection, query: &'static str) -> Result<Said, Fault> {
    type Row = (String, String, String, i64, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(query).fetch_all(on).await?;
    Ok(rows.into_iter().map(|(one, two, three, seq, content)| ((one, two, three), (seq, content))).collect())
}

/// The policy in force is the one that was applied last, and so was each before it in its time.
async fn policy(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let kept: Option<String> =
        sqlx::query_scalar("select json_extract(document, '$.yaml') from policy order by id desc limit 1")
            .fetch_optional(&mut *on)
            .await?
            .flatten();
    let said: Option<(i64, Option<String>)> = sqlx::query_as(
        "select seq, after ->> '$' from audit where action = 'policy.applied' order by seq desc limit 1",
    )
    .fetch_optional(&mut *on)
    .await?;
    let flaw = |seq, why: &str| Some(Flaw { seq, why: why.to_owned() });
    let in_force = match (kept, said) {
        (None, Some((seq, _))) => flaw(seq, "the policy that it tells of is gone"),
        (Some(_), None) => flaw(last, "nothing tells of the policy in force"),
        (Some(kept), Some((seq, Some(said)))) if kept != said => {
            flaw(seq, "the policy in force is not the one it tells of")
        }
        _ => None,
    };
    // Each entry came with its row, so that the one's place among its like is the other's.
    let before: Option<(Option<i64>, bool)> = sqlx::query_as(
        "select max(seq), max(id) is null from (
             select row_number() over (order by seq) as place, seq, null as id, at, after ->> '$' as yaml
               from audit where action = 'policy.applied'
             union all
             select row_number() over (order by id), null, id, at, json_extract(document, '$.yaml') from policy)
         group by place having count(*) = 1 or min(at) <> max(at) or min(yaml) <> max(yaml) order by place limit 1",
    )
    .fetch_optional(on)
    .await?;
    Ok(in_force.or_else(|| match before? {
        (Some(seq), true) => flaw(seq, "the policy that it tells of is gone"),
        (Some(seq), false) => flaw(seq, "the policy that it tells of is another, or of another time"),
        (None, _) => flaw(last, "nothing tells of a policy that is said to have been applied"),
    }))
}

/// Each fingerprint is of the value that was set last, since when it was.
async fn secrets(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    type Set = (String, i64, i64, Option<String>, bool);
    let entries: Vec<Set> = sqlx::query_as(
        "select subject, seq, at, json_extract(after, '$.fingerprint'), action = 'secret.removed' from audit
         where action in ('secret.set', 'secret.rotated', 'secret.removed') order by seq",
    )
    .fetch_all(&mut *on)
    .await?;
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as("select name, fingerprint, set_at from secret_ref").fetch_all(on).await?;
    let mut said: BTreeMap<String, (i64, i64, Option<String>)> = BTreeMap::new();
    for (name, seq, at, print, removed) in entries {
        if removed {
            said.remove(&name);
        } else {
            said.insert(name, (seq, at, print));
        }
    }
    let mut flaws = Vec::new();
    for (name, kept, set_at) in rows {
        match said.remove(&name) {
            None => flaws
                .push(Flaw { seq: last, why: format!("the fingerprint of the secret {name} is told of by nobody") }),
            Some((seq, at, print)) if at != set_at || print.as_ref().is_some_and(|print| *print != kept) => {
                let why = "the secret's fingerprint that it tells of has another content, or another time";
                flaws.push(Flaw { seq, why: why.to_owned() });
            }
            Some(_) => {}
        }
    }
    let gone = |(seq, ..): (i64, i64, Option<String>)| Flaw {
        seq,
        why: "the secret's fingerprint that it tells of is gone".to_owned(),
    };
    flaws.extend(said.into_values().map(gone));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
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
