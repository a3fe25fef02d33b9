//! How a target moves from one revision to the next.

use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

/// The way of changing over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Strategy {
    /// Stop the old, start the new. A short gap, no router needed.
    Recreate,
    /// One instance after another. Needs a router.
    Rolling {
        /// Where traffic is switched.
        router: Router,
    },
    /// All new beside all old, then one switch.
    BlueGreen {
        /// Where traffic is switched.
        router: Router,
        /// Who says yes before the switch.
        confirm: Confirm,
    },
    /// The cluster replaces pod after pod by the workload's own rules, and moves its traffic itself. Old and new are one
    /// object there, so that nothing is stopped: starting one revision replaces the other.
    Rollout,
}

/// Who confirms the switch of a blue-green deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Confirm {
    /// The health gate alone.
    Automatic,
    /// A person, after the gate.
    Manual,
}

/// Where traffic is switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Router {
    /// The TCP switch of the process supervisor, listening on one port of the loopback.
    Tcp {
        /// The port users connect to.
        port: u16,
    },
    /// nginx: a file with one `upstream` block that Switchback owns.
    Nginx {
        /// The file Switchback writes.
        conf: PathBuf,
        /// The upstream's name in it.
        upstream: String,
        /// Where nginx runs.
        host: NginxHost,
        /// How long old connections may finish before their instance is stopped. Default 10 s.
        drain: Duration,
    },
}

/// Where nginx runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NginxHost {
    /// On this machine: the commands that check and reload it.
    Local {
        /// For example `nginx -t`.
        test: Vec<String>,
        /// For example `nginx -s reload`.
        reload: Vec<String>,
    },
    /// In a container of the target's engine, with `conf` mounted at the same path, in a network of the target's or the
    /// host's.
    Container {
        /// Its name.
        name: String,
    },
}
