//! What a manifest takes from ConfigMaps and Secrets of its own is no part of a revision, and each plan says so.

use super::{
    desk::{SERVING, Shop},
    refusals::kubectl,
    yard::Yard,
};
use serde_json::json;
use switchback_tests::part::PartError;

const TEMPLATE: &str = r#"{"spec":{"template":{"spec":{
  "volumes":[{"name":"pages","configMap":{"name":"pages"}},{"name":"node","emptyDir":{}}],
  "containers":[{"name":"app",
    "envFrom":[{"configMapRef":{"name":"settings"}}],
    "env":[{"name":"KEY","valueFrom":{"secretKeyRef":{"name":"stripe","key":"k"}}}],
    "volumeMounts":[{"name":"pages","mountPath":"/pages"}]}]}}}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_name_what_no_revision_keeps() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "own", "").await?;
    for version in ["1.0", "1.1"] {
        yard.publish("shop/checkout", version, SERVING).await?;
    }
    let _ = shop.policy("", "config: { DAY: first }").await?.exits(0);
    let warnings = async |words: &[&str]| {
        let plan = shop.desk.run(words).await?.exits(0);
        Ok::<_, PartError>(plan.json["warnings"].clone())
    };
    let deploy = ["plan", "checkout", "production", "1.1"];
    assert_eq!(warnings(&deploy).await?, json!([]), "nothing is of its own");
    for words in [
        &["create", "configmap", "settings", "--from-literal=MODE=fast"][..],
        &["create", "configmap", "pages", "--from-literal=index=hello"],
        &["create", "secret", "generic", "stripe", "--from-literal=k=v"],
        &["patch", "deployment/checkout", "--patch", TEMPLATE],
        &["rollout", "status", "deployment/checkout", "--timeout=90s"],
    ] {
        kubectl(&shop, words).await?;
    }
    let said = "configmap/pages, configmap/settings, secret/stripe: the manifest's own, so that no revision keeps what is in \
                it and no way back brings it back";
    assert_eq!(warnings(&deploy).await?, json!([said]), "before the first deployment");
    let _ = shop.deploy("1.0").await?.exits(0);
    let _ = shop.deploy("1.1").await?.exits(0);
    assert_eq!(warnings(&deploy).await?, json!([said]), "and what is ours is not among it");
    let back = ["rollback", "checkout", "production", "--to", "r1", "--dry-run"];
    assert_eq!(warnings(&back).await?, json!([said]), "above all on the way back");
    Ok(())
}
