//! Plans as a person sees them: computed, checked, stored under their hash, and nothing changed yet.

use crate::{
    Answer, ApiError, App, app,
    changes::Changes,
    dto::{DrillView, ImageChange, PlanStep, PlanView},
    gates::Question,
    plain, says,
    schema::Planned,
    serving, word,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use switchback_core::{
    failure::{Failure, FailureKind},
    ident::{DeploymentId, RevisionNumber},
    name::Target,
    plan::{Action, Before, InstanceName, Kind, Plan, Undo},
    planner::{self, Intent, Moves},
    port::{InstanceState, RevisionRow, Room, TargetRow},
    said::Said,
    schema::Schema,
    workload::{KubernetesSettings, SecretRef, Settings, Workload, WorkloadKind},
};
use switchback_policy::Resolved;
use ts_rs::TS;

/// How a person goes back.
#[derive(Debug, Clone, Copy, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollbackOptions {
    /// The rows which the downs take with them may go.
    pub lose_data: bool,
    /// All pods at once beside those that run, instead of by the workload's own rule.
    pub urgent: bool,
}

/// How many revisions are looked through for an earlier run of a version.
const LOOKED_AT: u32 = 200;

impl App {
    /// What deploying a version would do.
    pub async fn plan_deploy(&self, target: &str, version: &str) -> Answer<PlanView> {
        let target = app::target(target)?;
        let (document, base) = self.document().await?;
        let resolved = document.target(&target)?;
        if let Some(problem) = document.config_problems(&target).first() {
            let why = problem.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            return Err(ApiError::new("config_wrong", format!("{target}: {} {:?}{why}", problem.key, problem.fault))
                .with("key", &problem.key)
                .hint("Correct the target's `config:` and apply the file."));
        }
        let release = self.release_for(&target, version).await?;
        let row = self.history.target(&target).await?;
        let forwards = Box::pin(self.forwards(&document, &base, &row)).await;
        let mut schema = forwards.map_err(|error| self.open(&row).unwrap_or(error))?;
        schema.warnings.extend(self.made_for_less(&row, version, schema.schema.as_ref()).await?);
        let secrets = self.present_secrets(&resolved).await?;
        let workload = Workload {
            artifact: release.artifact,
            config: resolved.config.clone(),
            secrets,
            settings: resolved.settings.clone(),
            replicas: resolved.replicas,
            schema: schema.schema.clone(),
            health: Some(Box::new(resolved.health.clone())),
        };
        let revision = row.next_revision;
        self.propose(Kind::Deploy, &row, resolved, revision, version.to_owned(), workload, schema, false).await
    }

    /// Says that a version ran here on a schema that has grown since: going back to its revision takes the schema along,
    /// deploying it anew does not.
    async fn made_for_less(&self, row: &TargetRow, version: &str, now: Option<&Schema>) -> Answer<Option<Said>> {
        let (Some(now), Some(current)) = (now, &row.current) else { return Ok(None) };
        let prior = self.history.revisions(&row.target, LOOKED_AT).await?;
        let ran = |row: &&RevisionRow| row.ran && row.version == version && row.revision != current.revision;
        let Some(prior) = prior.iter().find(ran) else { return Ok(None) };
        let Some(then) = &prior.workload.schema else { return Ok(None) };
        let known = |version: &str| then.versions.iter().any(|pin| pin.version == version);
        let more = now.versions.iter().map(|pin| pin.version.as_str()).filter(|version| !known(version));
        let more: Vec<&str> = more.collect();
        Ok((!more.is_empty()).then(|| says::made_for_less(version, prior.revision, more.join(", "))))
    }

    /// What going back to a revision would do: all of its content, by digest.
    pub async fn plan_rollback(&self, target: &str, revision: Option<u32>, way: RollbackOptions) -> Answer<PlanView> {
        let target = app::target(target)?;
        let (document, base) = self.document().await?;
        let resolved = document.target(&target)?;
        let row = self.history.target(&target).await?;
        let present = row.current.as_ref().map(|current| current.revision);
        // It is not known to run while a deployment away from it has not ended.
        if let Some(open) = self.open(&row).filter(|_| revision.map(RevisionNumber) == present) {
            return Err(open);
        }
        let revision = self.prior(&target, present, revision).await?;
        let prior = self.history.revision(&target, revision).await?;
        let wanted = prior.workload.schema.as_ref();
        let backwards = Box::pin(self.backwards(&document, &base, &row, wanted, way.lose_data)).await;
        // Where the database stands is what a deployment that has not ended left, and that one is to be ended first.
        let schema = backwards.map_err(|error| self.open(&row).unwrap_or(error))?;
        self.propose(Kind::Rollback, &row, resolved, revision, prior.version, prior.workload, schema, way.urgent).await
    }

    /// A revision that can be gone back to: the one that is asked for, else what ran when the current one came. What a
    /// person went back from is not gone back to.
    pub(crate) async fn prior(
        &self,
        target: &Target,
        current: Option<RevisionNumber>,
        asked: Option<u32>,
    ) -> Answer<RevisionNumber> {
        let before = async || match current {
            Some(current) => self.history.before(target, current).await,
            None => Ok(self.history.revisions(target, 1).await?.pop()),
        };
        let revision = match asked {
            Some(number) => RevisionNumber(number),
            None => before().await?.ok_or_else(|| nothing_before(target, current))?.revision,
        };
        if Some(revision) == current {
            return Err(ApiError::new("bad_input", format!("{revision} runs now"))
                .hint("Choose another revision; `switchback history` lists them."));
        }
        let known = self.history.revision(target, revision).await.map_err(|error| match ApiError::from(error) {
            error if error.code == "not_found" => {
                error.hint(format!("`switchback history {} {}` lists them.", target.service, target.environment))
            }
            error => error,
        })?;
        if !known.ran {
            return Err(ApiError::new("bad_input", format!("{revision} never served: it was undone"))
                .hint("Choose a revision that did."));
        }
        Ok(revision)
    }

    /// The references of today's secrets.
    pub(crate) async fn present_secrets(&self, resolved: &Resolved) -> Answer<BTreeMap<String, SecretRef>> {
        let mut secrets = BTreeMap::new();
        for (key, name) in &resolved.secrets {
            secrets.insert(key.clone(), self.ports().secrets.current(name).await?);
        }
        Ok(secrets)
    }

    #[allow(clippy::too_many_arguments)]
    async fn propose(
        &self,
        kind: Kind,
        row: &TargetRow,
        resolved: Resolved,
        revision: RevisionNumber,
        version: String,
        workload: Workload,
        schema: Planned,
        urgent: bool,
    ) -> Answer<PlanView> {
        let runtime = self.runtime(workload.settings.kind())?;
        let (free, leftovers, by_hand) = tokio::join!(
            runtime.check(&workload),
            self.leftovers(row, &workload),
            self.changed_by_hand(row.current.as_ref(), &workload)
        );
        free?;
        let (leftovers, by_hand) = (leftovers?, by_hand?);
        let room = if urgent { Some(self.room(&workload).await?) } else { None };
        let protected = resolved.protected;
        let mut intent = self.intent(kind, row, resolved, revision, version, workload, leftovers);
        intent.schema = schema.moves;
        intent.surge = room.as_ref().map(|room| room.pods);
        let plan = planner::plan(intent);
        let unserved = serving::while_downs(&plan);
        let readable = plain::told(&plan.target, &plan.workload.config).filter(|_| kind == Kind::Deploy);
        let mut view = Box::pin(self.offer(plan, protected)).await?;
        view.warnings.extend(self.stuck().await?.get(&row.target).map(|stuck| says::stuck(&stuck.why)));
        view.warnings.extend(schema.warnings);
        view.warnings.extend(unserved);
        view.warnings.extend(readable);
        view.warnings.extend(by_hand);
        view.warnings.extend(room.map(|room| says::urgent(room.pods, room.counted)));
        Ok(view)
    }

    /// How many pods may start at once on an urgent way back.
    async fn room(&self, workload: &Workload) -> Answer<Room> {
        let slower = "Go back without the urgent way: by the target's own strategy.";
        let none = |said: String| ApiError::new("no_urgent_way", said).hint(slower);
        match self.runtime(workload.settings.kind())?.room(workload).await {
            Ok(room) if room.pods == 0 => Err(none(format!("there is no room for more pods: {}", room.counted))),
            Err(Failure { kind: FailureKind::Other, message, .. }) => Err(none(message)),
            room => Ok(room?),
        }
    }

    /// What a plan is computed from, as the policy has it.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn intent(
        &self,
        kind: Kind,
        row: &TargetRow,
        resolved: Resolved,
        revision: RevisionNumber,
        version: String,
        workload: Workload,
        leftovers: Vec<InstanceName>,
    ) -> Intent {
        Intent {
            deployment: DeploymentId(self.ports().ids.next()),
            kind,
            target: row.target.clone(),
            now: self.ports().clock.now(),
            before: row.current.clone(),
            leftovers,
            revision,
            version,
            // A revision is judged by the gate it came with: a later release may have brought another path.
            health: workload.health.clone().map_or(resolved.health, |own| *own),
            workload,
            strategy: resolved.strategy,
            smoke: resolved.smoke,
            before_deploy: resolved.before_deploy,
            after_deploy: resolved.after_deploy,
            pause_after_rollback: resolved.pause_after_rollback,
            schema: Moves::default(),
            surge: None,
        }
    }

    /// Stores a plan under its hash and shows it.
    pub(crate) async fn offer(&self, plan: Plan, protected: bool) -> Answer<PlanView> {
        self.ports().ledger.propose(&plan, self.ports().clock.now()).await?;
        self.view(plan, protected).await
    }

    /// Instances of ours that are neither current nor the current one's way back once this plan is through. What another
    /// history deployed here under the same name is not ours to remove, and not ours to replace.
    pub(crate) async fn leftovers(&self, row: &TargetRow, workload: &Workload) -> Answer<Vec<InstanceName>> {
        let current: BTreeSet<&InstanceName> = row.current.iter().flat_map(|current| &current.instances).collect();
        let observed = self.runtime(workload.settings.kind())?.observe(&workload.settings, &row.target).await?;
        let mut left = Vec::new();
        for one in observed.into_iter().filter(|one| !current.contains(&one.name)) {
            let ours = match one.name.deployment() {
                Some(short) => self.history.knows(&row.target, short).await?,
                None => true,
            };
            match one.state {
                _ if ours => left.push(one.name),
                InstanceState::Running { .. } => return Err(another_history(&row.target, &one.name, workload)),
                _ => {}
            }
        }
        Ok(left)
    }

    async fn view(&self, plan: Plan, protected: bool) -> Answer<PlanView> {
        let (estimate_ms, past_runs_ms) = self.estimate(&plan.target, plan.kind).await?;
        let before = plan.before.as_ref();
        let checks = self.checks(&plan).await;
        let (document, base) = self.document().await?;
        let version = Some(plan.version.as_str());
        let question = Question {
            document: &document,
            base: &base,
            target: &plan.target,
            kind: plan.kind,
            version,
            plan: Some(&plan),
        };
        let (gates, _) = self.verdicts(&question).await?;
        let undoes = match (plan.kind, before) {
            (Kind::Rollback, Some(before)) => self.undone_between(&plan.target, plan.revision, before).await?,
            _ => 0,
        };
        let old = before.map(|before| &before.workload);
        let image = match old {
            Some(old) => Some(old.artifact.brief()),
            // A preview is shown all the same where the runtime does not answer.
            None => self.foreign(&plan.workload.settings).await.unwrap_or_default(),
        };
        let Changes { config, secrets, settings } = Changes::between(old, &plan.workload);
        let mut warnings = Vec::new();
        if let Some(before) = before.filter(|before| plan.instances.len() < before.instances.len()) {
            warnings.push(says::fewer(plan.instances.len(), before.instances.len()));
        }
        Ok(PlanView {
            drill: self.last_drill(&plan).await?,
            urgent: urgent(&plan),
            plan_hash: plan.hash().to_string(),
            target: plan.target.to_string(),
            kind: plan.kind,
            protected,
            from_revision: before.map(|before| before.revision.0),
            from_version: before.map(|before| before.version.clone()),
            to_revision: plan.revision.0,
            to_version: plan.version.clone(),
            undoes_releases: undoes,
            image: ImageChange { before: image, after: plan.workload.artifact.brief() },
            config,
            config_keys: either(old.map(|old| &old.config), &plan.workload.config),
            secrets,
            secret_keys: either(old.map(|old| &old.secrets), &plan.workload.secrets),
            settings,
            checks,
            gates,
            steps: plan
                .steps
                .iter()
                .enumerate()
                .map(|(index, step)| PlanStep {
                    number: index + 1,
                    action: word::action(&step.action).to_owned(),
                    detail: word::detail(&step.action),
                    undo: match &step.undo {
                        Undo::Nothing => None,
                        Undo::By { action } => Some(word::action(action).to_owned()),
                    },
                })
                .collect(),
            estimate_ms,
            past_runs_ms,
            warnings,
        })
    }

    async fn last_drill(&self, plan: &Plan) -> Answer<Option<DrillView>> {
        let drills = self.drillbook.drills(&plan.target, 50).await?;
        let there = drills.iter().find(|drill| drill.to == plan.revision && drill.outcome.is_some());
        Ok(there.map(DrillView::of))
    }

    async fn undone_between(&self, target: &Target, to: RevisionNumber, before: &Before) -> Answer<u32> {
        let ran = self.history.revisions(target, 1000).await?;
        let between = ran.iter().filter(|row| row.revision > to && row.revision <= before.revision).count();
        Ok(u32::try_from(between).unwrap_or(u32::MAX))
    }
}

/// How many keys there are on one side or the other: what is removed is one of those that change.
fn either<V>(before: Option<&BTreeMap<String, V>>, after: &BTreeMap<String, V>) -> usize {
    let gone = before.map_or(0, |before| before.keys().filter(|key| !after.contains_key(*key)).count());
    after.len() + gone
}

/// Whether a rollback takes the urgent way; `None` where there is none.
fn urgent(plan: &Plan) -> Option<bool> {
    let Settings::Kubernetes(KubernetesSettings { workload: WorkloadKind::Deployment, .. }) = &plan.workload.settings
    else {
        return None;
    };
    let raised = plan.steps.iter().any(|step| matches!(step.action, Action::RaiseSurge { .. }));
    (plan.kind == Kind::Rollback).then_some(raised)
}

fn nothing_before(target: &Target, current: Option<RevisionNumber>) -> ApiError {
    let said = match current {
        Some(current) => format!("{target} has no prior revision: nothing ran before {current}"),
        None => format!("{target} has no prior revision: nothing ever ran there"),
    };
    ApiError::new("not_found", said)
        .hint("Choose a revision with --to (`switchback history` lists them), or deploy a release that works.")
}

fn another_history(target: &Target, name: &InstanceName, workload: &Workload) -> ApiError {
    let said = format!("{name} serves {target} and is not in this history: another Switchback home deployed it");
    let error = ApiError::new("deployed_elsewhere", said).with("target", target).with("instance", name);
    let lost = match &workload.settings {
        Settings::Kubernetes(settings) => {
            let (workload, namespace) = (settings.reference(), &settings.namespace);
            let back = format!("kubectl replace --namespace {namespace} -f MANIFEST");
            let import = format!("switchback import {workload} {target} --namespace {namespace}");
            return error.with("back", &back).with("import", &import).hint(format!(
                "Deploy from that home (--home DIR), or put its backup there. Is it lost, give {workload} back to its \
                 manifest, with the image that is to serve: `{back}` changes its pods over by their own rule; then deploy, \
                 or `{import}`."
            ));
        }
        Settings::Docker(_) => format!("`docker rm --force {name}` ends what serves; then deploy."),
        Settings::Process(_) => format!("end the process of {name}, whose command line names that home; then deploy."),
    };
    error.hint(format!("Deploy from that home (--home DIR), or put its backup there. Is it lost, {lost}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_on_either_side() {
        let of = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), 1)).collect::<BTreeMap<_, _>>();
        assert_eq!(either(Some(&of(&["A", "B"])), &of(&["B"])), 2);
        assert_eq!(either(Some(&of(&["A"])), &of(&["B"])), 2);
        assert_eq!(either(None, &of(&["B"])), 1);
    }
}
