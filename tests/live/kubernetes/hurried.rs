//! The urgent way back where nobody may read whether there is room for it: it goes on by the workload's own rule.

use super::{
    desk::{SERVING, Shop},
    refusals::{confined, kubectl},
    yard::Yard,
};
use serde_json::{Value, json};
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";

/// By which rule it replaces its pods.
async fn rule(shop: &Shop<'_>, surge: u32, unavailable: u32) -> Result<Value, PartError> {
    let rule = json!({ "maxSurge": surge, "maxUnavailable": unavailable });
    let patch = json!({ "spec": { "strategy": { "rollingUpdate": rule } } }).to_string();
    kubectl(shop, &["patch", "deployment/checkout", "--patch", &patch]).await?;
    strategy(shop).await
}

async fn strategy(shop: &Shop<'_>) -> Result<Value, PartError> {
    Ok(shop.yard.cluster.get(&shop.namespace, "deployment/checkout").await?["spec"]["strategy"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_that_nobody_may_read_and_that_has_no_room_for_all_only_slows_an_urgent_way_back()
-> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "hurried", "replicas: 4").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, SERVING).await?;
    }
    let cluster = confined(&shop, ", secrets").await?;
    let _ = shop.policy(&cluster, "health: { ready: true, within: 2m }").await?.exits(0);
    for version in ["1.0", "1.1"] {
        let _ = shop.deploy(version).await?.exits(0);
    }
    let own = rule(&shop, 1, 2).await?;
    kubectl(&shop, &["create", "quota", "full", "--hard=pods=4"]).await?;
    // Old pods on their way out take room until they are gone.
    kubectl(&shop, &["wait", "--for=jsonpath={.status.used.pods}=4", "quota/full", "--timeout=60s"]).await?;
    let back = shop.desk.run(["rollback", "checkout", "production", "--to", "r1", "--urgent"]).await?.exits(0);
    let told = back.json["probes"].to_string();
    assert!(told.contains("no room for all pods at once") && told.contains("exceeded quota"), "{:#}", back.json);
    assert_eq!(strategy(&shop).await?, own);
    assert_eq!(shop.answers("/").await?, ["1.0"; 4]);
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // Where its own rule finds no room either, the way back fails as any other does, and what served serves on.
    let own = rule(&shop, 1, 0).await?;
    let (serving, urgent) = (shop.pod_names().await?, ["rollback", "checkout", "production", "--to", "r2", "--urgent"]);
    let failed = shop.desk.run(urgent).await?.exits(4);
    assert_eq!(failed.text("/state/code"), "unplaceable", "{:#}", failed.json);
    assert_eq!((strategy(&shop).await?, shop.pod_names().await?), (own, serving));
    Ok(())
}
