//! What a manifest takes from ConfigMaps and Secrets of its own is no part of a revision, and each plan says so. A ConfigMap
//! that somebody changes is drift all the same.

use super::{
    desk::{SERVING, Shop, Watched},
    refusals::kubectl,
    yard::Yard,
};
use serde_json::json;
use std::time::{Duration, Instant};
use switchback_tests::part::PartError;

/// Only against a hang.
const HUNG: Duration = Duration::from_secs(30);

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

const NAMES_SETTINGS: &str = r#"{"spec":{"template":{"spec":{"containers":[
  {"name":"app","envFrom":[{"configMapRef":{"name":"settings"}}]}]}}}}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_config_map_that_somebody_changes_is_heard_told_put_back_or_taken() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "edited", "").await?;
    yard.publish("shop/checkout", "1.0", SERVING).await?;
    let kubectl = async |words: &[&str]| yard.cluster.kubectl(&[words, &["--namespace=edited"]].concat()).await;
    let mode = async |text: &str| {
        let change = json!({ "data": { "MODE": text } }).to_string();
        kubectl(&["patch", "configmap/settings", "--patch", &change, "--field-manager=kubectl-edit"]).await
    };
    kubectl(&["create", "configmap", "settings", "--from-literal=MODE=fast", "--from-literal=PAGE=a"]).await?;
    kubectl(&["patch", "deployment/checkout", "--patch", NAMES_SETTINGS]).await?;
    let _ = shop.deploy("1.0").await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    let mut board = Watched::open(&shop.desk, HUNG).await;
    let began = Instant::now();
    mode("slow").await?;
    let drift = board.drift().await;
    println!("a changed ConfigMap stood on the board after {:?}: {drift}", began.elapsed());
    let said = "configmap/settings/MODE: slow instead of fast (by kubectl-edit at 20";
    assert!(drift.starts_with(said), "{drift}");

    // Put back, the pods read it again.
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    let settings = yard.cluster.get("edited", "configmap/settings").await?;
    assert_eq!(settings["data"], json!({ "MODE": "fast", "PAGE": "a" }));
    let answers = shop.answers("/env").await?;
    assert!(answers.iter().all(|env| env.contains("MODE=fast")), "{answers:?}");

    // Or taken as the truth; one that somebody deleted comes back with what was taken.
    mode("steady").await?;
    let plan = shop.desk.run(["plan", "checkout", "production", "1.0"]).await?.exits(0);
    let warnings = plan.json["warnings"].to_string();
    assert!(warnings.contains("stays so: configmap/settings/MODE: steady instead of fast"), "{warnings}");
    let _ = shop.desk.run(["drift", "adopt", "checkout/production", "--reason", "right"]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    kubectl(&["delete", "configmap/settings"]).await?;
    let drift = shop.desk.run(["drift"]).await?.exits(3).json[0]["differences"].to_string();
    assert!(drift.contains("configmap/settings"), "{drift}");
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);
    let settings = yard.cluster.get("edited", "configmap/settings").await?;
    assert_eq!(settings["data"], json!({ "MODE": "steady", "PAGE": "a" }));
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // One that is not there is the truth, too; what somebody makes then is not deleted behind their back.
    kubectl(&["delete", "configmap/settings"]).await?;
    let _ = shop.desk.run(["drift", "adopt", "checkout/production", "--reason", "not needed"]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    kubectl(&["create", "configmap", "settings", "--from-literal=MODE=other"]).await?;
    let drift = shop.desk.run(["drift"]).await?.exits(3).json[0]["differences"].to_string();
    assert!(drift.contains("configmap/settings") && drift.contains("kubectl-create"), "{drift}");
    let refused = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(4);
    assert!(refused.json.to_string().contains("was not there when this was deployed: delete it"), "{:#}", refused.json);
    kubectl(&["delete", "configmap/settings"]).await?;
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_a_bad_release_nor_a_deleted_record_hides_what_was_changed_by_hand() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "hidden", "").await?;
    yard.publish("shop/checkout", "1.0", SERVING).await?;
    yard.publish("shop/checkout", "bad", "exit 3").await?;
    let kubectl = async |words: &[&str]| yard.cluster.kubectl(&[words, &["--namespace=hidden"]].concat()).await;
    let mode = async |text: &str| {
        let change = json!({ "data": { "MODE": text } }).to_string();
        kubectl(&["patch", "configmap/settings", "--patch", &change]).await
    };
    let drift =
        async || Ok::<_, PartError>(shop.desk.run(["drift"]).await?.exits(3).json[0]["differences"].to_string());
    let revert = async || shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await;
    let is_as_deployed = async || {
        let _ = shop.desk.run(["drift"]).await?.exits(0);
        let settings = yard.cluster.get("hidden", "configmap/settings").await?;
        assert_eq!(settings["data"], json!({ "MODE": "fast", "PAGE": "a" }));
        let answers = shop.answers("/env").await?;
        assert!(answers.iter().all(|env| env.contains("MODE=fast") && env.contains("DAY=first")), "{answers:?}");
        Ok::<_, PartError>(())
    };
    kubectl(&["create", "configmap", "settings", "--from-literal=MODE=fast", "--from-literal=PAGE=a"]).await?;
    kubectl(&["patch", "deployment/checkout", "--patch", NAMES_SETTINGS]).await?;
    let _ = shop.policy("", "config: { DAY: first }").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);

    // A release that is undone leaves the truth what it was.
    mode("slow").await?;
    kubectl(&["set", "env", "deployment/checkout", "HAND=1"]).await?;
    let _ = shop.deploy("bad").await?.exits(4);
    let told = drift().await?;
    assert!(told.contains("configmap/settings/MODE") && told.contains("env.HAND"), "{told}");
    let _ = revert().await?.exits(0);
    is_as_deployed().await?;

    // The record of what runs is gone, and so is what it says of the revision.
    let records = yard.cluster.get("hidden", "configmaps").await?;
    let ours = records["items"].as_array().cloned().unwrap_or_default();
    let ours = ours.iter().filter_map(|one| one["metadata"]["name"].as_str()).filter(|name| name.starts_with("sb-"));
    for name in ours {
        kubectl(&["delete", "configmap", name]).await?;
    }
    mode("slow").await?;
    let told = drift().await?;
    assert!(told.contains("configmap/settings/MODE"), "{told}");
    let _ = revert().await?.exits(0);
    is_as_deployed().await?;

    // A variable of ours that somebody set is drift, and no manifest's.
    kubectl(&["set", "env", "deployment/checkout", "DAY=other"]).await?;
    assert!(drift().await?.contains("kubectl-set"));
    let _ = revert().await?.exits(0);
    is_as_deployed().await?;

    // One that cannot be written is told before another is.
    mode("slow").await?;
    kubectl(&["patch", "configmap/settings", "--patch", r#"{"immutable":true}"#]).await?;
    let refused = revert().await?.exits(4);
    assert!(refused.json.to_string().contains("configmap/settings is immutable: delete it"), "{:#}", refused.json);
    kubectl(&["delete", "configmap/settings"]).await?;
    let _ = revert().await?.exits(0);
    is_as_deployed().await?;

    // Without what it is held against nothing is said to be as it was.
    let secrets = yard.cluster.get("hidden", "secrets").await?;
    let kept = secrets["items"].as_array().cloned().unwrap_or_default();
    let kept = kept.iter().filter_map(|one| one["metadata"]["name"].as_str()).filter(|name| name.ends_with("-after"));
    for name in kept {
        kubectl(&["delete", "secret", name]).await?;
    }
    assert!(drift().await?.contains("-after"));
    let _ = shop.desk.run(["drift", "adopt", "checkout/production", "--reason", "seen"]).await?.exits(0);
    let _ = shop.desk.run(["drift"]).await?.exits(0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_config_map_that_is_not_there_speaks_against_no_release() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "amiss", "").await?;
    for version in ["1.0", "1.1"] {
        yard.publish("shop/checkout", version, SERVING).await?;
    }
    let settings = ["create", "configmap", "settings", "--from-literal=MODE=fast"];
    kubectl(&shop, &settings).await?;
    kubectl(&shop, &["set", "env", "deployment/checkout", "--from=configmap/settings"]).await?;
    kubectl(&shop, &["rollout", "status", "deployment/checkout"]).await?;
    let _ = shop.deploy("1.0").await?.exits(0);

    kubectl(&shop, &["delete", "configmap/settings"]).await?;
    let failed = shop.deploy("1.1").await?.exits(4);
    let state = &failed.json["state"];
    assert_eq!((&state["code"], &state["undone"]), (&json!("reference_missing"), &json!("hindered")), "{state:#}");
    let told = failed.text("/diagnosis/summary");
    assert!(told.contains("configmap \"settings\" is not there"), "{told}");
    assert!(state["hint"].as_str().is_some_and(|hint| hint.contains("Put it there")), "{state:#}");
    assert_eq!(shop.desk.run(["quarantine", "list"]).await?.exits(0).json, json!([]));

    // Put there again, the same version goes through.
    kubectl(&shop, &settings).await?;
    let _ = shop.deploy("1.1").await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.1"]);
    Ok(())
}
