//! What survives a restart of the engine: the release that was found good, and nothing that was replaced or undone.

use std::time::Duration;
use switchback_tests::{engine::EngineKind, http::Request, nginx::PrivateNginx, part::PartError, port, shop::Shop};

const SERVE: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str = "health: { http: /, within: 20s, every: 100ms, passes: 1 }";
/// Only against a hang: an engine starts its containers within a second or two of its own start.
const HUNG: Duration = Duration::from_mins(1);

/// What the port answers, asked until it does: an engine tells nobody when it is done with starting its containers.
async fn page(port: u16) -> String {
    let asking = async {
        loop {
            if let Ok(stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await
                && let Ok(answer) = Request::new("GET", "/").send(stream).await
                && answer.status == 200
            {
                return String::from_utf8_lossy(&answer.body).into_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HUNG, asking).await.expect("the service comes back")
}

/// Behind a router nobody is there to tell it of another port: what the engine starts again is where it was.
async fn the_router_still_finds_it(kind: EngineKind) -> Result<(), PartError> {
    let (mut shop, nginx) = (Shop::open(kind).await?, PrivateNginx::start()?);
    shop.publish("1.0", SERVE, |image| image.file("www/index.html", "1.0")).await?;
    let strategy = format!("strategy: {}", nginx.strategy());
    let _ = shop.desk.apply(&shop.policy(port::free(), &[&strategy, HEALTH], "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let before = shop.running().await?;
    for ending in [crashed, stopped] {
        ending(&mut shop);
        shop.engine.start_again().await?;
        assert_eq!(page(nginx.port()).await, "1.0", "{kind:?}");
        assert_eq!(shop.running().await?, before, "{kind:?}");
    }
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{kind:?}: {:#}", status.json);
    assert_eq!(status.json["rows"][0]["cells"][0]["drift"], serde_json::json!([]), "{kind:?}");
    Ok(())
}

async fn the_good_release_comes_back_alone(kind: EngineKind) -> Result<(), PartError> {
    let (mut shop, port) = (Shop::open(kind).await?, port::free());
    for version in ["1.0", "1.1"] {
        shop.publish(version, SERVE, |image| image.file("www/index.html", version)).await?;
    }
    shop.publish("2.0", "exit 1", |image| image).await?;
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let good = shop.deploy("1.1").await?.exits(0);
    let steps = good.json["steps"].as_array().cloned().unwrap_or_default();
    let settled = steps.iter().find(|step| step["action"] == "settle").cloned().unwrap_or_default();
    assert_eq!(settled["status"], "done", "{kind:?}: {steps:#?}");
    let _ = shop.deploy("2.0").await?.exits(4);
    let before = shop.running().await?;
    assert_eq!(before.len(), 1, "{kind:?}: {before:?}");

    for ending in [crashed, stopped] {
        ending(&mut shop);
        shop.engine.start_again().await?;
        assert_eq!(page(port).await, "1.1", "{kind:?}");
        assert_eq!(shop.running().await?, before, "{kind:?}: what was replaced or undone stays stopped");
    }
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{kind:?}: {:#}", status.json);
    // It is still replaced as ever: what the engine restarts is stopped by us and stays so.
    let _ = shop.deploy("1.0").await?.exits(0);
    assert_eq!(page(port).await, "1.0", "{kind:?}");
    Ok(())
}

fn crashed(shop: &mut Shop) {
    shop.engine.crash();
}

fn stopped(shop: &mut Shop) {
    shop.engine.stop();
}

#[tokio::test]
async fn after_the_old_engine_restarts_the_good_release_runs_and_nothing_else() -> Result<(), PartError> {
    the_good_release_comes_back_alone(EngineKind::Old).await
}

#[tokio::test]
async fn after_the_current_engine_restarts_the_good_release_runs_and_nothing_else() -> Result<(), PartError> {
    the_good_release_comes_back_alone(EngineKind::Current).await
}

#[tokio::test]
async fn after_the_old_engine_restarts_the_router_finds_the_release() -> Result<(), PartError> {
    the_router_still_finds_it(EngineKind::Old).await
}

#[tokio::test]
async fn after_the_current_engine_restarts_the_router_finds_the_release() -> Result<(), PartError> {
    the_router_still_finds_it(EngineKind::Current).await
}
