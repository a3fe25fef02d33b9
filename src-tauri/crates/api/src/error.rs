//! The one error a client sees: a code to translate, facts to fill in, causes to show as evidence, a way out.

use crate::way_out;
use serde::Serialize;
use std::collections::BTreeMap;
use switchback_core::{
    failure::{Failure, FailureKind},
    migration,
    name::BadName,
    port::{LedgerError, MissingRight, SecretError, Unmet},
};
use switchback_engine::EngineError;
use switchback_policy::{PolicyError, Problem};
use ts_rs::TS;

/// What a client gets instead of an answer. Clients switch on `code` and never match on text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, TS)]
#[error("{}", self.causes.first().map_or(self.code, String::as_str))]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// Stable; see [`ApiError::exit_code`] for what the command line makes of it.
    pub code: &'static str,
    /// Facts for the translated sentence.
    pub params: BTreeMap<String, String>,
    /// In English, outermost first: evidence, not the sentence itself.
    pub causes: Vec<String>,
    /// The way out, in English.
    pub hint: Option<String>,
}

impl ApiError {
    /// Every code of our own. Those of failures are [`FailureKind::code`]'s. Clients have words for each.
    pub const CODES: [&str; 53] = [
        "approval_expired",
        "approval_key_unknown",
        "approval_missing",
        "approval_other_plan",
        "approval_own",
        "approval_tampered",
        "audit_broken",
        "bad_input",
        "bad_name",
        "bad_policy",
        "checklist_open",
        "config_wrong",
        "confirm",
        "conflict",
        "database_ahead",
        "database_behind",
        "database_newer",
        "database_unreadable",
        "deployed_elsewhere",
        "disk_full",
        "duplicate_version",
        "edited_after_applied",
        "frozen",
        "held",
        "history_gone",
        "home_unusable",
        "in_train",
        "internal",
        "journal",
        "keychain",
        "keychain_locked",
        "keychain_missing",
        "migration_failed",
        "migration_half",
        "migration_locked",
        "no_policy",
        "no_urgent_way",
        "no_way_back",
        "not_found",
        "not_an_approver",
        "paused",
        "plan_stale",
        "quarantined",
        "right_missing",
        "rows_in_the_way",
        "secret_missing",
        "secrets_in_config",
        "store",
        "stuck",
        "targets_run",
        "unfinished",
        "three_steps",
        "window_closed",
    ];

    /// An error with its evidence. The code is one of [`ApiError::CODES`].
    pub fn new(code: &'static str, cause: impl Into<String>) -> Self {
        debug_assert!(Self::CODES.contains(&code) || FailureKind::CODES.contains(&code), "{code} is not in the list");
        Self { code, params: BTreeMap::new(), causes: vec![cause.into()], hint: None }
    }
    /// A right that a script of a migration needs and its login lacks.
    pub fn missing_right(lacks: &MissingRight) -> Self {
        let MissingRight { path, user, right, way_out, .. } = lacks;
        Self::new("right_missing", lacks.to_string())
            .with("path", path)
            .with("user", user)
            .with("right", right)
            .with("grant", way_out)
            .hint(format!(
                "Let whoever may run `{way_out};`, or give the database a user who may. Nothing was changed."
            ))
    }
    /// Rows for which a server would refuse a script.
    pub fn unmet(unmet: &Unmet) -> Self {
        Self::new("rows_in_the_way", unmet.to_string())
            .with("path", &unmet.path)
            .with("version", &unmet.version)
            .hint("Change these rows first, or go another way with a release of its own. Nothing was changed.")
    }
    /// Two migrations of one version: which of them is meant, nobody can tell.
    pub fn duplicate_version(problem: &migration::Problem) -> Self {
        let migration::Problem { path, line, why, rewrite, .. } = problem;
        Self::new("duplicate_version", format!("{path}:{line}: {why}")).with("path", path).hint(rewrite)
    }
    /// With one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
    /// With the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// The same after something had begun: it stands where its journal says, and not where it was before.
    #[must_use]
    pub(crate) fn left(self, what: &str) -> Self {
        let out = self.hint.as_deref().unwrap_or_default().replace("; nothing was changed", "");
        self.hint(format!(
            "{out} {what} is left where its journal says: then run `switchback resume`, which finishes or undoes it."
        ))
    }

    /// Exit codes of the command line contract.
    pub fn exit_code(&self) -> u8 {
        Self::exit_code_of(self.code)
    }
    /// The same of a code alone.
    pub fn exit_code_of(code: &str) -> u8 {
        match code {
            "bad_input" | "bad_policy" | "bad_name" | "no_policy" | "conflict" | "plan_stale" => 2,
            "quarantined"
            | "deployed_elsewhere"
            | "paused"
            | "frozen"
            | "window_closed"
            | "checklist_open"
            | "approval_missing"
            | "approval_expired"
            | "approval_key_unknown"
            | "approval_other_plan"
            | "approval_own"
            | "approval_tampered"
            | "not_an_approver"
            | "held"
            | "in_train"
            | "workload_held"
            | "interfered"
            | "unfinished"
            | "confirm"
            | "config_wrong"
            | "secrets_in_config"
            | "targets_run"
            | "database_ahead"
            | "database_behind"
            | "foreign_table"
            | "duplicate_version"
            | "edited_after_applied"
            | "migration_locked"
            | "migration_loses"
            | "no_way_back"
            | "rows_in_the_way"
            | "three_steps" => 3,
            "migration_failed" => 4,
            "stuck" | "migration_half" => 5,
            "target_unreachable"
            | "database_unreachable"
            | "registry_unreachable"
            | "image_denied"
            | "no_access"
            | "forbidden"
            | "login_refused"
            | "right_missing" => 6,
            "not_found" | "image_missing" | "artifact_gone" | "workload_missing" | "secret_missing" => 7,
            "audit_broken" | "history_gone" => 8,
            _ => 1,
        }
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        let text = error.to_string();
        match error {
            LedgerError::Held { target, owner, message, .. } => Self::new("held", text)
                .hint(format!(
                    "Wait for it to end, or stop it: `switchback release-lock {target} --reason WHY`; a lease whose \
                     owner died is free after 15 s."
                ))
                .with("target", target)
                .with("owner", owner.label)
                .with("message", message),
            LedgerError::Lost { target } => Self::new("held", text).with("target", target),
            LedgerError::Unfinished { target, deployment } => Self::new("unfinished", text)
                .with("target", target)
                .with("deployment", deployment)
                .hint("`switchback resume` finishes or undoes it."),
            LedgerError::InTrain { target, train } => Self::new("in_train", text)
                .with("target", target)
                .hint(format!(
                    "Wait for it to end, or stop it: `switchback train abort {train} --reason WHY`; where whoever ran \
                     it is gone, `switchback resume`."
                ))
                .with("train", train),
            LedgerError::Conflict { .. } => {
                Self::new("plan_stale", text).hint("The world changed since the plan was made: look at a new plan.")
            }
            LedgerError::NotFound { what } => Self::new("not_found", text).with("what", what),
            LedgerError::Unreadable { path, why } => Self::new("database_unreadable", text)
                .with("path", path)
                .with("why", why)
                .hint("Put a backup in its place, or move it away to begin with an empty history."),
            LedgerError::Gone { path, entries, head } => Self::new("history_gone", text)
                .with("path", path)
                .with("entries", entries)
                .hint(format!(
                    "Put a backup in its place. To begin anew, move it away together with {head}, which is the evidence."
                ))
                .with("head", head),
            LedgerError::Anothers { target, .. } => Self::new("audit_broken", text).with("target", target).hint(
                "`switchback audit verify` names what of the history was changed; nothing was touched. Put a backup of \
                 history.db in its place.",
            ),
            LedgerError::Newer { path } => Self::new("database_newer", text)
                .with("path", path)
                .hint("Update Switchback; this version leaves the file untouched."),
            LedgerError::DiskFull => Self::new("disk_full", text).hint("Free space; nothing was changed."),
            LedgerError::Other { .. } => Self::new("store", text),
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Ledger(error) => error.into(),
            EngineError::Midway(refused) => {
                let midway = EngineError::Midway(refused.clone()).to_string();
                Self { code: "stuck", causes: vec![midway], ..refused.into() }.left("The deployment")
            }
            EngineError::Illegal(illegal) => Self::new("journal", illegal.to_string()).hint(
                "The journal was written by another version, or was changed by hand: run `switchback audit verify`.",
            ),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let hint = way_out::of(&failure.kind);
        let mut error = Self::new(failure.kind.code(), failure.message);
        if let Ok(serde_json::Value::Object(facts)) = serde_json::to_value(&failure.kind) {
            for (name, fact) in facts.into_iter().filter(|(name, _)| name != "kind") {
                error.params.insert(name, fact.as_str().map_or_else(|| fact.to_string(), str::to_owned));
            }
        }
        error.hint = hint;
        error
    }
}

impl From<SecretError> for ApiError {
    fn from(error: SecretError) -> Self {
        let text = error.to_string();
        match error {
            SecretError::NoKeychain { .. } => Self::new("keychain_missing", text)
                .hint("Start a Secret Service such as GNOME Keyring; Switchback never stores a secret anywhere else."),
            SecretError::Locked => Self::new("keychain_locked", text).hint("Unlock the keychain and try again."),
            SecretError::Missing { name } => {
                Self::new("secret_missing", text).hint(format!("`switchback secret set {name}`")).with("name", name)
            }
            SecretError::BadInput { .. } => Self::new("bad_input", text)
                .hint("Give the name as an argument and the value on standard input: `switchback secret set NAME`."),
            SecretError::Other { .. } => Self::new("keychain", text),
        }
    }
}

impl From<BadName> for ApiError {
    fn from(error: BadName) -> Self {
        Self::new("bad_name", error.to_string()).with("text", error.text)
    }
}

impl From<PolicyError> for ApiError {
    fn from(error: PolicyError) -> Self {
        let code = match error {
            PolicyError::UnknownTarget { .. } => "not_found",
            PolicyError::Incomplete { .. } => "bad_policy",
        };
        Self::new(code, error.to_string()).hint("`switchback export` shows the policy in force.")
    }
}

impl From<Vec<Problem>> for ApiError {
    fn from(problems: Vec<Problem>) -> Self {
        let mut error = Self { code: "bad_policy", params: BTreeMap::new(), causes: Vec::new(), hint: None };
        if let Some(first) = problems.first() {
            error = error.with("file", &first.file).with("line", first.line).with("column", first.column);
            error = error.with("problem", first.code);
            if let Some(meant) = &first.suggestion {
                error = error.with("suggestion", meant);
            }
            // The facts of the first mistake; its place is told already.
            for (name, fact) in &first.params {
                error.params.entry((*name).to_owned()).or_insert_with(|| fact.clone());
            }
        }
        error.causes = problems
            .iter()
            .map(|problem| {
                let suggestion = problem.suggestion.as_ref().map(|word| format!(" (did you mean {word:?}?)"));
                let Problem { file, line, column, message, .. } = problem;
                format!("{file}:{line}:{column}: {message}{}", suggestion.unwrap_or_default())
            })
            .collect();
        error.hint("Nothing was applied.")
    }
}
