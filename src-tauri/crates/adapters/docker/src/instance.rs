//! One container's life: create, start, stop, remove. Each act looks first and says whether there was anything to do.

use crate::{
    client::Client,
    found,
    image::local,
    label::{CONTENT, Labels, TARGET},
    port, recipe,
    trouble::{Said as _, of_start},
};
use bollard::{
    models::{
        ContainerInspectResponse, ContainerStateStatusEnum as Status, ContainerUpdateBody, NetworkConnectRequest,
        RestartPolicy, RestartPolicyNameEnum,
    },
    query_parameters::{CreateContainerOptions, RemoveContainerOptions, StopContainerOptions, WaitContainerOptions},
};
use futures::TryStreamExt as _;
use std::time::Duration;
use switchback_core::{
    drift,
    failure::{Failure, FailureKind},
    plan::{InstanceName, InstanceSpec},
    port::{Arrival, ResolvedSecrets},
    release::Artifact,
    workload::DockerSettings,
};

/// Makes the container, in all its networks, not started.
pub(crate) async fn create(
    client: &Client,
    spec: &InstanceSpec,
    settings: &DockerSettings,
    secrets: &ResolvedSecrets,
) -> Result<Arrival, Failure> {
    if let Some(found) = client.inspect(&spec.name).await? {
        same(client, &found, spec, settings).await?;
        join(client, spec, settings, &found).await?;
        return Ok(Arrival::Already);
    }
    let artifact = &spec.workload.artifact;
    let Some(image) = local(client, artifact).await? else {
        let image = artifact.brief();
        let said = format!("{image} is not on the engine");
        return Err(Failure::new(FailureKind::ImageMissing { image }, said));
    };
    let options = CreateContainerOptions { name: Some(spec.name.0.clone()), ..CreateContainerOptions::default() };
    let body = recipe::body(spec, settings, secrets, image, || port::free(client.endpoint()));
    let arrival = match client.create_container(Some(options), body).await {
        Ok(_) => Arrival::Done,
        // Made by another executor between our look and our act.
        Err(error) if error.status() == Some(409) => Arrival::Already,
        Err(error) => return Err(error.on(client.endpoint())),
    };
    let found = client.inspect(&spec.name).await?.ok_or_else(|| gone(&spec.name))?;
    same(client, &found, spec, settings).await?;
    join(client, spec, settings, &found).await?;
    Ok(arrival)
}

/// Starts it; `None` when there is none of that name that could be started.
pub(crate) async fn start(
    client: &Client,
    spec: &InstanceSpec,
    settings: &DockerSettings,
) -> Result<Option<Arrival>, Failure> {
    let Some(found) = client.inspect(&spec.name).await? else { return Ok(None) };
    same(client, &found, spec, settings).await?;
    let done = match status(&found) {
        Some(Status::RUNNING | Status::RESTARTING) => return Ok(Some(Arrival::Already)),
        Some(Status::PAUSED) => client.unpause_container(&spec.name.0).await,
        _ if lost_its_networks(&found) => {
            remove(client, &spec.name, settings.grace).await?;
            return Ok(None);
        }
        _ => client.start_container(&spec.name.0, None).await,
    };
    match done {
        Ok(()) => Ok(Some(Arrival::Done)),
        Err(error) if error.absent() && error.said().contains("No such container") => Ok(None),
        Err(error) => {
            let failure = of_start(&error, &settings.publish, client.endpoint());
            if spec.behind_router && matches!(failure.kind, FailureKind::PortInUse { .. }) {
                // Somebody took the port that was chosen for it: another does as well.
                remove(client, &spec.name, settings.grace).await?;
                return Ok(None);
            }
            Err(failure)
        }
    }
}

/// Stops it within `grace` and keeps it.
pub(crate) async fn stop(client: &Client, name: &InstanceName, grace: Duration) -> Result<Arrival, Failure> {
    match client.inspect(name).await? {
        Some(found) if runs(&found) => {}
        _ => return Ok(Arrival::Already),
    }
    // The engine counts in whole seconds; less than asked for would be unkind.
    let seconds = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
    let options =
        StopContainerOptions { t: Some(i32::try_from(seconds).unwrap_or(i32::MAX)), ..StopContainerOptions::default() };
    match client.patient(grace).stop_container(&name.0, Some(options)).await {
        Ok(()) => Ok(Arrival::Done),
        Err(error) if error.absent() => Ok(Arrival::Already),
        Err(error) => Err(error.on(client.endpoint())),
    }
}

/// Lets the engine start it again, after its own restart or the program's end, until somebody stops it.
pub(crate) async fn settle(client: &Client, name: &InstanceName) -> Result<Arrival, Failure> {
    let Some(found) = client.inspect(name).await? else { return Err(gone(name)) };
    let policy = found.host_config.and_then(|host| host.restart_policy).and_then(|policy| policy.name);
    // Not `always`: that would start again, with the engine, what we stopped to be replaced.
    if policy == Some(RestartPolicyNameEnum::UNLESS_STOPPED) {
        return Ok(Arrival::Already);
    }
    let restart = RestartPolicy { name: Some(RestartPolicyNameEnum::UNLESS_STOPPED), maximum_retry_count: None };
    let change = ContainerUpdateBody { restart_policy: Some(restart), ..ContainerUpdateBody::default() };
    client.update_container(&name.0, change).await.map_err(|error| error.on(client.endpoint()))?;
    Ok(Arrival::Done)
}

/// Stops it and deletes it; its named volumes stay.
pub(crate) async fn remove(client: &Client, name: &InstanceName, grace: Duration) -> Result<Arrival, Failure> {
    if client.inspect(name).await?.is_none() {
        return Ok(Arrival::Already);
    }
    stop(client, name, grace).await?;
    let options = RemoveContainerOptions { force: true, v: false, ..RemoveContainerOptions::default() };
    match client.remove_container(&name.0, Some(options)).await {
        Ok(()) => Ok(Arrival::Done),
        Err(error) if error.absent() => Ok(Arrival::Already),
        // Somebody else removes it right now: it is gone when that is done.
        Err(error) if error.status() == Some(409) => removed(client, name).await,
        Err(error) => Err(error.on(client.endpoint())),
    }
}

async fn removed(client: &Client, name: &InstanceName) -> Result<Arrival, Failure> {
    let options = WaitContainerOptions { condition: "removed".to_owned() };
    let waited: Result<Vec<_>, _> = client.wait_container(&name.0, Some(options)).try_collect().await;
    match waited {
        Ok(_) | Err(bollard::errors::Error::DockerContainerWaitError { .. }) => Ok(Arrival::Done),
        Err(error) if error.absent() => Ok(Arrival::Done),
        Err(error) => Err(error.on(client.endpoint())),
    }
}

/// Joins the networks that the create call could not name.
async fn join(
    client: &Client,
    spec: &InstanceSpec,
    settings: &DockerSettings,
    found: &ContainerInspectResponse,
) -> Result<(), Failure> {
    let joined = found.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    for network in settings.networks.iter().skip(1) {
        if joined.is_some_and(|joined| joined.contains_key(network)) {
            continue;
        }
        let request = NetworkConnectRequest { container: spec.name.0.clone(), endpoint_config: None };
        match client.connect_network(network, request).await {
            Ok(()) => {}
            Err(error) if error.said().contains("already exists in network") => {}
            Err(error) => return Err(error.on(client.endpoint())),
        }
    }
    Ok(())
}

/// Takes a container as it runs for an instance: it has to be what the spec says.
pub(crate) async fn adopt(client: &Client, spec: &InstanceSpec, settings: &DockerSettings) -> Result<Arrival, Failure> {
    let Some(found) = client.inspect(&spec.name).await? else { return Err(gone(&spec.name)) };
    if !runs(&found) {
        return Err(Failure::new(FailureKind::Other, format!("{} does not run any more", spec.name)));
    }
    alike(client, &found, spec, settings).await?;
    Ok(Arrival::Already)
}

/// Whether the container of that name is the one meant. The name carries the deployment, the label the content. One that
/// was taken over has another's label and is known by what it is; or none, and its image has to do, because what else it
/// has may be secrets that nobody wrote down.
async fn same(
    client: &Client,
    found: &ContainerInspectResponse,
    spec: &InstanceSpec,
    settings: &DockerSettings,
) -> Result<(), Failure> {
    let labels = Labels::of(found);
    if labels.get(CONTENT) == Some(spec.workload.digest().0.as_str()) {
        return Ok(());
    }
    if labels.get(TARGET).is_some() {
        return alike(client, found, spec, settings).await;
    }
    let is = found::read(client, &settings.engine, found).await?.artifact;
    if is.as_ref().map(Artifact::digest) == Some(spec.workload.artifact.digest()) {
        return Ok(());
    }
    Err(another(spec, &is.map_or_else(|| "an image nobody knows any more".to_owned(), |is| is.brief())))
}

fn another(spec: &InstanceSpec, told: &str) -> Failure {
    let said = format!("a container {} is there that is another ({told}); rename or remove it", spec.name);
    Failure::new(FailureKind::Other, said)
}

async fn alike(
    client: &Client,
    found: &ContainerInspectResponse,
    spec: &InstanceSpec,
    settings: &DockerSettings,
) -> Result<(), Failure> {
    let found = found::read(client, &settings.engine, found).await?;
    let mut differences = drift::between(&spec.workload, &found, spec.behind_router);
    if found.running.is_none() {
        // One that does not run may have lost its networks.
        differences.retain(|difference| difference.key != "networks");
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(another(spec, &differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

fn status(found: &ContainerInspectResponse) -> Option<Status> {
    found.state.as_ref()?.status
}

/// Current engines take a container out of all its networks when a start fails for a port in use, and never put it back:
/// started again it would run and nobody could reach it (seen with API 1.56). Such a one has to be made anew.
fn lost_its_networks(found: &ContainerInspectResponse) -> bool {
    let networks = found.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    networks.is_none_or(std::collections::HashMap::is_empty)
}

fn runs(found: &ContainerInspectResponse) -> bool {
    matches!(status(found), Some(Status::RUNNING | Status::PAUSED | Status::RESTARTING))
}

fn gone(name: &InstanceName) -> Failure {
    Failure::new(FailureKind::Other, format!("somebody removed {name} meanwhile"))
}
