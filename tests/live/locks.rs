//! The lock of a target as a gate: who has it and why, whether they are alive or gone, and letting the target go.

use serde_json::Value;
use std::time::Duration;
use switchback_tests::{cli::Desk, listening, part::PartError, port};

/// Longest a deployment may take to begin; only a guard against hanging.
const PATIENCE: Duration = Duration::from_mins(1);

fn policy(port: u16) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{}} }}\ntargets:\n  \
         web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    strategy: recreate\n    \
         grace: 1s\n    health: {{ tcp: true, within: 5m, every: 100ms, passes: 1 }}\n"
    )
}

/// Waits until a deployment is at its health gate.
async fn verifies(desk: &Desk) -> Result<(), PartError> {
    let asked = tokio::time::Instant::now();
    loop {
        let status = desk.run(["status"]).await?.exits(0);
        if status.json.pointer("/rows/0/cells/0/deploying/phase") == Some(&Value::from("verify")) {
            return Ok(());
        }
        assert!(asked.elapsed() < PATIENCE, "it has not begun: {:#}", status.json);
    }
}

/// The lock's gate, which holds.
async fn lock(desk: &Desk) -> Result<Value, PartError> {
    let gates = desk.run(["gates", "web", "production", "1.2"]).await?.exits(3);
    let all = gates.json["gates"].as_array().cloned().unwrap_or_default();
    Ok(all.into_iter().find(|gate| gate["kind"] == "lock" && gate["verdict"] == "fail").unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_is_at_is_told_by_resume_and_whoever_was_killed_is_gone_before_anybody_asked_how()
-> Result<(), PartError> {
    let mut desk = Desk::new().await?;
    listening::release(&desk, "1.0");
    listening::deaf(&desk, "1.1");
    desk.set("SWITCHBACK_TEST_USER", "jonas");
    let _ = desk.apply(&policy(port::free()).replace("within: 5m", "within: 30s")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let as_text = || {
        let mut command = desk.surroundings(desk.program());
        command.arg("resume");
        desk.ask("", command)
    };
    let nothing = as_text().await?.exits(0);
    assert_eq!(nothing.stdout.trim(), "nothing is unfinished or stuck");

    let mut running = desk.start(["deploy", "web", "production", "1.1"])?;
    verifies(&desk).await?;
    let left = as_text().await?.exits(0);
    for word in ["web/production is held by jonas, ", "Wait for it to end", "release-lock web/production"] {
        assert!(left.stdout.contains(word), "{word}: {}", left.stdout);
    }
    let left = desk.run(["resume"]).await?.exits(0);
    let said = left.error();
    assert_eq!((&left.json, &said["code"]), (&serde_json::json!([]), &Value::from("held")), "{}", left.stderr);
    assert_eq!(said["params"]["target"], "web/production", "{said:#}");

    running.start_kill().map_err(PartError::io("kill the deployment"))?;
    let stat = format!("/proc/{}/stat", running.id().unwrap());
    let killed = tokio::time::Instant::now();
    while !std::fs::read_to_string(&stat).map_err(PartError::io("look at it"))?.contains(") Z ") {
        assert!(killed.elapsed() < PATIENCE, "it lives");
    }
    let undone = desk.run(["resume"]).await?.exits(4);
    assert_eq!(undone.text("/0/state/kind"), "rolledBack", "{:#}", undone.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_tells_who_has_it_and_is_released_with_a_reason_also_from_whoever_is_gone() -> Result<(), PartError> {
    let mut desk = Desk::new().await?;
    for version in ["1.0", "1.2"] {
        listening::release(&desk, version);
    }
    listening::deaf(&desk, "1.1");
    desk.set("SWITCHBACK_TEST_USER", "jonas");
    let _ = desk.apply(&policy(port::free())).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let release = ["release-lock", "web/production", "--reason", "it stands in the way"];
    let free = desk.run(release).await?.exits(7);
    assert_eq!(free.error()["code"], "not_found", "{}", free.stderr);

    let deploy = ["deploy", "web", "production", "1.1", "--reason", "the wrong one"];
    let mut running = desk.start(deploy)?;
    verifies(&desk).await?;
    let held = lock(&desk).await?;
    assert_eq!((&held["by"], held["since"].is_string()), (&Value::from("jonas"), true), "{held:#}");
    assert!(held["evidence"][0].as_str().is_some_and(|said| said.contains("the wrong one")), "{held:#}");
    assert!(held["evidence"][1].as_str().is_some_and(|said| said.starts_with("jonas, ")), "{held:#}");
    let second = desk.run(["deploy", "web", "production", "1.2"]).await?.exits(3);
    assert!(second.stderr.contains("release-lock web/production"), "{}", second.stderr);

    desk.set("SWITCHBACK_TEST_USER", "amara");
    let _ = desk.run(["release-lock", "web/production", "--reason", " "]).await?.exits(2);
    let _ = desk.run(release).await?.exits(0);
    let ended = running.wait().await.map_err(PartError::io("wait for the deployment"))?;
    assert_eq!(ended.code(), Some(4), "it heard that it is to stop, and undid what it had done");

    // Killed in the middle, nobody is left to tell.
    let mut running = desk.start(deploy)?;
    verifies(&desk).await?;
    running.kill().await.map_err(PartError::io("kill the deployment"))?;
    let held = lock(&desk).await?;
    assert!(held["evidence"][1].as_str().is_some_and(|said| said.contains("gone")), "{held:#}");
    let undone = desk.run(release).await?.exits(0);
    assert_eq!(undone.text("/state/kind"), "rolledBack", "{:#}", undone.json);
    let _ = desk.run(["gates", "web", "production", "1.2"]).await?.exits(0);
    let _ = desk.run(["gates", "web", "production", "1.1"]).await?.exits(0);

    let audit = desk.run(["audit", "list", "lock.released"]).await?.exits(0);
    assert_eq!(audit.json["entries"].as_array().map(Vec::len), Some(2), "{:#}", audit.json);
    assert_eq!((audit.text("/entries/0/who"), audit.text("/entries/0/why")), ("amara", "it stands in the way"));
    assert!(audit.text("/entries/1/before/lock/holder").starts_with("jonas, "), "{:#}", audit.json);
    Ok(())
}
