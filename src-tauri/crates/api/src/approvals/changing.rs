//! A change of the policy as something that people say yes to: both sides of it, and nothing else.
//!
//! What is asked for is what the policy in force says, so that nobody changes the rule by the change that it holds.

use super::{carried::Wish, with_keys};
use crate::{
    Answer, ApiError, App,
    dto::ApprovalView,
    policy::{Prepared, differences, moved},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use switchback_core::{gate, ident::Instant, release::Digest};

/// What such a yes is for, for people.
pub(super) const SUBJECT: &str = "policy";

/// A change of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Change {
    /// When the policy in force was applied: a yes is for one change, not for whenever the same is changed again.
    pub since: Option<Instant>,
    /// The policy in force, in its normal form.
    pub before: String,
    /// What it would become.
    pub after: String,
    /// What relative paths in the two count from.
    pub bases: (Option<PathBuf>, PathBuf),
    /// The calendars it would hold.
    pub calendars: BTreeMap<String, String>,
}

impl Change {
    /// What names it: both sides.
    pub(crate) fn hash(&self) -> String {
        let text =
            serde_json::json!(["switchback policy 2", self.since, self.before, self.after, self.bases, self.calendars])
                .to_string();
        Digest::of(text.as_bytes()).to_string()
    }

    /// A line per semantic difference.
    pub(super) fn lines(&self) -> Answer<Vec<String>> {
        let before = switchback_policy::parse("the policy in force", &self.before)?;
        let after = switchback_policy::parse("the policy asked for", &self.after)?;
        let mut lines = differences(Some(&before), &after);
        lines.extend(moved(self.bases.0.as_deref(), &self.bases.1));
        lines.extend(
            self.calendars.iter().map(|(name, text)| format!("{name}: {}", Digest::of(text.as_bytes()).short())),
        );
        Ok(lines)
    }
}

impl App {
    /// Refuses a change of the policy that too few have said yes to.
    pub(crate) async fn policy_approved(&self, prepared: &Prepared) -> Answer<()> {
        let Some((document, spec)) =
            prepared.before.as_ref().and_then(|one| Some((one, one.policy.approvals.as_ref()?)))
        else {
            return Ok(());
        };
        let given = self.given(&prepared.change().hash()).await?;
        let wanted = with_keys(document, spec);
        let gate = gate::approvals(&wanted, &given, &self.actor.name, self.ports().clock.now());
        if !gate.holds() {
            return Ok(());
        }
        Err(ApiError::new("approval_missing", format!("a change of the policy: {}", gate.told())).hint(
            "`switchback approval policy -f FILE` by one of them; `--dry-run` shows what would change. Where none of \
             them is to be had: --override REASON, which everybody is told.",
        ))
    }

    /// Says yes to a change of the policy, on this desk.
    pub async fn approve_policy(
        &self,
        files: &[crate::PolicyFile],
        base: &Path,
        note: &str,
    ) -> Answer<(ApprovalView, Vec<String>)> {
        let prepared = self.prepare_policy(files, base).await?;
        let (document, spec) = prepared
            .before
            .as_ref()
            .and_then(|one| Some((one, one.policy.approvals.as_ref()?)))
            .ok_or_else(not_asked)?;
        let wanted = with_keys(document, spec);
        self.may_approve(&wanted).await?;
        let approval = self.signed(SUBJECT.to_owned(), prepared.change().hash(), note).await;
        let mut audit = self.audit_line("policy.approved", SUBJECT.to_owned(), &approval.note);
        audit.after = serde_json::json!({ "plan": approval.plan, "changes": prepared.changes });
        self.gatebook.approve(&approval, approval.at, &audit).await?;
        Ok((ApprovalView::new(&approval, &wanted), prepared.changes))
    }

    /// Asks another desk for a yes to a change of the policy.
    pub async fn policy_request(&self, files: &[crate::PolicyFile], base: &Path) -> Answer<String> {
        let prepared = self.prepare_policy(files, base).await?;
        self.request(Wish::Policy(prepared.change()))
    }
}

pub(super) fn not_asked() -> ApiError {
    ApiError::new("bad_input", "a change of the policy asks for no approvals")
        .hint("Write `policy: { approvals: { need: 1, of: [NAME] } }` into the file.")
}
