//! What is asked of pods themselves goes through the cluster: their addresses are its own.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_health_gate_asks_each_new_pod_through_the_cluster() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "probes", "replicas: 2").await?;
    // Ready by its manifest, and not well by its own page.
    let broken = SERVING.replace("env >", "rm /www/version; env >");
    for (version, script) in [("1.0", SERVING), ("1.1", &broken)] {
        yard.publish(REPOSITORY, version, script).await?;
    }
    let refused = shop.policy("", "health: { http: /version }").await?.exits(2).error().to_string();
    assert!(refused.contains("pod_port_missing"), "{refused}");

    let well = "health: { http: /version, expect: { body: \"1.0\" }, within: 2m }";
    let _ = shop.policy("port: 8080", well).await?.exits(0);
    let deployed = shop.deploy("1.0").await?.exits(0);
    assert!(deployed.json.to_string().contains("as of each of 2 pods"), "{:#}", deployed.json);
    // Long enough for the pods to change over: only then they are asked.
    let _ = shop.policy("port: 8080", "health: { http: /version, within: 25s }").await?.exits(0);
    let failed = shop.deploy("1.1").await?.exits(4);
    assert_eq!(failed.text("/state/code"), "unhealthy", "{:#}", failed.json);
    let told = failed.json.to_string();
    assert!(told.contains(":8080/version: 404"), "{told}");
    assert_eq!(shop.answers("/version").await?, ["1.0", "1.0"]);
    Ok(())
}
