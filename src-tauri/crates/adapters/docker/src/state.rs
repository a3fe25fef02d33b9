//! What a container is doing, from what the engine's inspect says.

use crate::{label::Labels, recipe::tcp};
use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status, HealthStatusEnum};
use switchback_core::{
    ident::Instant,
    port::{InstanceState, Upstream},
};

/// The state of a container whose ports are published on `host`.
pub(crate) fn of(found: &ContainerInspectResponse, host: &str) -> InstanceState {
    let Some(state) = &found.state else { return InstanceState::Created };
    match state.status {
        Some(Status::RUNNING | Status::PAUSED) => InstanceState::Running {
            since: instant(state.started_at.as_deref()).unwrap_or(Instant::UNIX_EPOCH),
            upstream: upstream(found, host),
            healthy: healthy(state),
            note: None,
            idle: false,
            pods: None,
        },
        // One that waits to be restarted serves nobody: a crash loop is an end each time.
        Some(Status::EXITED | Status::DEAD | Status::REMOVING | Status::RESTARTING) => {
            let (from, to) = (instant(state.started_at.as_deref()), instant(state.finished_at.as_deref()));
            let ran = from.zip(to).map(|(from, to)| to.duration_since(from).as_millis());
            InstanceState::Exited {
                code: state.exit_code,
                out_of_memory: state.oom_killed.unwrap_or(false),
                at: to,
                // Of a program that ends at once the engine may note the end before it notes the start.
                ran_ms: ran.map(|ms| u64::try_from(ms).unwrap_or_default()),
            }
        }
        _ => InstanceState::Created,
    }
}

/// Whether a container does something now.
pub(crate) fn runs(found: &ContainerInspectResponse) -> bool {
    found.state.as_ref().is_some_and(|state| state.status == Some(Status::RUNNING))
}

/// An engine's time; its year 1 means never.
pub(crate) fn instant(text: Option<&str>) -> Option<Instant> {
    text.filter(|text| !text.starts_with("0001-"))?.parse().ok()
}

fn healthy(state: &ContainerState) -> Option<bool> {
    match state.health.as_ref()?.status? {
        HealthStatusEnum::HEALTHY => Some(true),
        HealthStatusEnum::STARTING | HealthStatusEnum::UNHEALTHY => Some(false),
        HealthStatusEnum::NONE | HealthStatusEnum::EMPTY => None,
    }
}

/// Where the first published port is; the lowest one when the labels name none.
fn upstream(found: &ContainerInspectResponse, host: &str) -> Option<Upstream> {
    let ports = found.network_settings.as_ref()?.ports.as_ref()?;
    let first = match Labels::of(found).publish().first() {
        Some(one) => tcp(one.container),
        None => ports.iter().filter(|(_, bound)| bound.is_some()).map(|(name, _)| name).min()?.clone(),
    };
    let bound = ports.get(&first)?.as_ref()?.first()?;
    let port = bound.host_port.as_ref()?.parse().ok()?;
    Some(Upstream { host: address(bound.host_ip.as_deref().unwrap_or_default(), host), port })
}

/// A binding to all addresses, or to the loopback of another machine, is spoken to by the engine's host name.
fn address(bound: &str, host: &str) -> String {
    match bound {
        "" | "0.0.0.0" | "::" | "127.0.0.1" | "::1" => host.to_owned(),
        one => one.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended() -> ContainerInspectResponse {
        let text = r#"{"State":{"Status":"exited","ExitCode":137,"OOMKilled":true,
            "StartedAt":"2026-01-02T03:04:05.000000001Z","FinishedAt":"2026-01-02T03:04:06.500000001Z"}}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_ended_container_tells_its_code_and_how_long_it_ran() {
        let InstanceState::Exited { code, out_of_memory, ran_ms, .. } = of(&ended(), "127.0.0.1") else { panic!() };
        assert_eq!((code, out_of_memory, ran_ms), (Some(137), true, Some(1500)));
    }

    #[test]
    fn what_is_stopped_paused_or_waits_to_be_started_again_does_nothing() {
        let is = |status: &str| {
            let text = format!(r#"{{"State":{{"Status":"{status}"}}}}"#);
            runs(&serde_json::from_str(&text).unwrap())
        };
        assert!(is("running"));
        for status in ["created", "exited", "paused", "restarting", "dead"] {
            assert!(!is(status), "{status}");
        }
    }

    #[test]
    fn an_end_noted_before_its_start_is_one_at_once() {
        let text = r#"{"State":{"Status":"exited","ExitCode":7,
            "StartedAt":"2026-01-02T03:04:05.2Z","FinishedAt":"2026-01-02T03:04:05.1Z"}}"#;
        let InstanceState::Exited { ran_ms, .. } = of(&serde_json::from_str(text).unwrap(), "127.0.0.1") else {
            panic!()
        };
        assert_eq!(ran_ms, Some(0));
    }

    #[test]
    fn a_remote_engines_ports_are_spoken_to_by_its_name() {
        let text = r#"{"State":{"Status":"running","StartedAt":"2026-01-02T03:04:05Z"},
            "NetworkSettings":{"Ports":{"8080/tcp":[{"HostIp":"0.0.0.0","HostPort":"49153"}],"9090/tcp":null}}}"#;
        let found: ContainerInspectResponse = serde_json::from_str(text).unwrap();
        let InstanceState::Running { upstream, healthy, .. } = of(&found, "far.example") else { panic!() };
        assert_eq!(upstream, Some(Upstream { host: "far.example".into(), port: 49153 }));
        assert_eq!(healthy, None);
    }
}
