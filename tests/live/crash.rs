//! Trouble at every entry of the journal: death by SIGKILL, a second desk, an engine out of reach. Whatever was under
//! way ends well: nothing is left unfinished, nothing runs twice or not at all, no act has its effect twice, and what runs has its own
//! schema under it.

mod docker;
mod kubernetes;
mod process;

use std::time::Duration;
use switchback_core::health::{HealthGate, Probe};
use switchback_tests::crash::{Act, Ending, Row, Table};
use tokio::task::JoinSet;

const DESK: &str = env!("CARGO_BIN_EXE_crash-desk");
const SERVER: &str = env!("CARGO_BIN_EXE_demo-server");
const SUPERVISOR: &str = env!("CARGO_BIN_EXE_test-supervisor");

/// What is done in a lane, and how it must end.
#[derive(Clone)]
struct Course {
    what: &'static str,
    /// `None`: deploy whichever of two good versions does not run.
    act: Option<Act>,
    ending: Ending,
}

fn courses() -> [Course; 3] {
    [
        Course { what: "deploy", act: None, ending: Ending::Succeeded },
        Course { what: "failed deploy", act: Some(Act::Deploy("bad".to_owned())), ending: Ending::RolledBack },
        Course { what: "rollback", act: Some(Act::Rollback), ending: Ending::Succeeded },
    ]
}

/// Quick, but through the same lines as any gate.
fn gate(every: Duration) -> HealthGate {
    let probe = Probe::Http { path: "/version".to_owned(), status: 200, body: None };
    HealthGate { probe, every, within: Duration::from_secs(20), ..HealthGate::default() }
}

/// Waits for all lanes and prints what became of them. A lane in which nothing happened has shown nothing.
async fn print(mut lanes: JoinSet<Vec<Row>>) -> Table {
    let mut table = Table::default();
    while let Some(rows) = lanes.join_next().await {
        rows.expect("a lane").into_iter().for_each(|row| table.add(row));
    }
    table.0.sort_by(|one, other| (&one.name, &one.side).cmp(&(&other.name, &other.side)));
    println!("{table}");
    let idle: Vec<&Row> = table.0.iter().filter(|row| row.strikes() == 0).collect();
    assert!(!table.0.is_empty() && idle.is_empty(), "no trouble at all: {idle:?}");
    table
}
