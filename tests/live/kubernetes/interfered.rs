//! Somebody changes the workload while a release is verified: what is seen then is not the release's, good or bad.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use switchback_tests::{cli::Answer, part::PartError};

const REPOSITORY: &str = "shop/checkout";
const HANGS: &str = "trap 'exit 0' TERM; sleep 1000 & wait";
const CRASHES: &str = "echo boom >&2; exit 3";

/// Deploys a version, and sets another one's image by hand as soon as the workload is at it.
async fn meddled(shop: &Shop<'_>, namespace: &str, version: &str, other: &str) -> Result<Answer, PartError> {
    let image = async || {
        let workload = shop.yard.cluster.get(namespace, "deployment/checkout").await?;
        Ok::<_, PartError>(workload["spec"]["template"]["spec"]["containers"][0]["image"].clone())
    };
    let before = image().await?;
    let by_hand = async {
        while image().await? == before {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let image = format!("app={}:{other}", shop.yard.name(REPOSITORY));
        let set = ["set", "image", "deployment/checkout", &image, "--namespace", namespace];
        shop.yard.cluster.kubectl(&set).await
    };
    let (deployed, set) = tokio::join!(shop.deploy(version), by_hand);
    set?;
    deployed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_sets_midway_is_neither_for_the_release_nor_against_it() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "meddled", "replicas: 2").await?;
    for (version, script) in [("1.0", SERVING), ("1.1", SERVING), ("2.0", HANGS), ("3.0", CRASHES)] {
        yard.publish(REPOSITORY, version, script).await?;
    }
    let _ = shop.policy("", "").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);

    // Pods that are ready, of what somebody else set.
    let bad = meddled(&shop, "meddled", "2.0", "1.1").await?.exits(4);
    assert_eq!(bad.text("/state/kind"), "rolledBack", "{:#}", bad.json);
    let said = format!("{:#}", bad.json);
    assert!(said.contains("interfered") && said.contains("by kubectl-set"), "{said}");
    assert_eq!(shop.answers("/").await?, ["1.0", "1.0"]);

    // And pods that are not.
    let good = meddled(&shop, "meddled", "1.1", "3.0").await?.exits(4);
    assert!(format!("{:#}", good.json).contains("by kubectl-set"), "{:#}", good.json);
    assert_eq!(shop.answers("/").await?, ["1.0", "1.0"]);
    assert_eq!(shop.desk.run(["quarantine", "list"]).await?.exits(0).json, serde_json::json!([]));
    let _ = shop.deploy("1.1").await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.1", "1.1"]);
    Ok(())
}
