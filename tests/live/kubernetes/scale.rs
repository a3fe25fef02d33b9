//! The number of a workload's pods: a person's change of it is drift, an autoscaler's is not, and none at all is not well.

use super::{
    desk::{SERVING, Shop, Watched},
    refusals::kubectl,
    yard::Yard,
};
use jiff::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";
/// Only against a hang.
const HUNG: Duration = Duration::from_mins(1);

/// What `drift` says of the one target, as text.
async fn differences(shop: &Shop<'_>) -> Result<Vec<String>, PartError> {
    let drift = shop.desk.run(["drift"]).await?;
    let all = drift.json[0]["differences"].as_array().cloned().unwrap_or_default();
    assert_eq!(drift.code, if all.is_empty() { 0 } else { 3 }, "{}", drift.stderr);
    let side = |of: &Value| of.as_str().unwrap_or("absent").to_owned();
    Ok(all
        .iter()
        .map(|one| {
            let by = one["hand"]["by"].as_str().map(|by| format!(" by {by}")).unwrap_or_default();
            format!("{}: {} instead of {}{by}", side(&one["key"]), side(&one["found"]), side(&one["recorded"]))
        })
        .collect())
}

async fn wanted(shop: &Shop<'_>) -> Result<Value, PartError> {
    Ok(shop.yard.cluster.get(&shop.namespace, "deployment/checkout").await?["spec"]["replicas"].clone())
}

async fn settle(shop: &Shop<'_>, way: &str) -> Result<(), PartError> {
    let _ = shop.desk.run(["drift", way, "checkout/production", "--reason", "seen"]).await?.exits(0);
    assert_eq!(differences(shop).await?, [] as [&str; 0], "{way}");
    Ok(())
}

async fn health(shop: &Shop<'_>) -> Result<Value, PartError> {
    let status = shop.desk.run(["status"]).await?.exits(0);
    Ok(status.json["rows"][0]["cells"][0]["health"].clone())
}

/// Sets the number, and waits until drift says when that was.
async fn scaled_now(shop: &Shop<'_>, number: u32) -> Result<(), PartError> {
    // The cluster's times are whole seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let before = Timestamp::now().as_second();
    kubectl(shop, &["scale", "deployment/checkout", &format!("--replicas={number}")]).await?;
    let told = async {
        loop {
            let drift = shop.desk.run(["drift"]).await?;
            if let Some(at) = drift.json[0]["differences"][0]["hand"]["at"].as_str() {
                return Ok::<i64, PartError>(at.parse::<Timestamp>().unwrap().as_second());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let at = tokio::time::timeout(HUNG, told).await.expect("a time")?;
    assert!(at >= before, "{number}: {at} is before it was asked for, {before}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_pods_that_a_person_set_is_drift_and_an_autoscalers_is_not() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "scaled", "replicas: 2").await?;
    yard.publish(REPOSITORY, "1.0", SERVING).await?;
    let _ = shop.deploy("1.0").await?.exits(0);
    let mut board = Watched::open(&shop.desk, HUNG).await;

    let began = Instant::now();
    kubectl(&shop, &["scale", "deployment/checkout", "--replicas=3"]).await?;
    let drift = board.drift().await;
    println!("a scaled workload stood on the board after {:?}: {drift}", began.elapsed());
    assert!(drift.starts_with("replicas: 3 instead of 2 (by kubectl"), "{drift}");
    // Its write has no time; its controller's next one has. An earlier change to the same number has another.
    scaled_now(&shop, 4).await?;
    scaled_now(&shop, 3).await?;
    settle(&shop, "revert").await?;
    assert_eq!(wanted(&shop).await?, 2);
    kubectl(&shop, &["scale", "deployment/checkout", "--replicas=3"]).await?;
    settle(&shop, "adopt").await?;
    assert_eq!((wanted(&shop).await?, shop.current().await?.0), (3.into(), 2));

    // The autoscaler's own write, and a person's under it: both are the autoscaler's affair.
    kubectl(&shop, &["autoscale", "deployment/checkout", "--min=4", "--max=4", "--cpu=80%"]).await?;
    let raised = ["wait", "--for=jsonpath={.spec.replicas}=4", "deployment/checkout", "--timeout=90s"];
    kubectl(&shop, &raised).await?;
    let fields = yard
        .cluster
        .kubectl(&["get", "deployment/checkout", "--namespace=scaled", "--show-managed-fields", "--output=json"])
        .await?;
    let fields: Value = serde_json::from_str(&fields).unwrap_or_default();
    let writers = fields["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let scaled = writers.iter().find(|one| one["subresource"] == "scale").map(|one| one["manager"].clone());
    assert_eq!(scaled, Some("kube-controller-manager".into()), "{writers:?}");
    assert_eq!(differences(&shop).await?, [] as [&str; 0]);
    kubectl(&shop, &["patch", "hpa/checkout", "--patch", r#"{"spec":{"minReplicas":1}}"#]).await?;
    kubectl(&shop, &["scale", "deployment/checkout", "--replicas=2"]).await?;
    assert_eq!(differences(&shop).await?, [] as [&str; 0]);
    kubectl(&shop, &["delete", "hpa/checkout"]).await?;
    assert_eq!(differences(&shop).await?, ["replicas: 2 instead of 3 by kubectl"]);
    settle(&shop, "adopt").await?;

    // Nothing runs: as a person's change that is ill, and as what was deployed it is said all the same.
    scaled_now(&shop, 0).await?;
    assert_eq!(differences(&shop).await?, ["replicas: 0 instead of 2 by scale"]);
    kubectl(&shop, &["wait", "--for=delete", "pod", "--selector=app=checkout", "--timeout=60s"]).await?;
    let ill = health(&shop).await?;
    assert_eq!((&ill["kind"], &ill["why"]), (&"unhealthy".into(), &"nothing runs (0 of 0 pods)".into()), "{ill}");
    settle(&shop, "adopt").await?;
    yard.publish(REPOSITORY, "1.1", SERVING).await?;
    let _ = shop.deploy("1.1").await?.exits(0);
    let idle = health(&shop).await?;
    assert_eq!((&idle["kind"], &idle["why"]), (&"idle".into(), &"nothing runs (0 of 0 pods)".into()), "{idle}");
    kubectl(&shop, &["scale", "deployment/checkout", "--replicas=1"]).await?;
    kubectl(&shop, &["rollout", "status", "deployment/checkout", "--timeout=90s"]).await?;
    assert_eq!(health(&shop).await?["kind"], "healthy");
    // Of a number that was 0 the cluster keeps no writer.
    assert_eq!(differences(&shop).await?, ["replicas: 1 instead of 0"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_has_the_name_of_who_wrote_that_very_field() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "blamed", "").await?;
    yard.publish(REPOSITORY, "1.0", SERVING).await?;
    let _ = shop.policy("", "config: { MODE: fast }").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let image = format!("app={}:0.9", yard.name(REPOSITORY));
    kubectl(&shop, &["set", "image", "deployment/checkout", &image, "--field-manager=tom"]).await?;
    kubectl(&shop, &["set", "env", "deployment/checkout", "TOKEN=of-that-day", "--field-manager=ann"]).await?;
    kubectl(&shop, &["set", "resources", "deployment/checkout", "--limits=memory=64Mi", "--field-manager=eve"]).await?;
    kubectl(&shop, &["scale", "deployment/checkout", "--replicas=2"]).await?;
    // The last writer of all wrote none of it.
    kubectl(&shop, &["label", "deployment/checkout", "seen=yes", "--field-manager=bob"]).await?;
    // Configuration is immutable; somebody puts another in its place.
    let record = yard.cluster.get("blamed", "configmaps").await?;
    let record = record["items"].as_array().into_iter().flatten().find(|one| one["data"]["MODE"] == "fast");
    let mut record = record.cloned().expect("a record");
    record["data"]["MODE"] = "slow".into();
    record["metadata"]["resourceVersion"] = Value::Null;
    let file = shop.desk.folder().join("record.json");
    std::fs::write(&file, record.to_string()).map_err(PartError::io("write a ConfigMap"))?;
    kubectl(&shop, &["replace", "--force", "--field-manager=mal", "-f", &file.display().to_string()]).await?;

    let told = differences(&shop).await?;
    let has = |begin: &str, by: &str| {
        assert!(
            told.iter().any(|one| one.starts_with(begin) && one.ends_with(&format!(" by {by}"))),
            "{begin}: {told:#?}"
        );
    };
    has("artifact: ", "tom");
    has("MODE: slow instead of fast", "mal");
    has("spec.containers.app.env.TOKEN: set instead of absent", "ann");
    has("spec.containers.app.resources.limits", "eve");
    has("replicas: 2 instead of 1", "kubectl");
    assert!(!format!("{told:?}").contains("of-that-day"), "{told:#?}");
    settle(&shop, "revert").await?;
    assert_eq!(wanted(&shop).await?, 1);
    Ok(())
}
