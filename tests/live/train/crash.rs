//! Death by SIGKILL at every entry of a train's journal, right before it and right after it: each process takes the train
//! up where the one before died, and dies at the next entry. It comes to its end all the same, and nothing is done twice.

use super::yard::{SERVICES, TRAIN, desk, history, running, thread};
use std::{os::unix::process::ExitStatusExt as _, time::Instant};
use switchback_tests::{cli::Desk, part::PartError, processes};

const PROGRAM: &str = env!("CARGO_BIN_EXE_crash-train");

/// More entries than a train of three cars writes.
const TOO_MANY: usize = 40;

/// Whether the process died at the entry. What it wrote first, if it took something up, is that it did.
async fn dies(desk: &Desk, side: &str, entry: &str, words: &[&str]) -> Result<bool, PartError> {
    let mut command = desk.surroundings(PROGRAM);
    command.args([side, entry]).args(words);
    let output = command.output().await.map_err(PartError::io("start crash-train"))?;
    let died = output.status.signal() == Some(9);
    assert!(died || output.status.success(), "{side} {entry}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(died)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_killed_at_every_entry_of_a_train_still_bring_all_of_it_back_once() -> Result<(), PartError> {
    let (desk, started) = (desk().await?, Instant::now());
    assert!(dies(&desk, "before", "0", &TRAIN[1..]).await?);
    let none = desk.run(["train", "list"]).await?.exits(0);
    assert_eq!(none.json, serde_json::json!([]), "it had not begun");
    assert!(dies(&desk, "after", "0", &TRAIN[1..]).await?);
    let mut entries = 1;
    while dies(&desk, "before", "1", &["resume"]).await? {
        assert!(dies(&desk, "after", "1", &["resume"]).await?, "what one died before the other writes");
        entries += 1;
        assert!(entries < TOO_MANY, "it goes on and on");
    }
    println!("died before and after each of {entries} entries in {:.1} s", started.elapsed().as_secs_f64());

    let trains = desk.run(["train", "list"]).await?.exits(0);
    assert_eq!(trains.text("/0/state/kind"), "rolledBack", "{:#}", trains.json);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);
    let folder = desk.folder().to_string_lossy().into_owned();
    let servers = processes::with_line(|line| line.contains(&folder) && line.contains("/server"));
    assert_eq!(servers.len(), 3, "what runs is what the desk says and nothing else");
    for name in SERVICES {
        let expected: &[&str] = match name {
            "worker" => &["deploy rolledBack", "deploy succeeded"],
            _ => &["rollback succeeded", "deploy succeeded", "deploy succeeded"],
        };
        assert_eq!(history(&desk, name).await?, expected, "{name} went there once and came back once");
    }
    let told = thread(&desk, trains.text("/0/name")).await?;
    let acts = told.iter().filter_map(|entry| entry["action"].as_str()).filter(|act| act.starts_with("train."));
    let acts: Vec<&str> = acts.filter(|act| *act != "train.resumed").collect();
    assert_eq!(acts.len(), entries, "each entry stands in the audit once: {acts:?}");
    let nothing = desk.run(["resume"]).await?.exits(0);
    assert_eq!(nothing.json, serde_json::json!([]));
    let _ = desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}
