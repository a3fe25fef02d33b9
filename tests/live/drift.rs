//! Production changed by hand: told with what differs, taken as the truth, or put back; on engines and on processes.

use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};
use switchback_tests::{
    cli::Answer, engine::EngineKind, http::Request, image::Image, leftover::Leftovers, part::PartError, port,
    shop::Shop,
};

const SERVE: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
const HEALTH: &str = "health: { http: /, within: 20s, every: 100ms, passes: 1 }";
const TARGET: &str = "checkout/production";
/// Only against a hang.
const HUNG: Duration = Duration::from_secs(30);

/// What the port answers once it does.
async fn page(port: u16, path: &str) -> String {
    let asking = async {
        loop {
            if let Ok(stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await
                && let Ok(answer) = Request::new("GET", path).send(stream).await
                && answer.status == 200
            {
                return String::from_utf8_lossy(&answer.body).into_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(HUNG, asking).await.expect("somebody serves")
}

async fn post(shop: &Shop, path: &str, body: Value) -> Result<Value, PartError> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("Content-Type", "application/json")];
    let request = Request { headers: &headers, body: body.as_bytes(), ..Request::new("POST", path) };
    let answer = shop.engine.call(&request).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The id of the one container that runs.
async fn serving(shop: &Shop) -> Result<String, PartError> {
    let all = shop.containers().await?;
    let running: Vec<&Value> = all.iter().filter(|container| container["State"]["Running"] == true).collect();
    assert_eq!(running.len(), 1, "{running:#?}");
    Ok(running[0]["Id"].as_str().unwrap_or_default().to_owned())
}

/// The container somebody starts by hand in the place of ours.
async fn by_hand(shop: &Shop, name: &str, version: &str, port: u16, env: &[&str]) -> Result<(), PartError> {
    let body = json!({
        "Image": format!("built/checkout:{version}"),
        "Env": env,
        "ExposedPorts": { "8080/tcp": {} },
        "HostConfig": { "PortBindings": { "8080/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port.to_string() }] } },
    });
    post(shop, &format!("/containers/create?name={name}"), body).await?;
    post(shop, &format!("/containers/{name}/start"), Value::Null).await?;
    Ok(())
}

fn keys(answer: &Answer) -> Vec<String> {
    let all = answer.json[0]["differences"].as_array().cloned().unwrap_or_default();
    all.iter().map(|one| one["key"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn begin(kind: EngineKind, port: u16) -> Result<Shop, PartError> {
    let shop = Shop::open(kind).await?;
    for version in ["1.0", "1.1", "hotfix"] {
        shop.publish(version, SERVE, |image: Image| image.file("www/index.html", version)).await?;
    }
    let config = "config: { MODE: fast }\n    secrets: { TOKEN: \"keychain:checkout/token\" }";
    let _ = shop.desk.given("of-that-day", ["secret", "set", "checkout/token"]).await?.exits(0);
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH, config], "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let _ = shop.desk.given("of-today", ["secret", "set", "checkout/token"]).await?.exits(0);
    let none = shop.desk.run(["drift"]).await?.exits(0);
    assert_eq!(none.json, json!([]), "{kind:?}");
    Ok(shop)
}

async fn a_hotfix_by_hand_is_told_and_settled(kind: EngineKind) -> Result<(), PartError> {
    let port = port::free();
    let shop = begin(kind, port).await?;

    // Somebody changes a limit in place.
    post(&shop, &format!("/containers/{}/update", serving(&shop).await?), json!({ "NanoCpus": 500_000_000 })).await?;
    let told = shop.desk.run(["drift"]).await?.exits(3);
    assert_eq!(keys(&told), ["milliCpus"], "{kind:?}: {:#}", told.json);
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert!(status.text("/rows/0/cells/0/drift/0").contains("milliCpus: 500"), "{kind:?}: {:#}", status.json);
    let _ = shop.desk.run(["drift", "revert", TARGET]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // Somebody stops ours, and a hotfix takes its place.
    post(&shop, &format!("/containers/{}/stop", serving(&shop).await?), Value::Null).await?;
    let stopped = shop.desk.run(["drift"]).await?.exits(3);
    assert_eq!(stopped.json[0]["differences"][0]["part"], "instance", "{kind:?}: {:#}", stopped.json);
    by_hand(&shop, "hotfix", "hotfix", port, &["MODE=slow", "TOKEN=of-that-day", "API_KEY=only-there"]).await?;
    let told = shop.desk.run(["drift"]).await?.exits(3);
    assert!(keys(&told).contains(&"hotfix".to_owned()), "{kind:?}: {:#}", told.json);
    assert_eq!(page(port, "/").await, "hotfix", "{kind:?}");
    let theirs = serving(&shop).await?;

    // Put back, the recorded release serves and the hotfix is stopped, not deleted.
    let seen = shop.desk.run(["drift", "revert", TARGET, "--dry-run"]).await?.exits(0);
    assert!(seen.text("/image/before") != seen.text("/image/after"), "{kind:?}: {:#}", seen.json);
    let _ = shop.desk.run(["drift", "revert", TARGET]).await?.exits(0);
    assert_eq!(page(port, "/").await, "1.0", "{kind:?}");
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // It comes again, and this time it is taken as the truth: a new revision, and it was never touched.
    post(&shop, &format!("/containers/{}/stop", serving(&shop).await?), Value::Null).await?;
    post(&shop, &format!("/containers/{theirs}/start"), Value::Null).await?;
    let started = shop.engine.call(&Request::new("GET", &format!("/containers/{theirs}/json"))).await?.json()?;
    // A look changes nothing, in the keychain neither; what it got from us is known, although today's is another.
    let secrets = shop.desk.run(["secret", "list"]).await?.exits(0).json;
    let refused = shop.desk.run(["drift", "adopt", TARGET]).await?.exits(3);
    assert!(refused.stderr.contains("API_KEY") && !refused.stderr.contains("TOKEN"), "{kind:?}: {}", refused.stderr);
    let seen = shop.desk.run(["drift", "adopt", TARGET, "--keychain", "--dry-run"]).await?.exits(0);
    assert!(seen.json.to_string().contains("API_KEY"), "{kind:?}: {:#}", seen.json);
    assert_eq!(shop.desk.run(["secret", "list"]).await?.exits(0).json, secrets, "{kind:?}");
    assert!(
        !shop.desk.run(["release", "list", "checkout"]).await?.stdout.contains("hotfix"),
        "{kind:?}: a look adds no release"
    );
    let adopt = ["drift", "adopt", TARGET, "--keychain", "--reason", "it was urgent"];
    let adopted = shop.desk.run(adopt).await?.exits(0);
    let kept = shop.desk.run(["secret", "list"]).await?.exits(0).json;
    assert!(kept != secrets && kept.to_string().contains("api-key"), "{kind:?}: {kept:#}");
    assert_eq!(
        (adopted.text("/kind"), adopted.text("/toVersion")),
        ("adopt", "hotfix"),
        "{kind:?}: {:#}",
        adopted.json
    );
    let after = shop.engine.call(&Request::new("GET", &format!("/containers/{theirs}/json"))).await?.json()?;
    assert_eq!(after["State"]["StartedAt"], started["State"]["StartedAt"], "{kind:?}");
    assert_eq!(after["HostConfig"]["RestartPolicy"]["Name"], "unless-stopped", "{kind:?}");
    assert_eq!(shop.current().await?, (2, "hotfix".to_owned()), "{kind:?}");
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{kind:?}: {:#}", status.json);

    // What was adopted is a revision as any other: replaced, undone to, gone back to.
    shop.publish("2.0", "exit 1", |image| image).await?;
    let _ = shop.deploy("2.0").await?.exits(4);
    assert_eq!((page(port, "/").await.as_str(), serving(&shop).await?), ("hotfix", theirs), "{kind:?}");
    let _ = shop.deploy("1.1").await?.exits(0);
    let _ = shop.desk.run(["rollback", "checkout", "production", "--to", "r2"]).await?.exits(0);
    assert_eq!(page(port, "/").await, "hotfix", "{kind:?}");
    let audit = shop.desk.run(["audit", "list", "adopt"]).await?.exits(0);
    assert!(audit.json.to_string().contains("it was urgent"), "{kind:?}: {:#}", audit.json);
    let _ = shop.desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}

#[tokio::test]
async fn a_hotfix_by_hand_on_the_old_engine_is_told_put_back_and_taken_over() -> Result<(), PartError> {
    a_hotfix_by_hand_is_told_and_settled(EngineKind::Old).await
}

#[tokio::test]
async fn a_hotfix_by_hand_on_the_current_engine_is_told_put_back_and_taken_over() -> Result<(), PartError> {
    a_hotfix_by_hand_is_told_and_settled(EngineKind::Current).await
}

#[tokio::test]
async fn what_is_gone_is_made_again_and_cannot_be_taken_as_the_truth() -> Result<(), PartError> {
    let port = port::free();
    let mut shop = begin(EngineKind::Current, port).await?;
    let ours = serving(&shop).await?;
    shop.engine.call(&Request::new("DELETE", &format!("/containers/{ours}?force=1"))).await?;
    let told = shop.desk.run(["drift"]).await?.exits(3);
    assert_eq!(told.json[0]["differences"][0]["found"], "is gone", "{:#}", told.json);
    let refused = shop.desk.run(["drift", "adopt", TARGET]).await?.exits(7);
    assert!(refused.stderr.contains("drift revert"), "{}", refused.stderr);
    let _ = shop.desk.run(["drift", "revert", TARGET]).await?.exits(0);
    assert_eq!(page(port, "/").await, "1.0");

    shop.engine.crash();
    let _ = shop.desk.run(["drift"]).await?.exits(6);
    Ok(())
}

/// A released folder that serves itself.
fn release(folder: &Path, server: &str, version: &str) {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("VERSION"), version).expect("a file");
    fs::copy(server, folder.join("demo-server")).expect("the server");
}

#[tokio::test]
async fn files_changed_under_a_running_process_are_told_put_back_and_taken_over() -> Result<(), PartError> {
    let desk = switchback_tests::cli::Desk::new().await?;
    let (port, leftovers) = (port::free(), Leftovers::of(desk.home()));
    release(&desk.folder().join("releases/1.0"), env!("CARGO_BIN_EXE_demo-server"), "1.0");
    let policy = format!(
        "version: 1\nservices: {{ web: {{ folder: \"releases/{{version}}\" }} }}\nenvironments: {{ production: {{}} }}\n\
         targets:\n  web/production:\n    process: {{ run: [./demo-server, --port, \"{{port}}\"], port: {port} }}\n    \
         health: {{ http: /version, within: 20s, every: 100ms, passes: 1 }}\n    grace: 1s\n"
    );
    let _ = desk.apply(&policy).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, json!([]));

    let copies = desk.home().join("process/releases");
    let copy = fs::read_dir(&copies).expect("copies").flatten().next().expect("a copy").path();
    fs::write(copy.join("VERSION"), "patched in place").expect("patched");
    let told = desk.run(["drift"]).await?.exits(3);
    assert_eq!(keys(&told), ["artifact"], "{:#}", told.json);
    let _ = desk.run(["drift", "revert", "web/production"]).await?.exits(0);
    assert_eq!(fs::read_to_string(copy.join("VERSION")).expect("a file"), "1.0");
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, json!([]));

    fs::write(copy.join("VERSION"), "patched again").expect("patched");
    let adopted = desk.run(["drift", "adopt", "web/production"]).await?.exits(0);
    assert_eq!(adopted.json["revision"], 2, "{:#}", adopted.json);
    assert_eq!(desk.run(["drift"]).await?.exits(0).json, json!([]));
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{:#}", status.json);

    // The process that is killed by hand is missed, and put back as the patched one.
    leftovers.kill_services();
    let told = desk.run(["drift"]).await?.exits(3);
    assert_eq!(told.json[0]["differences"][0]["part"], "instance", "{:#}", told.json);
    let _ = desk.run(["drift", "revert", "web/production"]).await?.exits(0);
    let _ = desk.run(["drift"]).await?.exits(0);
    let status = desk.run(["status"]).await?.exits(0);
    assert_eq!(status.json["rows"][0]["cells"][0]["current"]["revision"], 2);
    Ok(())
}
