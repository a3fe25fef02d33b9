//! Where a router has to send the traffic of instances.

use switchback_core::{
    failure::{Failure, FailureKind},
    plan::InstanceName,
    port::{InstanceState, Runtime, Upstream},
    strategy::{NginxHost, Router},
    workload::Settings,
};

/// The address of an instance in this state, as `router` reaches it. Fails for one that does not run or cannot be reached.
pub async fn upstream(
    runtime: &dyn Runtime,
    settings: &Settings,
    router: &Router,
    instance: &InstanceName,
    state: &InstanceState,
) -> Result<Upstream, Failure> {
    let inside = match router {
        Router::Nginx { host: NginxHost::Container { name }, .. } => Some(name),
        Router::Nginx { .. } | Router::Tcp { .. } => None,
    };
    match state {
        InstanceState::Running { .. } if let Some(router) = inside => runtime.reach(settings, instance, router).await,
        InstanceState::Running { upstream: Some(upstream), .. } => Ok(upstream.clone()),
        InstanceState::Running { .. } => {
            Err(Failure::new(FailureKind::Other, format!("{instance} publishes no port to route to")))
        }
        _ => Err(Failure::new(FailureKind::Other, format!("{instance} does not run"))),
    }
}

/// The addresses of instances, whose states are asked now.
pub async fn upstreams(
    runtime: &dyn Runtime,
    settings: &Settings,
    router: &Router,
    instances: &[InstanceName],
) -> Result<Vec<Upstream>, Failure> {
    let mut upstreams = Vec::new();
    for instance in instances {
        let state = runtime.state(settings, instance).await?;
        upstreams.push(upstream(runtime, settings, router, instance, &state).await?);
    }
    Ok(upstreams)
}
