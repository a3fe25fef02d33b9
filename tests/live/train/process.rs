//! Trains of processes: the third fails, a gate of the third is closed, all of one is brought back.

use super::yard::{SERVICES, TRAIN, desk, history, running, standings, thread};
use serde_json::Value;
use switchback_tests::{cli::Desk, listening, part::PartError};
use tokio::process::Child;

/// What an entry is about: its service, or the train itself.
fn service(entry: &Value) -> &str {
    entry["subject"].as_str().and_then(|subject| subject.split(' ').next()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_third_fails_all_three_are_back_in_reverse_order_in_one_thread_of_the_audit() -> Result<(), PartError>
{
    let desk = desk().await?;
    let dry = desk.run(TRAIN.into_iter().chain(["--dry-run"])).await?.exits(0);
    assert_eq!(dry.json["cars"].as_array().map(Vec::len), Some(3), "{:#}", dry.json);
    assert!(dry.json["cars"][2]["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{:#}", dry.json);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"], "nothing was changed");

    let train = desk.run(TRAIN).await?.exits(4);
    let name = train.text("/name").to_owned();
    assert_eq!(standings(&train), ["back", "back", "back"], "{:#}", train.json);
    assert!(train.text("/state/why").contains("exited"), "{:#}", train.json);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);
    assert_eq!(history(&desk, "web").await?, ["rollback succeeded", "deploy succeeded", "deploy succeeded"]);
    assert_eq!(history(&desk, "worker").await?, ["deploy rolledBack", "deploy succeeded"]);

    // One word finds all of it, in the order in which it happened.
    let entries = thread(&desk, &name).await?;
    let acts: Vec<String> = entries
        .iter()
        .filter(|entry| entry["action"].as_str().is_some_and(|action| action.starts_with("train.")))
        .map(|entry| {
            let (action, service) = (entry["action"].as_str().unwrap_or_default(), service(entry));
            let known = SERVICES.contains(&service);
            if known { format!("{action} {service}") } else { action.to_owned() }
        })
        .collect();
    assert_eq!(
        acts,
        [
            "train.started",
            "train.car-started web",
            "train.car-arrived web",
            "train.car-started api",
            "train.car-arrived api",
            "train.car-started worker",
            "train.car-failed worker",
            "train.car-undone worker",
            "train.car-turned api",
            "train.car-undone api",
            "train.car-turned web",
            "train.car-undone web",
            "train.rolled-back",
        ]
    );
    let own = entries.iter().filter(|entry| entry["action"] == "rollback.arrived").map(service);
    assert_eq!(own.collect::<Vec<_>>(), ["api", "web"], "the deployments' own entries are in the thread");
    let all = desk.run(["audit", "list", "--every-step"]).await?.exits(0);
    let moved = |entry: &&Value| entry["action"].as_str().is_some_and(|action| action.starts_with("rollback."));
    let rollbacks = all.json["entries"].as_array().into_iter().flatten().filter(moved);
    assert!(rollbacks.clone().count() > 10, "{:#}", all.json);
    assert!(rollbacks.clone().all(|entry| entry["subject"].to_string().contains(&name)), "{:#}", all.json);
    let _ = desk.run(["audit", "verify"]).await?.exits(0);

    // The worker's 2 is quarantined; its closed gate refuses the whole train, and nothing is changed.
    let refused = desk.run(TRAIN).await?.exits(3);
    assert_eq!(refused.error()["code"], "quarantined", "{}", refused.stderr);
    assert!(refused.error()["causes"].to_string().contains("worker/production"), "{}", refused.stderr);
    let _ = desk.run(TRAIN.into_iter().chain(["--dry-run"])).await?.exits(3);
    let list = desk.run(["train", "list"]).await?.exits(0);
    assert_eq!(list.json.as_array().map(Vec::len), Some(1), "{:#}", list.json);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_train_that_arrived_is_brought_back_as_a_whole_but_not_over_what_somebody_did_since() -> Result<(), PartError>
{
    let desk = desk().await?;
    let train = desk.run(["train", "production", "web@2", "api@2"]).await?.exits(0);
    assert_eq!(standings(&train), ["arrived", "arrived"], "{:#}", train.json);
    assert_eq!(running(&desk).await?, ["2@r2", "2@r2", "1@r1"]);
    let name = train.text("/name").to_owned();

    // Somebody moved one of them: the whole cannot be brought back any more, until it stands where the train left it.
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    let refused = desk.run(["train", "rollback", &name]).await?.exits(2);
    assert!(refused.stderr.contains("web/production runs r1 since"), "{}", refused.stderr);
    let _ = desk.run(["rollback", "web", "production", "--to", "r2"]).await?.exits(0);

    let dry = desk.run(["train", "rollback", &name, "--dry-run"]).await?.exits(0);
    let order: Vec<&str> =
        dry.json["cars"].as_array().into_iter().flatten().filter_map(|car| car["target"].as_str()).collect();
    assert_eq!(order, ["api/production", "web/production"]);
    let back = desk.run(["train", "rollback", &name, "--reason", "totals are wrong"]).await?.exits(0);
    assert_eq!(standings(&back), ["back", "back"], "{:#}", back.json);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);
    let entries = thread(&desk, &name).await?;
    assert!(entries.iter().any(|entry| entry["why"] == "totals are wrong"), "{entries:#?}");
    let again = desk.run(["train", "rollback", &name]).await?.exits(2);
    assert!(again.stderr.contains("did not arrive"), "{}", again.stderr);
    let _ = desk.run(["train", "show", "train-00000000"]).await?.exits(7);
    let _ = desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}

/// The name of the newest train, once its second car is under way.
async fn underway(desk: &Desk, train: &mut Child) -> Result<String, PartError> {
    loop {
        assert!(train.try_wait().is_ok_and(|ended| ended.is_none()), "it ended before it was met");
        let list = desk.run(["train", "list"]).await?.exits(0);
        if list.json[0]["cars"][1]["standing"]["kind"] == "underway" {
            return Ok(list.text("/0/name").to_owned());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_moves_what_a_train_moves_and_a_train_that_is_stopped_is_undone() -> Result<(), PartError> {
    let desk = desk().await?;
    // It never listens, so that its gate waits for long.
    listening::deaf(&desk, "api-2");
    let words = ["train", "production", "web@2", "api@2"];
    let mut train = desk.start(words)?;
    let name = underway(&desk, &mut train).await?;
    let refused = desk.run(["deploy", "web", "production", "1"]).await?.exits(3);
    assert_eq!(refused.error()["code"], "in_train", "{}", refused.stderr);
    let second = desk.run(["train", "production", "worker@1", "web@1"]).await?.exits(3);
    assert_eq!(second.error()["code"], "in_train", "{}", second.stderr);
    let left = desk.run(["resume"]).await?.exits(0);
    assert_eq!(left.json, serde_json::json!([]), "a living process has it");
    assert_eq!(left.error()["code"], "in_train", "{}", left.stderr);
    let _ = desk.run(["train", "abort", &name, "--reason", "wrong evening"]).await?.exits(0);
    let ended = train.wait_with_output().await.map_err(PartError::io("wait for the train"))?;
    assert_eq!(ended.status.code(), Some(4), "{}", String::from_utf8_lossy(&ended.stderr));
    let show = desk.run(["train", "show", &name]).await?.exits(0);
    assert_eq!(show.text("/state/why"), "wrong evening", "{:#}", show.json);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);

    // Where whoever ran it was killed, who stops it undoes it.
    let mut train = desk.start(words)?;
    let name = underway(&desk, &mut train).await?;
    train.kill().await.map_err(PartError::io("kill the train"))?;
    let show = desk.run(["train", "show", &name]).await?.exits(0);
    assert_eq!(show.json["interrupted"], true, "{:#}", show.json);
    let _ = desk.run(["train", "abort", &name, "--reason", "its laptop is closed"]).await?.exits(0);
    assert_eq!(running(&desk).await?, ["1@r1", "1@r1", "1@r1"]);
    let _ = desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}
