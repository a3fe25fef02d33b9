//! Approving: a yes to exactly what deploying a version would do now.

use crate::{Answer, ApiError, App, dto::ApprovalView};
use std::time::Duration;
use switchback_core::{
    gate::{self, Approval, Gate, Wanted},
    plan::Plan,
};
use switchback_policy::{Document, environment::Approvals, scalar::Span};

/// How long a yes holds where the policy says nothing.
const HOLDS: Duration = Duration::from_hours(24);

impl App {
    /// Says yes to deploying a version as it would be deployed now. `seen` is the hash of the plan that the person
    /// saw; another one is refused, because another thing would be approved.
    pub async fn approve(&self, target: &str, version: &str, note: &str, seen: Option<&str>) -> Answer<ApprovalView> {
        let name = crate::app::target(target)?;
        let (document, _) = self.document().await?;
        let wanted = wanted(&document, &name.environment).ok_or_else(|| {
            ApiError::new("bad_input", format!("{} asks for no approvals", name.environment))
                .hint("Write `approvals: { need: 1, of: [NAME] }` under the environment.")
        })?;
        if !wanted.of.contains(&self.actor.name) {
            return Err(ApiError::new(
                "not_an_approver",
                format!("{} is not one of {}", self.actor.name, wanted.of.join(", ")),
            )
            .with("who", &self.actor.name));
        }
        let view = self.plan_deploy(target, version).await?;
        if seen.is_some_and(|seen| seen != view.plan_hash) {
            return Err(ApiError::new("plan_stale", "it would do something else now than what was looked at")
                .hint("`switchback plan` shows it; approve that."));
        }
        let approval = Approval {
            plan: view.plan_hash,
            by: self.actor.name.clone(),
            origin: self.actor.origin.clone(),
            note: note.trim().chars().take(1000).collect(),
            at: self.ports().clock.now(),
        };
        let mut audit = self.audit_line("deploy.approved", format!("{} {version}", name.service), &approval.note);
        audit.environment = Some(name.environment.to_string());
        audit.after = serde_json::json!({ "plan": approval.plan });
        self.gatebook.approve(&name, version, &approval, &audit).await?;
        Ok(ApprovalView {
            target: name.to_string(),
            version: version.to_owned(),
            plan_hash: approval.plan,
            by: approval.by,
            at: approval.at,
            expires: approval.at.checked_add(wanted.expire).unwrap_or(approval.at),
        })
    }

    /// The gate of approvals; nothing where the environment asks for none. Without a plan there is nothing to say yes to.
    pub(super) async fn approvals_gate(
        &self,
        document: &Document,
        asked: &super::Question<'_>,
    ) -> Answer<Option<Gate>> {
        let Some(wanted) = wanted(document, &asked.target.environment) else { return Ok(None) };
        let way = |version: &str| {
            format!("switchback approve {} {} {version}", asked.target.service, asked.target.environment)
        };
        let Some(plan) = asked.plan else {
            let version = asked.version.unwrap_or("VERSION");
            let gate = Gate::new(
                gate::GateKind::Approvals,
                switchback_core::health::Verdict::NoData,
                format!("{version} is no release yet, so that nobody can say yes to it"),
            );
            return Ok(Some(gate.way_out(format!("switchback release add {} {version}", asked.target.service))));
        };
        let given = self.given(plan).await?;
        let gate = gate::approvals(&wanted, &given, &self.actor.name, self.ports().clock.now());
        Ok(Some(if gate.holds() { gate.way_out(way(&plan.version)) } else { gate }))
    }

    async fn given(&self, plan: &Plan) -> Answer<Vec<Approval>> {
        Ok(self.gatebook.approvals(&plan.target, &plan.hash().to_string()).await?)
    }
}

fn wanted(document: &Document, environment: &switchback_core::name::Environment) -> Option<Wanted> {
    let Approvals { need, of, expire } = document.environments.get(environment)?.approvals.as_ref()?;
    Some(Wanted { need: *need, of: of.clone(), expire: expire.map_or(HOLDS, |Span(length)| length) })
}
