//! Applying and exporting the policy file.

use crate::{Answer, ApiError, App, Overriding, approvals::Change, dto::ApprovalView};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use switchback_core::{ident::Instant, port::Policy};
use switchback_policy::{Document, Problem};

/// One file of a policy: its name for messages and its text.
pub type PolicyFile = (String, String);

/// A policy that was read and found right, held against the one in force.
pub(crate) struct Prepared {
    /// The one in force.
    pub before: Option<Arc<Document>>,
    since: Option<Instant>,
    after: Document,
    /// What relative paths count from: of the one in force, where there is one, and of this.
    bases: (Option<PathBuf>, PathBuf),
    calendars: BTreeMap<String, String>,
    /// A line per semantic difference.
    pub changes: Vec<String>,
}

impl Prepared {
    /// Both sides of it.
    pub(crate) fn change(&self) -> Change {
        Change {
            since: self.since,
            before: self.before.as_deref().map(switchback_policy::to_yaml).unwrap_or_default(),
            after: switchback_policy::to_yaml(&self.after),
            bases: self.bases.clone(),
            calendars: self.calendars.clone(),
        }
    }
}

impl App {
    /// Applies the files, which merge. Relative paths in them count from `base`. Nothing is applied when anything is
    /// wrong. Returns the semantic differences, a line each.
    pub async fn apply(&self, files: &[PolicyFile], base: &Path, dry_run: bool) -> Answer<Vec<String>> {
        self.apply_with(files, base, dry_run, None, false).await
    }

    /// The same, in spite of approvals that are missing, with this reason: whoever is asked may be gone for good.
    /// `let_go`: also when targets that run would not be looked after any more.
    pub async fn apply_with(
        &self,
        files: &[PolicyFile],
        base: &Path,
        dry_run: bool,
        overriding: Option<&Overriding>,
        let_go: bool,
    ) -> Answer<Vec<String>> {
        // Before anything else: glass is not broken without a word.
        overriding.map(|one| crate::app::reason(&one.reason)).transpose()?;
        let prepared = self.prepare_policy(files, base).await?;
        if dry_run || (prepared.changes.is_empty() && prepared.before.is_some()) {
            return Ok(prepared.changes);
        }
        if !let_go {
            self.keeps_what_runs(&prepared).await?;
        }
        match (self.policy_approved(&prepared).await, overriding) {
            (Ok(()), _) => {}
            (Err(refused), Some(overriding)) => {
                self.policy_let_through(&refused.to_string(), &prepared.changes, overriding).await?;
            }
            (Err(refused), None) => return Err(refused),
        }
        let change = prepared.change();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        // Why it changed is what changed: whoever reads the audit need not compare two files.
        let mut audit = self.audit_line("policy.applied", names.join(", "), &told(&prepared.changes));
        audit.before = if prepared.before.is_some() { change.before.into() } else { serde_json::Value::Null };
        audit.after = change.after.clone().into();
        let policy = Policy {
            document: serde_json::json!({ "yaml": change.after, "base": base, "calendars": prepared.calendars }),
            at: self.ports().clock.now(),
        };
        self.ports().ledger.apply(&policy, &audit).await?;
        Ok(prepared.changes)
    }

    /// Why applying these files would be refused although nothing is wrong with them: who is still to be asked.
    pub async fn policy_held(&self, files: &[PolicyFile], base: &Path) -> Answer<Option<String>> {
        let prepared = self.prepare_policy(files, base).await?;
        if prepared.changes.is_empty() {
            return Ok(None);
        }
        Ok(self.policy_approved(&prepared).await.err().map(|held| held.to_string()))
    }

    /// Refuses a policy that no longer names what runs: nobody would watch it, and it could not be gone back.
    async fn keeps_what_runs(&self, prepared: &Prepared) -> Answer<()> {
        let mut dropped = Vec::new();
        for target in prepared.before.iter().flat_map(|before| before.targets.keys()) {
            let gone = !prepared.after.targets.contains_key(target);
            if gone && let Some(current) = self.history.target(target).await?.current {
                dropped.push(format!("{target} ({} {})", current.revision, current.version));
            }
        }
        if dropped.is_empty() {
            return Ok(());
        }
        let said = format!("this policy no longer names what runs: {}", dropped.join(", "));
        Err(ApiError::new("targets_run", said).with("targets", dropped.join(", ")).hint(
            "Is it the whole policy? What runs goes on running and is not looked after any more: --let-go, if that is \
             meant.",
        ))
    }

    pub(crate) async fn prepare_policy(&self, files: &[PolicyFile], base: &Path) -> Answer<Prepared> {
        let after = switchback_policy::merge(files).map_err(ApiError::from)?;
        let calendars = crate::gates::read_calendars(files, base, &after)?;
        let policy = self.history.policy().await?;
        // One that cannot be read (any more) is replaced like none: there must be a way out of it.
        let (before, stood) = self.policy_in_force().await.ok().flatten().unzip();
        let mut changes = differences(before.as_deref(), &after);
        changes.extend(moved(stood.as_deref(), base));
        // A calendar is part of the policy: one that changed on the disk counts once it is applied.
        let known = policy.as_ref().and_then(|policy| policy.document.get("calendars"));
        for (name, text) in &calendars {
            let before = known.and_then(|known| known.get(name)).and_then(serde_json::Value::as_str);
            if before != Some(text) {
                changes.push(format!("{name}: {}", if before.is_some() { "other days" } else { "read" }));
            }
        }
        let (since, bases) = (policy.map(|policy| policy.at), (stood, base.to_owned()));
        Ok(Prepared { before, since, after, bases, calendars, changes })
    }

    /// Applies text that came without a file. Relative paths in it count from where those of the policy in force do,
    /// else from the home directory.
    pub async fn apply_text(
        &self,
        yaml: String,
        dry_run: bool,
        overriding: Option<&Overriding>,
        let_go: bool,
    ) -> Answer<Vec<String>> {
        let (files, base) = self.without_file(yaml).await?;
        self.apply_with(&files, &base, dry_run, overriding, let_go).await
    }

    /// Says yes to what such a text would change.
    pub async fn approve_text(&self, yaml: String, note: &str) -> Answer<ApprovalView> {
        let (files, base) = self.without_file(yaml).await?;
        Ok(self.approve_policy(&files, &base, note).await?.0)
    }

    /// Asks another desk for a yes to what such a text would change.
    pub async fn request_text(&self, yaml: String) -> Answer<String> {
        let (files, base) = self.without_file(yaml).await?;
        self.policy_request(&files, &base).await
    }

    async fn without_file(&self, yaml: String) -> Answer<([PolicyFile; 1], PathBuf)> {
        let base = self.policy_in_force().await.ok().flatten().map(|(_, base)| base).filter(|base| base.is_absolute());
        let base = base.unwrap_or_else(|| self.home.path.clone());
        Ok(([("switchback.yaml".to_owned(), yaml)], base))
    }

    /// The policy in force in its one normal form.
    pub async fn export(&self) -> Answer<String> {
        Ok(switchback_policy::to_yaml(&self.document().await?.0))
    }
}

/// The differences as a reason in the audit, as far as one reads; both sides stand beside it whole.
fn told(changes: &[String]) -> String {
    const MOST: usize = 20;
    const LONGEST: usize = 500;
    let short = changes.iter().take(MOST).map(|change| match change.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &change[..end]),
        None => change.clone(),
    });
    let mut lines: Vec<String> = short.collect();
    if changes.len() > MOST {
        lines.push(format!("and {} more", changes.len() - MOST));
    }
    lines.join("; ")
}

/// That relative paths count from another folder than before: other programs are run then, and other files read, by the
/// same words.
pub(crate) fn moved(before: Option<&Path>, after: &Path) -> Option<String> {
    let before = before.filter(|before| *before != after)?;
    Some(format!("relative paths: {} -> {}", before.display(), after.display()))
}

pub(crate) fn differences(before: Option<&Document>, after: &Document) -> Vec<String> {
    let empty = || -> Result<Document, Vec<Problem>> { switchback_policy::parse("empty", "version: 1\n") };
    let Some(before) = before.cloned().or_else(|| empty().ok()) else { return Vec::new() };
    switchback_policy::diff(&before, after)
        .into_iter()
        .map(|change| {
            let shown =
                |value: Option<serde_json::Value>| value.map_or_else(|| "absent".to_owned(), |value| value.to_string());
            format!("{}: {} -> {}", change.path, shown(change.before), shown(change.after))
        })
        .collect()
}
