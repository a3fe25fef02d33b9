//! Releases and the quarantine.

use crate::{
    Answer, ApiError, App,
    app::{self, reason},
    dto::{QuarantineView, ReleaseView},
};
use std::path::PathBuf;
use switchback_core::{
    name::{Service, Target},
    port::LedgerError,
    record::Audit,
    release::{ArtifactRequest, Release},
};
use switchback_policy::Resolved;

impl App {
    /// Adds a release of a service: `reference` is an image's `repository:tag`, a tag alone, or a folder. The digest is
    /// resolved now, on the runtime of the service's first target.
    pub async fn release_add(
        &self,
        service: &str,
        version: &str,
        reference: Option<&str>,
        commit: Option<String>,
        notes: &str,
    ) -> Answer<ReleaseView> {
        let service: Service = service.parse()?;
        let (document, base) = self.document().await?;
        let target = document.targets.keys().find(|target| target.service == service).cloned().ok_or_else(|| {
            ApiError::new("not_found", format!("no target deploys {service}"))
                .hint("Add one under `targets:` and apply the file.")
        })?;
        let resolved = document.target(&target)?;
        let release = self.pin(&resolved, &base, &service, version, reference, commit, notes).await?;
        self.ports().ledger.add_release(&release, &self.added(&release)).await.map_err(|error| match error {
            LedgerError::Conflict { .. } => ApiError::new("conflict", error.to_string())
                .hint("A version keeps its content for ever: give the new content a version of its own."),
            other => other.into(),
        })?;
        Ok(view(&release, false))
    }

    /// What the audit tells of a release, and holds it against later.
    pub(crate) fn added(&self, release: &Release) -> Audit {
        let Release { service, version, artifact, notes, .. } = release;
        let mut audit = self.audit_line("release.added", format!("{service} {version}"), notes);
        audit.after = serde_json::json!({
            "service": service, "version": version, "artifact": artifact.brief(), "release": release.id()
        });
        audit
    }

    #[allow(clippy::too_many_arguments)]
    async fn pin(
        &self,
        resolved: &Resolved,
        base: &std::path::Path,
        service: &Service,
        version: &str,
        reference: Option<&str>,
        commit: Option<String>,
        notes: &str,
    ) -> Answer<Release> {
        app::version(version)?;
        commit.as_deref().map(app::commit).transpose()?;
        let request = match (&resolved.image, &resolved.folder) {
            (Some(image), _) => ArtifactRequest::Image {
                reference: match reference {
                    None if !tag(version) => {
                        return Err(ApiError::new("bad_input", format!("{version:?} is not a tag of an image"))
                            .hint("Tags are letters, digits, dots, dashes and underscores; --from names the image's own tag or digest."));
                    }
                    None => format!("{image}:{version}"),
                    Some(given) if given.starts_with("sha256:") => format!("{image}@{given}"),
                    Some(given) if given.contains(['/', ':', '@']) => given.to_owned(),
                    Some(tag) => format!("{image}:{tag}"),
                },
            },
            (None, Some(folder)) => {
                let folder = reference.map_or_else(
                    || PathBuf::from(folder.to_string_lossy().replace("{version}", version)),
                    PathBuf::from,
                );
                ArtifactRequest::Folder { path: base.join(folder) }
            }
            (None, None) if reference.is_some() => {
                ArtifactRequest::Folder { path: base.join(reference.unwrap_or_default()) }
            }
            (None, None) => {
                let hint = "Give the service an `image:` or a `folder:`.";
                return Err(ApiError::new("bad_policy", format!("{service} says neither image nor folder")).hint(hint));
            }
        };
        let artifact = self.runtime(resolved.settings.kind())?.resolve(&resolved.settings, &request).await?;
        Ok(Release {
            service: service.clone(),
            version: version.to_owned(),
            artifact,
            commit,
            notes: notes.chars().take(Release::NOTES).collect(),
            by: self.actor.name.clone(),
            added_at: self.ports().clock.now(),
        })
    }

    /// The release of that version; one that was never added is added now, when its image or folder is to be had.
    pub(crate) async fn release_for(&self, target: &Target, version: &str) -> Answer<Release> {
        match self.history.release(&target.service, version).await {
            Ok(release) => Ok(release),
            Err(LedgerError::NotFound { .. }) => {
                self.release_add(target.service.as_str(), version, None, None, "").await?;
                Ok(self.history.release(&target.service, version).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A service's releases, newest first.
    pub async fn releases(&self, service: &str) -> Answer<Vec<ReleaseView>> {
        let service: Service = service.parse()?;
        let all = self.history.releases(&service).await?;
        if all.is_empty() && !self.known(&service).await? {
            return Err(ApiError::new("not_found", format!("there is no service {service}"))
                .with("what", &service)
                .hint(
                    "`switchback status` lists what is deployed; a new one stands under `services:` of the policy.",
                ));
        }
        let quarantine = self.history.quarantine().await?;
        let held =
            |release: &Release| quarantine.iter().any(|row| row.service == service && row.version == release.version);
        Ok(all.iter().map(|release| view(release, held(release))).collect())
    }

    async fn known(&self, service: &Service) -> Answer<bool> {
        Ok(self.policy_in_force().await?.is_some_and(|(document, _)| document.services.contains_key(service)))
    }

    /// Releases that must not ship.
    pub async fn quarantine_list(&self) -> Answer<Vec<QuarantineView>> {
        let rows = self.history.quarantine().await?;
        Ok(rows
            .into_iter()
            .map(|row| QuarantineView {
                service: row.service.to_string(),
                version: row.version,
                since: row.since,
                by: row.by,
                why: row.why,
            })
            .collect())
    }

    /// Lets one out, with a reason.
    pub async fn quarantine_clear(&self, service: &str, version: &str, why: &str) -> Answer<()> {
        let service: Service = service.parse()?;
        let mut audit = self.audit_line("quarantine.cleared", format!("{service} {version}"), &reason(why)?);
        let held = self.history.quarantine().await?;
        if let Some(row) = held.iter().find(|row| row.service == service && row.version == version) {
            audit.before = serde_json::json!({ "since": row.since, "by": row.by, "why": row.why });
        }
        self.ports().ledger.clear_quarantine(&service, version, &audit).await.map_err(|error| {
            let hint = "`switchback quarantine list` names what is held, and by which version.";
            ApiError::from(error).hint(hint)
        })
    }

    /// Ends a target's pause, with a reason.
    pub async fn pause_release(&self, target: &str, why: &str) -> Answer<()> {
        let target = crate::app::target(target)?;
        let mut audit = self.audit_line("target.released", target.to_string(), &reason(why)?);
        audit.environment = Some(target.environment.to_string());
        if let Some((since, by, why)) = self.history.target(&target).await?.paused {
            audit.before = serde_json::json!({ "since": since, "by": by, "why": why });
        }
        self.ports()
            .ledger
            .release_pause(&target, &audit)
            .await
            .map_err(|error| ApiError::from(error).hint("`switchback status` shows what is paused."))
    }
}

fn view(release: &Release, quarantined: bool) -> ReleaseView {
    ReleaseView {
        version: release.version.clone(),
        artifact: release.artifact.brief(),
        added_at: release.added_at,
        by: release.by.clone(),
        notes: release.notes.clone(),
        commit: release.commit.clone(),
        quarantined,
    }
}

/// The grammar of tags (OCI distribution specification, 1.1: "pull").
fn tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word) && text.len() <= 128 && text.chars().all(|c| word(c) || c == '.' || c == '-')
}
