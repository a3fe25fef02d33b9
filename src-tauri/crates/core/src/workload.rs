//! What a revision is made of: everything that is restored together when a person goes back to it.

use crate::{
    health::HealthGate,
    release::{Artifact, Digest},
    schema::Schema,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reference to a secret. The value lives in the keychain and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretRef {
    /// `stripe/production`.
    pub name: String,
    /// Which value of it: an id drawn when the value was set, not derived from it, so that it tells nothing about it.
    pub fingerprint: String,
}

impl SecretRef {
    /// In a fingerprint's place while the value is only to be given to the keychain: a plan changes nothing.
    const UNSET: &str = "new";

    /// A value that is given to the keychain when the plan is carried out.
    pub fn unset(name: String) -> Self {
        Self { name, fingerprint: Self::UNSET.to_owned() }
    }

    /// Whether the keychain is yet to be given the value.
    pub fn is_unset(&self) -> bool {
        self.fingerprint == Self::UNSET
    }
}

/// One revision's whole content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// What runs, by digest.
    pub artifact: Artifact,
    /// Plain configuration, given as environment variables.
    pub config: BTreeMap<String, String>,
    /// Secrets by environment variable.
    pub secrets: BTreeMap<String, SecretRef>,
    /// What the runtime needs to know.
    pub settings: Settings,
    /// How many instances serve. At least 1.
    pub replicas: u16,
    /// The schema it runs on; none where the service has no migrations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// How it is known to be well; none where it was taken over as it ran. Boxed: workloads are carried about a lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Box<HealthGate>>,
}

impl Workload {
    /// The content hash of everything that is restored.
    pub fn digest(&self) -> Digest {
        let text = serde_json::to_vec(self).unwrap_or_default();
        Digest::of(&text)
    }

    /// What its release brings, as [`content`] has it.
    pub fn content(&self) -> Digest {
        content(&self.artifact, &self.config, &self.secrets, self.schema.as_ref())
    }
}

/// The hash of what a release brings: artifact, configuration, secrets, and the migrations' ups where it has any. How it
/// is run is the policy's word, and a version is only a name for it.
pub fn content(
    artifact: &Artifact,
    config: &BTreeMap<String, String>,
    secrets: &BTreeMap<String, SecretRef>,
    schema: Option<&Schema>,
) -> Digest {
    let ups = |schema: &Schema| schema.versions.iter().map(|pin| pin.up.clone()).collect::<Vec<_>>();
    // What was kept of a release without migrations stays as it was.
    let text = match schema.map(ups) {
        None => serde_json::to_vec(&(artifact.digest(), config, secrets)),
        Some(ups) => serde_json::to_vec(&(artifact.digest(), config, secrets, ups)),
    };
    Digest::of(&text.unwrap_or_default())
}

/// Which runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub enum RuntimeKind {
    /// Supervised commands on this machine.
    Process,
    /// A Docker engine.
    Docker,
    /// A workload of a Kubernetes cluster.
    Kubernetes,
}

/// The runtime's own part of a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "runtime", rename_all = "camelCase")]
pub enum Settings {
    /// A supervised command.
    Process(ProcessSettings),
    /// A container.
    Docker(DockerSettings),
    /// A Deployment, StatefulSet or DaemonSet.
    Kubernetes(KubernetesSettings),
}

impl Settings {
    /// Which runtime these are for.
    pub fn kind(&self) -> RuntimeKind {
        match self {
            Self::Process(_) => RuntimeKind::Process,
            Self::Docker(_) => RuntimeKind::Docker,
            Self::Kubernetes(_) => RuntimeKind::Kubernetes,
        }
    }
    /// How long an instance may take to stop by itself before it is killed.
    pub fn grace(&self) -> std::time::Duration {
        match self {
            Self::Process(settings) => settings.grace,
            Self::Docker(settings) => settings.grace,
            // The pods' own manifest says it, and the cluster holds to it.
            Self::Kubernetes(_) => std::time::Duration::ZERO,
        }
    }
}

/// A command to supervise. `{release}`, `{port}` are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessSettings {
    /// Program and arguments; no shell.
    pub run: Vec<String>,
    /// The port the program listens on. With a router each instance gets a free one instead.
    pub port: u16,
    /// Time between the polite signal and the kill. Default 10 s.
    pub grace: std::time::Duration,
}

/// How a container is run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerSettings {
    /// Where the engine is.
    pub engine: EngineAddress,
    /// Arguments instead of the image's own, if any.
    pub command: Vec<String>,
    /// Published ports.
    pub publish: Vec<Publish>,
    /// `name:/path` or `/host:/path[:ro]`.
    pub volumes: Vec<String>,
    /// Networks to join; the default bridge when empty.
    pub networks: Vec<String>,
    /// Memory limit in bytes.
    pub memory: Option<u64>,
    /// CPU limit in thousandths of a core.
    pub milli_cpus: Option<u64>,
    /// Time between the polite signal and the kill. Default 10 s.
    pub grace: std::time::Duration,
}

/// One published port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publish {
    /// Address on the engine's host: `127.0.0.1`.
    pub host: String,
    /// Port on the host. With a router each instance gets a free one instead.
    pub port: u16,
    /// Port in the container.
    pub container: u16,
}

/// Where a Docker engine is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum EngineAddress {
    /// What `DOCKER_HOST`, the current context or the default socket say.
    #[default]
    Default,
    /// A Docker context by name.
    Context {
        /// Its name.
        name: String,
    },
    /// A unix socket.
    Unix {
        /// Path of the socket.
        path: String,
    },
    /// TCP, with TLS when a folder with `ca.pem`, `cert.pem` and `key.pem` is given.
    Tcp {
        /// `host:port`.
        address: String,
        /// The folder of the client's certificates.
        tls: Option<std::path::PathBuf>,
    },
    /// Through ssh.
    Ssh {
        /// `user@host[:port]`.
        destination: String,
    },
}

impl std::fmt::Display for EngineAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Context { name } => write!(f, "context:{name}"),
            Self::Unix { path } => write!(f, "unix://{path}"),
            Self::Tcp { address, .. } => write!(f, "tcp://{address}"),
            Self::Ssh { destination } => write!(f, "ssh://{destination}"),
        }
    }
}

/// What the names begin with under which a cluster keeps the manifests of what was imported.
pub const PAST: &str = "sb-past-";

/// Which workload of which cluster. Everything but image, configuration and secrets is its own manifest's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesSettings {
    /// The kubeconfig; what `KUBECONFIG` names, else `~/.kube/config`, when `None`.
    pub kubeconfig: Option<std::path::PathBuf>,
    /// The context in it; its current one when `None`.
    pub context: Option<String>,
    /// The namespace.
    pub namespace: String,
    /// The workload's kind.
    pub workload: WorkloadKind,
    /// The workload's name.
    pub name: String,
    /// The container whose image and variables change; the first when `None`.
    pub container: Option<String>,
    /// The port of its pods that probes of a path ask; none is asked when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether it is changed although another tool (Argo CD, Helm, Flux) looks after it.
    pub take_over: bool,
    /// The manifest that belongs to this very revision, by the name it is kept under in the cluster: that of a revision
    /// that was imported. All others are brought back within the manifest as its owner has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
}

impl KubernetesSettings {
    /// `deployment/checkout`, as policy files and `kubectl` write it.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.workload, self.name)
    }
    /// What the revision was imported from, where it brings its own manifest: `checkout-6d5f9c`, `helm-shop-v2`.
    pub fn imported(&self) -> Option<&str> {
        self.manifest.as_deref().map(|kept| kept.strip_prefix(PAST).unwrap_or(kept))
    }
}

/// The kinds of workload whose pods Switchback rolls over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WorkloadKind {
    /// Interchangeable pods.
    Deployment,
    /// Pods with names and volumes of their own, one after another.
    StatefulSet,
    /// A pod on each node.
    DaemonSet,
}

impl WorkloadKind {
    /// The kind that policy files write as this word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Deployment, Self::StatefulSet, Self::DaemonSet].into_iter().find(|kind| kind.to_string() == word)
    }
}

impl std::fmt::Display for WorkloadKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::DaemonSet => "daemonset",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Layout, Pin};

    #[test]
    fn a_release_with_other_migrations_brings_something_else() {
        let artifact = Artifact::Folder { path: "app".into(), digest: Digest::of(b"app") };
        let of = |schema: Option<&Schema>| content(&artifact, &BTreeMap::new(), &BTreeMap::new(), schema);
        let schema = |up: &[u8], down: &[u8]| Schema {
            database: "main".to_owned(),
            layout: Layout::GolangMigrate,
            versions: vec![Pin { version: "1".to_owned(), up: Digest::of(up), down: Some(Digest::of(down)) }],
        };
        assert_ne!(of(Some(&schema(b"broken", b"down"))), of(Some(&schema(b"mended", b"down"))));
        assert_eq!(of(Some(&schema(b"up", b"down"))), of(Some(&schema(b"up", b"other"))));
        // As it was kept before migrations counted.
        let before = serde_json::to_vec(&(artifact.digest(), BTreeMap::<u8, u8>::new(), BTreeMap::<u8, u8>::new()));
        assert_eq!(of(None), Digest::of(&before.unwrap()));
    }
}
