//! A desk with three services as processes, and what became of trains on it.

use serde_json::Value;
use switchback_tests::{
    cli::{Answer, Desk},
    listening,
    part::PartError,
    port,
};

/// In the order of their trains.
pub const SERVICES: [&str; 3] = ["web", "api", "worker"];

/// The train of these tests: the worker's 2 dies at its start.
pub const TRAIN: [&str; 5] = ["train", "production", "web@2", "api@2", "worker@2"];

fn policy() -> String {
    let services = SERVICES.map(|name| format!("  {name}: {{ folder: \"{name}-{{version}}\" }}\n"));
    let targets = SERVICES.map(|name| {
        format!(
            "  {name}/production:\n    process: {{ run: [\"{{release}}/server\"], port: {} }}\n    strategy: recreate\n    \
             grace: 1s\n    health: {{ tcp: true, within: 20s, every: 50ms, passes: 1 }}\n",
            port::free()
        )
    });
    format!(
        "version: 1\nservices:\n{}environments:\n  production: {{ zone: UTC }}\ntargets:\n{}",
        services.concat(),
        targets.concat()
    )
}

/// A desk where each service runs its version 1.
pub async fn desk() -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    for name in SERVICES {
        listening::release(&desk, &format!("{name}-1"));
        listening::release(&desk, &format!("{name}-2"));
    }
    let _ = desk.apply(&policy()).await?.exits(0);
    for name in SERVICES {
        let _ = desk.run(["deploy", name, "production", "1"]).await?.exits(0);
    }
    listening::release_that(&desk, "worker-2", "echo 'no such queue: orders' >&2; exit 3");
    Ok(desk)
}

/// What each service runs, in the order of [`SERVICES`].
pub async fn running(desk: &Desk) -> Result<[String; 3], PartError> {
    let status = desk.run(["status"]).await?.exits(0);
    let cells: Vec<&Value> =
        status.json["rows"].as_array().into_iter().flatten().filter_map(|row| row["cells"].get(0)).collect();
    Ok(SERVICES.map(|name| {
        let of = |cell: &&&Value| cell["target"] == format!("{name}/production");
        let cell = cells.iter().find(of).expect("a cell");
        assert_eq!(cell["health"]["kind"], "healthy", "{cell:#}");
        assert!(cell["deploying"].is_null(), "{cell:#}");
        format!("{}@r{}", cell["current"]["version"].as_str().unwrap_or_default(), cell["current"]["revision"])
    }))
}

/// A service's deployments, newest first: their kinds and outcomes.
pub async fn history(desk: &Desk, name: &str) -> Result<Vec<String>, PartError> {
    let history = desk.run(["history", name, "production", "--limit", "400"]).await?.exits(0);
    let entries = history.json["entries"].as_array().cloned().unwrap_or_default();
    let told = |entry: Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{} {}", text(&entry["kind"]), text(&entry["outcome"]["kind"]))
    };
    Ok(entries.into_iter().map(told).collect())
}

/// The milestones that a train's name finds in the audit, oldest first.
pub async fn thread(desk: &Desk, train: &str) -> Result<Vec<Value>, PartError> {
    let page = desk.run(["audit", "list", "--train", train]).await?.exits(0);
    assert!(page.json["next"].is_null(), "more than a page");
    let mut entries = page.json["entries"].as_array().cloned().unwrap_or_default();
    entries.reverse();
    Ok(entries)
}

/// How each car stands.
pub fn standings(train: &Answer) -> Vec<&str> {
    let cars = train.json["cars"].as_array().into_iter().flatten();
    cars.filter_map(|car| car["standing"]["kind"].as_str()).collect()
}
