//! The adapters behind the engine's two questions: which runtime, and who switches its traffic.

use crate::{errand, logins::KeychainLogins};
use std::{path::Path, sync::Arc};
use switchback_api::ApiError;
use switchback_core::{
    port::{Clusters, Runtime, Secrets, Switchboard},
    workload::{RuntimeKind, Settings},
};
use switchback_docker::Docker;
use switchback_engine::Runtimes;
use switchback_gateway::{Nginx, Routers};
use switchback_kubernetes::Kubernetes;
use switchback_process::{Process, TcpSwitch};

/// Every runtime this build has.
pub struct Adapters {
    process: Arc<Process>,
    docker: Arc<Docker>,
    kubernetes: Arc<Kubernetes>,
    switches: std::path::PathBuf,
    myself: String,
}

impl Adapters {
    /// Adapters that keep their state under `home`.
    pub fn new(home: &Path, secrets: Arc<dyn Secrets>) -> Result<Self, ApiError> {
        let myself = std::env::current_exe()
            .map_err(|error| ApiError::new("home_unusable", format!("cannot tell which program this is: {error}")))?
            .display()
            .to_string();
        let process = Process::new(home.join("process"), vec![myself.clone(), errand::SUPERVISE.to_owned()]);
        let logins = Arc::new(KeychainLogins::new(secrets));
        let docker = Docker::new(Some(logins.clone()));
        let kubernetes = Kubernetes::new(Some(logins));
        let (process, docker, kubernetes) = (Arc::new(process), Arc::new(docker), Arc::new(kubernetes));
        Ok(Self { process, docker, kubernetes, switches: home.join("switch"), myself })
    }
}

impl Runtimes for Adapters {
    fn runtime(&self, kind: RuntimeKind) -> Option<Arc<dyn Runtime>> {
        Some(match kind {
            RuntimeKind::Process => self.process.clone(),
            RuntimeKind::Docker => self.docker.clone(),
            RuntimeKind::Kubernetes => self.kubernetes.clone(),
        })
    }

    fn clusters(&self) -> Option<Arc<dyn Clusters>> {
        Some(self.kubernetes.clone())
    }

    fn switchboard(&self, settings: &Settings) -> Arc<dyn Switchboard> {
        let tcp = TcpSwitch::new(self.switches.clone(), vec![self.myself.clone(), errand::TCP_SWITCH.to_owned()]);
        let nginx = match settings {
            Settings::Docker(docker) => Nginx::new(Some(Arc::new(self.docker.commander(docker.engine.clone())))),
            Settings::Process(_) | Settings::Kubernetes(_) => Nginx::new(None),
        };
        Arc::new(Routers::new(Box::new(tcp), nginx))
    }
}
