//! A container with one published port: what most live tests start with.

use crate::engine::Engine;
use crate::http::Request;
use crate::part::PartError;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// A container that was started.
#[derive(Debug, Clone)]
pub struct Container {
    /// The engine's id for it.
    pub id: String,
    /// Where its port is published on loopback, chosen by the engine.
    pub address: SocketAddr,
}

impl Engine {
    /// Runs an image of this engine, with `port` of the container published on 127.0.0.1.
    pub async fn run(&self, image: &str, port: u16) -> Result<Container, PartError> {
        let port = format!("{port}/tcp");
        let body = json!({
            "Image": image,
            // A busybox server as first process does not heed the stop signal; nothing is gained by waiting for it.
            "StopTimeout": 1,
            "ExposedPorts": { port.as_str(): {} },
            "HostConfig": { "PortBindings": { port.as_str(): [{ "HostIp": "127.0.0.1", "HostPort": "" }] } },
        });
        let (body, headers) = (body.to_string().into_bytes(), [("Content-Type", "application/json")]);
        let create = Request { headers: &headers, body: &body, ..Request::new("POST", "/containers/create") };
        let created = self.call(&create).await?.json()?;
        let id = created["Id"].as_str().unwrap_or_default().to_owned();
        self.call(&Request::new("POST", &format!("/containers/{id}/start"))).await?;
        let inspected = self.call(&Request::new("GET", &format!("/containers/{id}/json"))).await?.json()?;
        let host_port = &inspected["NetworkSettings"]["Ports"][port.as_str()][0]["HostPort"];
        let host_port = host_port.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| PartError::Refused {
            what: format!("the published port {port} of {image}"),
            status: 200,
            body: inspected["NetworkSettings"].to_string(),
        })?;
        Ok(Container { id, address: SocketAddr::from(([127, 0, 0, 1], host_port)) })
    }
}

impl Container {
    /// The page at `path`, asked until the program in the container listens (10 s at most).
    pub async fn page(&self, path: &str) -> Result<String, PartError> {
        const ASKS: u32 = 200;
        let mut last = None;
        for _ in 0..ASKS {
            match self.ask(path).await {
                Ok(page) => return Ok(page),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(last.unwrap_or_else(|| PartError::missing(path)))
    }

    async fn ask(&self, path: &str) -> Result<String, PartError> {
        let what = format!("GET http://{}{path}", self.address);
        let stream = TcpStream::connect(self.address).await.map_err(PartError::io(&what))?;
        Ok(Request::new("GET", path).send(stream).await?.success(&what)?.text())
    }
}
