//! An nginx in a container that stops, or lacks a tool: heard from its engine, on the board and in drift, and said in the
//! way of a deployment that needs it.

use futures::StreamExt as _;
use serde_json::json;
use std::time::Duration;
use switchback_tests::{
    engine::EngineKind,
    http::Request,
    nginx_container::{ContainedNginx, NAME, NETWORK},
    part::PartError,
    port,
    shop::Shop,
};
use switchback_wiring::Options;
use tokio::process::Command;

const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 30s, every: 200ms, passes: 2 }";
/// Only against a hang.
const HUNG: Duration = Duration::from_secs(30);

async fn told_to(shop: &Shop, what: &str) -> Result<(), PartError> {
    let path = format!("/containers/{NAME}/{what}");
    shop.engine.call(&Request::new("POST", &path)).await.map(|_| ())
}

/// Its health and why.
async fn health(shop: &Shop) -> Result<(String, String), PartError> {
    let status = shop.desk.run(["status"]).await?.exits(0);
    let health = &status.json["rows"][0]["cells"][0]["health"];
    let text = |key: &str| health[key].as_str().unwrap_or_default().to_owned();
    Ok((text("kind"), text("why")))
}

async fn stops(kind: EngineKind) -> Result<(), PartError> {
    let shop = Shop::open(kind).await?;
    for version in ["1.0", "1.1"] {
        shop.publish(version, SERVING, |image| image.file("www/index.html", format!("checkout {version}"))).await?;
    }
    let nginx = ContainedNginx::start(&shop.engine).await?;
    let strategy = format!("strategy: {}", nginx.strategy());
    let policy = |more: &str| {
        let policy = shop.policy(port::free(), &[&strategy, HEALTH, more], "");
        policy.replace("publish: [", &format!("networks: [{NETWORK}], publish: ["))
    };
    let _ = shop.desk.apply(&policy("")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    assert_eq!(health(&shop).await?.0, "healthy");

    // A person stops it: heard, told, and well again once it is started.
    let app =
        switchback_wiring::open(Options { home: Some(shop.desk.home()), client: "test" }).await.expect("a desk").app;
    let mut stirrings = app.stirrings();
    let mut heard = async |kind: &str| {
        let told = async {
            loop {
                stirrings.next().await.expect("it goes on");
                let board = app.board().await.expect("a board");
                if serde_json::to_value(&board.rows[0].cells[0].health).expect("a health")["kind"] == kind {
                    return;
                }
            }
        };
        tokio::time::timeout(HUNG, told).await.unwrap_or_else(|_| panic!("{kind} is not heard"));
    };
    // The watches open with the first look; what opened them is no event, so something has to happen until one is heard.
    for (what, is) in [("pause", "unhealthy"), ("unpause", "healthy"), ("stop?t=1", "unhealthy")] {
        let (act, ()) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                told_to(&shop, what).await
            },
            heard(is)
        );
        act?;
    }
    let (kind, why) = health(&shop).await?;
    assert!(kind == "unhealthy" && why.contains("router"), "{kind}: {why}");
    let drift = shop.desk.run(["drift"]).await?.exits(3);
    assert_eq!(drift.json[0]["differences"][0]["part"], "router", "{:#}", drift.json);
    assert_eq!(drift.json[0]["differences"][0]["found"], json!(null), "{:#}", drift.json);
    let way_out = format!("nginx in {NAME} does not run: start it");
    let refused = shop.deploy("1.1").await?;
    assert!(refused.code == 1 && refused.stderr.contains(&way_out), "{}", refused.stderr);
    told_to(&shop, "start").await?;
    heard("healthy").await;
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // It stops in the middle of a deployment: nobody serves, so nothing is said to be undone, and a person is asked for.
    let docker = format!("[docker, --host, \"{}\"", shop.engine.host());
    let hook = format!("hooks: {{ before-deploy: [{{ run: {docker}, stop, \"--time=1\", {NAME}] }}] }}");
    let _ = shop.desk.apply(&policy(&hook)).await?.exits(0);
    let stuck = shop.deploy("1.1").await?.exits(5);
    assert!(stuck.json.to_string().contains(&way_out), "{:#}", stuck.json);
    assert!(!stuck.stderr.contains("done undo switch"), "{}", stuck.stderr);
    told_to(&shop, "start").await?;
    let plan = shop.desk.run(["plan", "checkout", "production", "1.1"]).await?;
    assert!(plan.json["warnings"].to_string().contains("an earlier deployment is stuck here"), "{:#}", plan.json);
    let history = shop.desk.run(["history", "checkout", "production"]).await?;
    assert_eq!(history.text("/entries/0/wayBack/kind"), "neverRan", "{:#}", history.json);
    let resumed = shop.desk.run(["resume"]).await?;
    println!("resume: {} {}", resumed.code, resumed.stderr);
    assert_eq!(shop.current().await?.1, "1.0");
    assert_eq!(health(&shop).await?.0, "healthy");
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // Its image lacks a tool: that is what is said, by name.
    let _ = shop.desk.apply(&policy("")).await?.exits(0);
    let host = shop.engine.host();
    let removed =
        Command::new("docker").args(["--host", &host, "exec", NAME, "busybox", "rm", "/bin/cat"]).status().await;
    assert!(removed.expect("docker").success());
    let refused = shop.deploy("1.1").await?.exits(1);
    assert!(refused.stderr.contains("cat") && refused.stderr.contains("lacks a tool"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("mount its folder"), "{}", refused.stderr);
    assert_eq!(shop.current().await?.1, "1.0");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contained_nginx_that_stops_or_lacks_a_tool_is_told_on_the_current_engine() -> Result<(), PartError> {
    stops(EngineKind::Current).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contained_nginx_that_stops_or_lacks_a_tool_is_told_on_the_old_engine() -> Result<(), PartError> {
    stops(EngineKind::Old).await
}
