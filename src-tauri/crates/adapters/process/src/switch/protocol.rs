//! What client and daemon say to each other: a line of JSON each way, one exchange per connection.

use serde::{Deserialize, Serialize};
use switchback_core::{
    failure::{Failure, FailureKind},
    name::Target,
    port::Route,
};

/// Asked of the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Send new connections there.
    Set {
        /// Where.
        route: Route,
    },
    /// Where do they go?
    Get,
    /// Answer when no connection is left on an instance that is not in the route.
    Drained {
        /// Whose.
        target: Target,
        /// Or answer after so long.
        limit_ms: u64,
    },
    /// End. Connections end with it.
    Quit,
}

/// The daemon's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reply {
    /// It is so.
    Done,
    /// The present route, if there is one.
    Route {
        /// Where new connections go.
        route: Option<Route>,
    },
    /// It is not so.
    Refused {
        /// Why.
        failure: Failure,
    },
}

/// A switch that is not done, in its own words.
pub fn refused(said: impl Into<String>) -> Failure {
    let said = said.into();
    Failure::new(FailureKind::RouterRefused { said: said.clone() }, said)
}

/// A port has one target's traffic.
pub fn another(target: &Target) -> Failure {
    refused(format!("this port is the switch of {target}"))
}
