//! Taking over what runs already: a container that somebody started by hand becomes revision r1 of a target, without a
//! moment's downtime, and the policy file gets the target.

use crate::{
    Answer, ApiError, App,
    app::{reason, target},
    deploy::confirmed,
    dto::{ImportView, ImportableView},
    taking::{Sorted, Taking, workload},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};
use switchback_core::{
    leak::looks_secret,
    name::Target,
    plan::Kind,
    planner,
    port::Found,
    release::Artifact,
    workload::{DockerSettings, EngineAddress, RuntimeKind, SecretRef, Settings},
};
use switchback_policy::{
    Document,
    document::ServiceSpec,
    scalar::{Cpus, PublishText, SecretName, Size, Span},
    target::{DockerForm, EngineForm, Limits, TargetSpec},
};
use ts_rs::TS;

/// What to take over, and as what.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Import {
    /// The container's name.
    pub container: String,
    /// `checkout/production`.
    pub target: String,
    /// Where it runs, as the policy file writes it; the default engine when `None`.
    pub engine: Option<String>,
    /// What to call what runs; the image's tag when `None`.
    pub version: Option<String>,
    /// What may be done with its secrets.
    pub taking: Taking,
}

/// All that is known before anything is written.
struct Ready {
    target: Target,
    found: Found,
    sorted: Sorted,
    document: Document,
    base: PathBuf,
    version: String,
    view: ImportView,
}

impl App {
    /// What runs and is not ours, on one engine, else on every engine of the policy, else on the default one.
    pub async fn importable(&self, engine: Option<&str>) -> Answer<Vec<ImportableView>> {
        let mut engines = Vec::new();
        if let Some(text) = engine {
            engines.push(address(text)?);
        } else if let Some((document, _)) = self.policy_in_force().await? {
            for spec in document.targets.values().filter_map(|spec| spec.docker.as_ref()) {
                if !engines.contains(&spec.engine.0) {
                    engines.push(spec.engine.0.clone());
                }
            }
        }
        if engines.is_empty() {
            self.clusters_alone().await?;
            engines.push(EngineAddress::Default);
        }
        let mut all = Vec::new();
        for engine in engines {
            let found = self.runtime(RuntimeKind::Docker)?.foreign(&on(&engine)).await?;
            all.extend(found.iter().map(|found| importable(&engine, found)));
        }
        Ok(all)
    }

    /// Refuses to ask this machine's engine where the policy names workloads of clusters and no containers: those are what
    /// is meant.
    async fn clusters_alone(&self) -> Answer<()> {
        let Some((document, _)) = self.policy_in_force().await? else { return Ok(()) };
        let mut all = document.targets.values().filter_map(|spec| spec.kubernetes.as_ref());
        let Some(first) = all.next() else { return Ok(()) };
        let context = first.context.as_ref().map(|name| format!(" --context {name}")).unwrap_or_default();
        let told = "the policy's targets are workloads of a cluster, and no containers of an engine";
        Err(ApiError::new("bad_input", told).hint(format!(
            "`switchback import --namespace {}{context}` lists the workloads there, `--engine default` the containers here.",
            first.namespace
        )))
    }

    /// What taking it over means. Changes nothing.
    pub async fn import_preview(&self, asked: &Import) -> Answer<ImportView> {
        Ok(self.ready(asked).await?.view)
    }

    /// Takes it over: policy, secrets, release, then a deployment that records it and touches nothing that runs. Each is
    /// fine when done twice, so that an import that was interrupted is simply asked for again.
    pub async fn import(&self, asked: &Import, why: &str, confirm: &str) -> Answer<ImportView> {
        let why = reason(why)?;
        let Ready { target, found, sorted, document, base, version, mut view } = self.ready(asked).await?;
        let resolved = document.target(&target)?;
        confirmed(&target, resolved.protected, confirm)?;
        self.apply(&[("switchback.yaml".to_owned(), view.yaml.clone())], &base, false).await?;
        let secrets: BTreeMap<String, SecretRef> = self.keep(&sorted).await?;
        let workload = workload(&[&found], sorted.config, secrets)?;
        self.add_found(&target, &version, &workload, "imported as it ran").await?;
        let row = self.history.target(&target).await?;
        let revision = row.next_revision;
        let intent = self.intent(Kind::Adopt, &row, resolved, revision, version, workload, Vec::new());
        let plan = planner::adopt(intent, vec![found.name]);
        let id = plan.deployment;
        let run = self.engine.begin(plan, self.actor.clone(), why).await?;
        let ended = run.finish().await?;
        if let Some(cause) = crate::running::cause(&ended) {
            return Err(ApiError::from(cause.failure.clone()));
        }
        view.deployment = Some(id.to_string());
        Ok(view)
    }

    async fn ready(&self, asked: &Import) -> Answer<Ready> {
        let target = target(&asked.target)?;
        let engine = asked.engine.as_deref().map_or(Ok(EngineAddress::Default), address)?;
        if let Some(current) = self.history.target(&target).await?.current {
            let told = format!("{target} has {} already", current.revision);
            return Err(ApiError::new("bad_input", told)
                .hint("`switchback drift` shows what runs in its place, `switchback drift adopt` takes it."));
        }
        let all = self.runtime(RuntimeKind::Docker)?.foreign(&on(&engine)).await?;
        let found = all.into_iter().find(|found| found.name.0 == asked.container).ok_or_else(|| {
            ApiError::new("not_found", format!("no container {} runs on {engine} that is not ours", asked.container))
                .hint("`switchback import` lists what runs there.")
        })?;
        let (document, base) =
            self.policy_in_force().await?.unwrap_or_else(|| (Arc::default(), self.home.path.clone()));
        let mut document = Arc::unwrap_or_clone(document);
        document.version = switchback_policy::document::VERSION;
        let sorted = self.sort(&target, &found, &BTreeMap::new(), &BTreeMap::new(), &asked.taking).await?;
        declare(&mut document, &target, &found, &sorted)?;
        let yaml = switchback_policy::to_yaml(&document);
        let file = [("switchback.yaml".to_owned(), yaml.clone())];
        let changes = self.apply(&file, &base, true).await?;
        let named = found.written.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains(['/', '@']));
        let tag = named.filter(|tag| *tag != "latest" && !found.written.starts_with("sha256:"));
        let artifact = workload(&[&found], BTreeMap::new(), BTreeMap::new())?.artifact;
        let fallback = format!("found-{}", artifact.digest().short());
        let version = asked.version.clone().unwrap_or_else(|| tag.unwrap_or(&fallback).to_owned());
        let secrets = sorted.known.values().map(|reference| reference.name.clone());
        let view = ImportView {
            target: target.to_string(),
            version: version.clone(),
            artifact: artifact.brief(),
            yaml,
            changes,
            secrets: secrets.chain(sorted.new.values().map(|(name, _)| name.clone())).collect(),
            lost: found.beyond.clone(),
            deployment: None,
        };
        Ok(Ready { target, found, sorted, document, base, version, view })
    }
}

fn address(text: &str) -> Answer<EngineAddress> {
    let form: EngineForm = text.parse().map_err(|error| ApiError::new("bad_input", format!("{error}")))?;
    Ok(form.0)
}

fn on(engine: &EngineAddress) -> Settings {
    Settings::Docker(DockerSettings { engine: engine.clone(), ..DockerSettings::default() })
}

fn importable(engine: &EngineAddress, found: &Found) -> ImportableView {
    let publish = match &found.settings {
        Settings::Docker(docker) => {
            docker.publish.iter().map(|one| format!("{}:{}:{}", one.host, one.port, one.container)).collect()
        }
        Settings::Process(_) | Settings::Kubernetes(_) => Vec::new(),
    };
    let looks = |(name, value): &(&String, &secrecy::SecretString)| looks_secret(name, value.expose_secret());
    ImportableView {
        engine: engine.to_string(),
        name: found.name.0.clone(),
        image: found.written.clone(),
        artifact: found.artifact.as_ref().map(Artifact::brief),
        publish,
        since: found.running,
        secret_like: found.env.iter().filter(looks).map(|(name, _)| name.clone()).collect(),
        lost: found.beyond.clone(),
    }
}

/// Writes the target into the policy, with its service and its environment where they are new.
fn declare(document: &mut Document, target: &Target, found: &Found, sorted: &Sorted) -> Answer<()> {
    let Settings::Docker(docker) = &found.settings else {
        return Err(ApiError::new("bad_input", format!("{} is no container", found.name)));
    };
    let Some(artifact) = &found.artifact else {
        return Err(ApiError::new("artifact_gone", format!("nobody can tell any more what {} runs", found.name))
            .hint("Its image was deleted under it: deploy a release instead."));
    };
    declare_service(document, target, artifact, &found.name.0)?;
    let secrets = secret_names(sorted)?;
    let form = DockerForm {
        engine: EngineForm(docker.engine.clone()),
        command: docker.command.clone(),
        publish: docker.publish.iter().cloned().map(PublishText).collect(),
        volumes: docker.volumes.clone(),
        networks: docker.networks.clone(),
        limits: Limits { memory: docker.memory.map(Size), cpus: docker.milli_cpus.map(Cpus) },
    };
    // What the policy says of it already, its gates above all, is no part of what is imported.
    let known = document.targets.remove(target).unwrap_or_default();
    let spec = TargetSpec {
        docker: Some(form),
        kubernetes: None,
        process: None,
        grace: Some(Span(docker.grace)),
        config: sorted.config.clone(),
        secrets,
        ..known
    };
    document.targets.insert(target.clone(), spec);
    Ok(())
}

/// The target's service and environment, where they are new. `runs`: what runs the artifact, for people.
pub(crate) fn declare_service(document: &mut Document, target: &Target, artifact: &Artifact, runs: &str) -> Answer<()> {
    let Artifact::Image { repository, .. } = artifact else {
        return Err(ApiError::new("bad_input", format!("{runs} runs no image")));
    };
    let service = document
        .services
        .entry(target.service.clone())
        .or_insert_with(|| ServiceSpec { image: Some(repository.clone()), ..ServiceSpec::default() });
    if service.image.as_ref() != Some(repository) {
        let is = service.image.as_deref().unwrap_or("no image");
        return Err(ApiError::new("bad_input", format!("{runs} runs {repository}, but {} is {is}", target.service))
            .hint("Import it as another service, or correct the service's `image:` in the policy file."));
    }
    document.environments.entry(target.environment.clone()).or_default();
    Ok(())
}

/// How the policy names the secrets, by variable.
pub(crate) fn secret_names(sorted: &Sorted) -> Answer<BTreeMap<String, SecretName>> {
    let references = sorted.known.iter().map(|(variable, reference)| (variable, &reference.name));
    let references = references.chain(sorted.new.iter().map(|(variable, (name, _))| (variable, name)));
    let mut secrets = BTreeMap::new();
    for (variable, name) in references {
        let name: SecretName =
            format!("keychain:{name}").parse().map_err(|error| ApiError::new("bad_input", format!("{error}")))?;
        secrets.insert(variable.clone(), name);
    }
    Ok(secrets)
}
