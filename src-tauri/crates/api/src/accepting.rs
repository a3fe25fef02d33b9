//! Accepting a finding of the linter from a command or the window: one comment in the migration's own file, with a reason and
//! a last day.
//!
//! The file belongs to the team's repository, so the line is shown first and written only when the file is still what was
//! looked at. A file that a database applied already is left alone: there it would be one that was edited since.

use crate::{
    Answer, ApiError, App, app,
    dto::AcceptanceView,
    migrations::{self, Located, migration_files},
    released::known_to_running,
};
use jiff::civil::Date;
use serde::Deserialize;
use std::{fs, path::Path};
use switchback_core::{
    migration::{Migration, Pin, Set, SourceFile},
    name::Target,
    record::Audit,
    release::Digest,
};
use switchback_lint::{Finding, Folder};
use switchback_policy::Document;
use ts_rs::TS;

/// The longest reason, in letters.
const LONGEST: usize = 300;
/// How many lines are shown on either side.
const AROUND: usize = 2;

/// Which finding, until when, and why.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Accepting {
    /// The rule's name.
    pub rule: String,
    /// The file, from the folder of the migrations.
    pub path: String,
    /// The line it was found in.
    pub line: usize,
    /// The last day.
    #[ts(type = "string")]
    pub until: Date,
    /// Why.
    pub reason: String,
    /// The hash of what was shown: it is written then, and only shown without.
    #[serde(default)]
    pub sure: Option<String>,
}

impl App {
    /// What accepting a finding would write into its file; with the hash of that, it is written.
    pub async fn accept_finding(&self, target: &str, asked: &Accepting) -> Answer<AcceptanceView> {
        let target = app::target(target)?;
        let reason = reason(&asked.reason)?;
        let (document, base) = self.document().await?;
        let Some((located, set)) = self.migrations_of(&document, &base, &target).await? else {
            return Err(ApiError::new("not_found", format!("{} has no migrations", target.service)));
        };
        let Some(folder) = migrations::folder(&document, &base, &target).filter(|_| set.tool.is_none()) else {
            return Err(ApiError::new("bad_input", "what commands run is not linted, so nothing is found there"));
        };
        let today = migrations::today(&document, &target, self.ports().clock.now());
        if asked.until < today {
            return Err(ApiError::new("bad_input", format!("{} is over", asked.until)).hint("Name a day to come."));
        }
        if asked.until > today.saturating_add(jiff::Span::new().years(1)) {
            return Err(ApiError::new("bad_input", format!("{} is more than a year away", asked.until))
                .hint("Name a day within a year: by then somebody looks at it again."));
        }
        let files = migration_files(&folder)?;
        let (dialect, now) = (located.dialect, self.ports().clock.now());
        let known = self.known_now(&target, located, &set).await?;
        let report = migrations::report(&document, &target, &set, dialect, now, &known);
        let meant =
            |one: &&Finding| one.rule.as_str() == asked.rule && one.path == asked.path && one.line == asked.line;
        let finding = report.findings.iter().find(meant).ok_or_else(|| {
            ApiError::new("not_found", format!("{}:{}: there is no finding {}", asked.path, asked.line, asked.rule))
                .hint("Look again: the file may have changed since.")
        })?;
        self.not_applied(&document, &base, &target, &set, &asked.path).await?;
        let here = Folder { layout: set.layout, dialect, files: &files, today, released: &known };
        let proposal = here.propose(finding, asked.until, reason).ok_or_else(|| {
            ApiError::new("bad_input", format!("{}:{}: no comment there accepts it alone", asked.path, asked.line))
                .hint("Mend it; or write `switchback:accept` by hand, and see what `migrations lint` says of it.")
        })?;
        let hash = Digest::of(proposal.text.as_bytes()).to_string();
        if let Some(sure) = &asked.sure {
            if *sure != hash {
                return Err(ApiError::new("plan_stale", format!("{} is not what was looked at", asked.path))
                    .with("path", &asked.path)
                    .hint("Look at it again. Nothing was written."));
            }
            let line = self.audit_line("migrations.accepted", format!("{} {}", target.service, asked.path), reason);
            let after = serde_json::json!({ "rule": asked.rule, "line": asked.line, "until": asked.until });
            let audit = Audit { environment: Some(target.environment.to_string()), after, ..line };
            self.ports().ledger.note(&audit).await?;
            if let Err(error) = written(&folder.join(&asked.path), &files, asked, &proposal.text) {
                let action = "migrations.accept-failed".to_owned();
                self.ports().ledger.note(&Audit { action, why: error.to_string(), ..audit }).await?;
                return Err(error);
            }
        }
        let around = |text: &str, from: usize, to: usize| {
            let lines = text.lines().skip(from).take(to.saturating_sub(from));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let at = proposal.line;
        Ok(AcceptanceView {
            path: asked.path.clone(),
            line: at,
            before: around(&proposal.text, at.saturating_sub(1 + AROUND), at - 1),
            after: around(&proposal.text, at, at + AROUND),
            comment: proposal.comment,
            hash,
            written: asked.sure.is_some(),
        })
    }

    /// What code that runs knows, as far as its database tells.
    async fn known_now(&self, target: &Target, located: Located, set: &Set) -> Answer<Vec<Pin>> {
        let row = self.history.target(target).await?;
        let stands = async { self.standing_of(&self.database(located).await?, set).await };
        let applied = stands.await.map(|stands| stands.applied).unwrap_or_default();
        Ok(known_to_running(&row, set, &applied))
    }

    /// Refuses a file that one of the service's databases applied, or may have.
    async fn not_applied(
        &self,
        document: &Document,
        base: &Path,
        target: &Target,
        set: &Set,
        path: &str,
    ) -> Answer<()> {
        let own = |one: &&Migration| [&one.up, &one.down].into_iter().flatten().any(|script| script.path == path);
        let versions = set.migrations.iter().filter(|one| !one.repeatable).filter(own);
        let versions: Vec<&str> = versions.map(|one| one.version.as_str()).collect();
        for (environment, stands) in self.standings(document, base, target, set).await {
            let stands = stands.map_err(|error| {
                ApiError::new(error.code, format!("whether {environment} applied {path} cannot be asked: {error}"))
                    .with("path", path)
                    .hint("A file that was applied is not edited. Make the database answer, or write the comment by hand.")
            })?;
            let half = stands.half.iter();
            if let Some(version) = stands.applied.iter().chain(half).find(|one| versions.contains(&one.as_str())) {
                let said = format!("{environment} has applied {version}: {path} would be edited after that");
                return Err(ApiError::new("edited_after_applied", said)
                    .with("path", path)
                    .with("version", version)
                    .hint("What is applied is applied: there is nothing left to accept. Nothing was written."));
            }
        }
        Ok(())
    }
}

/// One line, because it stands in one.
fn reason(text: &str) -> Answer<&str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.contains(char::is_control) {
        return Err(ApiError::new("bad_input", format!("a reason is one line of 1 to {LONGEST} letters"))
            .hint("Say why it may stay, for whoever reads the file."));
    }
    Ok(text)
}

/// Puts the text in the file's place, when that is still what was read.
fn written(file: &Path, read: &[SourceFile], asked: &Accepting, text: &str) -> Answer<()> {
    let refused = |error: std::io::Error| {
        ApiError::new("bad_input", format!("{}: {error}", file.display()))
            .with("path", file.display())
            .hint("Nothing was written. May this user write there?")
    };
    // A link stays one: what it leads to is written.
    let file = fs::canonicalize(file).map_err(refused)?;
    let now = fs::read(&file).map_err(refused)?;
    if !read.iter().any(|one| one.path == asked.path && one.text.as_bytes() == now) {
        return Err(ApiError::new("plan_stale", format!("{} is not what was looked at", asked.path))
            .with("path", &asked.path)
            .hint("Look at it again. Nothing was written."));
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".accepting");
    let beside = file.with_file_name(name);
    let put = || {
        fs::write(&beside, text)?;
        fs::set_permissions(&beside, fs::metadata(&file)?.permissions())?;
        fs::rename(&beside, &file)
    };
    put().map_err(|error| {
        let _ = fs::remove_file(&beside);
        refused(error)
    })
}
