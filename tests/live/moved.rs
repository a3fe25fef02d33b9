//! A container that comes back at another address, behind an nginx in a container: whoever is awake has nginx follow it,
//! and leaves alone what a person wrote.

use serde_json::json;
use std::time::Duration;
use switchback_tests::{
    engine::EngineKind,
    http::Request,
    nginx_container::{ContainedNginx, NETWORK},
    part::PartError,
    port,
    shop::Shop,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const SERVING: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str =
    "health: { http: /, expect: { status: 200, body: checkout }, within: 30s, every: 200ms, passes: 2 }";
/// Far more than a restart and a reload take.
const HUNG: Duration = Duration::from_mins(1);
/// In which what was heard of would have been acted on, many times over.
const SETTLED: Duration = Duration::from_secs(3);

/// What nginx's users get; `None` for no answer or its own error page.
async fn page(port: u16) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| body.to_owned())
}

async fn answers(port: u16, wanted: &str) {
    let asking = async {
        while page(port).await.as_deref() != Some(wanted) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HUNG, asking).await.expect("nginx follows what serves");
}

/// The container of the service that runs or ran last: its id and its address.
async fn serving(shop: &Shop) -> Result<(String, String), PartError> {
    let all = shop.containers().await?;
    let ours = all.iter().find(|one| one["Config"]["Labels"]["switchback.target"] == "checkout/production");
    let ours = ours.expect("it is there");
    let address = &ours["NetworkSettings"]["Networks"][NETWORK]["IPAddress"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Ok((text(&ours["Id"]), text(address)))
}

/// Stops the service's container and starts it again, with somebody else at the address it had.
async fn moves(shop: &Shop, squatter: &str) -> Result<(), PartError> {
    let (id, before) = serving(shop).await?;
    let post = async |path: String| shop.engine.call(&Request::new("POST", &path)).await;
    post(format!("/containers/{id}/stop?t=5")).await?;
    let body = json!({ "Image": "built/checkout:another", "HostConfig": { "NetworkMode": NETWORK } }).to_string();
    let headers = [("Content-Type", "application/json")];
    let path = format!("/containers/create?name={squatter}");
    let create = Request { headers: &headers, body: body.as_bytes(), ..Request::new("POST", &path) };
    shop.engine.call(&create).await?;
    post(format!("/containers/{squatter}/start")).await?;
    post(format!("/containers/{id}/start")).await?;
    let (_, after) = serving(shop).await?;
    assert!(!after.is_empty() && after != before, "it has the address it had: {after}");
    Ok(())
}

async fn followed(kind: EngineKind) -> Result<(), PartError> {
    let mut shop = Shop::open(kind).await?;
    shop.publish("1.0", SERVING, |image| image.file("www/index.html", "checkout 1.0")).await?;
    shop.publish("another", SERVING, |image| image.file("www/index.html", "another shop")).await?;
    let nginx = ContainedNginx::start(&shop.engine).await?;
    let strategy = format!("strategy: {}", nginx.strategy());
    let policy = shop.policy(port::free(), &[&strategy, HEALTH], "");
    let policy = policy.replace("publish: [", &format!("networks: [{NETWORK}], publish: ["));
    let _ = shop.desk.apply(&policy).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let conf = || std::fs::read_to_string(nginx.conf()).map_err(PartError::io("read the upstream"));

    // Nobody is awake: the board says that users get no answer, and nothing is done about it.
    moves(&shop, "first").await?;
    let board = shop.desk.run(["status"]).await?.exits(0);
    let cell = |board: &switchback_tests::cli::Answer| board.text("/rows/0/cells/0/health/kind").to_owned();
    assert_eq!(cell(&board), "unhealthy", "{:#}", board.json);

    // Whoever wakes up sees to it, and to what happens from then on.
    let agent = shop.desk.start(["agent"])?;
    answers(nginx.port(), "checkout 1.0").await;
    moves(&shop, "second").await?;
    answers(nginx.port(), "checkout 1.0").await;
    let (_, address) = serving(&shop).await?;
    assert!(conf()?.contains(&format!("server {address}:8080;")), "{}", conf()?);

    // The engine itself restarts, and nginx with it, in whatever order.
    shop.engine.stop();
    shop.engine.start_again().await?;
    answers(nginx.port(), "checkout 1.0").await;
    let board = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(cell(&board), "healthy", "{:#}", board.json);
    assert_eq!(shop.desk.run(["drift"]).await?.exits(0).json, json!([]));
    let audit = shop.desk.run(["audit", "list"]).await?.exits(0);
    let entries = audit.json["entries"].as_array().cloned().unwrap_or_default();
    let told: Vec<_> = entries.iter().filter(|entry| entry["action"] == "router.followed").collect();
    assert!(told.len() >= 2, "{:#}", audit.json);
    for entry in &told {
        assert_eq!((&entry["who"], &entry["environment"]), (&json!("switchback"), &json!("production")), "{entry:#}");
        assert_ne!(entry["before"]["router"], entry["after"]["router"], "{entry:#}");
    }
    let _ = shop.desk.run(["audit", "verify"]).await?.exits(0);

    // What a person wrote stays theirs, and drift tells of it.
    let (_, address) = serving(&shop).await?;
    let edited = conf()?.replace(&format!("server {address}:8080;"), "server 127.0.0.1:9;");
    std::fs::write(nginx.conf(), &edited).map_err(PartError::io("edit the upstream"))?;
    moves(&shop, "third").await?;
    tokio::time::sleep(SETTLED).await;
    assert_eq!(conf()?, edited);
    let drift = shop.desk.run(["drift"]).await?.exits(3);
    assert_eq!(drift.json[0]["differences"][0]["part"], "router", "{:#}", drift.json);
    drop(agent);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_follows_a_container_that_comes_back_elsewhere_on_the_old_engine() -> Result<(), PartError> {
    followed(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_follows_a_container_that_comes_back_elsewhere_on_the_current_engine() -> Result<(), PartError> {
    followed(EngineKind::Current).await
}
