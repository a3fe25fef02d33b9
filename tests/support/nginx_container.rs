//! An nginx in a container of a private engine, made from this machine's nginx and its libraries: nothing is pulled.

use crate::{engine::Engine, http::Request, image::Image, nginx::MANY, part::PartError, port};
use serde_json::json;
use std::{path::PathBuf, process::Command, time::Duration};
use switchback_core::strategy::{NginxHost, Router};

const BINARY: &str = "/usr/sbin/nginx";
const IMAGE: &str = "switchback-test/nginx:1";
/// The container's name.
pub const NAME: &str = "front-door";
/// The network it shares with the service.
pub const NETWORK: &str = "front";

/// A running one. It ends with its engine.
#[derive(Debug)]
pub struct ContainedNginx {
    folder: tempfile::TempDir,
    port: u16,
}

impl ContainedNginx {
    /// Starts it in a network of its own, with an upstream `checkout` that leads nowhere.
    pub async fn start(engine: &Engine) -> Result<Self, PartError> {
        let folder = tempfile::tempdir().map_err(PartError::io("make a temporary folder"))?;
        let own = Self { folder, port: port::free() };
        let nowhere = "upstream checkout { server 127.0.0.1:1; }\n";
        std::fs::write(own.conf(), nowhere).map_err(PartError::io("write nginx's upstream"))?;
        own.image()?.load(engine).await?;
        post(engine, "/networks/create", &json!({ "Name": NETWORK, "CheckDuplicate": true })).await?;
        // Its folder, at the same path: a single file that is mounted keeps its old content when it is replaced.
        let folder = own.folder.path().display();
        let body = json!({
            "Image": IMAGE,
            "ExposedPorts": { "8080/tcp": {} },
            "HostConfig": {
                "Binds": [format!("{folder}:{folder}")],
                "NetworkMode": NETWORK,
                "RestartPolicy": { "Name": "unless-stopped" },
                "PortBindings": { "8080/tcp": [{ "HostIp": "127.0.0.1", "HostPort": own.port.to_string() }] },
            },
        });
        post(engine, &format!("/containers/create?name={NAME}"), &body).await?;
        engine.call(&Request::new("POST", &format!("/containers/{NAME}/start"))).await?;
        Ok(own)
    }

    fn image(&self) -> Result<Image, PartError> {
        let conf = format!(
            "user root;\ndaemon off;\nworker_processes 2;\npid /run/nginx.pid;\n{MANY}http {{\n  access_log off;\n  \
             include {}/*.conf;\n  server {{\n    listen 8080;\n    location / {{ proxy_pass http://checkout; \
             proxy_buffering off; }}\n  }}\n}}\n",
            self.folder.path().display()
        );
        let mut image = Image::new(IMAGE).entrypoint([BINARY]).file("etc/nginx/nginx.conf", conf);
        image = image.file("etc/passwd", "root:x:0:0::/:/bin/sh\n").file("etc/group", "root:x:0:\n");
        for folder in ["var/lib/nginx", "var/log/nginx", "run", "tmp"] {
            image = image.file(&format!("{folder}/.keep"), "");
        }
        image = image.env("PATH", "/usr/sbin:/bin");
        for path in libraries()?.into_iter().chain([PathBuf::from(BINARY)]) {
            let content = std::fs::read(&path).map_err(|_| PartError::missing(path.display().to_string()))?;
            image = image.file(path.to_string_lossy().trim_start_matches('/'), content);
        }
        Ok(image)
    }

    /// The file that Switchback owns.
    pub fn conf(&self) -> PathBuf {
        self.folder.path().join("checkout.conf")
    }

    /// Somebody else's mistake in nginx's configuration.
    pub fn break_it(&self) -> Result<(), PartError> {
        let text = "upstream broken { server no-such-host.invalid:80; }\n";
        std::fs::write(self.folder.path().join("broken.conf"), text).map_err(PartError::io("break nginx"))
    }

    /// The port users ask.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// As the engine is told of it.
    pub fn router(&self, drain: Duration) -> Router {
        let host = NginxHost::Container { name: NAME.to_owned() };
        Router::Nginx { conf: self.conf(), upstream: "checkout".to_owned(), host, drain }
    }

    /// As a policy file tells of it: a blue-green strategy, one line of YAML.
    pub fn strategy(&self) -> String {
        let conf = self.conf().display().to_string();
        format!(
            "{{ blue-green: {{ router: {{ nginx: {{ conf: \"{conf}\", upstream: checkout, container: {NAME} }} }} }} }}"
        )
    }
}

async fn post(engine: &Engine, path: &str, body: &serde_json::Value) -> Result<(), PartError> {
    let (body, headers) = (body.to_string().into_bytes(), [("Content-Type", "application/json")]);
    engine.call(&Request { headers: &headers, body: &body, ..Request::new("POST", path) }).await.map(|_| ())
}

/// What the binary is linked to, with the loader, as `ldd` lists it.
fn libraries() -> Result<Vec<PathBuf>, PartError> {
    let output = Command::new("ldd").arg(BINARY).output().map_err(PartError::io("ask ldd"))?;
    if !output.status.success() {
        return Err(PartError::missing(format!("{BINARY} (package nginx)")));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect())
}
