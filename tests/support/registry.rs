//! A private image registry on a free loopback port, so that pulls and pushes by digest are real ones. Engines take
//! 127.0.0.0/8 for insecure by default: no certificate is needed. Stop it to see a failed pull.

use crate::daemon::Daemon;
use crate::engine::Engine;
use crate::http::{Request, Response};
use crate::image::{Image, sha256};
use crate::part::PartError;
use crate::port;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;
use tokio::{net::TcpStream, sync::Mutex};

const STARTING: Duration = Duration::from_secs(20);
const BINARY: &str = "/usr/bin/docker-registry";
/// The one login of a registry that wants one.
pub const LOGIN: &str = "robot:sesame-01";
/// It as the registry's file of logins holds it.
const KNOWN: &str = "robot:$2y$05$abcdefghijklmnopqrstuuCfAZmfh.hExBpqARvoezNVBefC8eHZ6\n";
/// It as the registry is asked with, and as an engine is.
const BASIC: &str = "Basic cm9ib3Q6c2VzYW1lLTAx";
const ENGINES: &str = "eyJ1c2VybmFtZSI6InJvYm90IiwicGFzc3dvcmQiOiJzZXNhbWUtMDEifQ==";
/// Nobody, `{}`: engines insist on the header.
const NOBODY: &str = "e30=";

/// Whichever of these an engine pushed, the registry shall name the digest of that one.
const MANIFESTS: &str = "application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/// A running registry. Dropping it stops it and removes what it stored.
#[derive(Debug)]
pub struct Registry {
    daemon: Option<Daemon>,
    folder: tempfile::TempDir,
    address: SocketAddr,
    login: bool,
    /// Held while a tag is written: the registry empties a tag's file before it fills it, and answers 500 between.
    putting: Mutex<()>,
}

impl Registry {
    /// Starts a registry with a storage folder of its own.
    pub async fn start() -> Result<Self, PartError> {
        Self::start_for(false).await
    }

    /// Starts one that lets only [`LOGIN`] in.
    pub async fn start_with_login() -> Result<Self, PartError> {
        Self::start_for(true).await
    }

    async fn start_for(login: bool) -> Result<Self, PartError> {
        if !std::path::Path::new(BINARY).is_file() {
            return Err(PartError::missing(format!("{BINARY} (package docker-registry)")));
        }
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port::free()));
        let storage = folder.path().join("storage");
        let mut settings = format!(
            "version: 0.1\nlog:\n  level: warn\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    enabled: \
             true\nhttp:\n  addr: {address}\n",
            storage.display()
        );
        if login {
            let file = folder.path().join("logins");
            std::fs::write(&file, KNOWN).map_err(PartError::io("write the logins"))?;
            settings += &format!("auth:\n  htpasswd:\n    realm: switchback-tests\n    path: {}\n", file.display());
        }
        std::fs::write(folder.path().join("config.yml"), settings).map_err(PartError::io("write the settings"))?;
        let mut registry = Self { daemon: None, folder, address, login, putting: Mutex::new(()) };
        registry.start_again().await?;
        Ok(registry)
    }

    /// Starts it on the same port over the same storage, after [`Registry::stop`].
    pub async fn start_again(&mut self) -> Result<(), PartError> {
        let mut command = Command::new(BINARY);
        command.arg("serve").arg(self.folder.path().join("config.yml"));
        let mut daemon = Daemon::spawn("docker-registry", &mut command, &self.folder.path().join("registry.log"))?;
        let address = self.address;
        let asked = async || match TcpStream::connect(address).await {
            Ok(stream) => {
                Request::new("GET", "/v2/").send(stream).await.is_ok_and(|answer| [200, 401].contains(&answer.status))
            }
            Err(_) => false,
        };
        daemon.answered(STARTING, asked).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Stops it; what it stored stays until it is dropped.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// `127.0.0.1:port`, the first part of its images' names.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Tags an engine's `image` as `<this registry>/<repository>:<tag>`, pushes it and returns the manifest's digest
    /// (`sha256:…`) as the registry names it.
    pub async fn push(&self, engine: &Engine, image: &str, repository: &str, tag: &str) -> Result<String, PartError> {
        let name = format!("{}/{repository}", self.address);
        let path = format!("/images/{image}/tag?repo={name}&tag={tag}");
        engine.call(&Request::new("POST", &path)).await?;
        let headers = [("X-Registry-Auth", if self.login { ENGINES } else { NOBODY })];
        let path = format!("/images/{name}/push?tag={tag}");
        engine.call(&Request { headers: &headers, ..Request::new("POST", &path) }).await?;
        self.digest(repository, tag).await
    }

    /// Pushes an image without an engine, unless the tag holds it already; returns its digest.
    pub async fn put(&self, image: &Image, repository: &str, tag: &str) -> Result<String, PartError> {
        let (layer, config) = image.parts()?;
        let kind = "application/vnd.docker.distribution.manifest.v2+json";
        let part = |kind: &str, blob: &[u8]| {
            let media = format!("application/vnd.docker.{kind}");
            serde_json::json!({ "mediaType": media, "size": blob.len(), "digest": format!("sha256:{}", sha256(blob)) })
        };
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": kind, "config": part("container.image.v1+json", &config),
            "layers": [part("image.rootfs.diff.tar", &layer)],
        })
        .to_string();
        let digest = format!("sha256:{}", sha256(manifest.as_bytes()));
        let _alone = self.putting.lock().await;
        if self.digest(repository, tag).await.is_ok_and(|held| held == digest) {
            return Ok(digest);
        }
        for blob in [&layer, &config] {
            let answer = self.send("POST", &format!("/v2/{repository}/blobs/uploads/"), "", &[]).await?;
            let at = answer.header("Location").unwrap_or_default();
            let path = at.trim_start_matches(&format!("http://{}", self.address));
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}digest=sha256:{}", sha256(blob));
            self.send("PUT", &path, "application/octet-stream", blob).await?;
        }
        let path = format!("/v2/{repository}/manifests/{tag}");
        self.send("PUT", &path, kind, manifest.as_bytes()).await?;
        self.digest(repository, tag).await
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Response, PartError> {
        let what = format!("{method} http://{}{path}", self.address);
        let stream = TcpStream::connect(self.address).await.map_err(PartError::io(&what))?;
        let headers = [("Content-Type", kind), ("Accept", MANIFESTS), ("Authorization", BASIC)];
        Request { headers: &headers, body, ..Request::new(method, path) }.send(stream).await?.success(&what)
    }

    /// Loses the content of an image and keeps its manifest: it is there to be asked for, and nobody can pull it.
    pub async fn tear(&self, repository: &str, tag: &str) -> Result<(), PartError> {
        let manifest = self.send("GET", &format!("/v2/{repository}/manifests/{tag}"), "", &[]).await?.json()?;
        for part in manifest["layers"].as_array().into_iter().flatten().chain([&manifest["config"]]) {
            let digest = part["digest"].as_str().unwrap_or_default();
            self.send("DELETE", &format!("/v2/{repository}/blobs/{digest}"), "", &[]).await?;
        }
        Ok(())
    }

    /// Deletes a manifest: nobody can pull it any more, by its digest or by a tag of it.
    pub async fn delete(&self, repository: &str, digest: &str) -> Result<(), PartError> {
        let path = format!("/v2/{repository}/manifests/{digest}");
        let what = format!("DELETE http://{}{path}", self.address);
        let stream = TcpStream::connect(self.address).await.map_err(PartError::io(&what))?;
        Request::new("DELETE", &path).send(stream).await?.success(&what).map(|_| ())
    }

    /// The digest the registry holds for a tag.
    pub async fn digest(&self, repository: &str, tag: &str) -> Result<String, PartError> {
        let path = format!("/v2/{repository}/manifests/{tag}");
        let what = format!("HEAD http://{}{path}", self.address);
        let stream = TcpStream::connect(self.address).await.map_err(PartError::io(&what))?;
        let headers = [("Accept", MANIFESTS), ("Authorization", BASIC)];
        let request = Request { headers: &headers, ..Request::new("HEAD", &path) };
        let answer = request.send(stream).await?.success(&what)?;
        let digest = answer.header("Docker-Content-Digest").map(str::to_owned);
        digest.ok_or(PartError::Refused { what, status: answer.status, body: answer.head })
    }
}
