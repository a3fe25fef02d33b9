//! A private Kubernetes cluster: etcd, the control plane and one real node, from the one binary that `cargo xtask setup`
//! builds (tests/cluster), over Debian's containerd.
//!
//! Own folders, free ports, an own bridge, stopped by pid. `KUBECONFIG_UNDER_TEST` names a cluster to use instead, whose
//! nodes must reach registries on this machine's loopback. Deliberately not here: what tests do with it; they speak to it
//! as people do, by `kubectl`, which is a part of the same binary.

mod control;
mod kubectl;
mod node;

use crate::{part::PartError, tool};
use control::Control;
use node::Node;
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::Mutex;

/// The module the binary is built from names its version.
const MODULE: &str = include_str!("../../cluster/go.mod");
/// On two busy cores a part needs up to 15 s to answer; beyond this it hangs.
const STARTING: Duration = Duration::from_mins(2);

/// A running cluster. Dropping it stops it and removes all it made.
#[derive(Debug)]
pub struct Cluster {
    // Fields drop in this order: the node with its pods while the control plane still answers, then that, then its folder.
    _node: Option<Node>,
    control: Option<Control>,
    _folder: Option<tempfile::TempDir>,
    kubeconfig: PathBuf,
    binary: PathBuf,
}

impl Cluster {
    /// The cluster of all who run at the same time, each in namespaces of its own; the last one to leave stops it.
    pub async fn shared() -> Result<Arc<Self>, PartError> {
        static RUNNING: Mutex<Weak<Cluster>> = Mutex::const_new(Weak::new());
        let mut running = RUNNING.lock().await;
        if let Some(cluster) = running.upgrade() {
            return Ok(cluster);
        }
        let cluster = Arc::new(Self::start().await?);
        *running = Arc::downgrade(&cluster);
        Ok(cluster)
    }

    /// Starts a cluster for one who disturbs or counts, and waits until its node is ready.
    pub async fn start() -> Result<Self, PartError> {
        let binary = binary()?;
        if let Some(given) = std::env::var_os("KUBECONFIG_UNDER_TEST").filter(|given| !given.is_empty()) {
            let kubeconfig = PathBuf::from(given);
            println!("KUBECONFIG_UNDER_TEST: the cluster of {} is used, none is started", kubeconfig.display());
            return Ok(Self { _node: None, control: None, _folder: None, kubeconfig, binary });
        }
        if !nix::unistd::Uid::effective().is_root() {
            let how = "run the live tests as root: a node makes mounts, namespaces and bridges".to_owned();
            return Err(PartError::Missing { what: "root rights".to_owned(), how });
        }
        // Directly under /tmp: a Unix socket's path is at most 107 bytes.
        let folder = tempfile::Builder::new().prefix("sb-").tempdir_in("/tmp");
        let folder = folder.map_err(PartError::io("make a folder in /tmp"))?;
        let control = Control::start(&binary, folder.path()).await?;
        let kubeconfig = control.kubeconfig("admin");
        let node = Node::start(&binary, folder.path(), &control).await?;
        let cluster = Self { _node: Some(node), control: Some(control), _folder: Some(folder), kubeconfig, binary };
        for condition in ["--for=create", "--for=condition=Ready"] {
            cluster.kubectl(&["wait", condition, "node/localhost", "--timeout=180s"]).await?;
        }
        // Pods are refused until their namespace has this.
        cluster.namespace_is_ready("default").await?;
        Ok(cluster)
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Whether it is a private one, which may be broken at will.
    pub fn is_private(&self) -> bool {
        self.control.is_some()
    }

    /// Kills the API server as a crash would.
    pub fn kill_api_server(&mut self) {
        if let Some(control) = &mut self.control {
            control.kill_api_server();
        }
    }

    /// Starts the API server again on the same port over the same state.
    pub async fn start_api_server(&mut self) -> Result<(), PartError> {
        match &mut self.control {
            Some(control) => control.start_api_server().await,
            None => Ok(()),
        }
    }
}

/// `<cache>/cluster/<version>/cluster`, as `cargo xtask setup` leaves it.
fn binary() -> Result<PathBuf, PartError> {
    let cache = tool::cache()?;
    let version = MODULE.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes ")).unwrap_or_default();
    let binary = cache.join("cluster").join(version).join("cluster");
    if binary.is_file() {
        return Ok(binary);
    }
    Err(PartError::missing(format!("{} (built from Go modules)", binary.display())))
}

fn write(path: &Path, text: &str) -> Result<(), PartError> {
    std::fs::write(path, text).map_err(PartError::io(format!("write {}", path.display())))
}

fn run(command: &mut Command) -> Result<(), PartError> {
    let what = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|_| PartError::missing(format!("`{what}`")))?;
    if output.status.success() {
        return Ok(());
    }
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(PartError::Ended { what, status: output.status.to_string(), log })
}
