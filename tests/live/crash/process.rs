//! On the process runtime.

use super::{Course, DESK, SERVER, SUPERVISOR, courses, gate, print};
use std::{collections::BTreeMap, time::Duration};
use switchback_core::{
    port::Runtime as _,
    release::ArtifactRequest,
    strategy::{Confirm, Router, Strategy},
    workload::Workload,
};
use switchback_tests::{
    crash::{Entries, Lane, Row, Side, Table, Trouble, World, lay},
    port,
    supervised::{Supervised, target},
};
use tokio::task::JoinSet;

const WAYS: [&str; 2] = ["recreate", "blue-green"];

async fn world(home: &Supervised, way: &str) -> World {
    let (service, door) = (port::free(), port::free());
    let (strategy, port) = match way {
        "recreate" => (Strategy::Recreate, service),
        _ => (Strategy::BlueGreen { router: Router::Tcp { port: door }, confirm: Confirm::Automatic }, door),
    };
    let mut releases = BTreeMap::new();
    let folder = home.state().with_file_name("release");
    std::fs::create_dir(&folder).expect("a folder");
    // The program itself stays where it was built: to hash its megabytes in each of hundreds of deployments would be
    // most of the time spent here.
    let request = ArtifactRequest::Folder { path: folder.clone() };
    for (version, mode) in [("1", "ok"), ("2", "ok"), ("bad", "exit")] {
        std::fs::write(folder.join("VERSION"), version).expect("a file");
        let run = [SERVER, "--port", "{port}", "--mode", mode];
        let settings = Supervised::settings(&run, service);
        let runtime = home.runtime();
        let artifact = runtime.resolve(&settings, &request).await.expect("a digest");
        let config = BTreeMap::from([("VERSION".to_owned(), version.to_owned())]);
        let workload =
            Workload { artifact, config, secrets: BTreeMap::new(), settings, replicas: 1, schema: None, health: None };
        runtime.prepare(&workload).await.expect("a copy");
        releases.insert(version.to_owned(), workload);
    }
    let (supervisor, health) = (SUPERVISOR.to_owned(), gate(Duration::from_millis(50)));
    let home = home.state().parent().expect("a home").to_owned();
    lay(&home);
    World { home, supervisor, target: target(), strategy, health, hooks: Vec::new(), port, releases }
}

async fn lane(way: &'static str, course: Course, trouble: Trouble, sides: &'static [Side]) -> Vec<Row> {
    let home = Supervised::new(SUPERVISOR, SERVER);
    let lane = Lane::new(world(&home, way).await, DESK).await;
    lane.deploy(2).await;
    let name = format!("process, {way}, {}", course.what);
    let mut rows = Vec::new();
    for side in sides {
        let entries = Entries::all(*side);
        rows.push(lane.trouble(&name, course.act.as_ref(), course.ending, &trouble, entries).await);
    }
    rows
}

async fn everywhere(trouble: &Trouble, sides: &'static [Side]) -> Table {
    let mut lanes = JoinSet::new();
    for way in WAYS {
        for course in courses() {
            lanes.spawn(lane(way, course, trouble.clone(), sides));
        }
    }
    print(lanes).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_entry_of_the_journal_leaves_the_process_runtime_whole() {
    everywhere(&Trouble::Death, &[Side::After, Side::Before]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_on_one_database_one_acts_and_the_other_takes_over_when_it_dies() {
    let table = everywhere(&Trouble::Contest, &[Side::After]).await;
    assert!(table.0.iter().all(|row| row.refused > 0), "somewhere the second program was never refused");
}
