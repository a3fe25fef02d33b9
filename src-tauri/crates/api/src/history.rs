//! A target's history, and what going back to each of its revisions would mean.

use crate::{
    Answer, App, app,
    dto::{HistoryEntry, HistoryPage, Outcome, SchemaWay, WayBack, Week},
    readiness::Way,
};
use futures::StreamExt as _;
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    time::Duration,
};
use switchback_core::{
    deployment::{Cause, State},
    failure::Failure,
    ident::RevisionNumber,
    name::Target,
    plan::Kind,
    port::{DeploymentRow, QuarantineRow, TargetRow},
    release::Digest,
    workload::Workload,
};

/// Largest page.
const MOST: u32 = 500;
/// How long a page waits to hear whether its revisions would come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many runs before one are gone by when it is told how long it may take.
pub(crate) const RUNS: u32 = 11;

impl App {
    /// One page of a target's history, newest first.
    pub async fn history(&self, target: &str, cursor: Option<&str>, limit: u32) -> Answer<HistoryPage> {
        let target = app::target(target)?;
        let row = self.history.target(&target).await?;
        let page = self.history.deployments(&target, cursor, limit.clamp(1, MOST)).await?;
        let counts = self.history.counts(&target).await?;
        if counts.all == 0 {
            self.declared(&target).await?;
        }
        let quarantine = self.history.quarantine().await?;
        let ways = self.ways(&target, &page.rows).await;
        let schemas = self.schema_ways(&target, &page.rows).await?;
        Ok(HistoryPage {
            entries: entries(&page.rows, &row, &quarantine, |revision| {
                Some((ways.get(&revision).cloned()?, schemas.get(&revision).cloned().unwrap_or(SchemaWay::Same)))
            }),
            next: page.next,
            total: counts.all,
            rolled_back: counts.rollbacks,
            failed: counts.undone,
        })
    }

    /// Refuses a target that the policy does not name.
    pub(crate) async fn declared(&self, target: &Target) -> Answer<()> {
        match self.policy_in_force().await? {
            Some((document, _)) if document.targets.contains_key(target) => Ok(()),
            _ => Err(switchback_policy::PolicyError::UnknownTarget { target: target.clone() }.into()),
        }
    }

    /// A target's whole history by weeks, newest first; weeks without a deployment are left out.
    pub async fn weeks(&self, target: &str) -> Answer<Vec<Week>> {
        let rows = self.history.weeks(&app::target(target)?).await?;
        let week = rows.into_iter().map(|row| Week {
            since: row.since,
            deployments: row.deployments,
            rolled_back: row.rollbacks,
            failed: row.undone,
        });
        Ok(week.collect())
    }

    /// Whether the page's revisions would come back, asked side by side.
    async fn ways(&self, target: &Target, rows: &[DeploymentRow]) -> HashMap<RevisionNumber, Way> {
        let revisions: HashSet<RevisionNumber> = rows.iter().map(|row| row.revision).collect();
        // The same content is asked for once.
        let mut contents: HashMap<Digest, (Workload, Vec<RevisionNumber>)> = HashMap::new();
        for revision in revisions {
            let Ok(row) = self.history.revision(target, revision).await else { continue };
            let content = contents.entry(row.workload.digest()).or_insert_with(|| (row.workload, Vec::new()));
            content.1.push(revision);
        }
        let in_force = self.policy_in_force().await.ok().flatten();
        let strategy = in_force.and_then(|(document, _)| Some(document.target(target).ok()?.strategy));
        let asked = contents.into_values().map(|(workload, revisions)| (workload, revisions, strategy.clone()));
        let asked = asked.map(|(workload, revisions, strategy)| async move {
            let way = match (self.way_back(&workload).await, strategy) {
                (Way::Whole, Some(strategy)) => self.switchable(target, &strategy, &workload.settings).await,
                (way, _) => way,
            };
            revisions.into_iter().map(|revision| (revision, way.clone())).collect::<Vec<_>>()
        });
        // A registry is not asked more than a few things at once, and one that does not answer holds up no page.
        let enough = Box::pin(tokio::time::sleep(PATIENCE));
        futures::stream::iter(asked)
            .buffer_unordered(8)
            .take_until(enough)
            .flat_map(futures::stream::iter)
            .collect()
            .await
    }

    /// What going back to the page's revisions does to the schema.
    async fn schema_ways(&self, target: &Target, rows: &[DeploymentRow]) -> Answer<HashMap<RevisionNumber, SchemaWay>> {
        let mut ways = HashMap::new();
        // A policy or a keychain that cannot be read says so where it is needed, not on a page of history.
        let Ok(Some(mut now)) = self.schema_now(target).await else { return Ok(ways) };
        for row in rows {
            if let Entry::Vacant(slot) = ways.entry(row.revision) {
                let workload = self.history.revision(target, row.revision).await?.workload;
                slot.insert(self.schema_way(&mut now, workload.schema.as_ref()).await);
            }
        }
        Ok(ways)
    }

    /// The median of past runs and the runs themselves, newest first, milliseconds.
    pub(crate) async fn estimate(&self, target: &Target, kind: Kind) -> Answer<(Option<u64>, Vec<u64>)> {
        let runs = self.history.durations(target, kind, RUNS).await?;
        let mut sorted = runs.clone();
        sorted.sort_unstable();
        Ok((sorted.get(sorted.len() / 2).copied(), runs))
    }
}

fn failure(state: &State) -> Option<&Failure> {
    match state {
        State::RolledBack { cause } => Some(&cause.failure),
        State::Stuck { failure, .. } => Some(failure),
        _ => None,
    }
}

fn why(cause: &Cause) -> String {
    cause.diagnosis.as_ref().map_or_else(
        || cause.failure.message.clone(),
        |diagnosis| {
            if diagnosis.cause == switchback_core::diagnosis::Cause::Unknown {
                cause.failure.message.clone()
            } else {
                diagnosis.summary.clone()
            }
        },
    )
}

/// What the artifact, the secrets and the schema mean together.
fn meant(way: Way, schema: SchemaWay) -> WayBack {
    match (way, schema) {
        (Way::Gone(why), _) | (_, SchemaWay::Impossible(why)) => WayBack::Impossible { why },
        (Way::Unknown(why), _) | (_, SchemaWay::Unknown(why)) => WayBack::NoData { why },
        (Way::Whole, SchemaWay::Same) => WayBack::Safe,
        (Way::Whole, SchemaWay::Downs { downs, proven, strayed, losses }) if losses.is_empty() => {
            WayBack::Downs { downs, proven, strayed }
        }
        (Way::Whole, SchemaWay::Downs { downs, proven, strayed, losses }) => {
            WayBack::Loses { downs, proven, strayed, what: losses.iter().map(ToString::to_string).collect() }
        }
    }
}

/// Rows as clients see them.
pub(crate) fn entries(
    rows: &[DeploymentRow],
    target: &TargetRow,
    quarantine: &[QuarantineRow],
    way: impl Fn(RevisionNumber) -> Option<(Way, SchemaWay)>,
) -> Vec<HistoryEntry> {
    let current = target.current.as_ref().map(|current| current.revision);
    let mut all = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let since = |instant: switchback_core::ident::Instant| {
            row.ended.and_then(|ended| u64::try_from(ended.duration_since(instant).as_millis()).ok())
        };
        let outcome = match &row.state {
            State::Succeeded => Outcome::Succeeded,
            State::RolledBack { cause } if row.untouched => Outcome::Aborted { why: why(cause) },
            State::RolledBack { cause } => Outcome::RolledBack { why: why(cause), undo_ms: row.turned.and_then(since) },
            State::Stuck { failure, .. } => Outcome::Stuck { why: failure.message.clone() },
            State::Aborted { reason } => Outcome::Aborted { why: reason.clone() },
            _ => Outcome::Running,
        };
        let quarantined =
            quarantine.iter().any(|held| held.version == row.version && held.service == row.target.service);
        let arrived_before = rows[index + 1..].iter().any(|older| older.revision == row.revision);
        let newest = !rows[..index].iter().any(|newer| newer.revision == row.revision);
        let way_back = match (&outcome, way(row.revision)) {
            _ if Some(row.revision) == current && newest && matches!(outcome, Outcome::Succeeded) => WayBack::RunsNow,
            (Outcome::RolledBack { .. } | Outcome::Aborted { .. } | Outcome::Running, _) => WayBack::NeverRan,
            // It was being undone, so it never came to serve.
            (Outcome::Stuck { .. }, _) if row.kind != Kind::Rollback => WayBack::NeverRan,
            _ if quarantined => WayBack::Quarantined,
            _ if row.kind == Kind::Rollback && arrived_before => WayBack::AsBelow,
            (_, Some((way, schema))) => meant(way, schema),
            (_, None) => WayBack::NoData { why: String::from("not asked") },
        };
        all.push(HistoryEntry {
            deployment: row.id.to_string(),
            kind: row.kind,
            revision: row.revision.0,
            from: row.from.map(|from| from.0),
            version: row.version.clone(),
            notes: row.reason.clone(),
            by: row.by.name.clone(),
            at: row.started,
            took_ms: since(row.started),
            outcome,
            failure: failure(&row.state).map(|failure| failure.kind.code().to_owned()),
            quarantined,
            way_back,
        });
    }
    all
}
