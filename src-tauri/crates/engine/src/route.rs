//! Where a router has to send the traffic of instances.

use switchback_core::{
    failure::{Failure, FailureKind},
    plan::InstanceName,
    port::{InstanceState, Runtime, Upstream},
    strategy::{NginxHost, Router},
    workload::Settings,
};

/// The addresses of running instances, as `router` reaches them. Fails for one that does not run or cannot be reached.
pub async fn upstreams(
    runtime: &dyn Runtime,
    settings: &Settings,
    router: &Router,
    instances: &[InstanceName],
) -> Result<Vec<Upstream>, Failure> {
    let inside = match router {
        Router::Nginx { host: NginxHost::Container { name }, .. } => Some(name),
        Router::Nginx { .. } | Router::Tcp { .. } => None,
    };
    let mut upstreams = Vec::new();
    for instance in instances {
        match runtime.state(settings, instance).await? {
            InstanceState::Running { .. } if let Some(router) = inside => {
                upstreams.push(runtime.reach(settings, instance, router).await?);
            }
            InstanceState::Running { upstream: Some(upstream), .. } => upstreams.push(upstream),
            InstanceState::Running { .. } => {
                return Err(Failure::new(FailureKind::Other, format!("{instance} publishes no port to route to")));
            }
            _ => return Err(Failure::new(FailureKind::Other, format!("{instance} does not run"))),
        }
    }
    Ok(upstreams)
}
