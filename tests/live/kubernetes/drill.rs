//! A drill on a cluster: in a namespace of its own, which is gone afterwards.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use switchback_tests::part::PartError;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_is_rehearsed_in_a_namespace_apart() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "drill", "replicas: 2").await?;
    let _ = shop.desk.given("token-1", ["secret", "set", "checkout/token"]).await?.exits(0);
    let target = "config: { DAY: monday }\n    secrets: { TOKEN: \"keychain:checkout/token\" }";
    let _ = shop.policy("", target).await?.exits(0);
    for version in ["1.0", "1.1"] {
        yard.publish("shop/checkout", version, SERVING).await?;
        let _ = shop.deploy(version).await?.exits(0);
    }
    let pods = shop.pod_names().await?;
    let drill = shop.desk.run(["drill", "checkout", "production"]).await?.exits(0);
    println!("rehearsed on a cluster: {:#}", drill.json["outcome"]);
    assert!(
        drill.json["outcome"]["evidence"].as_str().is_some_and(|seen| seen.contains("2 of 2 pods")),
        "{}",
        drill.json
    );
    assert_eq!(shop.pod_names().await?, pods, "what serves was not touched");
    let left = ["get", "namespaces", "--selector=switchback/drill", "--output=jsonpath={.items[*].status.phase}"];
    let left = yard.cluster.kubectl(&left).await?;
    assert!(left.split_whitespace().all(|phase| phase == "Terminating"), "{left}");

    // What a copy would share with what serves is refused, and leaves nothing.
    let claim =
        r#"[{"op":"add","path":"/spec/template/spec/volumes","value":[{"name":"d","hostPath":{"path":"/tmp"}}]}]"#;
    yard.cluster
        .kubectl(&["patch", "deployment/checkout", "--namespace", "drill", "--type=json", "--patch", claim])
        .await?;
    let refused = shop.desk.run(["drill", "checkout", "production"]).await?;
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("it mounts /tmp of its node"), "{}", refused.stderr);
    Ok(())
}
