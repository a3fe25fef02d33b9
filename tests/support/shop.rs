//! A shop with one service, `checkout`: an engine, a registry with its releases, and the Switchback that deploys it.
//!
//! What every test of the command on a real engine begins with. Deliberately not here: what a release does.

use crate::{
    cli::{Answer, Desk},
    engine::{Engine, EngineKind},
    http::Request,
    image::Image,
    part::PartError,
    registry::Registry,
};
use serde_json::Value;

/// The repository of its one service.
pub const REPOSITORY: &str = "shop/checkout";
/// A good release that asks for its database as it starts, as services do: here on the machine, where it need not answer.
/// One that says nothing would be away for a second longer on the old engine, as the README tells.
pub const SPEAKING: &str = "nc -w 1 $(ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p') 5432 </dev/null; \
                    trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

/// All of it.
#[derive(Debug)]
pub struct Shop {
    /// Where the containers run.
    pub engine: Engine,
    /// Where the images come from.
    pub registry: Registry,
    /// Who deploys.
    pub desk: Desk,
}

impl Shop {
    /// An empty one.
    pub async fn open(kind: EngineKind) -> Result<Self, PartError> {
        Self::with(Desk::new().await?, kind).await
    }

    /// An empty one whose Switchback is this one.
    pub async fn with(desk: Desk, kind: EngineKind) -> Result<Self, PartError> {
        Ok(Self { engine: Engine::start(kind).await?, registry: Registry::start().await?, desk })
    }

    /// An empty one around an engine that runs already.
    pub async fn around(engine: Engine) -> Result<Self, PartError> {
        Ok(Self { engine, registry: Registry::start().await?, desk: Desk::new().await? })
    }

    /// Publishes a release that runs `script`, with more in its image; gives the digest the registry names.
    pub async fn publish(
        &self,
        version: &str,
        script: &str,
        more: impl FnOnce(Image) -> Image,
    ) -> Result<String, PartError> {
        let name = format!("built/checkout:{version}");
        more(Image::new(name.clone()).entrypoint(["/bin/sh", "-c", script])).load(&self.engine).await?;
        self.registry.push(&self.engine, &name, REPOSITORY, version).await
    }

    /// The policy file: `target` holds more lines of `checkout/production`, `rest` more of the file.
    pub fn policy(&self, port: u16, target: &[&str], rest: &str) -> String {
        let (registry, engine) = (self.registry.address(), self.engine.host());
        let target = target.join("\n    ");
        format!(
            "version: 1\nservices: {{ checkout: {{ image: {registry}/{REPOSITORY} }} }}\nenvironments: {{ production: \
             {{ zone: UTC }} }}\ntargets:\n  checkout/production:\n    docker: {{ engine: \"{engine}\", publish: \
             [\"127.0.0.1:{port}:8080\"] }}\n    grace: 2s\n    {target}\n{rest}"
        )
    }

    /// Deploys a version and waits for the end.
    pub async fn deploy(&self, version: &str) -> Result<Answer, PartError> {
        self.desk.run(["deploy", "checkout", "production", version]).await
    }

    /// What the desk says runs: its revision and version.
    pub async fn current(&self) -> Result<(u64, String), PartError> {
        let status = self.desk.run(["status"]).await?.exits(0);
        let current = &status.json["rows"][0]["cells"][0]["current"];
        let version = current["version"].as_str().unwrap_or_default().to_owned();
        Ok((current["revision"].as_u64().unwrap_or_default(), version))
    }

    /// All containers of the engine, running or not, as it inspects them.
    pub async fn containers(&self) -> Result<Vec<Value>, PartError> {
        let list = self.engine.call(&Request::new("GET", "/containers/json?all=1")).await?.json()?;
        let mut all = Vec::new();
        for container in list.as_array().into_iter().flatten() {
            let path = format!("/containers/{}/json", container["Id"].as_str().unwrap_or_default());
            match self.engine.call(&Request::new("GET", &path)).await {
                Ok(found) => all.push(found.json()?),
                // It went since it was listed.
                Err(PartError::Refused { status: 404, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// What serves, by the engine's own word: the repository digests of the running containers' images.
    pub async fn running(&self) -> Result<Vec<String>, PartError> {
        let mut digests = Vec::new();
        for container in self.containers().await?.iter().filter(|container| container["State"]["Running"] == true) {
            let path = format!("/images/{}/json", container["Image"].as_str().unwrap_or_default());
            let image = self.engine.call(&Request::new("GET", &path)).await?.json()?;
            let known = image["RepoDigests"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let ours = known.filter(|name| name.starts_with(&self.registry.address()));
            digests.extend(ours.filter_map(|name| Some(name.split_once('@')?.1.to_owned())));
        }
        Ok(digests)
    }

    /// Removes every image that no running container needs, with all its names, as a tidy person does.
    pub async fn prune(&self) -> Result<(), PartError> {
        for container in self.containers().await?.iter().filter(|container| container["State"]["Running"] != true) {
            let path = format!("/containers/{}?force=1", container["Id"].as_str().unwrap_or_default());
            self.engine.call(&Request::new("DELETE", &path)).await?;
        }
        let list = self.engine.call(&Request::new("GET", "/images/json")).await?.json()?;
        for image in list.as_array().into_iter().flatten() {
            let path = format!("/images/{}?force=1", image["Id"].as_str().unwrap_or_default());
            // The image of a running container stays; the engine says so.
            let _ = self.engine.call(&Request::new("DELETE", &path)).await;
        }
        Ok(())
    }
}
