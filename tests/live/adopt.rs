//! What somebody started by hand becomes revision r1 of a target: without a moment's downtime, by digest, and with
//! nothing secret in the history or in the policy file.

use serde_json::{Value, json};
use switchback_tests::{
    engine::EngineKind,
    http::Request,
    image::Image,
    load::{Load, served},
    part::PartError,
    port,
    shop::{REPOSITORY, Shop},
};

const SERVE: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const TARGET: &str = "checkout/production";
const PASSWORD: &str = "correct-horse-battery";

async fn call(shop: &Shop, method: &str, path: &str, body: Value) -> Result<Value, PartError> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("Content-Type", "application/json")];
    let request = Request { headers: &headers, body: body.as_bytes(), ..Request::new(method, path) };
    let answer = shop.engine.call(&request).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// A container as it was started before anybody knew Switchback.
async fn started_by_hand(shop: &Shop, port: u16) -> Result<(), PartError> {
    let body = json!({
        "Image": format!("{}/{REPOSITORY}:1.0", shop.registry.address()),
        "Env": ["MODE=fast", format!("DATABASE_URL=postgres://shop:{PASSWORD}@db/shop"), "CACHE_KEY=page"],
        "ExposedPorts": { "8080/tcp": {} },
        "HostConfig": {
            "PortBindings": { "8080/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port.to_string() }] },
            "Binds": ["/etc:/host-etc:ro"],
            "RestartPolicy": { "Name": "always" },
            "CapAdd": ["NET_ADMIN"],
        },
    });
    call(shop, "POST", "/containers/create?name=old-checkout", body).await?;
    call(shop, "POST", "/containers/old-checkout/start", Value::Null).await?;
    Ok(())
}

async fn what_runs_is_taken_over(kind: EngineKind) -> Result<(), PartError> {
    let (shop, port) = (Shop::open(kind).await?, port::free());
    let digest = shop.publish("1.0", SERVE, |image: Image| image.file("www/index.html", "1.0")).await?;
    shop.publish("1.1", SERVE, |image: Image| image.file("www/index.html", "1.1")).await?;
    let reference = format!("{}/{REPOSITORY}", shop.registry.address());
    call(&shop, "POST", &format!("/images/built/checkout:1.0/tag?repo={reference}&tag=1.0"), Value::Null).await?;
    started_by_hand(&shop, port).await?;
    let engine = shop.engine.host();
    served(port).await;
    let load = Load::on(port);

    // The list names what would be a secret, and no value.
    let list = shop.desk.run(["import", "--engine", &engine]).await?.exits(0);
    assert_eq!(list.json[0]["name"], "old-checkout", "{kind:?}: {:#}", list.json);
    assert_eq!(list.json[0]["secretLike"], json!(["CACHE_KEY", "DATABASE_URL"]), "{kind:?}: {:#}", list.json);
    assert_eq!(list.json[0]["lost"], json!(["capabilities"]), "{kind:?}: {:#}", list.json);
    assert!(list.text("/0/artifact").contains(&digest[7..19]), "{kind:?}: {:#}", list.json);

    let import = ["import", "old-checkout", TARGET, "--engine", &engine];
    let refused = shop.desk.run(import).await?.exits(3);
    assert_eq!(refused.error()["code"], "secrets_in_config", "{kind:?}: {}", refused.stderr);
    assert!(!refused.stderr.contains(PASSWORD), "{kind:?}: {}", refused.stderr);
    let settled = ["--keychain", "--plain", "CACHE_KEY"];
    let seen = shop.desk.run(import.into_iter().chain(settled).chain(["--dry-run"])).await?.exits(0);
    let yaml = seen.text("/yaml");
    for part in ["MODE: fast", "keychain:checkout/database-url/production", &format!("127.0.0.1:{port}:8080")] {
        assert!(yaml.contains(part), "{kind:?}: {part} is not in\n{yaml}");
    }
    assert!(!yaml.contains(PASSWORD), "{kind:?}: {yaml}");
    assert_eq!(shop.desk.run(["export"]).await?.code, 2, "{kind:?}: a preview applies nothing");

    let taken = shop.desk.run(import.into_iter().chain(settled)).await?.exits(0);
    assert_eq!(taken.text("/version"), "1.0", "{kind:?}: {:#}", taken.json);
    assert!(taken.stderr.contains("capabilities: not kept"), "{kind:?}: {}", taken.stderr);
    assert_eq!(shop.current().await?, (1, "1.0".to_owned()), "{kind:?}");
    let served = load.end().await;
    assert_eq!(served.failed, 0, "{kind:?}: {served:?}");
    assert_eq!(shop.desk.run(["drift"]).await?.exits(0).json, json!([]), "{kind:?}");
    let again = shop.desk.run(import.into_iter().chain(settled)).await?.exits(2);
    assert!(again.stderr.contains("r1 already"), "{kind:?}: {}", again.stderr);

    // From here on it is a target as any other: a bad release is undone to it, a good one replaces it, and it comes back
    // with its secret once its container is gone.
    shop.publish("2.0", "exit 1", |image| image).await?;
    let _ = shop.deploy("2.0").await?.exits(4);
    let ours = call(&shop, "GET", "/containers/old-checkout/json", Value::Null).await?;
    assert_eq!(ours["State"]["Running"], true, "{kind:?}");
    assert_eq!(ours["HostConfig"]["RestartPolicy"]["Name"], "unless-stopped", "{kind:?}");
    let _ = shop.deploy("1.1").await?.exits(0);
    call(&shop, "DELETE", "/containers/old-checkout?force=1", Value::Null).await?;
    let _ = shop.desk.run(["rollback", "checkout", "production", "--to", "r1"]).await?.exits(0);
    assert_eq!(shop.running().await?, [digest], "{kind:?}");
    let all = shop.containers().await?;
    let running = all.iter().find(|container| container["State"]["Running"] == true).expect("one runs");
    let env = running["Config"]["Env"].to_string();
    assert!(env.contains(PASSWORD) && env.contains("MODE=fast") && env.contains("CACHE_KEY=page"), "{kind:?}");

    let file = std::fs::read(shop.desk.home().join("history.db")).expect("the history");
    let wal = std::fs::read(shop.desk.home().join("history.db-wal")).unwrap_or_default();
    for bytes in [file, wal] {
        assert!(!bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()), "{kind:?}: a secret is stored");
    }
    let _ = shop.desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_of_the_old_engine_is_taken_over_while_it_serves() -> Result<(), PartError> {
    what_runs_is_taken_over(EngineKind::Old).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_of_the_current_engine_is_taken_over_while_it_serves() -> Result<(), PartError> {
    what_runs_is_taken_over(EngineKind::Current).await
}
