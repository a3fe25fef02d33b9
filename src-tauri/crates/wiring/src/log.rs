//! What both programs write to standard error for whoever looks for a fault: `SWITCHBACK_LOG`, in the syntax of `RUST_LOG`.
//!
//! Libraries that handle secret values print whole requests when they are asked for details; what they say below a
//! warning is never written, whatever is asked for.

use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Crates through which values pass: to engines, keychains, mail servers and addresses that are secrets themselves.
const CARRIERS: [&str; 11] = [
    "bollard",
    "docker_credential",
    "h2",
    "hyper",
    "hyper_util",
    "keyring",
    "lettre",
    "reqwest",
    "secret_service",
    "zbus",
    "zbus_secret_service_keyring_store",
];

/// Begins to write. `usual` is what is written when nothing is asked for: what the client of clusters says of a failed
/// request is told by whoever asked.
pub fn log(usual: &str) {
    let usual = format!("{usual},kube_client=off");
    let asked = EnvFilter::try_from_env("SWITCHBACK_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // A second call finds it begun; that is fine.
    let _ = tracing_subscriber::registry().with(filter_fn(harmless)).with(asked).with(lines).try_init();
}

fn harmless(what: &Metadata<'_>) -> bool {
    *what.level() <= Level::WARN || !carries(what.target())
}

fn carries(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    CARRIERS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_known_by_its_own_name_and_its_modules() {
        assert!(carries("bollard") && carries("bollard::docker") && carries("hyper::proto::h1"));
        assert!(!carries("switchback_engine::act") && !carries("hyperlocal"));
    }
}
