//! Applying and exporting the policy file.

use crate::{Answer, ApiError, App};
use std::path::Path;
use switchback_core::port::Policy;
use switchback_policy::{Document, Problem};

/// One file of a policy: its name for messages and its text.
pub type PolicyFile = (String, String);

impl App {
    /// Applies the files, which merge. Relative paths in them count from `base`. Nothing is applied when anything is
    /// wrong. Returns the semantic differences, a line each.
    pub async fn apply(&self, files: &[PolicyFile], base: &Path, dry_run: bool) -> Answer<Vec<String>> {
        let document = switchback_policy::merge(files).map_err(ApiError::from)?;
        let calendars = crate::gates::read_calendars(files, base, &document)?;
        let policy = self.history.policy().await?;
        let before = self.policy_in_force().await?.map(|(document, _)| document);
        let mut changes = differences(before.as_ref(), &document);
        // A calendar is part of the policy: one that changed on the disk counts once it is applied.
        let known = policy.as_ref().and_then(|policy| policy.document.get("calendars"));
        for (name, text) in &calendars {
            let before = known.and_then(|known| known.get(name)).and_then(serde_json::Value::as_str);
            if before != Some(text) {
                changes.push(format!("{name}: {}", if before.is_some() { "other days" } else { "read" }));
            }
        }
        if dry_run || (changes.is_empty() && before.is_some()) {
            return Ok(changes);
        }
        let yaml = switchback_policy::to_yaml(&document);
        let mut audit = self.audit_line(
            "policy.applied",
            files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
            "",
        );
        audit.before =
            before.as_ref().map_or(serde_json::Value::Null, |document| switchback_policy::to_yaml(document).into());
        audit.after = yaml.clone().into();
        let policy = Policy {
            document: serde_json::json!({ "yaml": yaml, "base": base, "calendars": calendars }),
            at: self.ports().clock.now(),
        };
        self.ports().ledger.apply(&policy, &audit).await?;
        Ok(changes)
    }

    /// Applies text that came without a file. Relative paths in it count from where those of the policy in force do,
    /// else from the home directory.
    pub async fn apply_text(&self, yaml: String, dry_run: bool) -> Answer<Vec<String>> {
        let base = self.policy_in_force().await?.map(|(_, base)| base).filter(|base| base.is_absolute());
        let base = base.unwrap_or_else(|| self.home.path.clone());
        self.apply(&[("switchback.yaml".to_owned(), yaml)], &base, dry_run).await
    }

    /// The policy in force in its one normal form.
    pub async fn export(&self) -> Answer<String> {
        Ok(switchback_policy::to_yaml(&self.document().await?.0))
    }
}

fn differences(before: Option<&Document>, after: &Document) -> Vec<String> {
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
