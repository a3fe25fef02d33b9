//! How one container reaches another: what a router that runs in a container has to send traffic to.
//!
//! A port published on the loopback is the machine's, not the router's own loopback. So the address is the instance's in
//! a network that both are in, by number: a name would be resolved when the router starts, and one that does not resolve
//! keeps it from starting at all.

use crate::{client::Client, label::Labels, state};
use bollard::models::ContainerInspectResponse;
use switchback_core::{
    failure::{Failure, FailureKind},
    plan::InstanceName,
    port::{InstanceState, Upstream},
};

/// Where `from`, a container by its name, finds a running instance.
pub(crate) async fn reach(client: &Client, instance: &InstanceName, from: &str) -> Result<Upstream, Failure> {
    let found = client.inspect(instance).await?;
    let found = found.ok_or_else(|| refused(format!("there is no container {instance}")))?;
    let router = client.inspect_named(from).await?;
    let router = router.ok_or_else(|| refused(format!("there is no container {from}, which nginx should run in")))?;
    seen_from(&found, &router, client.host()).ok_or_else(|| {
        refused(format!(
            "{from} and {instance} share no network, or the service publishes no port: give the target `networks` with \
             one that {from} is in, or run {from} with the host's network"
        ))
    })
}

fn refused(said: String) -> Failure {
    Failure::new(FailureKind::RouterRefused { said: said.clone() }, said)
}

fn seen_from(found: &ContainerInspectResponse, router: &ContainerInspectResponse, host: &str) -> Option<Upstream> {
    if router.host_config.as_ref()?.network_mode.as_deref() == Some("host") {
        return match state::of(found, host) {
            // The engine's machine is this router's own, wherever we are.
            InstanceState::Running { upstream: Some(Upstream { port, .. }), .. } => {
                Some(Upstream { host: "127.0.0.1".to_owned(), port })
            }
            _ => None,
        };
    }
    let port = Labels::of(found).publish().first()?.container;
    let (ours, theirs) = (networks(found)?, networks(router)?);
    let mut shared: Vec<_> = ours.iter().filter(|(name, _)| theirs.contains_key(*name)).collect();
    shared.sort_by_key(|(name, _)| *name);
    let address = shared.iter().find_map(|(_, endpoint)| endpoint.ip_address.as_deref().filter(|ip| !ip.is_empty()))?;
    Some(Upstream { host: address.to_owned(), port })
}

fn networks(
    found: &ContainerInspectResponse,
) -> Option<&std::collections::HashMap<String, bollard::models::EndpointSettings>> {
    found.network_settings.as_ref()?.networks.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::tcp;

    fn container(mode: &str, networks: &[(&str, &str)]) -> ContainerInspectResponse {
        let networks: serde_json::Map<_, _> =
            networks.iter().map(|(name, ip)| ((*name).to_owned(), serde_json::json!({ "IPAddress": ip }))).collect();
        let publish = r#"[{"host":"127.0.0.1","port":0,"container":8080}]"#;
        serde_json::from_value(serde_json::json!({
            "State": {"Status": "running", "StartedAt": "2026-01-02T03:04:05Z"},
            "Config": {"Labels": {"switchback.publish": publish}},
            "HostConfig": {"NetworkMode": mode},
            "NetworkSettings": {
                "Networks": networks,
                "Ports": {tcp(8080): [{"HostIp": "127.0.0.1", "HostPort": "49153"}]},
            },
        }))
        .unwrap()
    }

    fn at(host: &str, port: u16) -> Upstream {
        Upstream { host: host.to_owned(), port }
    }

    #[test]
    fn a_router_is_given_the_address_in_the_network_that_it_shares() {
        let shop = container("back", &[("back", "10.1.0.2"), ("front", "10.2.0.2")]);
        assert_eq!(seen_from(&shop, &container("front", &[("front", "10.2.0.9")]), "far"), Some(at("10.2.0.2", 8080)));
        assert_eq!(seen_from(&shop, &container("host", &[("host", "")]), "far"), Some(at("127.0.0.1", 49153)));
        assert_eq!(seen_from(&shop, &container("other", &[("other", "10.3.0.9")]), "far"), None);
    }
}
