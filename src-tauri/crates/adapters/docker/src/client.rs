//! Connections: one client per endpoint, made at first use and kept.
//!
//! Apart because everything else here speaks to a [`Client`] and never asks where the engine is.

use crate::{
    certificates,
    endpoint::{Endpoint, Surroundings},
    ssh,
    trouble::{Said as _, unanswered},
};
use bollard::{API_DEFAULT_VERSION, errors::Error, models::ContainerInspectResponse};
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use switchback_core::{failure::Failure, plan::InstanceName, workload::EngineAddress};

/// Seconds until the head of an answer: a start on a busy machine is well within this.
const ANSWER: u64 = 120;

/// All clients, by endpoint.
#[derive(Default)]
pub(crate) struct Clients(Mutex<HashMap<Endpoint, Client>>);

impl Clients {
    /// The client of an address.
    pub(crate) fn get(&self, address: &EngineAddress) -> Result<Client, Failure> {
        let endpoint = Surroundings::here().endpoint(address)?;
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&endpoint) {
            return Ok(client.clone());
        }
        if let Endpoint::Tcp { tls: Some(folder), .. } = &endpoint
            && let Some(wrong) = certificates::wrong(folder)
        {
            return Err(unanswered(&endpoint, &wrong, "put ca.pem, cert.pem and key.pem into the TLS folder"));
        }
        let engine = connect(&endpoint).map_err(|error| error.unreachable(&endpoint))?;
        let client = Client { engine: engine.with_request_modifier(url_safe_login), endpoint: Arc::new(endpoint) };
        clients.insert((*client.endpoint).clone(), client.clone());
        Ok(client)
    }
}

/// A connection to one engine, cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    engine: bollard::Docker,
    endpoint: Arc<Endpoint>,
}

impl std::ops::Deref for Client {
    type Target = bollard::Docker;
    fn deref(&self) -> &bollard::Docker {
        &self.engine
    }
}

impl Client {
    /// Where it is connected to.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The host that published ports are on.
    pub(crate) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// The same engine, for a call that may take `more` than usual.
    pub(crate) fn patient(&self, more: Duration) -> bollard::Docker {
        self.engine.clone().with_timeout(Duration::from_secs(ANSWER) + more)
    }

    /// The engine's version for people.
    pub(crate) async fn version(&self, within: Duration) -> Result<String, Failure> {
        let version = tokio::time::timeout(within, self.engine.version())
            .await
            .unwrap_or(Err(Error::RequestTimeoutError))
            .map_err(|error| error.on(&self.endpoint))?;
        let (number, api) = (version.version.unwrap_or_default(), version.api_version.unwrap_or_default());
        Ok(format!("Docker {number} (API {api})"))
    }

    /// What the engine says of itself: among others what its machine runs.
    pub(crate) async fn version_of_engine(&self) -> Result<bollard::models::SystemVersion, Failure> {
        self.engine.version().await.map_err(|error| error.on(&self.endpoint))
    }

    /// A container as it is; `None` without one of that name.
    pub(crate) async fn inspect(&self, name: &InstanceName) -> Result<Option<ContainerInspectResponse>, Failure> {
        self.inspect_named(&name.0).await
    }

    /// As [`Client::inspect`], by any name or id.
    pub(crate) async fn inspect_named(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Failure> {
        match self.engine.inspect_container(name, None).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.absent() => Ok(None),
            Err(error) => Err(error.on(&self.endpoint)),
        }
    }
}

fn connect(endpoint: &Endpoint) -> Result<bollard::Docker, Error> {
    match endpoint {
        Endpoint::Socket(path) => socket(path),
        Endpoint::Tcp { address, tls: None } => {
            bollard::Docker::connect_with_http(address, ANSWER, API_DEFAULT_VERSION)
        }
        Endpoint::Tcp { address, tls: Some(folder) } => secure(address, folder),
        Endpoint::Ssh(destination) => ssh::connect(destination, ANSWER),
    }
}

#[cfg(unix)]
fn socket(path: &str) -> Result<bollard::Docker, Error> {
    bollard::Docker::connect_with_unix(path, ANSWER, API_DEFAULT_VERSION)
}

#[cfg(windows)]
fn socket(path: &str) -> Result<bollard::Docker, Error> {
    bollard::Docker::connect_with_named_pipe(path, ANSWER, API_DEFAULT_VERSION)
}

fn secure(address: &str, folder: &Path) -> Result<bollard::Docker, Error> {
    // The main program chooses the provider; where none did (a test, a library's user), TLS would panic.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let file = |name: &str| folder.join(name);
    let (key, certificate, authority) = (file("key.pem"), file("cert.pem"), file("ca.pem"));
    bollard::Docker::connect_with_ssl(address, &key, &certificate, &authority, ANSWER, API_DEFAULT_VERSION)
}

/// The engine reads a login as URL-safe base64, the client writes the other alphabet: a `?` or `~` in a password would
/// make the login unreadable.
fn url_safe_login(mut request: bollard::BollardRequest) -> bollard::BollardRequest {
    const LOGIN: &str = "x-registry-auth";
    let text = request.headers().get(LOGIN).and_then(|value| value.to_str().ok());
    let safe = text.map(|text| text.replace('+', "-").replace('/', "_"));
    if let Some(Ok(value)) = safe.map(|text| text.parse()) {
        request.headers_mut().insert(LOGIN, value);
    }
    request
}
