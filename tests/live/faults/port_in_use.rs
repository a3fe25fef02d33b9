//! Somebody else listens on the port.

use super::{HEALTH, history, serving, state, was_undone};
use std::net::TcpListener;
use switchback_tests::{cli::Desk, engine::EngineKind, part::PartError, port};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_is_named_and_what_ran_serves_on_its_own_again() -> Result<(), PartError> {
    for kind in EngineKind::ALL {
        let (shop, _) = serving(kind).await?;
        let before = state(&shop).await?;
        let taken = TcpListener::bind("127.0.0.1:0").map_err(PartError::io("take a port"))?;
        let port = taken.local_addr().map_err(PartError::io("take a port"))?.port();
        let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], "")).await?.exits(0);
        let answer = shop.deploy("1.1").await?.exits(4);
        was_undone(&answer, &history(&shop).await?[0], &[&port.to_string()]);
        assert_eq!(answer.text("/diagnosis/cause"), "port_in_use", "{:#}", answer.json);
        assert_eq!(answer.text("/diagnosis/params/port"), port.to_string(), "{:#}", answer.json);
        let after = state(&shop).await?;
        assert_eq!((&after.running, &after.current), (&before.running, &before.current), "{kind:?}");
        assert_eq!(after.quarantined, before.quarantined, "the port says nothing against the release");
        drop(taken);
        let _ = shop.deploy("1.1").await?.exits(0);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_port_is_taken_is_not_started() -> Result<(), PartError> {
    let desk = Desk::new().await?;
    let taken = TcpListener::bind("127.0.0.1:0").map_err(PartError::io("take a port"))?;
    let port = taken.local_addr().map_err(PartError::io("take a port"))?.port();
    std::fs::create_dir(desk.folder().join("1.0")).map_err(PartError::io("make a release"))?;
    let policy = |port: u16| {
        format!(
            "version: 1\nservices: {{ web: {{ folder: \"{{version}}\" }} }}\nenvironments: {{ production: {{ zone: UTC }} \
             }}\ntargets:\n  web/production:\n    process: {{ run: [\"/bin/busybox\", \"httpd\", \"-f\", \"-p\", \
             \"127.0.0.1:{{port}}\", \"-h\", \"{{release}}\"], port: {port} }}\n    strategy: recreate\n    health: {{ tcp: \
             true, within: 10s, every: 200ms }}\n    grace: 1s\n"
        )
    };
    let _ = desk.apply(&policy(port)).await?.exits(0);
    let answer = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(4);
    assert_eq!(answer.text("/diagnosis/cause"), "port_in_use", "{:#}", answer.json);
    assert!(answer.text("/state/cause").contains(&port.to_string()), "{:#}", answer.json);
    let quarantine = desk.run(["quarantine", "list"]).await?.exits(0);
    assert_eq!(quarantine.json, serde_json::json!([]));
    let _ = desk.apply(&policy(port::free())).await?.exits(0);
    let _ = desk.run(["deploy", "web", "production", "1.0"]).await?.exits(0);
    Ok(())
}
