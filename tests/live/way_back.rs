//! The way back under bad luck: without the keychain, without the old container, beside another home, after Ctrl-C.

use std::time::Duration;
use switchback_tests::{cli::Desk, engine::EngineKind, http::Request, part::PartError, port, shop::Shop};

const GOOD: &str = "trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";
/// Answers nothing, and dies after a while.
const DYING: &str = "sleep 4; exit 1";
/// Answers nothing, and lives.
const DEAF: &str = "trap 'exit 0' TERM; sleep 1000 & wait";
const HEALTH: &str = "health: { http: /, within: 20s, every: 200ms, passes: 2 }";
const SECRET: &str = "secrets: { API_KEY: keychain:shop/key }";

async fn publish(shop: &Shop, version: &str, script: &str) -> Result<(), PartError> {
    shop.publish(version, script, |image| image.file("www/index.html", version)).await?;
    Ok(())
}

async fn page(port: u16) -> Result<String, PartError> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.map_err(PartError::io("connect"))?;
    Ok(Request::new("GET", "/").send(stream).await?.text().trim().to_owned())
}

/// 1.0 serves.
async fn serving(kind: EngineKind, more: &[&str]) -> Result<(Shop, u16), PartError> {
    let (shop, port) = (Shop::open(kind).await?, port::free());
    for (version, script) in [("1.0", GOOD), ("2.0", DYING), ("2.1", DEAF)] {
        publish(&shop, version, script).await?;
    }
    let _ = shop.desk.given("a value of that day", ["secret", "set", "shop/key"]).await?.exits(0);
    let target: Vec<&str> = ["strategy: recreate", HEALTH].iter().chain(more).copied().collect();
    let _ = shop.desk.apply(&shop.policy(port, &target, "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    Ok((shop, port))
}

/// Waits until exactly so many containers run.
async fn until_running(shop: &Shop, wanted: impl Fn(&[serde_json::Value]) -> bool) -> Result<(), PartError> {
    while !wanted(&shop.containers().await?) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn runs(container: &serde_json::Value, version: &str) -> bool {
    let of = container["Config"]["Labels"]["switchback.revision"].as_str() == Some(version);
    of && container["State"]["Running"] == true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_container_comes_back_without_the_secret_it_was_made_with() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (shop, port) = serving(kind, &[SECRET]).await?;
        let _ = shop.desk.run(["secret", "remove", "shop/key"]).await?.exits(3);
        let _ = shop.desk.run(["secret", "remove", "shop/key", "--confirm", "shop/key"]).await?.exits(0);
        let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
        let answer = shop.deploy("2.0").await?.exits(4);
        assert_eq!(answer.text("/state/undone"), "bad", "{:#}", answer.json);
        assert_eq!(page(port).await?, "1.0", "{kind:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revision_whose_secret_is_gone_is_no_way_back_in_any_place() -> Result<(), PartError> {
    let (shop, port) = serving(EngineKind::Current, &[SECRET]).await?;
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let _ = shop.desk.run(["secret", "remove", "shop/key"]).await?.exits(0);
    let history = shop.desk.run(["history", "checkout", "production"]).await?.exits(0);
    let way = &history.json["entries"][1]["wayBack"];
    assert_eq!(way["kind"], "impossible", "{:#}", history.json);
    assert!(way["why"].as_str().is_some_and(|why| why.contains("shop/key of that day")), "{way:#}");
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/readiness/kind"), "notReady", "{:#}", status.json);
    let back = shop.desk.run(["rollback", "checkout", "production", "--dry-run"]).await?.exits(7);
    assert_eq!(back.error()["code"], "secret_missing", "{}", back.stderr);
    let _ = shop.desk.run(["rollback", "checkout", "production"]).await?.exits(7);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stuck_goes_on_when_resumed() -> Result<(), PartError> {
    let (mut shop, port) = serving(EngineKind::Current, &[]).await?;
    let deploying = {
        let desk = &shop.desk;
        let mut command = desk.surroundings(desk.program());
        command.args(["--output", "json", "deploy", "checkout", "production", "2.0"]);
        command.args(["--reason", "to see"]);
        tokio::spawn(async move { command.output().await })
    };
    // The old one is gone with its image, and nobody can give it back: the undo fails.
    until_running(&shop, |all| all.iter().any(|one| runs(one, "r2"))).await?;
    shop.prune().await?;
    shop.registry.stop();
    let output = deploying.await.expect("a task").map_err(PartError::io("deploy"))?;
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("switchback resume"));
    let _ = shop.desk.run(["resume"]).await?.exits(5);

    shop.registry.start_again().await?;
    let answer = shop.desk.run(["resume"]).await?.exits(4);
    assert_eq!(answer.text("/0/state/kind"), "rolledBack", "{:#}", answer.json);
    assert_eq!(page(port).await?, "1.0");
    let _ = shop.desk.run(["audit", "verify"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_home_deployed_is_neither_replaced_nor_removed() -> Result<(), PartError> {
    let (shop, port) = serving(EngineKind::Current, &[]).await?;
    let (before, other) = (shop.running().await?, Desk::new().await?);
    let _ = other.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
    let answer = other.run(["deploy", "checkout", "production", "2.0", "--reason", "to see"]).await?.exits(3);
    assert_eq!(answer.error()["code"], "deployed_elsewhere", "{}", answer.stderr);
    assert_eq!((shop.running().await?, page(port).await?), (before, "1.0".to_owned()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_command_undoes_what_it_did_and_a_killed_one_is_told_by_status() -> Result<(), PartError> {
    let (shop, port) = serving(EngineKind::Current, &[]).await?;
    for (signal, code) in [("TERM", Some(4)), ("KILL", None)] {
        let desk = &shop.desk;
        let mut command = desk.surroundings(desk.program());
        command.args(["deploy", "checkout", "production", "2.1", "--reason", "to see"]);
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
        let child = child.map_err(PartError::io("deploy"))?;
        let pid = child.id().unwrap_or_default().to_string();
        until_running(&shop, |all| all.iter().any(|one| one["State"]["Running"] == true && !runs(one, "r1"))).await?;
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &pid]).status();
        assert!(kill.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().await.map_err(PartError::io("deploy"))?;
        assert_eq!(output.status.code(), code, "{}", String::from_utf8_lossy(&output.stderr));
        if signal == "KILL" {
            let status = desk.run(["status"]).await?.exits(0);
            assert_eq!(status.json["rows"][0]["cells"][0]["deploying"]["held"], false, "{:#}", status.json);
            assert_eq!(status.text("/rows/0/cells/0/health/kind"), "unhealthy", "{:#}", status.json);
            let answer = desk.run(["resume"]).await?.exits(4);
            // Nobody judged it yet: it is judged now.
            assert_eq!(answer.text("/0/state/kind"), "rolledBack", "{:#}", answer.json);
        }
        assert_eq!(page(port).await?, "1.0", "{signal}");
    }
    Ok(())
}

fn judged(port: u16, flag: &std::path::Path) -> String {
    format!(
        "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} \
         }}\ntargets:\n  web/production:\n    process: {{ run: [\"{{release}}/server\"], port: {port} }}\n    strategy: \
         recreate\n    grace: 1s\n    health: {{ command: [test, -e, {}], within: 2s, every: 100ms, passes: 1 }}\n",
        flag.display()
    )
}

/// A release ships together with its new health check; what ran before never knew that one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revision_is_judged_by_the_gate_it_came_with() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    for version in ["1.0", "1.1"] {
        switchback_tests::listening::release(&desk, version);
    }
    let (port, old, new) = (port::free(), desk.folder().join("old"), desk.folder().join("new"));
    std::fs::write(&old, "").unwrap();
    let _ = desk.apply(&judged(port, &old)).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    let _ = desk.apply(&judged(port, &new)).await?.exits(0);
    let bad = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(4);
    assert!(bad.json.to_string().contains("exited 1"), "what the check said last is told: {:#}", bad.json);
    let _ = desk.run(["quarantine", "clear", "web", "1.1", "--reason", "the check was wrong"]).await?.exits(0);
    std::fs::write(&new, "").unwrap();
    let _ = desk.run(["deploy", "web", "production", "1.1"]).await?.exits(0);
    std::fs::remove_file(&new).unwrap();
    let _ = desk.run(["rollback", "web", "production"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_without_policy_files_changes_nothing() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let _ = desk.apply(&judged(port::free(), desk.folder())).await?.exits(0);
    let empty = desk.folder().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let refused = desk.run(["apply".as_ref(), "-f".as_ref(), empty.as_os_str()]).await?.exits(2);
    assert!(refused.stderr.contains("holds no policy file"), "{}", refused.stderr);
    let _ = desk.run(["status"]).await?.exits(0);
    Ok(())
}
