//! Taking over a workload of a cluster with the history the cluster has of it: what ran before becomes revisions with who
//! and when as far as known, what runs now the newest of them. No pod is touched.

use crate::{
    Answer, ApiError, App,
    app::{reason, target},
    clusters::kubeconfig_at,
    deploy::confirmed,
    dto::{PastView, WorkloadImportView},
    import::{declare_service, secret_names},
    taking::{Sorted, Taking, workload},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};
use switchback_core::{
    health::HealthGate,
    ident::{Actor, DeploymentId, Instant, RevisionNumber},
    name::Target,
    plan::{Action, Before, InstanceName, Kind, Plan, Step, Undo},
    planner,
    port::{Bygone, Memory, Past},
    reference::Reference,
    release::{Artifact, Digest},
    workload::{KubernetesSettings, Workload, WorkloadKind},
};
use switchback_policy::{
    Document,
    target::{KubernetesForm, TargetSpec},
};
use ts_rs::TS;

/// Which workload to take over, and as what.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportWorkload {
    /// The kubeconfig's whole path; the usual one when `None`.
    pub kubeconfig: Option<String>,
    /// The context in it; its current one when `None`.
    pub context: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// `deployment/checkout`.
    pub workload: String,
    /// The container whose image is changed; the first when `None`.
    pub container: Option<String>,
    /// Although another tool looks after it.
    pub take_over: bool,
    /// `checkout/production`.
    pub target: String,
    /// Whether its environment is protected, where it is made anew.
    pub protect: bool,
    /// What may be done with its secrets.
    pub taking: Taking,
}

/// All that is known before anything is written.
struct Ready {
    target: Target,
    settings: KubernetesSettings,
    memory: Memory,
    versions: Vec<String>,
    /// The number of the first of them.
    first: u32,
    document: Document,
    base: PathBuf,
    view: WorkloadImportView,
}

impl App {
    /// What taking it over means. Changes nothing.
    pub async fn import_workload_preview(&self, asked: &ImportWorkload) -> Answer<WorkloadImportView> {
        Ok(Box::pin(self.workload_ready(asked)).await?.view)
    }

    /// Takes it over: policy, manifests, secrets, releases, the past, then a deployment that records what runs. Each is
    /// fine when done twice, so that an import that was interrupted is simply asked for again.
    pub async fn import_workload(
        &self,
        asked: &ImportWorkload,
        why: &str,
        confirm: &str,
    ) -> Answer<WorkloadImportView> {
        let why = reason(why)?;
        let ready = Box::pin(self.workload_ready(asked)).await?;
        let Ready { target, settings, memory, versions, first, document, base, mut view } = ready;
        let resolved = document.target(&target)?;
        confirmed(&target, resolved.protected, confirm)?;
        self.apply(&[("switchback.yaml".to_owned(), view.yaml.clone())], &base, false).await?;
        self.clusters()?.keep(&settings, &target, &memory).await?;
        let mut content = Vec::new();
        for (past, version) in memory.revisions.iter().zip(&versions) {
            // One after the other, oldest first: the keychain's newest value is then that of what runs.
            let sorted = self.sort(&target, &past.found, &BTreeMap::new(), &BTreeMap::new(), &asked.taking).await?;
            let secrets = self.keep(&sorted).await?;
            let content_of = workload(&[&past.found], sorted.config, secrets)?;
            self.add_found(&target, version, &content_of, &format!("imported from {}", past.source)).await?;
            content.push(content_of);
        }
        let Some(present) = content.pop() else { return Err(nothing(&settings)) };
        if first == 1 {
            self.remember(&target, &memory.revisions, &versions, content, &why).await?;
        }
        let version = versions.last().cloned().unwrap_or_default();
        let row = self.history.target(&target).await?;
        let revision = row.next_revision;
        let intent = self.intent(Kind::Adopt, &row, resolved, revision, version, present, Vec::new());
        let name = InstanceName::new(&target, revision, intent.deployment, 0);
        let plan = planner::adopt(intent, vec![name]);
        let id = plan.deployment;
        let ended = self.engine.begin(plan, self.actor.clone(), why).await?.finish().await?;
        if let Some(cause) = crate::running::cause(&ended) {
            return Err(ApiError::from(cause.failure.clone()));
        }
        view.deployment = Some(id.to_string());
        Ok(view)
    }

    /// Writes what ran before what runs now.
    async fn remember(
        &self,
        target: &Target,
        all: &[Past],
        versions: &[String],
        content: Vec<Workload>,
        why: &str,
    ) -> Answer<()> {
        let (mut bygone, mut before, mut latest): (Vec<Bygone>, Option<Before>, Instant) =
            (Vec::new(), None, Instant::MIN);
        for (number, ((past, version), workload)) in (1..).zip(all.iter().zip(versions).zip(content)) {
            // One whose time is not known came no sooner than the one before it.
            let at = past.at.unwrap_or(latest).max(latest);
            let earliest = all.iter().filter_map(|past| past.at).min();
            latest = if at == Instant::MIN { earliest.unwrap_or_else(|| self.ports().clock.now()) } else { at };
            let revision = RevisionNumber(number);
            let plan = Plan {
                deployment: DeploymentId(self.ports().ids.next()),
                kind: Kind::Adopt,
                target: target.clone(),
                planned_at: latest,
                before: before.take(),
                revision,
                version: version.clone(),
                workload: workload.clone(),
                instances: Vec::new(),
                router: None,
                health: HealthGate::default(),
                steps: vec![Step {
                    action: Action::Adopt { instance: InstanceName(past.source.clone()) },
                    undo: Undo::Nothing,
                }],
                pivot: 1,
                pause_after_rollback: false,
                scripts: None,
                train: None,
            };
            before = Some(Before { revision, version: version.clone(), workload, instances: Vec::new() });
            let name = past.by.clone().unwrap_or_else(|| "unknown".to_owned());
            let by = Actor { name, origin: past.source.clone() };
            bygone.push(Bygone { plan, at: latest, by, reason: told(past) });
        }
        let mut audit = self.audit_line("history.imported", target.service.to_string(), why);
        audit.environment = Some(target.environment.to_string());
        let line = |one: &Bygone| serde_json::json!({ "revision": one.plan.revision.0, "version": one.plan.version, "at": one.at, "by": one.by.name, "from": one.by.origin });
        audit.after = bygone.iter().map(line).collect();
        Ok(self.engine.remember(target, &bygone, &audit).await?)
    }

    async fn workload_ready(&self, asked: &ImportWorkload) -> Answer<Ready> {
        let target = target(&asked.target)?;
        let settings = settings(asked)?;
        let row = self.history.target(&target).await?;
        if let Some(current) = row.current {
            let told = format!("{target} has {} already", current.revision);
            return Err(ApiError::new("bad_input", told)
                .hint("`switchback drift` shows what runs in its place, `switchback drift adopt` takes it."));
        }
        let memory = self.clusters()?.memory(&settings).await?;
        let Some(present) = memory.revisions.last() else { return Err(nothing(&settings)) };
        let mut secrets = BTreeSet::new();
        let mut sorted = Sorted::default();
        for past in &memory.revisions {
            sorted = self.sort(&target, &past.found, &BTreeMap::new(), &BTreeMap::new(), &asked.taking).await?;
            secrets.extend(sorted.known.values().map(|known| known.name.clone()));
            secrets.extend(sorted.new.values().map(|(name, _)| name.clone()));
        }
        // Rights, and whether another tool looks after it.
        let content = workload(&[&present.found], BTreeMap::new(), BTreeMap::new())?;
        self.runtime(content.settings.kind())?.check(&content).await?;
        let (document, base) =
            self.policy_in_force().await?.unwrap_or_else(|| (Arc::default(), self.home.path.clone()));
        let mut document = Arc::unwrap_or_clone(document);
        document.version = switchback_policy::document::VERSION;
        let anew = !document.environments.contains_key(&target.environment);
        declare(&mut document, &target, &settings, &content.artifact, &sorted)?;
        if let Some(environment) = document.environments.get_mut(&target.environment).filter(|_| anew) {
            environment.protected = asked.protect;
        }
        let protected = document.target(&target)?.protected;
        let yaml = switchback_policy::to_yaml(&document);
        let changes = self.apply(&[("switchback.yaml".to_owned(), yaml.clone())], &base, true).await?;
        let versions = versions(&memory.revisions);
        // What an interrupted import wrote already is not written again.
        let first = row.next_revision.0;
        let shown = memory.revisions.iter().zip(&versions).enumerate();
        let elsewhere: BTreeSet<&String> = memory.revisions.iter().flat_map(|past| &past.found.beyond).collect();
        let view = WorkloadImportView {
            target: target.to_string(),
            protected,
            revisions: shown.map(|(index, (past, version))| past_view(index, past, version)).collect(),
            lost: memory.lost.clone(),
            elsewhere: elsewhere.into_iter().cloned().collect(),
            yaml,
            changes,
            secrets: secrets.into_iter().collect(),
            deployment: None,
        };
        Ok(Ready { target, settings, memory, versions, first, document, base, view })
    }
}

fn nothing(settings: &KubernetesSettings) -> ApiError {
    ApiError::new("not_found", format!("nothing is known of {}", settings.reference()))
}

fn settings(asked: &ImportWorkload) -> Answer<KubernetesSettings> {
    let unknown = || {
        let told = format!("{} is no deployment, statefulset or daemonset by name", asked.workload);
        ApiError::new("bad_input", told).hint("Write it as `kubectl` does, for example deployment/checkout.")
    };
    let (kind, name) = asked.workload.split_once('/').ok_or_else(unknown)?;
    Ok(KubernetesSettings {
        kubeconfig: asked.kubeconfig.as_deref().map(kubeconfig_at).transpose()?,
        context: asked.context.clone(),
        namespace: asked.namespace.clone(),
        workload: WorkloadKind::of(kind).ok_or_else(unknown)?,
        name: name.to_owned(),
        container: asked.container.clone(),
        port: None,
        take_over: asked.take_over,
        manifest: None,
    })
}

/// Where it comes from and what was said of it, in one line.
fn told(past: &Past) -> String {
    let said = past.said.as_deref().map(|said| format!("{said} · ")).unwrap_or_default();
    let when = if past.at.is_none() { ", its time is not known" } else { "" };
    format!("{said}{}{when}", past.source)
}

fn past_view(index: usize, past: &Past, version: &str) -> PastView {
    PastView {
        revision: u32::try_from(index + 1).unwrap_or(u32::MAX),
        version: version.to_owned(),
        artifact: past.found.artifact.as_ref().map(Artifact::brief).unwrap_or_default(),
        at: past.at,
        by: past.by.clone(),
        said: past.said.clone(),
        source: past.source.clone(),
    }
}

/// What to call each of them: its image's tag, and its digest where there is none or the tag stood for another one too.
fn versions(all: &[Past]) -> Vec<String> {
    let mut known: BTreeMap<String, Digest> = BTreeMap::new();
    let mut versions = Vec::new();
    for past in all {
        let Some(artifact) = &past.found.artifact else { continue };
        let Reference { repository, tag, .. } = Reference::parse(&past.found.written);
        let tagged = tag != "latest" && past.found.written.contains(&format!("{repository}:{tag}"));
        let short = artifact.digest().short();
        let mut version = if tagged { tag } else { format!("found-{short}") };
        if known.get(&version).is_some_and(|digest| digest != artifact.digest()) {
            version = format!("{version}-{short}");
        }
        known.insert(version.clone(), artifact.digest().clone());
        versions.push(version);
    }
    versions
}

/// Writes the target into the policy, with its service and its environment where they are new.
fn declare(
    document: &mut Document,
    target: &Target,
    settings: &KubernetesSettings,
    artifact: &Artifact,
    sorted: &Sorted,
) -> Answer<()> {
    declare_service(document, target, artifact, &settings.reference())?;
    // What the policy says of it already, its gates above all, is no part of what is imported.
    let known = document.targets.remove(target).unwrap_or_default();
    let form = KubernetesForm {
        kubeconfig: settings.kubeconfig.clone(),
        context: settings.context.clone(),
        namespace: settings.namespace.clone(),
        workload: settings.reference(),
        container: settings.container.clone(),
        port: settings.port.or_else(|| known.kubernetes.as_ref()?.port),
        take_over: settings.take_over,
    };
    let spec = TargetSpec {
        kubernetes: Some(form),
        docker: None,
        process: None,
        config: sorted.config.clone(),
        secrets: secret_names(sorted)?,
        ..known
    };
    document.targets.insert(target.clone(), spec);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_the_policy_knows_keeps_its_gates() {
        let text = "version: 1\nservices: { web: { image: r/web } }\nenvironments: { test: { zone: UTC } }\ntargets:\n  \
                    web/test:\n    kubernetes: { namespace: old, workload: deployment/web, port: 8080 }\n    health: { \
                    ready: true, within: 60s }\n";
        let mut document = switchback_policy::parse("switchback.yaml", text).unwrap();
        let settings = KubernetesSettings {
            kubeconfig: None,
            context: None,
            namespace: "live".to_owned(),
            workload: WorkloadKind::Deployment,
            name: "web".to_owned(),
            container: None,
            port: None,
            take_over: false,
            manifest: None,
        };
        let target: Target = "web/test".parse().unwrap();
        let artifact = Artifact::Image { repository: "r/web".to_owned(), digest: Digest::of(b"web") };
        declare(&mut document, &target, &settings, &artifact, &Sorted::default()).unwrap();
        let spec = &document.targets[&target];
        let form = spec.kubernetes.as_ref().unwrap();
        assert_eq!((form.namespace.as_str(), form.port, spec.health.is_some()), ("live", Some(8080), true));
    }
}
