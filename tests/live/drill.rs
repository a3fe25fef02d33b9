//! Drills: the way back is rehearsed in a place apart, what serves is not touched, and nothing is left of it.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::fs;
use switchback_tests::{cli::Desk, listening, part::PartError, port, processes};
use tokio::io::{AsyncBufReadExt as _, BufReader};

fn policy(port: u16, more: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: UTC, \
         protected: true, checklist: own }}\nchecklists:\n  own:\n    before: [{{ id: ready, auto: rollback-ready, \
         rehearsed-within: 1h }}]\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: \
         {port} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 5s, every: 100ms, passes: \
         1{more} }}\n"
    )
}

/// A desk where 1.1 runs and 1.0 ran before.
async fn desk(more: &str) -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    for version in ["1.0", "1.1", "1.2"] {
        listening::release(&desk, version);
    }
    let policy = policy(port::free(), more);
    let _ = desk.apply(&policy.replace(", checklist: own", "")).await?.exits(0);
    for version in ["1.0", "1.1"] {
        let _ = desk.run(["deploy", "web", "production", version, "--confirm", "production"]).await?.exits(0);
    }
    let _ = desk.apply(&policy).await?.exits(0);
    Ok(desk)
}

/// The processes of the desk's releases.
fn servers(desk: &Desk) -> Vec<Pid> {
    let folder = desk.folder().to_string_lossy();
    let mut all = processes::with_line(|line| line.contains(&*folder) && line.contains("/server"));
    all.sort_unstable();
    all
}

const DRILL: [&str; 5] = ["drill", "web", "production", "--confirm", "production"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_is_rehearsed_beside_what_serves_and_a_release_may_rest_on_it() -> Result<(), PartError> {
    let desk = desk("").await?;
    let before = servers(&desk);
    let deploy = ["deploy", "web", "production", "1.2", "--confirm", "production"];
    let refused = desk.run(deploy).await?.exits(3);
    assert!(refused.stderr.contains("no way back was rehearsed"), "{}", refused.stderr);
    let unconfirmed = desk.run(["drill", "web", "production"]).await?;
    assert_eq!(unconfirmed.error()["code"], "confirm", "{}", unconfirmed.stderr);

    let drill = desk.run(DRILL).await?.exits(0);
    assert_eq!((drill.json["from"].as_u64(), drill.json["to"].as_u64()), (Some(2), Some(1)), "{:#}", drill.json);
    assert_eq!(drill.json["holds"], true);
    assert_eq!(drill.json["outcome"]["kind"], "back");
    assert_eq!(servers(&desk), before, "what serves is the same, and nothing is left beside it");
    let drills = desk.home().join("drills");
    assert_eq!(fs::read_dir(drills).map_err(PartError::io("look for journals"))?.count(), 0);
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.json["rows"].as_array().map(Vec::len), Some(1), "a drill is no target: {:#}", status.json);
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"].as_array().map(Vec::len), Some(2), "nor a deployment: {:#}", history.json);
    let plan = desk.run(["plan", "web", "production", "--to", "r1"]).await?.exits(0);
    assert_eq!(plan.json["drill"]["id"], drill.json["id"], "who goes back sees it before the click");
    let audit = desk.run(["audit", "list", "drill"]).await?.exits(0);
    let words: Vec<_> = audit.json["entries"].as_array().into_iter().flatten().map(|one| &one["action"]).collect();
    assert_eq!(words, ["drill.ended", "drill.started"], "{:#}", audit.json);
    println!("rehearsed: {:#}", drill.json["outcome"]);
    let _ = desk.run(deploy).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_that_is_none_says_what_the_old_release_said() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    // 1.0 needs something that is gone by now.
    let table = desk.folder().join("carts");
    fs::write(&table, "").map_err(PartError::io("write a file"))?;
    listening::release(&desk, "1.1");
    let needs = format!("[ -e {} ] || {{ echo 'no such table: carts' >&2; exit 3; }}", table.display());
    listening::release_that(&desk, "1.0", &needs);
    let _ = desk.apply(&policy(port::free(), "").replace(", checklist: own", "")).await?.exits(0);
    for version in ["1.0", "1.1"] {
        let _ = desk.run(["deploy", "web", "production", version, "--confirm", "production"]).await?.exits(0);
    }
    fs::remove_file(&table).map_err(PartError::io("remove a file"))?;
    let before = servers(&desk);
    let drill = desk.run(DRILL).await?.exits(1);
    assert_eq!((&drill.json["outcome"]["kind"], &drill.json["holds"]), (&"failed".into(), &false.into()));
    let why = drill.text("/outcome/why");
    assert!(why.contains("exited (3)") && why.contains("> no such table: carts"), "{why}");
    assert_eq!(servers(&desk), before, "what serves is the same, and nothing is left beside it");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_drill_left_is_cleared_by_the_next_and_told() -> Result<(), PartError> {
    let desk = desk(", delay: 2s").await?;
    let before = servers(&desk);
    let mut first = desk.start(DRILL)?;
    let mut lines = BufReader::new(first.stderr.take().expect("its messages")).lines();
    while let Some(line) = lines.next_line().await.map_err(PartError::io("read messages"))? {
        if line.contains("back to r1") {
            break;
        }
    }
    let id = first.id().and_then(|id| i32::try_from(id).ok()).expect("its process");
    kill(Pid::from_raw(id), Signal::SIGKILL).expect("killed");
    let _ = first.wait().await;
    assert!(servers(&desk).len() > before.len(), "it left a copy behind");
    let _ = desk.run(DRILL).await?.exits(0);
    assert_eq!(servers(&desk), before, "all copies are gone");
    let list = desk.run(["drill", "web", "production", "--list"]).await?.exits(0);
    let kinds: Vec<_> = list.json.as_array().into_iter().flatten().map(|one| &one["outcome"]["kind"]).collect();
    assert_eq!(kinds, ["back", "interrupted"], "{:#}", list.json);
    Ok(())
}
