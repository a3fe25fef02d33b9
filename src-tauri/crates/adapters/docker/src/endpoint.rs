//! From an engine's address as a person writes it to the endpoint a client connects to: `DOCKER_HOST`, contexts, TLS.
//!
//! Read anew at each use, so that `docker context use` holds without a restart. The files and variables are Docker's
//! own; what is not here is a context store of ours.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use switchback_core::{
    failure::{Failure, FailureKind},
    release::Digest,
    workload::EngineAddress,
};

/// Where a client connects to. Names one connection: clients are cached under it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// A unix socket, or a named pipe on Windows.
    Socket(String),
    /// TCP, `host:port`, with a folder of certificates for TLS.
    Tcp { address: String, tls: Option<PathBuf> },
    /// Through ssh, `user@host[:port]`.
    Ssh(String),
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket(path) if cfg!(windows) => write!(f, "npipe://{path}"),
            Self::Socket(path) => write!(f, "unix://{path}"),
            Self::Tcp { address, .. } => write!(f, "tcp://{address}"),
            Self::Ssh(destination) => write!(f, "ssh://{destination}"),
        }
    }
}

impl Endpoint {
    /// The host whose ports a published port is one of.
    pub(crate) fn host(&self) -> &str {
        let authority = match self {
            Self::Socket(_) => return "127.0.0.1",
            Self::Tcp { address, .. } => address,
            Self::Ssh(destination) => destination.rsplit('@').next().unwrap_or(destination),
        };
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    fn parse(host: &str, tls: Option<PathBuf>) -> Result<Self, Failure> {
        let rest = |scheme: &str| host.strip_prefix(scheme).map(|text| text.trim_end_matches('/').to_owned());
        if let Some(path) = rest("unix://").or_else(|| rest("npipe://")) {
            return Ok(Self::Socket(path));
        }
        if let Some(address) = rest("tcp://").or_else(|| rest("http://")).or_else(|| rest("https://")) {
            return Ok(Self::Tcp { address, tls });
        }
        rest("ssh://").map(Self::Ssh).ok_or_else(|| {
            unknown(host, "an engine's address begins with unix://, tcp://, ssh:// or, on Windows, npipe://")
        })
    }
}

/// What the surroundings say about Docker, read once per use.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// `DOCKER_HOST`.
    pub(crate) host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub(crate) context: Option<String>,
    /// `DOCKER_CERT_PATH`, where `DOCKER_TLS_VERIFY` asks for TLS.
    pub(crate) certificates: Option<PathBuf>,
    /// `DOCKER_CONFIG`, or `.docker` at home.
    pub(crate) folder: Option<PathBuf>,
    /// Sockets to look for, the first that is there.
    pub(crate) sockets: Vec<PathBuf>,
}

impl Surroundings {
    /// As this process finds them.
    pub(crate) fn here() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let home = std::env::home_dir();
        let folder = var("DOCKER_CONFIG").map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let tls = var("DOCKER_TLS_VERIFY").is_some() || var("DOCKER_TLS").is_some();
        let certificates = var("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| folder.clone()).filter(|_| tls);
        let mut sockets = vec![PathBuf::from(USUAL)];
        if cfg!(unix) {
            // Rootless engines and Docker Desktop, which may leave the usual place empty.
            sockets.extend(var("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join("docker.sock")));
            sockets.extend(home.map(|home| home.join(".docker/run/docker.sock")));
        }
        Self { host: var("DOCKER_HOST"), context: var("DOCKER_CONTEXT"), certificates, folder, sockets }
    }

    /// The endpoint of an address.
    pub(crate) fn endpoint(&self, address: &EngineAddress) -> Result<Endpoint, Failure> {
        match address {
            EngineAddress::Default => self.usual(),
            EngineAddress::Context { name } => self.context(name),
            EngineAddress::Unix { path } => Ok(Endpoint::Socket(strip(path, &["unix://", "npipe://"]))),
            EngineAddress::Tcp { address, tls } => {
                Ok(Endpoint::Tcp { address: strip(address, &["tcp://", "http://", "https://"]), tls: tls.clone() })
            }
            EngineAddress::Ssh { destination } => Ok(Endpoint::Ssh(strip(destination, &["ssh://"]))),
        }
    }

    /// Docker's own order: host, context, current context, the usual socket.
    fn usual(&self) -> Result<Endpoint, Failure> {
        if let Some(host) = &self.host {
            return Endpoint::parse(host, self.certificates.clone());
        }
        if let Some(name) = self.context.as_ref().or(self.current().as_ref()) {
            return self.context(name);
        }
        Ok(self.socket())
    }

    fn socket(&self) -> Endpoint {
        let there = self.sockets.iter().find(|path| path.exists());
        let path = there.or(self.sockets.first()).map_or(USUAL.to_owned(), |path| path.to_string_lossy().into_owned());
        Endpoint::Socket(path)
    }

    fn current(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.as_ref()?.join("config.json")).ok()?;
        serde_json::from_str::<Config>(&text).ok()?.current.filter(|name| !name.is_empty())
    }

    fn context(&self, name: &str) -> Result<Endpoint, Failure> {
        if name == "default" {
            return Ok(self.socket());
        }
        let missing = |why: &str| unknown(&format!("context:{name}"), why);
        let folder = self.folder.as_ref().ok_or_else(|| missing("there is no home folder to look for contexts in"))?;
        // Docker files a context under the hash of its name.
        let id = Digest::of(name.as_bytes()).0.replace("sha256:", "");
        let contexts = folder.join("contexts");
        let text = std::fs::read_to_string(contexts.join("meta").join(&id).join("meta.json"))
            .map_err(|_| missing("there is no such Docker context; `docker context ls` names them"))?;
        let meta: Meta = serde_json::from_str(&text).map_err(|error| missing(&format!("meta.json: {error}")))?;
        let host = meta.endpoints.docker.and_then(|docker| docker.host).unwrap_or_default();
        let tls = Some(contexts.join("tls").join(&id).join("docker")).filter(|folder| folder.join("ca.pem").exists());
        Endpoint::parse(&host, tls)
    }
}

#[cfg(unix)]
const USUAL: &str = "/var/run/docker.sock";
#[cfg(windows)]
const USUAL: &str = "//./pipe/docker_engine";

fn strip(text: &str, schemes: &[&str]) -> String {
    schemes.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text).to_owned()
}

fn unknown(endpoint: &str, why: &str) -> Failure {
    Failure::new(FailureKind::Unreachable { endpoint: endpoint.to_owned() }, format!("{endpoint}: {why}"))
}

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext")]
    current: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
struct DockerEndpoint {
    #[serde(rename = "Host")]
    host: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_context(name: &str, host: &str) -> (tempfile::TempDir, Surroundings) {
        let folder = tempfile::tempdir().unwrap();
        let id = Digest::of(name.as_bytes()).0.replace("sha256:", "");
        let meta = folder.path().join("contexts/meta").join(&id);
        std::fs::create_dir_all(&meta).unwrap();
        let text = format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}"}}}}}}"#);
        std::fs::write(meta.join("meta.json"), text).unwrap();
        std::fs::write(folder.path().join("config.json"), format!(r#"{{"currentContext":"{name}"}}"#)).unwrap();
        let surroundings = Surroundings { folder: Some(folder.path().to_owned()), ..Surroundings::default() };
        (folder, surroundings)
    }

    #[test]
    fn docker_host_wins_over_the_current_context_and_that_over_the_socket() {
        let (_folder, mut surroundings) = with_context("far", "ssh://deploy@far.example:2222");
        let far = Endpoint::Ssh("deploy@far.example:2222".into());
        assert_eq!(surroundings.endpoint(&EngineAddress::Default).unwrap(), far);
        assert_eq!(far.host(), "far.example");
        surroundings.host = Some("tcp://10.0.0.7:2375".into());
        let near = surroundings.endpoint(&EngineAddress::Default).unwrap();
        assert_eq!(near, Endpoint::Tcp { address: "10.0.0.7:2375".into(), tls: None });
        let bare = Surroundings::default().endpoint(&EngineAddress::Default).unwrap();
        assert_eq!(bare, Endpoint::Socket(USUAL.into()));
    }

    #[test]
    fn a_contexts_certificates_are_used_when_it_has_some() {
        let (folder, surroundings) = with_context("safe", "tcp://safe.example:2376");
        let id = Digest::of(b"safe").0.replace("sha256:", "");
        let tls = folder.path().join("contexts/tls").join(id).join("docker");
        std::fs::create_dir_all(&tls).unwrap();
        std::fs::write(tls.join("ca.pem"), "").unwrap();
        let endpoint = surroundings.endpoint(&EngineAddress::Context { name: "safe".into() }).unwrap();
        assert_eq!(endpoint, Endpoint::Tcp { address: "safe.example:2376".into(), tls: Some(tls) });
    }

    #[test]
    fn an_unknown_context_is_unreachable_with_the_way_to_find_its_name() {
        let (_folder, surroundings) = with_context("here", "unix:///x.sock");
        let failure = surroundings.endpoint(&EngineAddress::Context { name: "gone".into() }).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unreachable { endpoint: "context:gone".into() });
        assert!(failure.message.contains("docker context ls"), "{failure}");
    }
}
