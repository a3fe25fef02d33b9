//! Starting, stopping and confirming deployments.

use crate::{
    Answer, ApiError, App, Overriding,
    app::{deployment, reason},
};
use switchback_core::{
    deployment::State,
    ident::DeploymentId,
    name::Target,
    plan::Kind,
    port::{LedgerError, TargetRow},
    record::Consequence,
    workload::Settings,
};
use switchback_engine::EngineError;
use tokio::task::JoinHandle;

impl App {
    /// Starts exactly the plan a person saw; the deployment runs on in this process. `confirm` is the environment's
    /// name where it is protected.
    pub async fn start(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
    ) -> Answer<DeploymentId> {
        Ok(self.start_with(plan_hash, why, confirm, overriding, Vec::new()).await?.0)
    }

    /// The same, with what else is written when it begins; the task ends with the deployment.
    pub(crate) async fn start_with(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
        more: Vec<Consequence>,
    ) -> Answer<(DeploymentId, JoinHandle<()>)> {
        let (id, settings, run) = self.commit(plan_hash, why, confirm, overriding, more).await?;
        let app = self.clone();
        // The journal is what finishes it if this task, or the process, dies.
        let running = tokio::spawn(async move {
            let ended = run.finish().await;
            app.tidy(&settings).await;
            if let Err(error) = ended {
                tracing::error!(%error, deployment = %id, "the deployment stopped where its journal says; it will be resumed");
            }
        });
        Ok((id, running))
    }

    /// Starts a plan and waits for its end. `overriding` says why closed gates are passed.
    pub async fn execute(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
    ) -> Answer<(DeploymentId, State)> {
        let (id, settings, run) = self.commit(plan_hash, why, confirm, overriding, Vec::new()).await?;
        let ended = run.finish().await.map_err(|error| left(id, error))?;
        self.tidy(&settings).await;
        Ok((id, ended))
    }

    async fn commit(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        overriding: Option<&Overriding>,
        more: Vec<Consequence>,
    ) -> Answer<(DeploymentId, Settings, switchback_engine::Run)> {
        let why = reason(why)?;
        let mut plan = self.ports().ledger.proposed(plan_hash).await?;
        let (document, base) = self.document().await?;
        let resolved = document.target(&plan.target)?;
        confirmed(&plan.target, resolved.protected, confirm)?;
        // Where gates are passed, that is noted: not for what cannot begin.
        if overriding.is_some() {
            self.can(&plan).await?;
            self.pass((&document, &base), &plan, overriding).await?;
        } else {
            self.pass((&document, &base), &plan, None).await?;
            self.can(&plan).await?;
        }
        if plan.kind == Kind::Adopt {
            self.settle_adopted(&mut plan).await?;
        }
        let (id, settings) = (plan.deployment, plan.workload.settings.clone());
        Ok((id, settings, self.engine.begin_with(plan, self.actor.clone(), why, more).await?))
    }

    /// Removes copies of releases that no revision needs that ever ran: those of releases that were undone. A failure costs
    /// room on the disk and nothing else, and the next deployment tries again.
    pub(crate) async fn tidy(&self, settings: &Settings) {
        let tidied = async {
            let needed = self.history.artifacts().await?;
            let removed = self.runtime(settings.kind())?.tidy(settings, &needed).await?;
            if !removed.is_empty() {
                let why = "no revision that ran is made of it";
                self.ports().ledger.note(&self.audit_line("copies.removed", removed.join(", "), why)).await?;
            }
            Ok::<(), ApiError>(())
        };
        if let Err(error) = tidied.await {
            tracing::warn!(%error, "copies of releases that nobody needs are left");
        }
    }

    /// Asks a running deployment to stop and undo what it did.
    pub async fn abort(&self, id: &str, why: &str) -> Answer<()> {
        let now = self.ports().clock.now();
        self.ports().ledger.ask_abort(deployment(id)?, &self.actor, &reason(why)?, now).await.map_err(|error| {
            match error {
                LedgerError::Conflict { .. } => ApiError::new("conflict", error.to_string())
                    .hint("It has ended: `switchback show` says how; `switchback rollback` goes back."),
                other => other.into(),
            }
        })
    }

    /// Lets a target go: the deployment that has it is told to stop and to undo what it did. Where whoever ran it is gone,
    /// this is whoever undoes it.
    pub async fn lock_release(&self, target: &str, why: &str) -> Answer<DeploymentId> {
        let (target, why) = (crate::app::target(target)?, reason(why)?);
        let row = self.history.target(&target).await?;
        let Some(id) = row.running else {
            let text = format!("no deployment of {target} is under way");
            let hint = "Nothing holds the target: `switchback status` shows what is under way.";
            return Err(ApiError::new("not_found", text).with("what", target).hint(hint));
        };
        let mut audit = self.audit_line("lock.released", target.to_string(), &why);
        audit.environment = Some(target.environment.to_string());
        let holder = row.lease.map(
            |(owner, since, message)| serde_json::json!({ "holder": owner.label, "since": since, "message": message }),
        );
        audit.before = serde_json::json!({ "deployment": id.to_string(), "lock": holder });
        self.ports().ledger.note(&audit).await?;
        let by = &self.actor;
        self.ports().ledger.ask_abort(id, by, &why, self.ports().clock.now()).await?;
        match self.engine.resume(id, by.clone(), None).await {
            Ok(run) => {
                run.finish().await.map_err(|error| left(id, error))?;
            }
            // It hears what it was told.
            Err(EngineError::Ledger(LedgerError::Held { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(id)
    }

    /// Why a target is not at rest: a deployment that is under way, or was left when its process died.
    pub(crate) fn open(&self, row: &TargetRow) -> Option<ApiError> {
        let (target, deployment) = (row.target.to_string(), row.running?);
        let lease = row.lease.clone().filter(|_| self.held(row));
        let error = lease.map_or(LedgerError::Unfinished { target: target.clone(), deployment }, |lease| {
            let (owner, since, message) = lease;
            LedgerError::Held { target, owner, since, message }
        });
        Some(error.into())
    }

    /// Says yes to a deployment that waits for a person.
    pub async fn confirm(&self, id: &str) -> Answer<()> {
        let now = self.ports().clock.now();
        Ok(self.ports().ledger.confirm(deployment(id)?, &self.actor, now).await?)
    }
}

/// An error of the store under a deployment that had begun.
fn left(id: DeploymentId, error: EngineError) -> ApiError {
    let says_so = matches!(error, EngineError::Midway(_));
    let error = ApiError::from(error).with("deployment", id);
    if says_so { error } else { error.left(&format!("Deployment {id}")) }
}

/// A protected environment wants its name.
pub(crate) fn confirmed(target: &Target, protected: bool, confirm: &str) -> Answer<()> {
    let environment = target.environment.as_str();
    if !protected || confirm == environment {
        return Ok(());
    }
    Err(ApiError::new("confirm", format!("{environment} is protected"))
        .with("environment", environment)
        .hint(format!("Type its name to confirm; on the command line: --confirm {environment}")))
}
