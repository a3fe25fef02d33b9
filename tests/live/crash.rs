//! Death by SIGKILL at every entry of the journal, on the process runtime: whatever was under way ends well.

use std::{collections::BTreeMap, time::Duration};
use switchback_core::{
    health::{HealthGate, Probe},
    port::Runtime as _,
    release::ArtifactRequest,
    strategy::{Confirm, Router, Strategy},
    workload::Workload,
};
use switchback_tests::{
    crash::{Act, Ending, Lane, Row, Side, Table, World, free_port},
    supervised::{Supervised, target},
};
use tokio::task::JoinSet;

const DESK: &str = env!("CARGO_BIN_EXE_crash-desk");
const SERVER: &str = env!("CARGO_BIN_EXE_demo-server");
const SUPERVISOR: &str = env!("CARGO_BIN_EXE_test-supervisor");

/// Quick, but through the same lines as any gate.
fn gate() -> HealthGate {
    let probe = Probe::Http { path: "/version".to_owned(), status: 200, body: None };
    let (every, within) = (Duration::from_millis(50), Duration::from_secs(20));
    HealthGate { probe, every, within, ..HealthGate::default() }
}

async fn world(home: &Supervised, strategy: Strategy) -> World {
    let port = free_port();
    let mut releases = BTreeMap::new();
    let folder = home.state().with_file_name("release");
    std::fs::create_dir(&folder).expect("a folder");
    // The program itself stays where it was built: to hash its megabytes in each of hundreds of deployments would be
    // most of the time spent here.
    let request = ArtifactRequest::Folder { path: folder.clone() };
    for (version, mode) in [("1", "ok"), ("2", "ok"), ("bad", "exit")] {
        std::fs::write(folder.join("VERSION"), version).expect("a file");
        let run = [SERVER, "--port", "{port}", "--mode", mode];
        let settings = Supervised::settings(&run, port);
        let runtime = home.runtime();
        let artifact = runtime.resolve(&settings, &request).await.expect("a digest");
        let config = BTreeMap::from([("VERSION".to_owned(), version.to_owned())]);
        let workload = Workload { artifact, config, secrets: BTreeMap::new(), settings, replicas: 1 };
        runtime.prepare(&workload).await.expect("a copy");
        releases.insert(version.to_owned(), workload);
    }
    let supervisor = SUPERVISOR.to_owned();
    let home = home.state().parent().expect("a home").to_owned();
    World { home, supervisor, target: target(), strategy, health: gate(), hooks: Vec::new(), releases }
}

fn blue_green() -> Strategy {
    Strategy::BlueGreen { router: Router::Tcp { port: free_port() }, confirm: Confirm::Automatic }
}

async fn lane(name: String, strategy: Strategy, act: Option<Act>, ending: Ending) -> Vec<Row> {
    let home = Supervised::new(SUPERVISOR, SERVER);
    let lane = Lane::new(world(&home, strategy).await, DESK).await;
    lane.deploy(2).await;
    let mut rows = Vec::new();
    for side in [Side::After, Side::Before] {
        rows.push(lane.die_at_every_entry(&name, act.as_ref(), side, ending).await);
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_entry_of_the_journal_leaves_the_process_runtime_whole() {
    let mut lanes = JoinSet::new();
    for (way, strategy) in [("recreate", Strategy::Recreate), ("blue-green", blue_green())] {
        for (what, act, ending) in [
            ("deploy", None, Ending::Succeeded),
            ("failed deploy", Some(Act::Deploy("bad".to_owned())), Ending::RolledBack),
            ("rollback", Some(Act::Rollback), Ending::Succeeded),
        ] {
            let strategy = match strategy {
                Strategy::BlueGreen { .. } => blue_green(),
                ref other => other.clone(),
            };
            lanes.spawn(lane(format!("process, {way}, {what}"), strategy, act, ending));
        }
    }
    let mut table = Table::default();
    while let Some(rows) = lanes.join_next().await {
        table.0.extend(rows.expect("a lane"));
    }
    table.0.sort_by(|one, other| (&one.name, &one.side).cmp(&(&other.name, &other.side)));
    println!("{table}");
}
