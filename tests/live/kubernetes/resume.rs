//! A deployment whose process was killed while the pods changed over: told as what it is, and taken up.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use serde_json::json;
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";

/// Deploys a version and kills the command once the workload has moved.
async fn killed(shop: &Shop<'_>, version: &str) -> Result<(), PartError> {
    let mut deploying = shop.desk.start(["deploy", "checkout", "production", version])?;
    let moved = ["wait", "--for=jsonpath={.status.unavailableReplicas}=1", "deployment/checkout"];
    shop.yard.cluster.kubectl(&[&moved[..], &["--namespace", &shop.namespace]].concat()).await?;
    deploying.kill().await.map_err(PartError::io("kill the deployment"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_command_left_is_open_and_no_drift_and_is_taken_up() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "killed", "").await?;
    let _ = shop.policy("", "health: { ready: true, within: 15s }").await?.exits(0);
    let scripts = [("1.0", SERVING.to_owned()), ("1.1", format!("sleep 6; {SERVING}")), ("deaf", "sleep 1000".into())];
    for (version, script) in scripts {
        yard.publish(REPOSITORY, version, &script).await?;
    }
    let _ = shop.deploy("1.0").await?.exits(0);

    killed(&shop, "1.1").await?;
    let status = shop.desk.run(["status"]).await?.exits(0);
    let cell = &status.json["rows"][0]["cells"][0];
    assert_eq!((&cell["deploying"]["held"], &cell["drift"]), (&json!(false), &json!([])), "{cell:#}");
    assert_eq!(cell["health"], json!({ "kind": "noData", "why": "a deployment was interrupted" }), "{cell:#}");
    assert_eq!(shop.desk.run(["drift"]).await?.exits(0).json, json!([]));
    let to_r1 = ["rollback", "checkout", "production", "--to", "r1"];
    for words in [&to_r1[..], &["drift", "revert", "checkout/production", "--reason", "ours"]] {
        let refused = shop.desk.run(words).await?.exits(3);
        assert_eq!(refused.error()["code"], "unfinished", "{words:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("`switchback resume` finishes or undoes it"), "{}", refused.stderr);
    }
    let resumed = shop.desk.run(["resume"]).await?.exits(0);
    assert_eq!(resumed.text("/0/state/kind"), "succeeded", "{:#}", resumed.json);
    assert_eq!(shop.answers("/").await?, ["1.1"]);

    // What turns out bad when it is taken up exits as if it had never been interrupted.
    killed(&shop, "deaf").await?;
    let resumed = shop.desk.run(["resume"]).await?.exits(4);
    assert_eq!(resumed.text("/0/state/kind"), "rolledBack", "{:#}", resumed.json);
    assert_eq!(shop.answers("/").await?, ["1.1"]);
    assert_eq!(shop.desk.run(["resume"]).await?.exits(0).json, json!([]));
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/kind"), "healthy", "{:#}", status.json);
    Ok(())
}
