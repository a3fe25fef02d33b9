//! Deployments that begin by themselves: at their hour, when nothing holds them, once, and nothing else than what was seen.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use switchback_tests::{cli::Desk, listening, part::PartError, port};
use tokio::{process::Child, time::sleep};

/// Longest a scheduled deployment may take to begin and end; only a guard against hanging.
const PATIENCE: Duration = Duration::from_mins(1);

const CHECKLIST: &str = "checklists:\n  own:\n    before: [{ id: support, ask: Support told }]\n";

fn policy(port: u16, environment: &str) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments:\n  production: {{ zone: \
         Europe/Berlin, windows: [{{ allow: \"Mon..Thu 10:00-16:00\" }}]{environment} \
         }}\n{CHECKLIST}targets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} \
         }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: 10s, every: 100ms, passes: 1 }}\n"
    )
}

/// A desk on a Friday afternoon, where 1.0 runs since Thursday.
async fn friday(environment: &str) -> Result<Desk, PartError> {
    let mut desk = Desk::new().await?;
    for version in ["1.0", "1.1", "1.2"] {
        listening::release(&desk, version);
    }
    desk.set_clock("2026-11-26T14:00:00+01:00")?;
    let port = port::free();
    let _ = desk.apply(&policy(port, "")).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    if !environment.is_empty() {
        let _ = desk.apply(&policy(port, environment)).await?.exits(0);
    }
    desk.set_clock("2026-11-27T15:10:00+01:00")?;
    Ok(desk)
}

async fn state(desk: &Desk) -> Result<Value, PartError> {
    let all = desk.run(["scheduled", "list", "--all"]).await?.exits(0);
    Ok(all.json[0]["state"].clone())
}

/// Waits until the newest scheduled deployment is in a state that is wanted.
async fn until(desk: &Desk, wanted: impl Fn(&Value) -> bool) -> Result<Value, PartError> {
    let asked = tokio::time::Instant::now();
    loop {
        let state = state(desk).await?;
        if wanted(&state) {
            return Ok(state);
        }
        assert!(asked.elapsed() < PATIENCE, "it is still {state:#}");
        sleep(Duration::from_millis(200)).await;
    }
}

async fn versions(desk: &Desk) -> Result<Vec<String>, PartError> {
    let history = desk.run(["history", "web", "production"]).await?.exits(0);
    let entries = history.json["entries"].as_array().cloned().unwrap_or_default();
    Ok(entries.iter().filter_map(|entry| entry["version"].as_str().map(str::to_owned)).collect())
}

async fn ends(mut agent: Child) -> Result<(), PartError> {
    if let Some(id) = agent.id().and_then(|id| i32::try_from(id).ok()) {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM);
    }
    let ended = agent.wait().await.map_err(PartError::io("wait for the agent"))?;
    assert_eq!(ended.code(), Some(0), "told to stop, the agent ends well");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_begins_when_the_window_is_open_and_nothing_else_holds_it_once_and_whoever_was_killed()
-> Result<(), PartError> {
    let mut desk = friday(", checklist: own, protected: true").await?;
    let deploy = ["deploy", "web", "production", "1.1", "--when-open", "--reason", "train 48"];
    let refused = desk.run(deploy).await?.exits(3);
    assert_eq!(refused.error()["code"], "confirm", "what is protected is confirmed when it is scheduled");
    let scheduled = desk.run(deploy.into_iter().chain(["--confirm", "production"])).await?.exits(0);
    assert_eq!(scheduled.text("/due"), "2026-11-30T09:00:00Z");
    let board = desk.run(["status"]).await?.exits(0);
    assert_eq!(board.text("/rows/0/cells/0/scheduled/version"), "1.1");

    // Nothing begins before its hour, and nothing while the checklist is open; two that are awake are told the same.
    let (first, second) = (desk.start(["agent"])?, desk.start(["agent"])?);
    sleep(switchback_api::ROUND).await;
    assert_eq!(state(&desk).await?, json!({ "kind": "waiting", "why": "" }));
    desk.set_clock("2026-11-30T09:59:59+01:00")?;
    let held = until(&desk, |state| state["why"] != "").await?;
    assert!(held["why"].as_str().is_some_and(|why| why.contains("support: open")), "{held:#}");
    assert_eq!(versions(&desk).await?, ["1.0"]);

    // Whoever was awake is killed; what is scheduled is not forgotten.
    drop((first, second));
    let agents = [desk.start(["agent"])?, desk.start(["agent"])?, desk.start(["agent"])?];
    let _ = desk.run(["checklist", "tick", "web", "production", "1.1", "support"]).await?.exits(0);
    let begun = until(&desk, |state| state["kind"] == "started").await?;
    let deployment = begun["deployment"].as_str().unwrap_or_default().to_owned();
    let asked = tokio::time::Instant::now();
    let shown = loop {
        let shown = desk.run(["show", &deployment]).await?.exits(0);
        if shown.json["endedAt"].is_string() {
            break shown;
        }
        assert!(asked.elapsed() < PATIENCE, "{:#}", shown.json);
    };
    assert_eq!(shown.text("/state/kind"), "succeeded", "{:#}", shown.json);
    for agent in agents {
        ends(agent).await?;
    }
    assert_eq!(versions(&desk).await?, ["1.1", "1.0"], "three were awake and it began once");
    let audit = desk.run(["audit", "list", "schedule"]).await?.exits(0);
    let acts: Vec<&str> =
        audit.json["entries"].as_array().unwrap().iter().filter_map(|one| one["action"].as_str()).collect();
    assert_eq!(acts, ["schedule.started", "schedule.added"]);
    let hour: Timestamp = begun["at"].as_str().unwrap_or_default().parse().unwrap();
    assert!(hour >= "2026-11-30T09:00:00Z".parse().unwrap());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_wait_is_refused_and_what_became_something_else_never_begins() -> Result<(), PartError> {
    let mut desk = friday("").await?;
    let at = async |at: &str| desk.run(["deploy", "web", "production", "1.1", "--at", at]).await;
    let closed = at("2026-11-30T09:00:00+01:00").await?.exits(3);
    assert_eq!(closed.error()["code"], "window_closed");
    assert!(closed.stderr.contains("2026-11-30T09:00:00Z"), "it says when it opens: {}", closed.stderr);
    let _ = at("2026-11-26T12:00:00+01:00").await?.exits(2);
    let _ = at("2026-11-30T12:00").await?.exits(2);
    let broken = ["deploy", "web", "production", "1.1", "--when-open", "--override", "now"];
    let _ = desk.run(broken).await?.exits(2);

    let _ = desk.run(["deploy", "web", "production", "1.1", "--wait"]).await?.exits(2);

    // One of a target waits at a time, and is taken back with a reason.
    let one = at("2026-11-30T12:00:00+01:00").await?.exits(0);
    let two = at("2026-11-30T13:00:00+01:00").await?.exits(2);
    assert_eq!(two.error()["code"], "conflict");
    let id = one.text("/id").to_owned();
    let _ = desk.run(["scheduled", "cancel", &id, "--reason", "another train"]).await?.exits(0);
    let _ = desk.run(["scheduled", "cancel", &id, "--reason", "again"]).await?.exits(7);

    // Somebody deploys in between: what was looked at is no more what would be done.
    let _ = at("2026-11-30T12:00:00+01:00").await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.2", "--override", "the shop is down"]).await?.exits(0);
    desk.set_clock("2026-11-30T12:00:01+01:00")?;
    let agent = desk.start(["agent"])?;
    let lapsed = until(&desk, |state| state["kind"] == "lapsed").await?;
    assert!(lapsed["why"].as_str().is_some_and(|why| why.contains("something else")), "{lapsed:#}");

    ends(agent).await?;

    // What stays held for a day after its hour does not begin by surprise.
    desk.set_clock("2026-11-30T17:00:00+01:00")?;
    let scheduled = desk.run(["deploy", "web", "production", "1.1", "--when-open"]).await?.exits(0);
    assert_eq!(scheduled.text("/due"), "2026-12-01T09:00:00Z");
    let freeze = ["freeze", "add", "production", "--to", "2026-12-31T00:00", "--reason", "year end"];
    let freeze = desk.run(freeze).await?.exits(0);
    desk.set_clock("2026-12-01T10:00:01+01:00")?;
    let agent = desk.start(["agent"])?;
    let held = until(&desk, |state| state["why"] != "").await?;
    assert!(held["why"].as_str().is_some_and(|why| why.contains("year end")), "{held:#}");
    desk.set_clock("2026-12-02T10:00:01+01:00")?;
    let lapsed = until(&desk, |state| state["kind"] == "lapsed").await?;
    assert!(lapsed["why"].as_str().is_some_and(|why| why.contains("year end")), "{lapsed:#}");
    ends(agent).await?;

    // A command that stays begins it itself.
    let _ = desk.run(["freeze", "remove", freeze.text("/id"), "--reason", "over"]).await?.exits(0);
    desk.set_clock("2026-12-03T09:59:58+01:00")?;
    let waited = desk.run(["deploy", "web", "production", "1.1", "--when-open", "--wait"]).await?.exits(0);
    assert_eq!((waited.text("/toVersion"), waited.text("/state/kind")), ("1.1", "succeeded"));
    assert_eq!(versions(&desk).await?, ["1.1", "1.2", "1.0"]);
    Ok(())
}
