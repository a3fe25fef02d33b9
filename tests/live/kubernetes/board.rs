//! What somebody does to a workload by hand is heard from the cluster, and stands on the board with who did it.

use super::{
    desk::{SERVING, Shop, Watched},
    yard::Yard,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use switchback_tests::part::PartError;

/// Only against a hang.
const HUNG: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_by_hand_is_heard_at_once_and_told_with_who_did_it() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "board", "").await?;
    yard.publish("shop/checkout", "1.0", SERVING).await?;
    let _ = shop.deploy("1.0").await?.exits(0);
    let mut board = Watched::open(&shop.desk, HUNG).await;

    let image = format!("app={}:0.9", yard.name("shop/checkout"));
    let began = Instant::now();
    yard.cluster.kubectl(&["set", "image", "deployment/checkout", &image, "--namespace=board"]).await?;
    let drift = board.drift().await;
    println!("a change by hand stood on the board after {:?}: {drift}", began.elapsed());
    assert!(drift.contains("artifact") && drift.contains("by kubectl-set at 20"), "{drift}");
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);

    // A field of the manifest that is not ours at all: told, put back, or taken as the truth.
    let edit = async |memory: &str| {
        let limits = format!("--limits=memory={memory}");
        yard.cluster.kubectl(&["set", "resources", "deployment/checkout", &limits, "--namespace=board"]).await
    };
    edit("64Mi").await?;
    let drift = shop.desk.run(["drift"]).await?.exits(3);
    let told = drift.json[0]["differences"].to_string();
    assert!(told.contains("spec.containers.app.resources.limits") && told.contains("kubectl-set"), "{told}");
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    let workload = yard.cluster.get("board", "deployment/checkout").await?;
    let limits = &workload["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
    assert!(limits.is_null(), "{limits}");
    // Nor is how its pods are replaced.
    let rules = r#"{"spec":{"minReadySeconds":2,"strategy":{"type":"Recreate","rollingUpdate":null}}}"#;
    yard.cluster.kubectl(&["patch", "deployment/checkout", "--patch", rules, "--namespace=board"]).await?;
    let told = shop.desk.run(["drift"]).await?.exits(3).json[0]["differences"].to_string();
    assert!(told.contains("minReadySeconds") && told.contains("strategy.type"), "{told}");
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);
    let spec = yard.cluster.get("board", "deployment/checkout").await?["spec"].clone();
    assert_eq!((&spec["minReadySeconds"], &spec["strategy"]["type"]), (&Value::Null, &json!("RollingUpdate")));
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    edit("96Mi").await?;
    // A release leaves it as it is: the plan tells so, since drift will not do so any more.
    let plan = shop.desk.run(["plan", "checkout", "production", "1.0"]).await?.exits(0);
    let warnings = plan.json["warnings"].to_string();
    assert!(warnings.contains("changed by hand, and stays so: spec.containers.app.resources.limits"), "{warnings}");
    assert!(warnings.contains("kubectl-set"), "{warnings}");
    let _ = shop.desk.run(["drift", "adopt", "checkout/production", "--reason", "right"]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    // An image by its tag, the way people do it, can be taken as the truth too: its pods say what the tag stood for.
    let kubectl = async |words: &[&str]| yard.cluster.kubectl(&[words, &["--namespace=board"]].concat()).await;
    kubectl(&["set", "image", "deployment/checkout", &image]).await?;
    kubectl(&["rollout", "status", "deployment/checkout", "--timeout=90s"]).await?;
    let adopted = shop.desk.run(["drift", "adopt", "checkout/production", "--reason", "right too"]).await?.exits(0);
    assert_eq!(adopted.text("/toVersion"), "0.9", "{:#}", adopted.json);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_rollout_undo_brought_back_is_told_and_can_be_taken_or_put_back() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "undone", "").await?;
    for version in ["1.0", "1.1"] {
        yard.publish("shop/checkout", version, SERVING).await?;
        let _ = shop.deploy(version).await?.exits(0);
    }
    let kubectl = async |words: &[&str]| yard.cluster.kubectl(&[words, &["--namespace=undone"]].concat()).await;
    // What was replaced last still has its configuration, and its pods serve again.
    kubectl(&["rollout", "undo", "deployment/checkout"]).await?;
    kubectl(&["rollout", "status", "deployment/checkout", "--timeout=90s"]).await?;
    let drift = shop.desk.run(["drift"]).await?.exits(3);
    let told = drift.json[0]["differences"].as_array().cloned().unwrap_or_default();
    let parts: Vec<_> = told.iter().map(|one| one["part"].as_str().unwrap_or_default()).collect();
    assert_eq!(parts, ["instance", "artifact"], "{told:#?}");
    assert!(told[0]["found"].as_str().is_some_and(|found| found.starts_with("replaced by ")), "{told:#?}");
    assert!(told.iter().all(|one| one["hand"]["by"] == "kubectl" && one["hand"]["at"].is_string()), "{told:#?}");
    let plan = shop.desk.run(["plan", "checkout", "production", "1.0"]).await?.exits(0);
    let warnings = plan.json["warnings"].to_string();
    assert!(warnings.contains("changed by hand since, and goes with this: artifact"), "{warnings}");
    let adopted = shop.desk.run(["drift", "adopt", "checkout/production", "--reason", "right"]).await?.exits(0);
    assert_eq!(adopted.text("/toVersion"), "1.0", "{:#}", adopted.json);
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // Put back, it need not have come up.
    let _ = shop.deploy("1.1").await?.exits(0);
    kubectl(&["rollout", "undo", "deployment/checkout"]).await?;
    let _ = shop.desk.run(["drift"]).await?.exits(3);
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.1"]);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    Ok(())
}
