//! The control plane: etcd, the API server, the controllers and the scheduler, each on a free port of the loopback.

use super::{STARTING, run, write};
use crate::{daemon::Daemon, part::PartError, port};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tokio::net::TcpStream;

/// Who may come in: name, its token and its groups. `node` is what the kubelet calls itself.
const PEOPLE: [(&str, &str, &str); 2] =
    [("admin", "admin", "system:masters"), ("node", "system:node:localhost", "system:nodes")];

/// A running control plane.
#[derive(Debug)]
pub(super) struct Control {
    // The first to drop is the last that was started.
    scheduler: Option<Daemon>,
    controllers: Option<Daemon>,
    api: Option<Daemon>,
    etcd: Option<Daemon>,
    binary: PathBuf,
    folder: PathBuf,
    etcd_port: u16,
    port: u16,
}

impl Control {
    pub(super) async fn start(binary: &Path, folder: &Path) -> Result<Self, PartError> {
        let mut control = Self {
            scheduler: None,
            controllers: None,
            api: None,
            etcd: None,
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            etcd_port: port::free(),
            port: port::free(),
        };
        control.etcd = Some(control.start_etcd().await?);
        let key = folder.join("accounts.key");
        run(Command::new("openssl").args(["genrsa", "-out"]).arg(&key).arg("2048"))?;
        let line = |(name, user, groups): &(&str, &str, &str)| format!("{name}-token,{user},{name},\"{groups}\"\n");
        write(&folder.join("tokens.csv"), &PEOPLE.iter().map(line).collect::<String>())?;
        control.start_api_server().await?;
        for (name, ..) in PEOPLE {
            control.write_kubeconfig(name)?;
        }
        let admin = control.kubeconfig("admin");
        let mut controllers = control.part("kube-controller-manager");
        controllers.arg("--kubeconfig").arg(&admin).args(["--leader-elect=false", "--secure-port=0"]);
        controllers.arg("--service-account-private-key-file").arg(&key);
        controllers.arg("--root-ca-file").arg(control.certificate());
        // One account for all: an account for each controller costs a second and a token each.
        controllers.args(["--use-service-account-credentials=false", "--concurrent-deployment-syncs=20"]);
        // Its usual 20 requests a second are less than a handful of tests at once want.
        controllers.args(["--kube-api-qps=200", "--kube-api-burst=400"]);
        control.controllers = Some(control.spawn("kube-controller-manager", &mut controllers)?);
        let mut scheduler = control.part("kube-scheduler");
        scheduler.arg("--kubeconfig").arg(&admin).args(["--leader-elect=false", "--secure-port=0"]);
        control.scheduler = Some(control.spawn("kube-scheduler", &mut scheduler)?);
        Ok(control)
    }

    /// Where the kubeconfig of somebody is.
    pub(super) fn kubeconfig(&self, who: &str) -> PathBuf {
        self.folder.join(format!("{who}.kubeconfig"))
    }

    pub(super) fn kill_api_server(&mut self) {
        if let Some(mut api) = self.api.take() {
            api.kill();
        }
    }

    pub(super) async fn start_api_server(&mut self) -> Result<(), PartError> {
        let at = |name: &str| self.folder.join(name);
        let mut api = self.part("kube-apiserver");
        api.arg(format!("--etcd-servers=http://127.0.0.1:{}", self.etcd_port));
        api.args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"]);
        api.arg(format!("--secure-port={}", self.port)).arg("--cert-dir").arg(at("certificates"));
        api.arg("--token-auth-file").arg(at("tokens.csv"));
        api.args(["--authorization-mode=Node,RBAC", "--endpoint-reconciler-type=none"]);
        api.args(["--kubelet-preferred-address-types=Hostname", "--service-cluster-ip-range=10.96.0.0/24"]);
        api.arg("--service-account-issuer=https://kubernetes.default.svc");
        api.arg("--service-account-key-file").arg(at("accounts.key"));
        api.arg("--service-account-signing-key-file").arg(at("accounts.key"));
        // A killed server's clients come back at once, and a stopping one does not linger.
        api.args(["--shutdown-delay-duration=0s", "--profiling=false"]);
        let mut api = self.spawn("kube-apiserver", &mut api)?;
        let ready = ["kubectl", "get", "--raw=/readyz", "--server", &format!("https://127.0.0.1:{}", self.port)];
        let mut asked = Command::new(&self.binary);
        asked.args(ready).args(["--token=admin-token", "--insecure-skip-tls-verify", "--request-timeout=2s"]);
        asked.env("HOME", &self.folder);
        let port = self.port;
        let answered = async || {
            TcpStream::connect(("127.0.0.1", port)).await.is_ok()
                && asked.output().is_ok_and(|output| output.status.success())
        };
        api.answered(STARTING, answered).await?;
        self.api = Some(api);
        Ok(())
    }

    async fn start_etcd(&self) -> Result<Daemon, PartError> {
        let mut etcd = self.part("etcd");
        let peer = port::free();
        etcd.arg("--data-dir").arg(self.folder.join("etcd"));
        for (name, port) in [("client", self.etcd_port), ("peer", peer)] {
            etcd.arg(format!("--listen-{name}-urls=http://127.0.0.1:{port}"));
        }
        etcd.arg(format!("--advertise-client-urls=http://127.0.0.1:{}", self.etcd_port));
        etcd.arg(format!("--initial-advertise-peer-urls=http://127.0.0.1:{peer}"));
        etcd.arg(format!("--initial-cluster=default=http://127.0.0.1:{peer}"));
        etcd.args(["--unsafe-no-fsync", "--log-level=warn"]);
        let mut etcd = self.spawn("etcd", &mut etcd)?;
        let port = self.etcd_port;
        etcd.answered(STARTING, async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await?;
        Ok(etcd)
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join("certificates/apiserver.crt")
    }

    fn write_kubeconfig(&self, who: &str) -> Result<(), PartError> {
        let (ca, port) = (self.certificate(), self.port);
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\nclusters:\n- name: test\n  cluster:\n    server: \
             https://127.0.0.1:{port}\n    certificate-authority: {}\ncontexts:\n- name: test\n  context: {{ cluster: \
             test, user: {who} }}\nusers:\n- name: {who}\n  user: {{ token: {who}-token }}\n",
            ca.display()
        );
        write(&self.kubeconfig(who), &text)
    }

    fn part(&self, part: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg(part).current_dir(&self.folder).env("HOME", &self.folder);
        command
    }

    fn spawn(&self, part: &str, command: &mut Command) -> Result<Daemon, PartError> {
        Daemon::spawn(part, command, &self.folder.join(format!("{part}.log")))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Nobody uses its state again: none of them gets time to end well.
        for part in [&mut self.scheduler, &mut self.controllers, &mut self.api, &mut self.etcd].into_iter().flatten() {
            part.kill();
        }
    }
}

/// The longest a `kubectl` of a test may take, before it counts as hung.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);
