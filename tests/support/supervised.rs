//! A process runtime with a state directory of its own and released folders to run in it.
//!
//! The tests' server stands in each folder, so the copy that runs really is the copy. What was started is stopped when
//! this is dropped, also after a failed assertion: supervisors outlive a test by design.

use crate::processes;
use nix::{sys::signal, unistd::Pid};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use switchback_core::{
    ident::{DeploymentId, RevisionNumber},
    name::Target,
    plan::{InstanceName, InstanceSpec},
    port::{ResolvedSecrets, Runtime as _},
    release::ArtifactRequest,
    workload::{ProcessSettings, Settings, Workload},
};
use switchback_process::{Process, TcpSwitch};

/// A state directory and the programs of the tests.
#[derive(Debug)]
pub struct Supervised {
    home: tempfile::TempDir,
    supervisor: PathBuf,
    server: PathBuf,
}

impl Supervised {
    /// `supervisor` and `server` are the tests' programs `test-supervisor` and `demo-server`.
    pub fn new(supervisor: &str, server: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        Self { home, supervisor: supervisor.into(), server: server.into() }
    }

    /// Where the runtime keeps everything.
    pub fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    fn program(&self, subcommand: &str) -> Vec<String> {
        vec![self.supervisor.display().to_string(), subcommand.to_owned()]
    }

    /// A client; each is a stranger to the others, as two programs are.
    pub fn runtime(&self) -> Process {
        Process::new(self.state(), self.program("supervise"))
    }

    /// A client of the switches.
    pub fn switch(&self) -> TcpSwitch {
        TcpSwitch::new(self.state(), self.program("tcp-switch"))
    }

    /// The settings of a command on a port.
    pub fn settings(run: &[&str], port: u16) -> Settings {
        let run = run.iter().map(|word| (*word).to_owned()).collect();
        Settings::Process(ProcessSettings { run, port, grace: Duration::from_secs(2) })
    }

    /// Releases a folder that holds the server and its version, prepares it, and says how to run one copy.
    pub async fn release(&self, version: u32, run: &[&str], port: u16) -> InstanceSpec {
        let folder = self.home.path().join(format!("release-{version}"));
        fs::create_dir_all(&folder).expect("a folder");
        fs::copy(&self.server, folder.join("demo-server")).expect("the server");
        fs::write(folder.join("VERSION"), version.to_string()).expect("a file");
        let settings = Self::settings(run, port);
        let runtime = self.runtime();
        let artifact = runtime.resolve(&settings, &ArtifactRequest::Folder { path: folder }).await.expect("a digest");
        let config = BTreeMap::from([("VERSION".to_owned(), version.to_string())]);
        let workload =
            Workload { artifact, config, secrets: BTreeMap::new(), settings, replicas: 1, schema: None, health: None };
        runtime.prepare(&workload).await.expect("a copy");
        let (revision, deployment) = (RevisionNumber(version), DeploymentId(uuid::Uuid::now_v7()));
        let name = InstanceName::new(&target(), revision, deployment, 0);
        InstanceSpec { name, target: target(), revision, deployment, workload, behind_router: port == 0 }
    }

    /// The server from its folder, on the port it is given.
    pub const SERVER: &'static [&'static str] = &["./demo-server", "--port", "{port}"];

    /// Makes and starts an instance without secrets.
    pub async fn run(&self, spec: &InstanceSpec) -> Result<(), switchback_core::failure::Failure> {
        let none = ResolvedSecrets::new();
        let runtime = self.runtime();
        runtime.create(spec, &none).await?;
        runtime.start(spec, &none).await.map(|_| ())
    }

    /// The number written for a running instance's process.
    pub fn pid(&self, name: &InstanceName) -> Option<i32> {
        let path = self.state().join("instances").join(&name.0).join("status.json");
        pid_of(&path)
    }
}

/// What all tests here deploy.
pub fn target() -> Target {
    "checkout/production".parse().expect("a name")
}

fn pid_of(status: &Path) -> Option<i32> {
    let status: serde_json::Value = serde_json::from_slice(&fs::read(status).ok()?).ok()?;
    i32::try_from(status["process"]["pid"].as_i64()?).ok()
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // The instances by their groups; their supervisors and switches by the directory they were given, and only those.
        let dirs = fs::read_dir(self.state().join("instances")).into_iter().flatten().flatten();
        for pid in dirs.filter_map(|entry| pid_of(&entry.path().join("status.json"))) {
            let _ = signal::killpg(Pid::from_raw(pid), signal::Signal::SIGKILL);
        }
        for pid in self.daemons("") {
            let _ = signal::kill(pid, signal::Signal::SIGKILL);
        }
    }
}

impl Supervised {
    /// Detached processes of this state directory whose arguments hold `what`.
    pub fn daemons(&self, what: &str) -> Vec<Pid> {
        let (ours, program) = (self.state().display().to_string(), self.supervisor.display().to_string());
        processes::with_line(|line| line.starts_with(&program) && line.contains(&ours) && line.contains(what))
    }
}
