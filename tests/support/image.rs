//! Images made by the tests themselves, since nothing can be pulled from outside: one layer with a static busybox and
//! what the test adds, as the archive `docker save` would write.

use crate::engine::Engine;
use crate::http::Request;
use crate::part::PartError;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A static busybox: the whole userland of a test's image.
const BUSYBOX: &str = "/bin/busybox";
/// The commands a test calls by name.
const APPLETS: [&str; 13] =
    ["sh", "cat", "echo", "env", "httpd", "nc", "sleep", "wget", "true", "false", "kill", "touch", "tr"];

/// An image to be: name, what it runs and what is in it.
#[derive(Debug, Clone)]
pub struct Image {
    name: String,
    entrypoint: Vec<String>,
    env: Vec<String>,
    labels: serde_json::Map<String, serde_json::Value>,
    healthcheck: Option<serde_json::Value>,
    files: Vec<(String, Vec<u8>)>,
}

impl Image {
    /// An image of this name (`repository:tag`) that sleeps until it is stopped.
    pub fn new(name: impl Into<String>) -> Self {
        let entrypoint = ["/bin/sh", "-c", "trap exit TERM; sleep 86400 & wait"].map(str::to_owned).to_vec();
        let (env, files) = (vec!["PATH=/bin".to_owned()], Vec::new());
        Self { name: name.into(), entrypoint, env, labels: serde_json::Map::new(), healthcheck: None, files }
    }

    /// An image that serves `page` over HTTP on port 8080.
    pub fn web(name: impl Into<String>, page: impl Into<Vec<u8>>) -> Self {
        Self::new(name).file("www/index.html", page).entrypoint(["httpd", "-f", "-p", "8080", "-h", "/www"])
    }

    /// What its container runs.
    #[must_use]
    pub fn entrypoint<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.entrypoint = words.into_iter().map(Into::into).collect();
        self
    }

    /// One more environment variable, or another value of one.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|one| !one.starts_with(&format!("{name}=")));
        self.env.push(format!("{name}={value}"));
        self
    }

    /// One more label.
    #[must_use]
    pub fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.into());
        self
    }

    /// A health check by shell command, each second, unhealthy after `retries` failures.
    #[must_use]
    pub fn healthcheck(mut self, command: &str, retries: u32) -> Self {
        const SECOND: u64 = 1_000_000_000;
        self.healthcheck = Some(json!({
            "Test": ["CMD-SHELL", command], "Interval": SECOND, "Timeout": 5 * SECOND, "Retries": retries,
        }));
        self
    }

    /// One more file, by its path without a leading slash; executable by all.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    /// Its name, `repository:tag`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its one layer and its configuration. The same image gives the same bytes.
    pub fn parts(&self) -> Result<(Vec<u8>, Vec<u8>), PartError> {
        let layer = self.layer()?;
        let layer_digest = sha256(&layer);
        let mut config = json!({
            "architecture": architecture(),
            "os": "linux",
            "created": "2020-01-01T00:00:00Z",
            "config": { "Entrypoint": self.entrypoint, "Env": self.env, "Labels": self.labels },
            "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{layer_digest}")] },
            "history": [{ "created": "2020-01-01T00:00:00Z", "created_by": "switchback-tests" }],
        });
        if let Some(check) = &self.healthcheck {
            config["config"]["Healthcheck"] = check.clone();
        }
        Ok((layer, config.to_string().into_bytes()))
    }

    /// The archive, as `docker load` takes it.
    pub fn archive(&self) -> Result<Vec<u8>, PartError> {
        let (layer, config) = self.parts()?;
        let layer_digest = sha256(&layer);
        let config_name = format!("{}.json", sha256(&config));
        let layer_name = format!("{layer_digest}/layer.tar");
        let manifest = json!([{ "Config": config_name, "RepoTags": [self.name], "Layers": [layer_name] }]);
        let mut archive = Archive::new();
        archive.file(&config_name, &config, 0o644)?;
        archive.file(&layer_name, &layer, 0o644)?;
        archive.file("manifest.json", manifest.to_string().as_bytes(), 0o644)?;
        archive.end()
    }

    /// Loads it into an engine.
    pub async fn load(&self, engine: &Engine) -> Result<(), PartError> {
        let (body, headers) = (self.archive()?, [("Content-Type", "application/x-tar")]);
        let request = Request { headers: &headers, body: &body, ..Request::new("POST", "/images/load?quiet=1") };
        engine.call(&request).await.map(|_| ())
    }

    fn layer(&self) -> Result<Vec<u8>, PartError> {
        let busybox = std::fs::read(BUSYBOX)
            .map_err(|_| PartError::missing(format!("{BUSYBOX} (package busybox-static, not busybox)")))?;
        let mut layer = Archive::new();
        layer.file("bin/busybox", &busybox, 0o755)?;
        for applet in APPLETS {
            layer.link(&format!("bin/{applet}"), "busybox")?;
        }
        for (path, content) in &self.files {
            layer.file(path, content, 0o755)?;
        }
        layer.end()
    }
}

/// A tar being written in memory.
struct Archive(tar::Builder<Vec<u8>>);

impl Archive {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn file(&mut self, path: &str, content: &[u8], mode: u32) -> Result<(), PartError> {
        let mut header = header(mode, content.len() as u64);
        self.0.append_data(&mut header, path, content).map_err(PartError::io(format!("write {path} into a tar")))
    }

    fn link(&mut self, path: &str, target: &str) -> Result<(), PartError> {
        let mut header = header(0o777, 0);
        header.set_entry_type(tar::EntryType::Symlink);
        self.0.append_link(&mut header, path, target).map_err(PartError::io(format!("write {path} into a tar")))
    }

    fn end(self) -> Result<Vec<u8>, PartError> {
        self.0.into_inner().map_err(PartError::io("end a tar"))
    }
}

fn header(mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The machine's architecture as images name it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
