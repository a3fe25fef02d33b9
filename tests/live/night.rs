//! The night Switchback exists for, through its command: a release that dies at its start, in front of users.

use serde_json::json;
use std::time::Duration;
use switchback_tests::{
    cli::Answer,
    engine::EngineKind,
    http::Request,
    load::Load,
    nginx::PrivateNginx,
    part::PartError,
    port,
    shop::{REPOSITORY, SPEAKING, Shop},
    sink::Sink,
};

/// What the bad release prints; it has really been refused by then.
const TRACE: &str = "/app/node_modules/pg/lib/connection.js:55\n  this.stream.connect(this.config.host, this.config.port);\n\
    \u{20}              ^\nError: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] \
    (node:net:1187:16) {\n  errno: -111,\n  code: 'ECONNREFUSED',\n  syscall: 'connect',\n  address: '127.0.0.1',\n  \
    port: 5432\n}\n";
const BAD: &str = "echo starting; nc 127.0.0.1 5432 </dev/null || { cat /trace >&2; exit 1; }";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 20s, every: 200ms, passes: 2 }";
const NOTIFY: &str = "notify:\n  - { slack: \"keychain:slack/releases\", on: [rolled-back] }\n";
/// The last part of the webhook's address.
const HOOK: &str = "T00-B00-hunter2swordfish";
/// Bad releases tried one after the other; a busy machine may spoil one measurement, hardly all.
const BAD_ONES: [&str; 3] = ["2.0", "2.1", "2.2"];
/// Longest time nobody may be served while one port is handed over and back.
const GAP: Duration = Duration::from_secs(1);

/// A shop with two good releases and bad ones, and a chat that is told.
async fn begin(kind: EngineKind) -> Result<(Shop, Sink), PartError> {
    let (shop, slack) = (Shop::open(kind).await?, Sink::start().await);
    for (version, script) in
        ["1.0", "1.1"].map(|good| (good, SPEAKING)).into_iter().chain(BAD_ONES.map(|bad| (bad, BAD)))
    {
        let page = format!("checkout {version}");
        shop.publish(version, script, |image| image.file("trace", TRACE).file("www/index.html", page)).await?;
    }
    let _ = shop.desk.given(&slack.url(HOOK), ["secret", "set", "slack/releases"]).await?.exits(0);
    Ok((shop, slack))
}

/// The bad release's deployment as the command tells it.
fn is_explained(answer: &Answer) {
    assert_eq!(answer.text("/state/kind"), "rolledBack", "{:#}", answer.json);
    let steps = answer.json["steps"].as_array().cloned().unwrap_or_default();
    let failed = steps.iter().find(|step| step["status"] == "failed").cloned().unwrap_or_default();
    assert_eq!(failed["action"], "verify", "{steps:#?}");
    assert!(failed["result"].as_str().is_some_and(|result| result.starts_with("exited (1)")), "{failed}");
    assert_eq!(answer.text("/diagnosis/cause"), "connection_refused_localhost", "{:#}", answer.json);
    let summary = "connection refused to 127.0.0.1:5432: inside a container that is the container itself";
    assert_eq!(answer.text("/diagnosis/summary"), summary);
    let evidence = answer.json["diagnosis"]["evidence"].as_array().cloned().unwrap_or_default();
    let rests = evidence.iter().any(|line| line["text"] == "Error: connect ECONNREFUSED 127.0.0.1:5432");
    assert!(rests, "{evidence:?}");
}

/// What must hold once `tried` bad releases were tried and are gone again.
async fn is_over(shop: &Shop, slack: &Sink, tried: usize) -> Result<(), PartError> {
    let good = shop.registry.digest(REPOSITORY, "1.0").await?;
    assert_eq!(shop.running().await?, [good], "the good release's digest runs, and nothing else");
    assert_eq!(shop.current().await?.1, "1.0");
    let refused = shop.deploy("2.0").await?.exits(3);
    assert_eq!(refused.error()["code"], "quarantined", "{}", refused.stderr);
    let told = slack.bodies();
    assert_eq!(told.len(), tried, "{told:?}");
    assert!(told.iter().all(|body| body.contains("connection refused to 127.0.0.1:5432")), "{told:?}");
    let verdict = shop.desk.run(["audit", "verify"]).await?.exits(0);
    assert_eq!(verdict.text("/kind"), "intact");
    let audit = shop.desk.run(["audit", "list"]).await?.exits(0).json.to_string();
    assert!(audit.contains("deploy.rolled-back") && !audit.contains(HOOK), "{audit}");
    Ok(())
}

/// The gap that the engine alone costs right now: stop, a start that dies, start again, by hand and without a check.
async fn floor(shop: &Shop, port: u16) -> Result<Duration, PartError> {
    let answer = async |path: &str, body: &[u8]| {
        let headers = [("Content-Type", "application/json")];
        shop.engine.call(&Request { headers: &headers, body, ..Request::new("POST", path) }).await
    };
    let image = json!({ "Image": "built/checkout:2.0" }).to_string();
    answer("/containers/create?name=by-hand", image.as_bytes()).await?;
    let serving = shop.containers().await?.into_iter().find(|container| container["State"]["Running"] == true);
    let serving = serving.and_then(|container| Some(container["Id"].as_str()?.to_owned())).unwrap_or_default();
    let load = Load::on(port);
    answer(&format!("/containers/{serving}/stop?t=2"), b"").await?;
    answer("/containers/by-hand/start", b"").await?;
    answer("/containers/by-hand/wait", b"").await?;
    answer(&format!("/containers/{serving}/start"), b"").await?;
    load.served_again().await;
    let served = load.end().await;
    shop.engine.call(&Request::new("DELETE", "/containers/by-hand")).await?;
    Ok(served.gap)
}

async fn one_port_is_handed_over_and_back(kind: EngineKind) -> Result<(), PartError> {
    let ((shop, slack), port) = (begin(kind).await?, port::free());
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], NOTIFY)).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let mut gaps = Vec::new();
    for bad in BAD_ONES {
        let load = Load::on(port);
        let answer = shop.deploy(bad).await?.exits(4);
        let served = load.end().await;
        is_explained(&answer);
        println!("{kind:?}, recreate, {bad}: {served:?}\n{}", answer.stderr);
        gaps.push(served.gap);
    }
    let (floor, best) = (floor(&shop, port).await?, gaps.iter().min().copied().unwrap_or_default());
    println!("{kind:?}, recreate: nobody was served for {gaps:?}; the engine alone costs {floor:?}");
    // A machine on which the engine alone is that slow measures itself, not us.
    assert!(best <= GAP.max(floor * 2), "{kind:?}: {gaps:?}, the engine alone {floor:?}");
    is_over(&shop, &slack, BAD_ONES.len()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_undone_within_a_second_on_the_old_engine() -> Result<(), PartError> {
    one_port_is_handed_over_and_back(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_undone_within_a_second_on_the_current_engine() -> Result<(), PartError> {
    one_port_is_handed_over_and_back(EngineKind::Current).await
}

/// Good releases that replace each other behind nginx while it is asked.
const REPLACED: usize = 20;

async fn nobody_behind_nginx_notices(kind: EngineKind) -> Result<(), PartError> {
    let ((shop, slack), nginx) = (begin(kind).await?, PrivateNginx::start()?);
    let strategy = format!("strategy: {}", nginx.strategy());
    let _ = shop.desk.apply(&shop.policy(port::free(), &[&strategy, HEALTH], NOTIFY)).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);

    let load = Load::on(nginx.port());
    for round in 0..REPLACED {
        let _ = shop.deploy(if round % 2 == 0 { "1.1" } else { "1.0" }).await?.exits(0);
    }
    let bad = shop.deploy("2.0").await?.exits(4);
    let served = load.end().await;
    println!("{kind:?}, blue-green, {REPLACED} good releases and a bad one: {served:?}");
    is_explained(&bad);
    assert_eq!(served.failed, 0, "{kind:?}: {served:?}");
    assert!(served.sent > 1000, "hardly any load: {served:?}");
    is_over(&shop, &slack, 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_behind_nginx_notices_releases_good_or_bad_on_the_old_engine() -> Result<(), PartError> {
    nobody_behind_nginx_notices(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_behind_nginx_notices_releases_good_or_bad_on_the_current_engine() -> Result<(), PartError> {
    nobody_behind_nginx_notices(EngineKind::Current).await
}
