//! The board: what runs where, whether it is well, and whether there is a way back.

use crate::{
    Answer, ApiError, App,
    dto::{
        Board, BoardRow, Cell, ConditionView, CurrentRevision, Deploying, EnvironmentHead, Health, OverrideView, Pause,
        Readiness, ScheduleView, StuckAt,
    },
    history::entries,
    readiness::Way,
    word,
};
use std::collections::BTreeMap;
use switchback_core::{
    deployment::State,
    drift::Part,
    name::{Service, Target},
    plan::{Before, Kind},
    port::{DeploymentRow, QuarantineRow, TargetRow},
    strategy::Strategy,
    workload::{RuntimeKind, Settings},
};
use switchback_engine::certainly_dead;
use switchback_policy::{Document, Resolved};

/// Rows of the small track.
const TRACK: u32 = 8;
/// What people call the environment that everything is released to in the end.
const PRODUCTION: [&str; 2] = ["production", "prod"];

impl App {
    /// Whether nothing is configured, so that the board has no rows.
    pub async fn is_empty(&self) -> Answer<bool> {
        Ok(self.policy_in_force().await?.is_none_or(|(document, _)| document.targets.is_empty()))
    }

    /// What runs where.
    pub async fn board(&self) -> Answer<Board> {
        let now = self.ports().clock.now();
        let Some((document, _)) = self.policy_in_force().await? else {
            return Ok(Board {
                environments: Vec::new(),
                rows: Vec::new(),
                checked_at: now,
                overrides: self.overrides(true).await?,
                demo: self.home.demo,
                actor: self.actor.name.clone(),
            });
        };
        let quarantine = self.history.quarantine().await?;
        let overrides = self.overrides(true).await?;
        let scheduled = self.scheduled(true).await?;
        let stuck = self.stuck().await?;
        let cells = futures::future::join_all(document.targets.keys().map(|target| async {
            let cell = self.cell(&document, target, &quarantine, &overrides, &scheduled).await;
            Cell { stuck: stuck.get(target).cloned(), ..cell }
        }))
        .await;
        // A history that is damaged is no matter of one target.
        let mut errors = cells.iter().filter_map(|cell| cell.error.as_ref());
        if let Some(error) = errors.find(|error| error.code == "database_unreadable") {
            return Err(error.clone());
        }
        let mut rows: BTreeMap<Service, BoardRow> = BTreeMap::new();
        for (target, cell) in document.targets.keys().zip(cells) {
            let runtime = document.target(target).map_or(RuntimeKind::Docker, |resolved| resolved.settings.kind());
            rows.entry(target.service.clone())
                .or_insert_with(|| BoardRow { service: target.service.to_string(), runtime, cells: Vec::new() })
                .cells
                .push(cell);
        }
        let environments = document
            .environments
            .iter()
            .filter(|(name, _)| document.targets.keys().any(|target| &target.environment == *name))
            .map(|(name, environment)| EnvironmentHead {
                name: name.to_string(),
                zone: environment.zone.clone().unwrap_or_else(|| "UTC".to_owned()),
                protected: environment.protected,
            });
        // Production stands last, whether or not it is protected yet: releases move to the right.
        let mut environments: Vec<EnvironmentHead> = environments.collect();
        environments
            .sort_by_key(|environment| (environment.protected, PRODUCTION.contains(&environment.name.as_str())));
        let here = |one: &OverrideView| document.targets.keys().any(|target| one.target == Some(target.to_string()));
        Ok(Board {
            environments,
            rows: rows.into_values().collect(),
            checked_at: now,
            overrides: overrides.iter().filter(|one| !here(one)).cloned().collect(),
            demo: self.home.demo,
            actor: self.actor.name.clone(),
        })
    }

    async fn cell(
        &self,
        document: &Document,
        target: &Target,
        quarantine: &[QuarantineRow],
        overrides: &[OverrideView],
        scheduled: &[ScheduleView],
    ) -> Cell {
        let mut cell = Cell {
            target: target.to_string(),
            environment: target.environment.to_string(),
            current: None,
            foreign: None,
            health: Health::Absent,
            readiness: Readiness::None,
            deploying: None,
            stuck: None,
            quarantined: quarantine
                .iter()
                .filter(|row| row.service == target.service)
                .map(|row| row.version.clone())
                .collect(),
            paused: None,
            overrides: overrides.iter().filter(|one| one.target == Some(target.to_string())).cloned().collect(),
            scheduled: scheduled.iter().find(|one| one.target == target.to_string()).cloned(),
            drift: Vec::new(),
            track: Vec::new(),
            error: None,
        };
        if let Err(error) = self.fill(document, target, quarantine, &mut cell).await {
            cell.health = Health::NoData { why: error.to_string() };
            cell.error = Some(error);
        }
        cell
    }

    /// The targets that wait for a person, and why.
    pub(crate) async fn stuck(&self) -> Answer<BTreeMap<Target, StuckAt>> {
        let mut all = BTreeMap::new();
        for (id, target) in self.ports().ledger.stuck().await? {
            if let State::Stuck { failure, .. } = self.history.deployment(id).await?.state {
                all.insert(target, StuckAt { deployment: id.to_string(), why: failure.message });
            }
        }
        Ok(all)
    }

    async fn fill(
        &self,
        document: &Document,
        target: &Target,
        quarantine: &[QuarantineRow],
        cell: &mut Cell,
    ) -> Result<(), ApiError> {
        let row = self.history.target(target).await?;
        cell.paused = row.paused.clone().map(|(since, by, reason)| Pause { since, by, reason });
        let page = self.history.deployments(target, None, TRACK).await?;
        cell.track = entries(&page.rows, &row, quarantine, |_| None);
        if let Some((current, (at, by))) = row.current.as_ref().zip(row.arrived.as_ref()) {
            cell.current = Some(CurrentRevision {
                revision: current.revision.0,
                version: current.version.clone(),
                by: by.name.clone(),
                at: *at,
                instances: current.instances.len(),
            });
        }
        if let Some(running) = row.running {
            cell.deploying = Some(self.deploying(running, self.held(&row)).await?);
        }
        let resolved = document.target(target)?;
        cell.readiness = self.readiness(target, &row, &resolved.strategy).await?;
        let Some(current) = &row.current else {
            // Nothing to hold it against, but whether its runtime answers is asked all the same.
            self.runtime(resolved.settings.kind())?.observe(&resolved.settings, target).await?;
            cell.foreign = self.foreign(&resolved.settings).await?;
            return Ok(());
        };
        let (condition, pods) = self.condition(&row, current, &resolved, &page.rows).await?;
        if let (Some(current), Some(pods)) = (&mut cell.current, pods) {
            current.instances = pods;
        }
        (cell.health, cell.drift) = (condition.health, condition.drift);
        Ok(())
    }

    /// How what runs in a target is, as its cell has it.
    pub(crate) async fn condition_of(
        &self,
        document: &Document,
        target: &Target,
        current: &Before,
    ) -> Answer<ConditionView> {
        let row = self.history.target(target).await?;
        let past = self.history.deployments(target, None, TRACK).await?.rows;
        Ok(self.condition(&row, current, &document.target(target)?, &past).await?.0)
    }

    /// How what is recorded as current is, and how many pods of it serve where the runtime counts them.
    async fn condition(
        &self,
        row: &TargetRow,
        current: &Before,
        resolved: &Resolved,
        past: &[DeploymentRow],
    ) -> Answer<(ConditionView, Option<usize>)> {
        let standing = self.standing(row, current, crate::drift::router(resolved)).await?;
        let (mut down, idle) = (standing.down(), standing.idle());
        down.extend(standing.cut_off.clone());
        // While a deployment has not ended its own steps explain what is down and what differs.
        let under_way = row.running.is_some() && self.held(row);
        let mut drift = Vec::new();
        if row.running.is_none() {
            // What is down stands in its health already.
            let changed =
                standing.differences.iter().filter(|one| one.part != Part::Instance || one.recorded.is_none());
            drift.extend(changed.map(ToString::to_string));
            if current.workload.schema.is_some() {
                drift.extend(self.left_undone(past).await);
            }
        }
        let left = row.running.is_some() && standing.may_serve(resolved.settings.kind());
        let health = match (idle, left) {
            _ if under_way => Health::Healthy,
            (_, true) => Health::NoData { why: "a deployment was interrupted".to_owned() },
            _ if !down.is_empty() => Health::Unhealthy { why: down.join("; ") },
            (Some(why), _) => Health::Idle { why },
            (None, _) => Health::Healthy,
        };
        Ok((ConditionView { health, drift }, standing.pods()))
    }

    /// The image that a workload serves as its own manifest has it, where we have deployed nothing.
    pub(crate) async fn foreign(&self, settings: &Settings) -> Answer<Option<String>> {
        if settings.kind() != RuntimeKind::Kubernetes {
            return Ok(None);
        }
        let found = self.runtime(settings.kind())?.foreign(settings).await?;
        Ok(found.into_iter().find(|one| one.running.is_some()).map(|one| one.written))
    }

    /// Whether whoever has the target's lease may still be alive.
    pub(crate) fn held(&self, row: &TargetRow) -> bool {
        row.lease.as_ref().is_some_and(|(owner, ..)| !certainly_dead(owner, &self.ports().owner))
    }

    async fn deploying(&self, id: switchback_core::ident::DeploymentId, held: bool) -> Answer<Deploying> {
        let (plan, _) = self.ports().ledger.load(id).await?;
        let row = self.history.deployment(id).await?;
        let step = match &row.state {
            State::Running { step, .. } | State::RollingBack { step: Some(step), .. } => *step,
            _ => 0,
        };
        let phase = match &row.state {
            State::RollingBack { .. } => "rollback",
            _ => plan.steps.get(step).map_or("prepare", |step| word::action(&step.action)),
        };
        Ok(Deploying {
            deployment: id.to_string(),
            from: row.from_version,
            to: row.version,
            step,
            steps: plan.steps.len(),
            phase: phase.to_owned(),
            held,
            started_at: row.started,
        })
    }

    async fn readiness(&self, target: &Target, row: &TargetRow, strategy: &Strategy) -> Answer<Readiness> {
        let Some(current) = &row.current else { return Ok(Readiness::None) };
        let Some(prior) = self.history.before(target, current.revision).await? else { return Ok(Readiness::None) };
        let revision = prior.revision.0;
        let way = match self.way_back(&prior.workload).await {
            Way::Whole => self.switchable(target, strategy, &prior.workload.settings).await,
            other => other,
        };
        Ok(match way {
            Way::Whole => Readiness::Ready { revision, estimate_ms: self.estimate(target, Kind::Rollback).await?.0 },
            Way::Gone(why) | Way::Unknown(why) => Readiness::NotReady { revision, why },
        })
    }
}
