//! A cluster with a registry: what all of these tests stand on.

use std::sync::{Arc, Mutex, PoisonError};
use switchback_core::{
    release::{Artifact, Digest},
    workload::{KubernetesSettings, Settings, WorkloadKind},
};
use switchback_tests::{cluster::Cluster, image::Image, part::PartError, registry::Registry};

/// Answers `/` on port 8080 and ends when it is asked to.
pub const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

/// A cluster, the namespaces of one test in it, and a registry its node can pull from.
pub struct Yard {
    pub cluster: Arc<Cluster>,
    pub registry: Registry,
    namespaces: Mutex<Vec<String>>,
}

impl Drop for Yard {
    /// What ran here costs the next test on the cluster nothing.
    fn drop(&mut self) {
        let mine = std::mem::take(&mut *self.namespaces.lock().unwrap_or_else(PoisonError::into_inner));
        if Arc::strong_count(&self.cluster) > 1 && !mine.is_empty() {
            let mut command = self.cluster.kubectl_command().into_std();
            let deleted = command.args(["delete", "namespace", "--wait=false"]).args(&mine).output();
            drop(deleted);
        }
    }
}

impl Yard {
    /// On the cluster that others use too.
    pub async fn new() -> Result<Self, PartError> {
        Self::on(Cluster::shared()).await
    }

    /// On a cluster of its own, for who stops it, holds it up or counts what it is asked.
    pub async fn alone() -> Result<Self, PartError> {
        Self::on(async { Cluster::start().await.map(Arc::new) }).await
    }

    async fn on(cluster: impl Future<Output = Result<Arc<Cluster>, PartError>>) -> Result<Self, PartError> {
        // What the adapters speak with, installed by each program's main.
        switchback_wiring::prepare_tls();
        let (cluster, registry) = tokio::join!(cluster, Registry::start());
        Ok(Self { cluster: cluster?, registry: registry?, namespaces: Mutex::default() })
    }

    /// A new namespace, this test's own.
    pub async fn namespace(&self, name: &str) -> Result<(), PartError> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
        self.cluster.namespace(name).await
    }

    /// The cluster to be broken, of a yard that is [`Yard::alone`].
    pub fn own_cluster(&mut self) -> &mut Cluster {
        Arc::get_mut(&mut self.cluster).expect("a cluster nobody else uses")
    }

    /// An image that runs a shell script, in the registry. Its pages `/` and `/version` tell its tag.
    pub async fn publish(&self, repository: &str, tag: &str, script: &str) -> Result<Artifact, PartError> {
        let image = Image::new(format!("{repository}:{tag}")).entrypoint(["/bin/sh", "-c", script]);
        let digest =
            self.registry.put(&image.file("www/index.html", tag).file("www/version", tag), repository, tag).await?;
        Ok(Artifact::Image { repository: self.name(repository), digest: Digest(digest) })
    }

    /// A repository with its registry.
    pub fn name(&self, repository: &str) -> String {
        format!("{}/{repository}", self.registry.address())
    }

    pub fn settings(&self, namespace: &str, name: &str) -> Settings {
        Settings::Kubernetes(KubernetesSettings {
            kubeconfig: Some(self.cluster.kubeconfig().to_owned()),
            context: None,
            namespace: namespace.to_owned(),
            workload: WorkloadKind::Deployment,
            name: name.to_owned(),
            container: None,
            port: None,
            take_over: false,
            manifest: None,
        })
    }

    /// Applies a Deployment as a team's own manifest has it, and waits until it serves.
    pub async fn deployment(&self, namespace: &str, name: &str, image: &str, more: &str) -> Result<(), PartError> {
        let more = format!("strategy: {{ rollingUpdate: {{ maxSurge: 1, maxUnavailable: 0 }} }}\n  {more}");
        self.cluster.apply(namespace, &Self::manifest("Deployment", name, image, &more)).await?;
        let workload = format!("deployment/{name}");
        self.cluster.kubectl(&["rollout", "status", &workload, "--namespace", namespace, "--timeout=90s"]).await?;
        Ok(())
    }

    /// A workload with a readiness probe each second. `more`: lines of its spec.
    pub fn manifest(kind: &str, name: &str, image: &str, more: &str) -> String {
        format!(
            "apiVersion: apps/v1
kind: {kind}
metadata: {{ name: {name}, labels: {{ app: {name} }} }}
spec:
  selector: {{ matchLabels: {{ app: {name} }} }}
  revisionHistoryLimit: 2
  {more}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: {image}
          imagePullPolicy: IfNotPresent
          readinessProbe: {{ httpGet: {{ path: /, port: 8080 }}, periodSeconds: 1 }}
"
        )
    }
}
