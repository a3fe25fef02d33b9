//! On Kubernetes: rollouts of real pods, and a door that leads to whichever pods are ready.

use super::{DESK, SUPERVISOR, courses, print};
use crate::kubernetes::yard::{SERVING, Yard};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use switchback_core::{
    health::{HealthGate, Probe},
    strategy::Strategy,
    workload::Workload,
};
use switchback_tests::{
    crash::{Entries, Lane, Row, Side, Trouble, World},
    part::PartError,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

const REPOSITORY: &str = "switchback-test/shop";
const RELEASES: [(&str, &str); 3] = [("1", SERVING), ("2", SERVING), ("bad", "echo no; exit 1")];

/// The address of a pod that serves.
async fn serving(yard: &Yard, name: &str) -> Option<String> {
    let pods = yard.cluster.get("default", "pods").await.ok()?;
    let serves = |pod: &&Value| {
        let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
        pod["metadata"]["labels"]["app"] == name
            && pod["metadata"]["deletionTimestamp"].is_null()
            && pod["status"]["conditions"].as_array().is_some_and(|all| all.iter().any(ready))
    };
    let pod = pods["items"].as_array()?.iter().find(serves)?;
    pod["status"]["podIP"].as_str().map(str::to_owned)
}

/// A port of this machine that leads to the workload's pods, as a Service does for people in the cluster.
async fn door(yard: Arc<Yard>, name: String) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    tokio::spawn(async move {
        while let Ok((mut visitor, _)) = listener.accept().await {
            if let Some(address) = serving(&yard, &name).await
                && let Ok(mut pod) = TcpStream::connect((address, 8080)).await
            {
                let _ = tokio::io::copy_bidirectional(&mut visitor, &mut pod).await;
            }
        }
    });
    port
}

async fn world(yard: &Arc<Yard>, name: &str, home: &tempfile::TempDir) -> Result<World, PartError> {
    let settings = yard.settings("default", name);
    let mut releases = BTreeMap::new();
    for (version, script) in RELEASES {
        let artifact = yard.publish(REPOSITORY, version, script).await?;
        let config = BTreeMap::from([("RELEASE".to_owned(), version.to_owned())]);
        let workload = Workload {
            artifact,
            config,
            secrets: BTreeMap::new(),
            settings: settings.clone(),
            replicas: 1,
            schema: None,
            health: None,
        };
        releases.insert(version.to_owned(), workload);
    }
    let health =
        HealthGate { probe: Probe::Container, passes: 1, within: Duration::from_mins(1), ..HealthGate::default() };
    Ok(World {
        home: home.path().to_owned(),
        supervisor: SUPERVISOR.to_owned(),
        target: format!("shop/{name}").parse().expect("a name"),
        strategy: Strategy::Rollout,
        health,
        hooks: Vec::new(),
        port: door(Arc::clone(yard), name.to_owned()).await,
        releases,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_entry_of_the_journal_leaves_the_cluster_whole() -> Result<(), PartError> {
    let yard = Arc::new(Yard::new().await?);
    yard.publish(REPOSITORY, "1", SERVING).await?;
    let mut lanes: JoinSet<Vec<Row>> = JoinSet::new();
    for (number, course) in courses().into_iter().enumerate() {
        let name = format!("lane-{number}");
        yard.deployment("default", &name, &format!("{}:1", yard.name(REPOSITORY)), "").await?;
        let home = tempfile::tempdir().map_err(PartError::io("make a home"))?;
        let world = world(&yard, &name, &home).await?;
        lanes.spawn(async move {
            let lane = Lane::new(world, DESK).await;
            lane.deploy(2).await;
            let name = format!("a cluster, {}", course.what);
            let entries = Entries::all(Side::After);
            let row = lane.trouble(&name, course.act.as_ref(), course.ending, &Trouble::Death, entries).await;
            drop(home);
            vec![row]
        });
    }
    print(lanes).await;
    Ok(())
}
