//! Quotas with no room beside what runs: pods are replaced as soon as each old one is gone, and an urgent way back for which
//! nobody could count the room goes on by the workload's own rule.

use super::{
    desk::{SERVING, Shop},
    refusals::{confined, kubectl},
    yard::Yard,
};
use serde_json::{Value, json};
use std::time::Instant;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_full_quota_pods_are_replaced_as_soon_as_there_is_room() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "crowded", "replicas: 8").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, SERVING).await?;
    }
    let _ = shop.policy("", "health: { ready: true, within: 5m }").await?.exits(0);
    let _ = rule(&shop, 2, 2).await?;
    let _ = shop.deploy("1.0").await?.exits(0);
    kubectl(&shop, &["create", "quota", "full", "--hard=pods=8"]).await?;
    kubectl(&shop, &["wait", "--for=jsonpath={.status.used.pods}=8", "quota/full", "--timeout=60s"]).await?;
    let began = Instant::now();
    let _ = shop.deploy("1.1").await?.exits(0);
    let ours = began.elapsed();
    assert_eq!(shop.answers("/").await?, ["1.1"; 8]);
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // By itself its controller asks later and later.
    kubectl(&shop, &["wait", "--for=jsonpath={.status.used.pods}=8", "quota/full", "--timeout=60s"]).await?;
    kubectl(&shop, &["rollout", "undo", "deployment/checkout"]).await?;
    let as_long = format!("--timeout={}ms", ours.as_millis());
    let theirs = kubectl(&shop, &["rollout", "status", "deployment/checkout", &as_long]).await;
    println!("eight pods replaced under a full quota: switchback {ours:.1?}, kubectl by then {theirs:?}");
    assert!(theirs.is_err_and(|error| error.to_string().contains("timed out")), "it is no quicker than kubectl");
    Ok(())
}
