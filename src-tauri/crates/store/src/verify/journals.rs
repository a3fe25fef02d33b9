//! Deployments and their journals are what the audit says of them: none is gone, none was put there, no event was changed,
//! and the state that is kept beside the journal is what it leads to.
//!
//! Of a deployment that ended, its last entry tells the digest of the whole (`crate::sealed`). One that is under way is held
//! against its own journal, and one that an older version ended as well: its entries tell no digest.

use super::Flaw;
use crate::{
    column::{nanos, parse},
    fault::Fault,
    sealed::{Fixed, digest},
};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashMap, HashSet};
use switchback_core::{
    deployment::{Entry, Event, State, fold},
    ident::Instant,
    plan::{Kind, Plan},
};

/// Deployments looked at at once: some megabytes with their journals.
const CHUNK: i64 = 200;

const SEALED: &str = "select json_extract(after, '$.journal.deployment') as deployment, seq,
      json_extract(after, '$.journal.events') as events, json_extract(after, '$.journal.digest') as digest from audit
    where action in ('deploy.succeeded', 'deploy.rolled-back', 'deploy.stuck', 'deploy.aborted', 'rollback.succeeded',
      'rollback.rolled-back', 'rollback.stuck', 'rollback.aborted', 'adopt.succeeded', 'adopt.rolled-back', 'adopt.stuck',
      'adopt.aborted', 'withdraw.succeeded', 'withdraw.rolled-back', 'withdraw.stuck', 'withdraw.aborted')
      and json_extract(after, '$.journal') is not null
  union all select json_extract(value, '$.journal.deployment'), seq, json_extract(value, '$.journal.events'),
      json_extract(value, '$.journal.digest') from audit, json_each(audit.after)
    where action = 'history.imported' and json_extract(value, '$.journal') is not null
  order by 2";

/// What the audit says of a deployment that ended.
#[derive(sqlx::FromRow)]
struct Seal {
    deployment: String,
    seq: i64,
    events: i64,
    digest: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    service: String,
    environment: String,
    kind: String,
    revision: i64,
    from_revision: Option<i64>,
    version: String,
    from_version: Option<String>,
    state: String,
    state_name: String,
    ended: Option<i64>,
    #[sqlx(flatten)]
    fixed: Fixed,
}

type Events = Vec<(i64, i64, String)>;

/// All that the audit says, by what it is held against.
struct Said {
    sealed: HashMap<String, Seal>,
    /// When and of what deployments began, with the entry that tells it.
    began: BTreeMap<(i64, String, String), i64>,
    /// Targets whose deployments came from elsewhere.
    imported: HashSet<(String, String)>,
}

/// The first deployment that is not as the audit has it, which ends at entry `last`.
pub(super) async fn check(on: &mut SqliteConnection, last: i64) -> Result<Option<Flaw>, Fault> {
    let mut said = said(on).await?;
    let mut arrived: HashMap<String, (String, String, i64, i64)> = arrivals(on).await?;
    let (mut flaws, mut after) = (Vec::new(), String::new());
    loop {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, service, environment, kind, revision, from_revision, version, from_version, state, state_name, ended,
               plan, by, reason, started from deployment where id > ? order by id limit ?",
        )
        .bind(&after)
        .bind(CHUNK)
        .fetch_all(&mut *on)
        .await?;
        let Some(end) = rows.last() else { break };
        let mut journals = journals(on, &after, &end.id).await?;
        after.clone_from(&end.id);
        for row in rows {
            let events = journals.remove(&row.id).unwrap_or_default();
            let seal = said.sealed.remove(&row.id);
            let began = said.began.remove(&(row.fixed.started, row.service.clone(), row.environment.clone()));
            let imported = || said.imported.contains(&(row.service.clone(), row.environment.clone()));
            let why = if seal.is_none() && began.is_none() && !imported() {
                Some("is told of by nobody")
            } else {
                judge(&row, &events, seal.as_ref(), arrived.remove(&row.id).as_ref())
            };
            let seq = seal.map(|seal| seal.seq).or(began).unwrap_or(last);
            flaws.extend(why.map(|why| Flaw { seq, why: format!("the deployment {} {why}", row.id) }));
        }
    }
    let gone = |seq| Flaw { seq, why: "the deployment that it tells of is gone".to_owned() };
    flaws.extend(said.sealed.into_values().map(|seal| gone(seal.seq)));
    flaws.extend(said.began.into_values().map(gone));
    let stray = |id: &String| Flaw { seq: last, why: format!("an arrival names the deployment {id}, which is gone") };
    flaws.extend(arrived.keys().map(stray));
    Ok(flaws.into_iter().min_by_key(|flaw| flaw.seq))
}

async fn said(on: &mut SqliteConnection) -> Result<Said, Fault> {
    let sealed: Vec<Seal> = sqlx::query_as(SEALED).fetch_all(&mut *on).await?;
    let began: Vec<(i64, String, String, i64)> = sqlx::query_as(
        "select at, subject, coalesce(environment, ''), seq from audit
         where action in ('deploy.started', 'rollback.started', 'adopt.started', 'withdraw.started')",
    )
    .fetch_all(&mut *on)
    .await?;
    let imported: Vec<(String, String)> =
        sqlx::query_as("select subject, coalesce(environment, '') from audit where action = 'history.imported'")
            .fetch_all(on)
            .await?;
    Ok(Said {
        // The last one counts: what was stuck is resumed.
        sealed: sealed.into_iter().map(|seal| (seal.deployment.clone(), seal)).collect(),
        began: began
            .into_iter()
            .map(|(at, subject, environment, seq)| ((at, service(&subject), environment), seq))
            .collect(),
        imported: imported.into_iter().collect(),
    })
}

/// Whose deployment an entry tells of: its first word.
pub(super) fn service(subject: &str) -> String {
    subject.split(' ').next().unwrap_or_default().to_owned()
}

async fn arrivals(on: &mut SqliteConnection) -> Result<HashMap<String, (String, String, i64, i64)>, Fault> {
    let rows: Vec<(String, String, String, i64, i64)> =
        sqlx::query_as("select deployment, service, environment, revision, at from arrival").fetch_all(on).await?;
    Ok(rows
        .into_iter()
        .map(|(id, service, environment, revision, at)| (id, (service, environment, revision, at)))
        .collect())
}

/// The journals of the deployments behind `after`, up to `end`.
async fn journals(on: &mut SqliteConnection, after: &str, end: &str) -> Result<HashMap<String, Events>, Fault> {
    let rows: Vec<(String, i64, i64, String)> = sqlx::query_as(
        "select deployment, seq, at, event from event where deployment > ? and deployment <= ? order by deployment, seq",
    )
    .bind(after)
    .bind(end)
    .fetch_all(on)
    .await?;
    let mut all: HashMap<String, Events> = HashMap::new();
    for (id, seq, at, event) in rows {
        all.entry(id).or_default().push((seq, at, event));
    }
    Ok(all)
}

/// What is wrong with one.
fn judge(
    row: &Row,
    events: &Events,
    seal: Option<&Seal>,
    arrived: Option<&(String, String, i64, i64)>,
) -> Option<&'static str> {
    if let Some(seal) = seal {
        let count = usize::try_from(seal.events).unwrap_or(usize::MAX);
        // A person may have resumed what was stuck: what came since is told of when it ends.
        let told = if row.ended.is_none() { events.get(..count) } else { Some(events.as_slice()) };
        let same = told.filter(|told| told.len() == count).is_some_and(|told| {
            digest(&row.fixed, told.iter().map(|(_, at, event)| (*at, event.as_str()))) == seal.digest
        });
        if !same {
            return Some("has another journal, plan, author or reason than it had when it ended");
        }
    }
    let Ok(plan) = parse::<Plan>(&row.fixed.plan) else { return Some("has a plan that cannot be read") };
    let before = plan.before.as_ref().map(|before| (i64::from(before.revision.0), before.version.as_str()));
    let planned = row.id == plan.deployment.to_string()
        && row.service == plan.target.service.as_str()
        && row.environment == plan.target.environment.as_str()
        && row.kind == plan.kind.word()
        && row.revision == i64::from(plan.revision.0)
        && row.version == plan.version
        && row.from_revision.zip(row.from_version.as_deref()) == before;
    if !planned {
        return Some("is not what its plan says");
    }
    let Some(entries) = entries(events) else { return Some("has events that cannot be read") };
    let Ok(Some(state)) = fold(&plan, &entries) else { return Some("has a journal that cannot be") };
    let end = state.ended().then(|| events.last().map(|(_, at, _)| *at)).flatten();
    if parse::<State>(&row.state).ok().as_ref() != Some(&state) || row.state_name != state.name() || row.ended != end {
        return Some("is in another state than its journal leads to");
    }
    // What is taken away again arrives nowhere.
    let stays = plan.kind != Kind::Withdraw;
    let committed = entries.iter().find(|entry| stays && entry.event == Event::Committed);
    let came = committed.map(|entry| (row.service.clone(), row.environment.clone(), row.revision, nanos(entry.at)));
    (came.as_ref() != arrived).then_some("has arrived at another time, or another revision, than its journal says")
}

fn entries(events: &Events) -> Option<Vec<Entry>> {
    let entry = |(index, (seq, at, event)): (usize, &(i64, i64, String))| {
        let seq = u32::try_from(*seq).ok().filter(|seq| usize::try_from(*seq).ok() == Some(index))?;
        let at = Instant::from_nanosecond(i128::from(*at)).ok()?;
        Some(Entry { seq, at, event: parse(event).ok()? })
    };
    events.iter().enumerate().map(entry).collect()
}
