//! What happens to a cluster and to its objects while a desk is at work.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use std::time::Duration;
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_server_that_dies_in_the_middle_costs_nothing_but_time() -> Result<(), PartError> {
    let mut yard = Yard::alone().await?;
    if !yard.cluster.is_private() {
        println!("left out: KUBECONFIG_UNDER_TEST is not this test's to break");
        return Ok(());
    }
    // Slow enough that the server dies while the pods change over.
    let slow = format!("sleep 3; {SERVING}");
    let desk = {
        let shop = Shop::open(&yard, "luck", "replicas: 2").await?;
        yard.publish(REPOSITORY, "1.0", &slow).await?;
        shop.desk
    };
    let program = desk.surroundings(desk.program());
    let deploying = tokio::spawn(async move {
        let mut command = program;
        command.args(["--output", "json", "deploy", "checkout", "production", "1.0"]);
        (desk.ask("", command).await, desk)
    });
    // The first new pod is there: the workload has moved.
    let moved = ["wait", "--for=jsonpath={.status.updatedReplicas}=1", "deployment/checkout", "--namespace=luck"];
    yard.cluster.kubectl(&moved).await?;
    yard.own_cluster().kill_api_server();
    yard.own_cluster().start_api_server().await?;
    let (answer, desk) = deploying.await.expect("a deployment");
    let _ = answer?.exits(0);
    let shop = Shop { yard: &yard, desk, namespace: "luck".to_owned() };
    assert_eq!(shop.answers("/").await?, ["1.0", "1.0"]);
    assert_eq!(shop.current().await?, (1, "1.0".to_owned()));
    Ok(())
}

/// Longer than a watch takes to be opened again.
const NOTICED: Duration = Duration::from_secs(10);
/// Longer than a runtime is waited for anywhere else.
const LONG: Duration = Duration::from_secs(35);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_long_away_speaks_against_no_release() -> Result<(), PartError> {
    let mut yard = Yard::alone().await?;
    if !yard.cluster.is_private() {
        println!("left out: KUBECONFIG_UNDER_TEST is not this test's to break");
        return Ok(());
    }
    let desk = {
        let shop = Shop::open(&yard, "away", "").await?;
        let _ = shop.policy("", "health: { ready: true, within: 120s }").await?.exits(0);
        yard.publish(REPOSITORY, "1.0", &format!("sleep 5; {SERVING}")).await?;
        yard.publish(REPOSITORY, "1.1", &format!("sleep 5; {SERVING}")).await?;
        shop.desk
    };
    let deploying = async |version: &'static str, desk: switchback_tests::cli::Desk, yard: &Yard| {
        let mut command = desk.surroundings(desk.program());
        let running = tokio::spawn(async move {
            command.args(["--output", "json", "deploy", "checkout", "production", version]);
            (desk.ask("", command).await, desk)
        });
        let moved =
            ["wait", "--for=jsonpath={.status.unavailableReplicas}=1", "deployment/checkout", "--namespace=away"];
        yard.cluster.kubectl(&moved).await?;
        Ok::<_, PartError>(running)
    };
    // It comes back within the patience of the gate, and the release is through.
    let running = deploying("1.0", desk, &yard).await?;
    yard.own_cluster().kill_api_server();
    tokio::time::sleep(LONG).await;
    yard.own_cluster().start_api_server().await?;
    let (answer, desk) = running.await.expect("a deployment");
    let _ = answer?.exits(0);

    let shop = Shop { yard: &yard, desk, namespace: "away".to_owned() };
    let _ = shop.policy("", "health: { ready: true, within: 15s }").await?.exits(0);
    let desk = shop.desk;
    // It does not: nothing is known of the release, so nothing is said against it.
    let running = deploying("1.1", desk, &yard).await?;
    yard.own_cluster().kill_api_server();
    let (answer, desk) = running.await.expect("a deployment");
    let stuck = answer?.exits(5);
    assert!(stuck.json.to_string().contains("whether it is healthy is not known"), "{:#}", stuck.json);
    yard.own_cluster().start_api_server().await?;
    let shop = Shop { yard: &yard, desk, namespace: "away".to_owned() };
    // Its controllers and its node come back a while after it.
    let back = ["rollout", "status", "deployment/checkout", "--namespace=away", "--timeout=110s"];
    yard.cluster.kubectl(&back).await?;
    let mut resumed = shop.desk.run(["resume"]).await?;
    // A slow machine's may still be on their way: what is stuck goes on each time it is asked.
    for _ in 0..2 {
        if resumed.code == 5 {
            resumed = shop.desk.run(["resume"]).await?;
        }
    }
    assert!([0, 4].contains(&resumed.code), "{}: {:#}", resumed.code, resumed.json);
    let quarantine = shop.desk.run(["quarantine", "list"]).await?.exits(0);
    assert_eq!(quarantine.json, serde_json::json!([]), "{:#}", quarantine.json);
    assert_eq!(shop.current().await?, (1, "1.0".to_owned()));

    // What is not ready in time, while its controllers may still be on their way back, is undone and not condemned.
    yard.publish(REPOSITORY, "1.2", "sleep 3600").await?;
    let running = deploying("1.2", shop.desk, &yard).await?;
    yard.own_cluster().kill_api_server();
    tokio::time::sleep(NOTICED).await;
    yard.own_cluster().start_api_server().await?;
    let (answer, desk) = running.await.expect("a deployment");
    let undone = answer?;
    assert!([4, 5].contains(&undone.code), "{}: {:#}", undone.code, undone.json);
    let said = undone.json.to_string();
    let either = ["the cluster was away meanwhile", "whether it is healthy is not known"];
    assert!(either.iter().any(|one| said.contains(one)), "{:#}", undone.json);
    let quarantine = desk.run(["quarantine", "list"]).await?.exits(0);
    assert_eq!(quarantine.json, serde_json::json!([]), "{:#}", quarantine.json);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_do_to_its_objects_is_seen_and_mended() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "others", "").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, SERVING).await?;
        let config = format!("config: {{ RELEASE: \"{version}\" }}");
        let _ = shop.policy("", &config).await?.exits(0);
        let _ = shop.deploy(version).await?.exits(0);
    }
    let kubectl = async |words: &[&str]| yard.cluster.kubectl(&[words, &["--namespace", "others"]].concat()).await;

    // Somebody tidies up what no pod seems to need.
    kubectl(&["delete", "configmaps,secrets", "--selector=switchback/service=checkout"]).await?;
    let _ = shop.desk.run(["rollback", "checkout", "production", "--to", "r1"]).await?.exits(0);
    assert!(shop.answers("/env").await?[0].contains("RELEASE=1.0"));

    // Another manager takes the image and the number of pods by force.
    let image = format!("{}:0.9", yard.name(REPOSITORY));
    let theirs = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: checkout }}\nspec:\n  replicas: 3\n  selector: {{ \
         matchLabels: {{ app: checkout }} }}\n  template:\n    metadata: {{ labels: {{ app: checkout }} }}\n    spec: {{ \
         containers: [{{ name: app, image: \"{image}\" }}] }}\n"
    );
    let file = shop.desk.folder().join("theirs.yaml");
    std::fs::write(&file, theirs).map_err(PartError::io("write a manifest"))?;
    let file = file.display().to_string();
    kubectl(&["apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", &file]).await?;
    let drift = shop.desk.run(["drift"]).await?.exits(3);
    let differences = drift.json[0]["differences"].as_array().cloned().unwrap_or_default();
    let keys: Vec<&str> = differences.iter().filter_map(|one| one["key"].as_str()).collect();
    assert_eq!(keys[..2], ["artifact", "replicas"], "{:#}", drift.json);
    assert!(differences.iter().all(|one| one["hand"]["by"] == "other"), "{:#}", drift.json);
    let _ = shop.desk.run(["drift", "revert", "checkout/production", "--reason", "ours"]).await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.0"]);

    // The workload itself is gone: said, and nothing is made up.
    kubectl(&["delete", "deployment/checkout", "--wait"]).await?;
    let gone = shop.desk.run(["rollback", "checkout", "production", "--to", "r2"]).await?.exits(7);
    assert_eq!(gone.error()["code"], "workload_missing");
    let drift = tokio::time::timeout(Duration::from_secs(30), shop.desk.run(["drift"])).await.expect("an answer")?;
    let drift = drift.exits(3);
    assert_eq!(drift.json[0]["differences"].as_array().map(Vec::len), Some(1), "{:#}", drift.json);
    assert_eq!(drift.text("/0/differences/0/key"), "deployment/checkout in others");
    assert_eq!(drift.text("/0/differences/0/found"), "deleted");
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/health/why"), "deployment/checkout in others was deleted");
    let revert = ["drift", "revert", "checkout/production", "--reason", "ours"];
    let back = shop.desk.run(revert).await?.exits(7);
    assert!(back.text("/state/hint").contains("Apply the manifest of deployment/checkout"), "{:#}", back.json);
    let mut told = shop.desk.surroundings(shop.desk.program());
    told.args(revert);
    let told = shop.desk.ask("", told).await?.exits(7).stdout;
    assert!(told.contains("nothing was changed, nothing runs") && !told.contains("1.0 runs"), "{told}");

    // Its manifest is applied again. What was deployed runs once it does, and is not said to before.
    let manifest = Yard::manifest("Deployment", "checkout", &image, "replicas: 2");
    yard.cluster.apply("others", &manifest).await?;
    let _ = shop.desk.run(revert).await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.0", "1.0"]);
    assert!(shop.answers("/env").await?[0].contains("RELEASE=1.0"));
    assert_eq!(shop.desk.run(["drift"]).await?.exits(0).json, serde_json::json!([]));
    Ok(())
}
