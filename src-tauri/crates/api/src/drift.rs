//! Drift: what somebody changed by hand, told, and either taken as the truth or put back.

use crate::{
    Answer, ApiError, App,
    app::target,
    dto::{DriftView, PlanView},
    says,
    standing::Standing,
    taking::{Taking, workload},
};
use switchback_core::{
    drift::{between, content},
    name::Target,
    plan::{Before, InstanceName, Kind, Plan},
    planner,
    port::{Found, LedgerError, TargetRow},
    release::Release,
    said::Said,
    strategy::Router,
    workload::{SecretRef, Settings, Workload},
};
use switchback_policy::Resolved;

/// A target with all that is known of it.
struct Looked {
    resolved: Resolved,
    row: TargetRow,
    current: Before,
    standing: Standing,
}

impl App {
    /// What differs from what was deployed, by target; targets as they should be are left out.
    pub async fn drift(&self) -> Answer<Vec<DriftView>> {
        let (document, _) = self.document().await?;
        let mut all = Vec::new();
        for target in document.targets.keys() {
            let row = self.history.target(target).await?;
            // A deployment under way is what changes things.
            let Some(current) = row.current.clone().filter(|_| row.running.is_none()) else { continue };
            let mut view = DriftView {
                target: target.to_string(),
                revision: current.revision.0,
                version: current.version.clone(),
                differences: Vec::new(),
                error: None,
            };
            match self.looked(target).await {
                Ok(looked) => view.differences = looked.standing.differences,
                Err(error) => view.error = Some(error),
            }
            if view.error.is_some() || !view.differences.is_empty() {
                all.push(view);
            }
        }
        Ok(all)
    }

    /// What taking the present state as the truth would record: a new revision, and nothing is started or stopped.
    pub async fn plan_adopt(&self, name: &str, taking: &Taking) -> Answer<PlanView> {
        let target = target(name)?;
        let Looked { resolved, row, current, standing } = self.drifted(&target).await?;
        let taken = standing.serving();
        let alike = taken.len() == current.instances.len()
            && taken.iter().all(|found| between(&current.workload, found, router(&resolved).is_some()).is_empty());
        if taken.is_empty() || alike {
            let told = if taken.is_empty() { "nothing runs" } else { "what was deployed runs as it should" };
            return Err(ApiError::new(
                "not_found",
                format!("{target}: {told}, so there is nothing to take as the truth"),
            )
            .hint(format!("`switchback drift revert {target}` puts back what is recorded.")));
        }
        let workload = self.taken(&target, &current.workload, &resolved, &taken, taking).await?;
        let version = self.version_of(&target, taken[0], &workload, &current).await?;
        let names: Vec<InstanceName> = taken.iter().map(|found| found.name.clone()).collect();
        let warning = policy_says_otherwise(&resolved, &workload);
        let protected = resolved.protected;
        let revision = row.next_revision;
        let intent = self.intent(Kind::Adopt, &row, resolved, revision, version, workload, Vec::new());
        let mut view = self.offer(planner::adopt(intent, names), protected).await?;
        view.warnings.extend(warning);
        Ok(view)
    }

    /// What bringing back the recorded revision would do.
    pub async fn plan_revert(&self, name: &str) -> Answer<PlanView> {
        let target = target(name)?;
        let Looked { resolved, row, current, standing } = self.drifted(&target).await?;
        let leftovers = self.leftovers(&row, &current.workload).await?;
        let protected = resolved.protected;
        let (revision, version, workload) = (current.revision, current.version.clone(), current.workload.clone());
        // Undone, it leaves what really ran.
        let row = TargetRow { current: Some(present(&current, &standing)), ..row };
        let intent = self.intent(Kind::Rollback, &row, resolved, revision, version, workload, leftovers);
        self.offer(planner::plan(intent), protected).await
    }

    async fn looked(&self, target: &Target) -> Answer<Looked> {
        let (document, _) = self.document().await?;
        let resolved = document.target(target)?;
        let row = self.history.target(target).await?;
        if let Some(open) = self.open(&row) {
            return Err(open);
        }
        let current = row.current.clone().ok_or_else(|| {
            ApiError::new("not_found", format!("nothing was ever deployed to {target}"))
                .hint("`switchback import` takes over what runs there.")
        })?;
        let standing = self.standing(&row, &current, router(&resolved)).await?;
        Ok(Looked { resolved, row, current, standing })
    }

    async fn drifted(&self, target: &Target) -> Answer<Looked> {
        let looked = self.looked(target).await?;
        if looked.standing.differences.is_empty() {
            return Err(ApiError::new("bad_input", format!("{target} runs as it was deployed")));
        }
        Ok(looked)
    }

    /// The content of what was found, in the place of `recorded`.
    async fn taken(
        &self,
        target: &Target,
        recorded: &Workload,
        resolved: &Resolved,
        taken: &[&Found],
        taking: &Taking,
    ) -> Answer<Workload> {
        let first = taken[0];
        let (config, secrets) = match &first.settings {
            // A supervisor was told both by us; nobody can change them under it.
            Settings::Process(_) => (recorded.config.clone(), recorded.secrets.clone()),
            Settings::Docker(_) | Settings::Kubernetes(_) => {
                let mut names = resolved.secrets.clone();
                names.extend(recorded.secrets.iter().map(|(variable, secret)| (variable.clone(), secret.name.clone())));
                let sorted = self.sort(target, first, &names, &recorded.secrets, taking).await?;
                let unset = sorted.new.into_iter().map(|(variable, (name, _))| (variable, SecretRef::unset(name)));
                let secrets = sorted.known.into_iter().chain(unset).collect();
                // A variable that the image sets just as it was asked for is no change.
                let same = |(name, value): &(&String, &String)| first.inherited.get(*name) == Some(value);
                let inherited = recorded.config.iter().filter(same);
                let inherited: Vec<_> = inherited.map(|(name, value)| (name.clone(), value.clone())).collect();
                let mut config = sorted.config;
                config.extend(inherited);
                (config, secrets)
            }
        };
        let mut workload = workload(taken, config, secrets)?;
        keep_ours(&mut workload.settings, &recorded.settings, router(resolved).is_some());
        if let Some(other) =
            taken.iter().find(|found| !content(&workload, found, router(resolved).is_some()).is_empty())
        {
            let told = format!("{} and {} differ from each other", first.name, other.name);
            return Err(ApiError::new("conflict", told)
                .hint(format!("`switchback drift revert {target}` puts back what is recorded.")));
        }
        Ok(workload)
    }

    /// What planning left undone because it changes nothing: what is to be a secret is given to the keychain, and what
    /// was no release becomes one.
    pub(crate) async fn settle_adopted(&self, plan: &mut Plan) -> Answer<()> {
        if plan.workload.secrets.values().any(SecretRef::is_unset) {
            let looked = self.looked(&plan.target).await?;
            let found = looked.standing.serving().into_iter().next().ok_or_else(|| stale(&plan.target))?;
            let mut settled = plan.workload.secrets.clone();
            for (variable, reference) in settled.iter_mut().filter(|(_, reference)| reference.is_unset()) {
                let value = found.env.get(variable).ok_or_else(|| stale(&plan.target))?;
                reference.fingerprint = self.secret_set(&reference.name, value.clone()).await?;
            }
            plan.workload.secrets = settled;
        }
        let known = self.history.releases(&plan.target.service).await?;
        if known.iter().all(|release| release.version != plan.version) {
            self.add_found(&plan.target, &plan.version, &plan.workload, "found running").await?;
        }
        Ok(())
    }

    /// What people call what is adopted: the release that has this content, the current one's version when only its
    /// surroundings changed, else a version of its own.
    async fn version_of(
        &self,
        target: &Target,
        found: &Found,
        workload: &Workload,
        current: &Before,
    ) -> Answer<String> {
        if workload.artifact.digest() == current.workload.artifact.digest() {
            return Ok(current.version.clone());
        }
        let releases = self.history.releases(&target.service).await?;
        if let Some(known) = releases.iter().find(|release| release.artifact.digest() == workload.artifact.digest()) {
            return Ok(known.version.clone());
        }
        let tag = found.written.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains(['/', '@']));
        let free = |version: &&str| releases.iter().all(|release| release.version != **version);
        let fallback = format!("found-{}", workload.artifact.digest().short());
        Ok(tag.filter(|tag| *tag != "latest").filter(free).unwrap_or(&fallback).to_owned())
    }

    /// Adds what was found running as a release.
    pub(crate) async fn add_found(&self, target: &Target, version: &str, found: &Workload, notes: &str) -> Answer<()> {
        let service = target.service.clone();
        let release = Release {
            service,
            version: version.to_owned(),
            artifact: found.artifact.clone(),
            commit: None,
            notes: notes.chars().take(Release::NOTES).collect(),
            by: self.actor.name.clone(),
            added_at: self.ports().clock.now(),
        };
        match self.ports().ledger.add_release(&release, &self.added(&release)).await {
            Err(LedgerError::Conflict { why }) => {
                Err(ApiError::new("conflict", why).hint("Give it another version with --version."))
            }
            other => Ok(other?),
        }
    }
}

fn stale(target: &Target) -> ApiError {
    ApiError::new("plan_stale", format!("what runs on {target} is not what the plan was made from"))
        .hint("Look at a new plan.")
}

pub(crate) fn router(resolved: &Resolved) -> Option<&Router> {
    planner::router(&resolved.strategy)
}

/// What a container cannot tell of itself stays as it was recorded.
fn keep_ours(found: &mut Settings, recorded: &Settings, routed: bool) {
    if let (Settings::Docker(found), Settings::Docker(recorded)) = (found, recorded) {
        found.engine = recorded.engine.clone();
        found.grace = recorded.grace;
        if routed {
            found.publish.clone_from(&recorded.publish);
        }
    }
}

/// What runs in truth, as the state to come back to when reverting fails. Only what is there is named; of something that
/// is not ours nothing is kept but its name and image, because its variables may be secrets.
fn present(current: &Before, standing: &Standing) -> Before {
    let there = standing.recorded.iter().filter(|one| one.found.is_some());
    let ours = Before { instances: there.map(|one| one.name.clone()).collect(), ..current.clone() };
    let ours_run = standing.recorded.iter().any(|one| one.found.as_ref().is_some_and(|found| found.running.is_some()));
    let Some(stranger) = standing.strangers.first().filter(|_| !ours_run) else { return ours };
    let Some(artifact) = stranger.artifact.clone() else { return ours };
    let mut workload = Workload { artifact, settings: stranger.settings.clone(), ..current.workload.clone() };
    keep_ours(&mut workload.settings, &current.workload.settings, false);
    Before { workload, instances: standing.strangers.iter().map(|one| one.name.clone()).collect(), ..current.clone() }
}

/// The next deployment takes its configuration from the policy file: what was adopted has to be written there too.
fn policy_says_otherwise(resolved: &Resolved, workload: &Workload) -> Option<Said> {
    let differs = |(key, value): &(&String, &String)| resolved.config.get(*key) != Some(value);
    let mut keys: Vec<&String> = workload.config.iter().filter(differs).map(|(key, _)| key).collect();
    keys.extend(resolved.config.keys().filter(|key| !workload.config.contains_key(*key)));
    let keys = keys.into_iter().cloned().collect::<Vec<_>>().join(", ");
    (!keys.is_empty()).then(|| says::policy_differs(keys))
}
