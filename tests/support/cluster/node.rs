//! The node: Debian's containerd with a network of its own, and a kubelet that calls itself `localhost`, so that the API
//! server reaches it for logs.

use super::{STARTING, control::Control, run, write};
use crate::{
    bridge::Bridge,
    daemon::{Daemon, end_processes_of, unmount_under},
    image::Image,
    part::PartError,
    port,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tokio::net::UnixStream;

const CONTAINERD: &str = "/usr/bin/containerd";
const CNI: &str = "/usr/lib/cni";
/// What the network's plugins remember of every pod, which has no setting.
const RESULTS: &str = "/var/lib/cni/results";
/// What holds a pod's namespaces. Anything that stays will do.
const PAUSE: &str = "switchback.test/pause:1";

/// A running node.
#[derive(Debug)]
pub(super) struct Node {
    // Fields drop in this order, after `drop` has ended what they run.
    kubelet: Option<Daemon>,
    containerd: Option<Daemon>,
    bridge: Bridge,
    folder: PathBuf,
}

impl Node {
    pub(super) async fn start(binary: &Path, cluster: &Path, control: &Control) -> Result<Self, PartError> {
        for (path, package) in [(CONTAINERD, "containerd"), ("/usr/lib/cni/bridge", "containernetworking-plugins")] {
            if !Path::new(path).is_file() {
                return Err(PartError::missing(format!("{path} (package {package})")));
            }
        }
        let folder = cluster.join("node");
        for name in ["", "net", "kubelet", "pods"] {
            let folder = folder.join(name);
            fs::create_dir_all(&folder).map_err(PartError::io(format!("make {}", folder.display())))?;
        }
        let mut node = Self { kubelet: None, containerd: None, bridge: Bridge::add()?, folder };
        node.containerd = Some(node.start_containerd().await?);
        node.import(&Image::new(PAUSE))?;
        node.kubelet = Some(node.start_kubelet(binary, control)?);
        Ok(node)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("containerd.sock")
    }

    async fn start_containerd(&self) -> Result<Daemon, PartError> {
        let at = |name: &str| self.folder.join(name).display().to_string();
        let network = serde_json::json!({
            "cniVersion": "0.4.0",
            "name": self.bridge.name(),
            "plugins": [{
                "type": "bridge", "bridge": self.bridge.name(), "isGateway": true, "ipMasq": false,
                "ipam": { "type": "host-local", "subnet": self.bridge.subnet(), "dataDir": at("addresses") },
            }],
        });
        write(&self.folder.join("net/10-bridge.conflist"), &network.to_string())?;
        // A sandboxed machine may refuse negative scores and has no AppArmor.
        let settings = format!(
            "version = 2\nroot = {:?}\nstate = {:?}\n[grpc]\naddress = {:?}\n[ttrpc]\naddress = {:?}\n\
             [plugins.\"io.containerd.internal.v1.opt\"]\npath = {:?}\n\
             [plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = {PAUSE:?}\nrestrict_oom_score_adj = true\n\
             disable_apparmor = true\nnetns_mounts_under_state_dir = true\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = {CNI:?}\nconf_dir = {:?}\n",
            at("root"),
            at("state"),
            at("containerd.sock"),
            at("containerd.sock.ttrpc"),
            at("opt"),
            at("net"),
        );
        let file = self.folder.join("containerd.toml");
        write(&file, &settings)?;
        let mut command = Command::new(CONTAINERD);
        command.arg("--config").arg(&file).env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let mut containerd = Daemon::spawn("containerd", &mut command, &self.folder.join("containerd.log"))?;
        let socket = self.socket();
        containerd.answered(STARTING, async || UnixStream::connect(&socket).await.is_ok()).await?;
        Ok(containerd)
    }

    /// Brings an image onto the node without a registry.
    fn import(&self, image: &Image) -> Result<(), PartError> {
        let file = self.folder.join("image.tar");
        fs::write(&file, image.archive()?).map_err(PartError::io("write an image"))?;
        let mut command = Command::new("ctr");
        command.arg("--address").arg(self.socket()).args(["--namespace", "k8s.io", "images", "import"]);
        run(command.arg(&file))
    }

    fn start_kubelet(&self, binary: &Path, control: &Control) -> Result<Daemon, PartError> {
        let settings = serde_json::json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": "127.0.0.1",
            "port": port::free(),
            "readOnlyPort": 0,
            "healthzPort": 0,
            // Only the API server speaks to it, over the loopback of a test.
            "authentication": { "anonymous": { "enabled": true }, "webhook": { "enabled": false } },
            "authorization": { "mode": "AlwaysAllow" },
            "containerRuntimeEndpoint": format!("unix://{}", self.socket().display()),
            "podLogsDir": self.folder.join("pods"),
            "failCgroupV1": false,
            "failSwapOn": false,
            "cgroupDriver": "cgroupfs",
            "cgroupsPerQOS": false,
            "enforceNodeAllocatable": [],
            "oomScoreAdj": 0,
            "localStorageCapacityIsolation": false,
            "evictionHard": { "memory.available": "1Mi", "nodefs.available": "0.1%", "imagefs.available": "0.1%" },
            "imageGCHighThresholdPercent": 100,
            "maxPods": 60,
            "registerWithTaints": [],
        });
        let file = self.folder.join("kubelet.json");
        write(&file, &settings.to_string())?;
        let mut command = Command::new(binary);
        command.arg("kubelet").arg("--config").arg(&file).arg("--kubeconfig").arg(control.kubeconfig("node"));
        command.arg("--root-dir").arg(self.folder.join("kubelet")).arg("--hostname-override=localhost");
        command.arg("--cert-dir").arg(self.folder.join("certificates"));
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        Daemon::spawn("kubelet", &mut command, &self.folder.join("kubelet.log"))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // The kubelet first: it would start again what is ended under it. Shims name the folder and keep their pods alive.
        if let Some(kubelet) = &mut self.kubelet {
            kubelet.kill();
        }
        if let Some(containerd) = &mut self.containerd {
            containerd.kill();
        }
        end_processes_of(&self.folder);
        unmount_under(&self.folder);
        let mine = self.folder.display().to_string();
        for result in fs::read_dir(RESULTS).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if fs::read_to_string(&result).is_ok_and(|text| text.contains(&mine)) {
                let _ = fs::remove_file(result);
            }
        }
    }
}
