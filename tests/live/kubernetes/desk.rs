//! A desk whose production is a workload of a cluster: how tests deploy to it, and what they see of its pods.

use super::yard::Yard;
use futures::{StreamExt as _, stream::BoxStream};
use serde_json::Value;
use std::time::Duration;
use switchback_api::App;
use switchback_tests::{
    cli::{Answer, Desk},
    http::Request,
    part::PartError,
};
use switchback_wiring::Options;
use tokio::net::TcpStream;

/// What the service runs: its page tells its version, `/env` the variables it got.
pub const SERVING: &str = "env > /www/env; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

/// One namespace of a yard with a Deployment `checkout` and the desk that deploys to it.
pub struct Shop<'a> {
    pub yard: &'a Yard,
    pub desk: Desk,
    pub namespace: String,
}

impl<'a> Shop<'a> {
    /// A Deployment at an image nobody of ours put there. `more`: lines of its spec.
    pub async fn open(yard: &'a Yard, namespace: &str, more: &str) -> Result<Self, PartError> {
        yard.namespace(namespace).await?;
        yard.publish("shop/checkout", "0.9", SERVING).await?;
        let image = format!("{}:0.9", yard.name("shop/checkout"));
        yard.deployment(namespace, "checkout", &image, more).await?;
        let shop = Self { yard, desk: Desk::new().await?, namespace: namespace.to_owned() };
        let _ = shop.policy("", "").await?.exits(0);
        Ok(shop)
    }

    /// The same with a workload `other` of another kind instead, as a policy names it; `more`: of its `spec`.
    pub async fn of_kind(yard: &'a Yard, namespace: &str, kind: &str, more: &str) -> Result<(Self, String), PartError> {
        let shop = Self::open(yard, namespace, "").await?;
        let image = format!("{}:0.9", yard.name("shop/checkout"));
        yard.cluster.apply(namespace, &Yard::manifest(kind, "other", &image, more)).await?;
        let workload = format!("{}/other", kind.to_lowercase());
        yard.cluster.kubectl(&["rollout", "status", &workload, "--namespace", namespace, "--timeout=90s"]).await?;
        yard.cluster.kubectl(&["delete", "deployment/checkout", "--namespace", namespace, "--wait"]).await?;
        Ok((shop, workload))
    }

    /// Applies a policy; `cluster`: more of the `kubernetes:` section, `target`: more lines of the target.
    pub async fn policy(&self, cluster: &str, target: &str) -> Result<Answer, PartError> {
        let (image, kubeconfig) = (self.yard.name("shop/checkout"), self.yard.cluster.kubeconfig().display());
        let kubeconfig =
            if cluster.contains("kubeconfig") { String::new() } else { format!("kubeconfig: {kubeconfig}, ") };
        let workload = if cluster.contains("workload") { "" } else { "workload: deployment/checkout, " };
        let health = if target.contains("health") { "" } else { "health: { ready: true, within: 60s }" };
        self.desk
            .apply(&format!(
                "version: 1\nservices: {{ checkout: {{ image: {image} }} }}\nenvironments: {{ production: {{ zone: UTC }} \
                 }}\ntargets:\n  checkout/production:\n    kubernetes: {{ {kubeconfig}{workload}namespace: {}, {cluster} \
                 }}\n    {health}\n    {target}\n",
                self.namespace
            ))
            .await
    }

    pub async fn deploy(&self, version: &str) -> Result<Answer, PartError> {
        self.desk.run(["deploy", "checkout", "production", version]).await
    }

    /// The pods that are not on their way out, as the cluster tells them.
    pub async fn pods(&self) -> Result<Vec<Value>, PartError> {
        let all = self.yard.cluster.get(&self.namespace, "pods").await?;
        let all = all["items"].as_array().cloned().unwrap_or_default();
        Ok(all.into_iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null()).collect())
    }

    /// The names of its pods, sorted.
    pub async fn pod_names(&self) -> Result<Vec<String>, PartError> {
        let pods = self.pods().await?;
        let mut names: Vec<String> =
            pods.iter().map(|pod| pod["metadata"]["name"].as_str().unwrap_or_default().to_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// What each pod answers, by its own address.
    pub async fn answers(&self, path: &str) -> Result<Vec<String>, PartError> {
        let mut all = Vec::new();
        for pod in self.pods().await? {
            let address = pod["status"]["podIP"].as_str().unwrap_or_default();
            let what = format!("GET http://{address}:8080{path}");
            let stream = TcpStream::connect((address, 8080)).await.map_err(PartError::io(&what))?;
            all.push(Request::new("GET", path).send(stream).await?.success(&what)?.text().trim().to_owned());
        }
        Ok(all)
    }

    /// What the desk says runs: its revision and version.
    pub async fn current(&self) -> Result<(u64, String), PartError> {
        let status = self.desk.run(["status"]).await?.exits(0);
        let current = &status.json["rows"][0]["cells"][0]["current"];
        let version = current["version"].as_str().unwrap_or_default().to_owned();
        Ok((current["revision"].as_u64().unwrap_or_default(), version))
    }
}

/// A board that is looked at again whenever something stirs.
pub struct Watched {
    app: App,
    stirrings: BoxStream<'static, ()>,
    hung: Duration,
}

impl Watched {
    /// Of a desk; its watches are open when it returns. `hung`: how long anything may take, only against a hang.
    pub async fn open(desk: &Desk, hung: Duration) -> Self {
        let options = Options { home: Some(desk.home()), client: "test" };
        let app = switchback_wiring::open(options).await.expect("a desk").app;
        let mut stirrings = app.stirrings();
        // The first is what is so already: it is well.
        tokio::time::timeout(hung, stirrings.next()).await.expect("the watches are open").expect("a tick");
        Self { app, stirrings, hung }
    }

    /// What its first cell says that somebody changed by hand, once it says so.
    pub async fn drift(&mut self) -> String {
        let told = async {
            loop {
                self.stirrings.next().await.expect("it goes on");
                let board = self.app.board().await.expect("a board");
                if let Some(drift) = board.rows[0].cells[0].drift.first() {
                    return drift.clone();
                }
            }
        };
        tokio::time::timeout(self.hung, told).await.expect("the change is heard")
    }
}
