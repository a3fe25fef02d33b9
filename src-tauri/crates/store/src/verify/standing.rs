//! What runs on each target, who is in quarantine and what is paused are what the audit says: none was put there, moved or
//! blamed on another by somebody who can open the file.

use super::{Flaw, journals::service};
use crate::fault::Fault;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use switchback_core::release::Digest;

/// What arrived last on a target: by which entry and when, and the subject, which names version and revision.
type Arrived = BTreeMap<(String, String), (i64, i64, String)>;

/// A target's own columns, with the digest of the revision they name.
type TargetRow = (String, String, Option<i64>, Option<String>, Option<String>, Option<i64>, Option<String>);

/// The first row that is not as the audit has it, which ends at entry `last`.
pub(super) async fn check(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let flaws = [runs(on, last).await?, quarantined(on, last).await?, paused(on, last).await?];
    Ok(flaws.into_iter().flatten().min_by_key(|flaw| flaw.seq))
}

/// Each target runs what arrived there last, made as its revision is.
async fn runs(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let entries: Vec<(i64, i64, String, String, bool)> = sqlx::query_as(
        "select seq, at, coalesce(environment, ''), subject, action = 'withdraw.arrived' from audit
         where action in ('deploy.arrived', 'rollback.arrived', 'adopt.arrived', 'withdraw.arrived') order by seq",
    )
    .fetch_all(&mut *on)
    .await?;
    let mut arrived = Arrived::new();
    for (seq, at, environment, subject, withdrawn) in entries {
        let target = (service(&subject), environment);
        if withdrawn {
            arrived.remove(&target);
        } else {
            arrived.insert(target, (seq, at, subject));
        }
    }
    let rows: Vec<TargetRow> = sqlx::query_as(
        "select t.service, t.environment, t.revision, t.version, t.workload, t.arrived_at, r.digest from target t
         left join revision r on r.service = t.service and r.environment = t.environment and r.revision = t.revision",
    )
    .fetch_all(on)
    .await?;
    let mut flaws = Vec::new();
    for (service, environment, revision, version, workload, at, digest) in rows {
        let target = format!("{service}/{environment}");
        let said = arrived.remove(&(service.clone(), environment));
        let seq = said.as_ref().map_or(last, |(seq, ..)| *seq);
        let flaw = |why: &str| Flaw { seq, why: format!("what {target} is said to run {why}") };
        match (said, revision, version) {
            (None, None, _) => {}
            (None, Some(_), _) => flaws.push(flaw("is told of by nobody")),
            (Some((_, when, subject)), Some(revision), Some(version)) => {
                let name = format!("{service} {version} (r{revision})");
                // A train's name may follow.
                let named = subject.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
                let made = workload.map(|workload| Digest::of(workload.as_bytes()).to_string());
                if !named || at != Some(when) || made.is_none() || made != digest {
                    flaws.push(flaw("is not what arrived there last"));
                }
            }
            (Some(_), ..) => flaws.push(flaw("is gone")),
        }
    }
    let gone = |((service, environment), (seq, ..)): ((String, String), (i64, i64, String))| Flaw {
        seq,
        why: format!("the target {service}/{environment} that it tells of is gone"),
    };
    flaws.extend(arrived.into_iter().map(gone));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

/// What an undone deployment said of a row that came with it.
#[derive(sqlx::FromRow)]
struct Undone {
    seq: i64,
    at: i64,
    actor: String,
    subject: String,
    environment: Option<String>,
    why: String,
    /// Who is blamed and for what, where it put a release in quarantine and tells so.
    blamed: Option<String>,
    for_what: Option<String>,
    paused: bool,
}

async fn undone(on: &mut SqliteConnection) -> Result<Vec<Undone>, Fault> {
    Ok(sqlx::query_as(
        "select seq, at, actor, subject, environment, why, coalesce(json_extract(after, '$.paused'), 0) as paused,
           iif(json_extract(after, '$.quarantined') is null, null,
             coalesce(json_extract(after, '$.quarantined.by'), iif(action = 'deploy.rolled-back', actor, null))) as blamed,
           iif(json_extract(after, '$.quarantined') is null, null,
             coalesce(json_extract(after, '$.quarantined.why'), iif(action = 'deploy.rolled-back', why, null))) as for_what
         from audit
         where action in ('deploy.rolled-back', 'deploy.stuck') order by seq",
    )
    .fetch_all(on)
    .await?)
}

/// Each release in quarantine came there with an undone deployment, and is blamed on whom the last one was, for its reason.
async fn quarantined(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    type Row = (String, String, i64, Option<String>, String);
    let rows: Vec<Row> =
        sqlx::query_as("select service, version, since, by, why from quarantine").fetch_all(&mut *on).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let undone = undone(on).await?;
    let judge = |(service, version, since, by, why): &Row| {
        let name = format!("{service} {version} (r");
        let of = || undone.iter().filter(|one| one.subject.starts_with(&name));
        let flaw = |seq, what: &str| Some(Flaw { seq, why: format!("the quarantine of {service} {version} {what}") });
        let Some(begun) = of().find(|one| one.at == *since) else { return flaw(last, "is told of by nobody") };
        let newest = of().rfind(|one| one.blamed.is_some() && one.seq >= begun.seq)?;
        let same = (by, Some(why)) == (&newest.blamed, newest.for_what.as_ref());
        if same { None } else { flaw(newest.seq, "has another reason, or is blamed on another") }
    };
    Ok(rows.iter().filter_map(judge).min_by_key(|flaw| flaw.seq))
}

/// Each pause came with an undone deployment, and none that nobody ended is gone.
async fn paused(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let rows: Vec<(String, String, i64, String, String)> =
        sqlx::query_as("select service, environment, since, by, why from pause").fetch_all(&mut *on).await?;
    let released: Vec<(i64, String)> =
        sqlx::query_as("select seq, subject from audit where action = 'target.released'").fetch_all(&mut *on).await?;
    let undone = undone(on).await?;
    let target = |one: &Undone| format!("{}/{}", service(&one.subject), one.environment.as_deref().unwrap_or_default());
    let mut flaws = Vec::new();
    for (service, environment, since, by, why) in &rows {
        let name = format!("{service}/{environment}");
        let told = undone.iter().find(|one| one.at == *since && target(one) == name);
        let flaw = |seq, what: &str| Flaw { seq, why: format!("the pause of {name} {what}") };
        match told {
            None => flaws.push(flaw(last, "is told of by nobody")),
            Some(one) if one.actor != *by || one.why != *why => {
                flaws.push(flaw(one.seq, "has another reason, or is blamed on another"));
            }
            Some(_) => {}
        }
    }
    for one in undone.iter().filter(|one| one.paused) {
        let name = target(one);
        let there = rows.iter().any(|(service, environment, ..)| format!("{service}/{environment}") == name);
        if !there && !released.iter().any(|(seq, subject)| *seq > one.seq && *subject == name) {
            flaws.push(Flaw { seq: one.seq, why: format!("the pause of {name} that it tells of is gone") });
        }
    }
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}
