//! Starting, stopping and confirming deployments.

use crate::{
    Answer, ApiError, App,
    app::{deployment, reason},
};
use switchback_core::{
    deployment::State,
    ident::DeploymentId,
    name::Target,
    plan::{Kind, Plan},
    record::Audit,
    workload::Settings,
};

impl App {
    /// Starts exactly the plan a person saw; the deployment runs on in this process. `confirm` is the environment's
    /// name where it is protected.
    pub async fn start(&self, plan_hash: &str, why: &str, confirm: &str) -> Answer<DeploymentId> {
        let (id, settings, run) = self.commit(plan_hash, why, confirm, None).await?;
        let app = self.clone();
        // The journal is what finishes it if this task, or the process, dies.
        tokio::spawn(async move {
            let ended = run.finish().await;
            app.tidy(&settings).await;
            if let Err(error) = ended {
                tracing::error!(%error, deployment = %id, "the deployment stopped where its journal says; it will be resumed");
            }
        });
        Ok(id)
    }

    /// Starts a plan and waits for its end. `overridden` says why a closed gate is passed.
    pub async fn execute(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        overridden: Option<&str>,
    ) -> Answer<(DeploymentId, State)> {
        let (id, settings, run) = self.commit(plan_hash, why, confirm, overridden).await?;
        let ended = run.finish().await?;
        self.tidy(&settings).await;
        Ok((id, ended))
    }

    async fn commit(
        &self,
        plan_hash: &str,
        why: &str,
        confirm: &str,
        overridden: Option<&str>,
    ) -> Answer<(DeploymentId, Settings, switchback_engine::Run)> {
        let why = reason(why)?;
        let plan = self.ports().ledger.proposed(plan_hash).await?;
        let (document, _) = self.document().await?;
        let resolved = document.target(&plan.target)?;
        confirmed(&plan.target, resolved.protected, confirm)?;
        self.gates(&plan, overridden).await?;
        let (id, settings) = (plan.deployment, plan.workload.settings.clone());
        Ok((id, settings, self.engine.begin(plan, self.actor.clone(), why).await?))
    }

    /// Removes copies of releases that no revision needs that ever ran: those of releases that were undone. A failure costs
    /// room on the disk and nothing else, and the next deployment tries again.
    async fn tidy(&self, settings: &Settings) {
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

    /// Quarantine and pause. Going back is never barred by a pause: it is the way out of it.
    async fn gates(&self, plan: &Plan, overridden: Option<&str>) -> Answer<()> {
        let service = &plan.target.service;
        let quarantine = self.history.quarantine().await?;
        if let Some(held) = quarantine.iter().find(|row| &row.service == service && row.version == plan.version) {
            self.pass_or(
                "quarantined",
                format!("{service} {} is quarantined: {}", plan.version, held.why),
                overridden,
                plan,
            )
            .await
            .map_err(|error| {
                error.hint(format!("`switchback quarantine clear {service} {} --reason WHY`", plan.version))
            })?;
        }
        let row = self.history.target(&plan.target).await?;
        if let Some((_, by, why)) = row.paused.filter(|_| plan.kind == Kind::Deploy) {
            let told = format!("{} is paused after a rollback ({by}): {why}", plan.target);
            self.pass_or("paused", told, overridden, plan)
                .await
                .map_err(|error| error.hint(format!("`switchback release-pause {} --reason WHY`", plan.target)))?;
        }
        Ok(())
    }

    async fn pass_or(&self, code: &'static str, told: String, overridden: Option<&str>, plan: &Plan) -> Answer<()> {
        let Some(why) = overridden else {
            return Err(ApiError::new(code, told).with("target", &plan.target).with("version", &plan.version));
        };
        let audit = Audit {
            environment: Some(plan.target.environment.to_string()),
            after: serde_json::json!({ "gate": code, "said": told }),
            ..self.audit_line("gate.overridden", format!("{} {}", plan.target.service, plan.version), &reason(why)?)
        };
        Ok(self.ports().ledger.note(&audit).await?)
    }

    /// Asks a running deployment to stop and undo what it did.
    pub async fn abort(&self, id: &str, why: &str) -> Answer<()> {
        let now = self.ports().clock.now();
        Ok(self.ports().ledger.ask_abort(deployment(id)?, &self.actor, &reason(why)?, now).await?)
    }

    /// Says yes to a deployment that waits for a person.
    pub async fn confirm(&self, id: &str) -> Answer<()> {
        let now = self.ports().clock.now();
        Ok(self.ports().ledger.confirm(deployment(id)?, &self.actor, now).await?)
    }
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
