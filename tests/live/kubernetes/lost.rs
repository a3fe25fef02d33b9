//! A home that is lost: another one is told what to do about what it left in the cluster, and doing that works.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use switchback_tests::{cli::Desk, part::PartError};

const REPOSITORY: &str = "shop/checkout";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lost_home_deployed_is_given_back_to_its_manifest_and_deployed_anew() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let mut shop = Shop::open(&yard, "lost", "replicas: 2").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, SERVING).await?;
    }
    let _ = shop.policy("", "config: { DAY: first }").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);

    shop.desk = Desk::new().await?;
    let _ = shop.policy("", "config: { DAY: second }").await?.exits(0);
    let refused = shop.deploy("1.1").await?.exits(3);
    let error = refused.error();
    assert_eq!(error["code"], "deployed_elsewhere", "{}", refused.stderr);
    let hint = error["hint"].as_str().unwrap_or_default();
    let (back, import) = (
        "`kubectl replace --namespace lost -f MANIFEST`",
        "`switchback import deployment/checkout checkout/production --namespace lost`",
    );
    assert!(hint.contains(back) && hint.contains(import), "{hint}");

    // Just as it says.
    let image = format!("{}:1.0", yard.name(REPOSITORY));
    let file = shop.desk.folder().join("checkout.yaml");
    std::fs::write(&file, Yard::manifest("Deployment", "checkout", &image, "replicas: 2"))
        .map_err(PartError::io("write a manifest"))?;
    yard.cluster.kubectl(&["replace", "--namespace", "lost", "-f", &file.display().to_string()]).await?;
    let _ = shop.deploy("1.1").await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.1", "1.1"]);
    for env in shop.answers("/env").await? {
        assert!(env.contains("DAY=second") && !env.contains("first"), "{env}");
    }
    assert_eq!(shop.desk.run(["drift"]).await?.exits(0).json, serde_json::json!([]));
    Ok(())
}
