//! Deployed, failed, and back: through the command, on real pods.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use serde_json::json;
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";

/// Each day its own image, value and secret.
async fn day(shop: &Shop<'_>, n: u32) -> Result<(), PartError> {
    shop.yard.publish(REPOSITORY, &format!("1.{n}"), SERVING).await?;
    let _ = shop.desk.given(&format!("token-of-day-{n}"), ["secret", "set", "checkout/token"]).await?.exits(0);
    let target = format!("config: {{ DAY: \"{n}\" }}\n    secrets: {{ TOKEN: \"keychain:checkout/token\" }}");
    let _ = shop.policy("", &target).await?.exits(0);
    let _ = shop.deploy(&format!("1.{n}")).await?.exits(0);
    Ok(())
}

/// All that serves is this day's, and nothing else is there.
async fn serves(shop: &Shop<'_>, n: u32) -> Result<(), PartError> {
    assert_eq!(shop.answers("/").await?, [format!("1.{n}"), format!("1.{n}")]);
    for env in shop.answers("/env").await? {
        assert!(env.contains(&format!("DAY={n}\n")), "{env}");
        assert!(env.contains(&format!("TOKEN=token-of-day-{n}")), "{env}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_goes_back_to_any_revision_with_all_that_was_in_it() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "moves", "replicas: 2").await?;
    for n in 1..=6 {
        day(&shop, n).await?;
    }
    serves(&shop, 6).await?;
    let sets = yard.cluster.get("moves", "replicasets").await?;
    let kept = sets["items"].as_array().map_or(0, Vec::len);
    assert!(kept <= 3, "the cluster itself remembers {kept} sets of pods");
    let _ = shop.desk.run(["rollback", "checkout", "production", "--to", "r2"]).await?.exits(0);
    serves(&shop, 2).await?;
    assert_eq!(shop.current().await?, (2, "1.2".to_owned()));
    let workload = yard.cluster.get("moves", "deployment/checkout").await?;
    let cause = &workload["metadata"]["annotations"]["kubernetes.io/change-cause"];
    assert!(cause.as_str().is_some_and(|cause| cause.contains("r2")), "{cause}");
    let history = shop.desk.run(["history", "checkout", "production"]).await?.exits(0);
    assert_eq!(history.json["entries"].as_array().map(Vec::len), Some(7), "{:#}", history.json);
    assert_eq!(shop.desk.run(["drift"]).await?.exits(0).json, json!([]));

    // By hand: told with what differs, put back.
    let image = format!("app={}:0.9", yard.name(REPOSITORY));
    yard.cluster.kubectl(&["set", "image", "deployment/checkout", &image, "--namespace", "moves"]).await?;
    let drift = shop.desk.run(["drift"]).await?.exits(3);
    assert_eq!(drift.json[0]["differences"][0]["key"], "artifact", "{:#}", drift.json);
    let plan = shop.desk.run(["plan", "checkout", "production", "1.1"]).await?;
    let said = "changed by hand since, and goes with this: artifact";
    assert!(plan.json["warnings"].to_string().contains(said), "{:#}", plan.json);
    let reverted = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "by hand"]).await?;
    let _ = reverted.exits(0);
    serves(&shop, 2).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_release_is_undone_and_the_old_pods_were_never_touched() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "undone", "replicas: 2").await?;

    // The first one of all: back to what the team's own manifest had.
    yard.publish(REPOSITORY, "crash", "echo 'FATAL: password authentication failed for user \"shop\"' >&2; exit 3")
        .await?;
    let by_hand = shop.pod_names().await?;
    let status = shop.desk.run(["status"]).await?.exits(0);
    let image = status.text("/rows/0/cells/0/foreign");
    assert!(image.ends_with("/shop/checkout:0.9"), "nothing was deployed, and its manifest's pods serve: {image}");
    let mut first = shop.desk.surroundings(shop.desk.program());
    first.args(["deploy", "checkout", "production", "crash"]);
    let first = shop.desk.ask("", first).await?.exits(4);
    assert!(first.stdout.contains("what its own manifest has runs again"), "{}", first.stdout);
    assert!(!first.stdout.contains("nothing runs"), "{}", first.stdout);
    assert_eq!(shop.pod_names().await?, by_hand);
    assert_eq!(shop.answers("/").await?, ["0.9", "0.9"]);

    day(&shop, 1).await?;
    let status = shop.desk.run(["status"]).await?.exits(0);
    let cell = &status.json["rows"][0]["cells"][0];
    assert_eq!((&cell["current"]["instances"], &cell["foreign"]), (&json!(2), &json!(null)), "{cell:#}");
    let pods = shop.pod_names().await?;
    let quick = "config: { DAY: \"1\" }\n    secrets: { TOKEN: \"keychain:checkout/token\" }\n    health: { ready: true, within: 4s }";
    let _ = shop.policy("", quick).await?.exits(0);
    yard.publish(REPOSITORY, "crash-2", "echo 'FATAL: password authentication failed for user \"shop\"' >&2; exit 3")
        .await?;
    yard.publish(REPOSITORY, "deaf", "trap 'exit 0' TERM; echo listening nowhere; sleep 1000 & wait").await?;
    yard.publish(REPOSITORY, "torn", SERVING).await?;
    let _ = shop.desk.run(["release", "add", "checkout", "torn"]).await?.exits(0);
    yard.registry.tear(REPOSITORY, "torn").await?;
    for (version, kind, cause) in [
        ("crash-2", "exited", "auth_failed_database"),
        ("deaf", "unhealthy", "probe_failed"),
        ("torn", "image_missing", "image_pull_not_found"),
    ] {
        let failed = shop.deploy(version).await?.exits(4);
        println!("{version}: {:#}", failed.json);
        let told = failed.json.to_string();
        assert!(told.contains(&format!("\"{kind}\"")) && told.contains(cause), "{version}: {:#}", failed.json);
        assert_eq!(shop.pod_names().await?, pods, "{version}: the old pods serve alone");
        serves(&shop, 1).await?;
        assert_eq!(shop.current().await?, (2, "1.1".to_owned()), "{version}");
    }
    let records = yard.cluster.get("undone", "configmaps").await?;
    let ours =
        |item: &&serde_json::Value| item["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("sb-"));
    let left = records["items"].as_array().map_or(0, |all| all.iter().filter(ours).count());
    assert_eq!(left, 1, "what was undone left nothing: {records:#}");
    Ok(())
}
