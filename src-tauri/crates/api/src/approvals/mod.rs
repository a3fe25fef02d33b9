//! Approvals: a yes to exactly what deploying a version would do now, or to exactly one change of the policy.
//!
//! Given on this desk under the operating system's user, and signed with the desk's key where there is a keychain; or
//! given on another desk and carried here, which only a key that the policy names makes believable.

mod carried;
mod changing;

pub(crate) use changing::Change;

use crate::{
    Answer, ApiError, App,
    dto::{ApprovalView, ApprovalsView, YesView},
    gates::Question,
};
use std::{collections::BTreeMap, time::Duration};
use switchback_core::{
    gate::{self, Approval, Gate, GateKind, Given, Wanted},
    health::Verdict,
    name::Target,
    plan::Plan,
    port::Sealed,
};
use switchback_policy::{
    Document,
    environment::Approvals,
    scalar::{PublicKey, Span},
};

/// How long a yes holds where the policy says nothing.
const HOLDS: Duration = Duration::from_hours(24);

impl App {
    /// Says yes to deploying a version as it would be deployed now. `seen` is the hash of the plan that the person
    /// saw; another one is refused, because another thing would be approved.
    pub async fn approve(&self, target: &str, version: &str, note: &str, seen: Option<&str>) -> Answer<ApprovalView> {
        let name = crate::app::target(target)?;
        let (document, _) = self.document().await?;
        let wanted = asked(&document, &name)?;
        self.may_approve(&wanted).await?;
        let view = Box::pin(self.plan_deploy(target, version)).await?;
        if seen.is_some_and(|seen| seen != view.plan_hash) {
            return Err(ApiError::new("plan_stale", "it would do something else now than what was looked at")
                .hint("`switchback plan` shows it; approve that."));
        }
        let approval = self.signed(subject(&name, version), view.plan_hash, note).await;
        let mut audit = self.audit_line("deploy.approved", format!("{} {version}", name.service), &approval.note);
        audit.environment = Some(name.environment.to_string());
        audit.after = serde_json::json!({ "plan": approval.plan, "key": approval.sealed.as_ref().map(|one| &one.key) });
        self.gatebook.approve(&approval, approval.at, &audit).await?;
        Ok(ApprovalView::new(&approval, &wanted))
    }

    /// Who said yes to deploying a version as it would be deployed now, and whose yes does not count and why.
    pub async fn approvals(&self, target: &str, version: &str) -> Answer<ApprovalsView> {
        let name = crate::app::target(target)?;
        let (document, _) = self.document().await?;
        let wanted = asked(&document, &name)?;
        let plan_hash = Box::pin(self.plan_deploy(target, version)).await?.plan_hash;
        let now = self.ports().clock.now();
        let given = self.given(&plan_hash).await?;
        Ok(ApprovalsView {
            target: name.to_string(),
            version: version.to_owned(),
            need: wanted.need,
            of: wanted.of.clone(),
            given: given
                .iter()
                .map(|one| YesView {
                    by: one.approval.by.clone(),
                    origin: one.approval.origin.clone(),
                    note: one.approval.note.clone(),
                    at: one.approval.at,
                    expires: one.approval.at.checked_add(wanted.expire).unwrap_or(one.approval.at),
                    carried: one.approval.carried,
                    void: gate::void(&wanted, one, &self.actor.name, now).map(|void| void.as_str().to_owned()),
                })
                .collect(),
            may_approve: wanted.of.contains(&self.actor.name),
            plan_hash,
        })
    }

    /// This desk's public key, as the policy names it under `people`.
    pub async fn approval_key(&self) -> Answer<String> {
        Ok(self.seal.key().await?)
    }

    /// The gate of approvals; nothing where the environment asks for none, or no version is asked about: people say yes to
    /// a plan.
    pub(crate) async fn approvals_gate(&self, document: &Document, asked: &Question<'_>) -> Answer<Option<Gate>> {
        let Some(wanted) = wanted(document, asked.target) else { return Ok(None) };
        let Some(version) = asked.version else { return Ok(None) };
        let Some(plan) = asked.plan else {
            let gate = Gate::new(GateKind::Approvals, Verdict::NoData, gate::says::no_release(version));
            return Ok(Some(gate.way_out(format!("switchback release add {} {version}", asked.target.service))));
        };
        let given = self.given(&plan.hash().to_string()).await?;
        let gate = gate::approvals(&wanted, &given, &self.actor.name, self.ports().clock.now());
        Ok(Some(if gate.holds() { gate.way_out(way(plan)) } else { gate }))
    }

    /// Every yes to a plan, each with whether its signature holds.
    async fn given(&self, plan: &str) -> Answer<Vec<Given>> {
        let all = self.gatebook.approvals(plan).await?;
        Ok(all.into_iter().map(|approval| Given { proven: self.proven(&approval), approval }).collect())
    }

    fn proven(&self, approval: &Approval) -> bool {
        let holds = |sealed: &Sealed| self.seal.holds(sealed, &approval.statement(&sealed.key));
        approval.sealed.as_ref().is_some_and(holds)
    }

    /// Refuses who is not asked, and who has keys in the policy while this desk's is none of them.
    async fn may_approve(&self, wanted: &Wanted) -> Answer<()> {
        let name = &self.actor.name;
        if !wanted.of.contains(name) {
            let of = wanted.of.join(", ");
            return Err(ApiError::new("not_an_approver", format!("{name} is not one of {of}"))
                .with("who", name)
                .hint("One of them says yes; who is asked stands in the policy, under `approvals: { of: [...] }`."));
        }
        let Some(keys) = wanted.keys.get(name) else { return Ok(()) };
        let own = self.seal.key().await?;
        if keys.contains(&own) {
            return Ok(());
        }
        Err(ApiError::new("approval_key_unknown", format!("the policy does not name this desk's key for {name}"))
            .with("who", name)
            .hint(format!("Have it added under `people: {{ {name}: {{ keys: [\"{own}\"] }} }}`.")))
    }

    /// A yes of this desk; unsigned where there is no keychain, which counts only for whom the policy names no key.
    async fn signed(&self, subject: String, plan: String, note: &str) -> Approval {
        let mut approval = Approval {
            subject,
            plan,
            by: self.actor.name.clone(),
            origin: self.actor.origin.clone(),
            note: note.trim().chars().take(1000).collect(),
            at: self.ports().clock.now(),
            sealed: None,
            carried: false,
        };
        if let Ok(key) = self.seal.key().await {
            approval.sealed = self.seal.sign(&approval.statement(&key)).await.ok();
        }
        approval
    }
}

/// What is approved, for people.
fn subject(target: &Target, version: &str) -> String {
    format!("{target} {version}")
}

fn way(plan: &Plan) -> String {
    format!("switchback approve {} {} {}", plan.target.service, plan.target.environment, plan.version)
}

fn asked(document: &Document, target: &Target) -> Answer<Wanted> {
    wanted(document, target).ok_or_else(|| {
        ApiError::new("bad_input", format!("{} asks for no approvals", target.environment))
            .hint("Write `approvals: { need: 1, of: [NAME] }` under the environment.")
    })
}

/// What an environment asks for.
fn wanted(document: &Document, target: &Target) -> Option<Wanted> {
    let spec = document.environments.get(&target.environment)?.approvals.as_ref()?;
    Some(with_keys(document, spec))
}

fn with_keys(document: &Document, spec: &Approvals) -> Wanted {
    let Approvals { need, of, expire } = spec;
    let keys: BTreeMap<String, Vec<String>> = document
        .people
        .iter()
        .filter(|(_, person)| !person.keys.is_empty())
        .map(|(name, person)| (name.clone(), person.keys.iter().map(PublicKey::to_string).collect()))
        .collect();
    Wanted { need: *need, of: of.clone(), expire: expire.map_or(HOLDS, |Span(length)| length), keys }
}
