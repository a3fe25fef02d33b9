//! Faults of the world, told well: what is missing, wrong, full or lying is named with its place and the way out, by the
//! exit code of the contract, and nothing that was there before is lost.

mod database;
mod disk;
mod engine;
mod file;
mod health;
mod port_in_use;
mod registry;

use serde_json::Value;
use switchback_tests::{
    cli::{Answer, Desk},
    engine::EngineKind,
    part::PartError,
    port,
    shop::Shop,
};

/// A release that serves a page.
const GOOD: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 10s, every: 200ms, passes: 2 }";

/// A shop that serves 1.0, has 1.1 in its registry, and the port it serves on.
async fn serving(kind: EngineKind) -> Result<(Shop, u16), PartError> {
    serving_from(Desk::new().await?, kind).await
}

/// The same, from this desk.
async fn serving_from(desk: Desk, kind: EngineKind) -> Result<(Shop, u16), PartError> {
    let (shop, port) = (Shop::with(desk, kind).await?, port::free());
    for version in ["1.0", "1.1"] {
        publish(&shop, version).await?;
    }
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    Ok((shop, port))
}

async fn publish(shop: &Shop, version: &str) -> Result<String, PartError> {
    let page = format!("checkout {version}");
    shop.publish(version, GOOD, |image| image.file("www/index.html", page)).await
}

/// What must be the same after a fault.
#[derive(Debug, PartialEq)]
struct State {
    running: Vec<String>,
    current: (u64, String),
    policy: String,
    quarantined: Value,
}

async fn state(shop: &Shop) -> Result<State, PartError> {
    Ok(State {
        running: shop.running().await?,
        current: shop.current().await?,
        policy: shop.desk.run(["export"]).await?.exits(0).stdout,
        quarantined: shop.desk.run(["quarantine", "list"]).await?.exits(0).json,
    })
}

/// The deployments so far, newest first. The audit must be whole.
async fn history(shop: &Shop) -> Result<Vec<Value>, PartError> {
    let verdict = shop.desk.run(["audit", "verify"]).await?.exits(0);
    assert_eq!(verdict.text("/kind"), "intact");
    let page = shop.desk.run(["history", "checkout", "production"]).await?.exits(0);
    Ok(page.json["entries"].as_array().cloned().unwrap_or_default())
}

/// An error as a client gets it: its code and facts, the place in its first sentence, and a way out.
#[track_caller]
fn is_told(answer: &Answer, code: &str, facts: &[&str], words: &[&str]) {
    let error = answer.error();
    assert_eq!(error["code"], code, "{}", answer.stderr);
    for fact in facts {
        let told = error["params"][fact].as_str().is_some_and(|text| !text.is_empty());
        assert!(told, "no {fact} among the facts: {error:#}");
    }
    let sentence = error["causes"][0].as_str().unwrap_or_default();
    for word in words {
        assert!(sentence.contains(word), "{word:?} is not in {sentence:?}");
    }
    assert!(error["hint"].as_str().is_some_and(|hint| hint.len() > 10), "no way out: {error:#}");
}

/// A deployment that began, failed and was undone: why, as the command and the history tell it.
#[track_caller]
fn was_undone(answer: &Answer, entry: &Value, words: &[&str]) {
    assert_eq!(answer.text("/state/kind"), "rolledBack", "{:#}", answer.json);
    let ended = if answer.text("/state/undone") == "untouched" { "aborted" } else { "rolledBack" };
    assert_eq!(entry["outcome"]["kind"], ended, "{entry:#}");
    assert_eq!(entry["deployment"], answer.json["id"]);
    let cause = answer.text("/state/cause");
    for word in words {
        assert!(cause.contains(word), "{word:?} is not in {cause:?}");
    }
}
