//! The port's text, on a cluster.

use super::yard::{SERVING, Yard};
use std::collections::BTreeMap;
use switchback_core::{
    release::{Artifact, ArtifactRequest, Digest},
    workload::Workload,
};
use switchback_kubernetes::Kubernetes;
use switchback_tests::{
    conformance::{CRASH_CODE, Fixture, Program, SAYS, conformance},
    part::PartError,
};

struct Rig {
    yard: Yard,
    serving: Artifact,
    crashing: Artifact,
}

impl Fixture for Rig {
    fn workload(&self, program: Program, _: u16) -> Workload {
        let artifact = match program {
            Program::Serving | Program::Stubborn => self.serving.clone(),
            Program::Crashing => self.crashing.clone(),
            Program::Missing => {
                Artifact::Image { repository: self.yard.name("serving"), digest: Digest::of(b"nothing") }
            }
        };
        let settings = self.yard.settings("conformance", "app");
        Workload {
            artifact,
            config: BTreeMap::new(),
            secrets: BTreeMap::new(),
            settings,
            replicas: 1,
            schema: None,
            health: None,
        }
    }

    fn request(&self) -> ArtifactRequest {
        ArtifactRequest::Image { reference: format!("{}:1", self.yard.name("serving")) }
    }

    fn one_program(&self) -> bool {
        false
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_keeps_the_ports_word() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let serving = yard.publish("serving", "1", SERVING).await?;
    let crash = format!("echo begun; echo \"${SAYS}\" >&2; exit {CRASH_CODE}");
    let crashing = yard.publish("crashing", "1", &crash).await?;
    yard.namespace("conformance").await?;
    yard.deployment("conformance", "app", &format!("{}:1", yard.name("serving")), "").await?;
    conformance(&Kubernetes::new(None), &Rig { yard, serving, crashing }).await;
    Ok(())
}
