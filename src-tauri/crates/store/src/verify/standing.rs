//! What runs on each target, who is in quarantine and what is paused are what the audit says: none was put there, moved or
//! blamed on another by somebody who can open the file.

use super::{Flaw, journals::service};
use crate::fault::Fault;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use switchback_core::release::Digest;

/// What arrived last on a target: by which entry and when, and the subject, which names version and revision.
type Arrived = BTreeMap<(String, String), (i64, i64, String)>;

/// A target's own columns, with what they follow from: the revision they name, the deployment that arrived then, and all that
/// there were.
#[derive(sqlx::FromRow)]
struct Row {
    service: String,
    environment: String,
    revision: Option<i64>,
    version: Option<String>,
    workload: Option<String>,
    instances: String,
    kept: String,
    arrived_at: Option<i64>,
    arrived_by: Option<String>,
    /// The revision's.
    digest: Option<String>,
    /// By the deployment's plan.
    made: Option<String>,
    /// What ran before it, by its plan.
    way_back: Option<String>,
    /// The deployment's.
    by: Option<String>,
    counted: bool,
}

/// Deployments themselves are held against the audit by `journals`.
const ROWS: &str = "select t.service, t.environment, t.revision, t.version, t.workload, t.instances, t.kept, t.arrived_at,
      t.arrived_by, r.digest, d.by, iif(json_valid(d.plan), json_extract(d.plan, '$.instances'), null) as made,
      iif(json_valid(d.plan), coalesce(json_extract(d.plan, '$.before.instances'), '[]'), null) as way_back,
      (t.deployments, t.undone, t.rollbacks) is (coalesce(c.deployments, 0), coalesce(c.undone, 0), coalesce(c.rollbacks, 0))
        as counted
    from target t
    left join revision r on r.service = t.service and r.environment = t.environment and r.revision = t.revision
    left join deployment d on d.id = (
      select deployment from arrival a where a.service = t.service and a.environment = t.environment
        and a.at = t.arrived_at and a.revision = t.revision order by a.rowid desc limit 1)
    left join (
      select service, environment, count(*) as deployments, sum(state_name in ('rolledBack', 'stuck')) as undone,
        sum(kind = 'rollback') as rollbacks from deployment group by service, environment) c
      on c.service = t.service and c.environment = t.environment";

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
    let rows: Vec<Row> = sqlx::query_as(ROWS).fetch_all(on).await?;
    let mut flaws = Vec::new();
    for row in rows {
        let target = format!("{}/{}", row.service, row.environment);
        let said = arrived.remove(&(row.service.clone(), row.environment.clone()));
        let seq = said.as_ref().map_or(last, |(seq, ..)| *seq);
        let why = judge(&row, said.as_ref()).map(|why| format!("what {target} is said to run {why}"));
        flaws.extend(why.map(|why| Flaw { seq, why }));
        if !row.counted {
            let why = format!("the counts of {target} are not those of its deployments");
            flaws.push(Flaw { seq: last, why });
        }
    }
    let gone = |((service, environment), (seq, ..)): ((String, String), (i64, i64, String))| Flaw {
        seq,
        why: format!("the target {service}/{environment} that it tells of is gone"),
    };
    flaws.extend(arrived.into_iter().map(gone));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

/// What is wrong with what is said to run on one target, of whose last arrival the audit tells this.
fn judge(row: &Row, said: Option<&(i64, i64, String)>) -> Option<&'static str> {
    let Some((_, when, subject)) = said else {
        let nothing = row.revision.is_none() && row.arrived_by.is_none() && [&row.instances, &row.kept] == ["[]"; 2];
        return (!nothing).then_some("is told of by nobody");
    };
    let (Some(revision), Some(version)) = (row.revision, &row.version) else { return Some("is gone") };
    // A train's name may follow.
    let name = format!("{} {version} (r{revision})", row.service);
    let named = subject.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let made = row.workload.as_ref().map(|workload| Digest::of(workload.as_bytes()).to_string());
    if !named || row.arrived_at != Some(*when) || made.is_none() || made != row.digest {
        return Some("is not what arrived there last");
    }
    // A deployment that is gone or cannot be read is named by `journals`.
    let (made, way_back, by) = (row.made.as_ref()?, row.way_back.as_ref()?, row.by.as_ref()?);
    if (made, way_back) != (&row.instances, &row.kept) {
        return Some("has other instances than the deployment that arrived there last");
    }
    (row.arrived_by.as_ref() != Some(by)).then_some("was brought there by another")
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
