//! How long the way back takes, beside the cluster's own: `kubectl rollout undo` and `kubectl rollout status`, the same
//! workload on the same cluster in the same run.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use serde_json::Value;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use switchback_tests::{
    load::{Load, served_at},
    part::PartError,
    port,
};

const REPOSITORY: &str = "shop/checkout";
const ROUNDS: usize = 3;

/// A `kubectl` as a person runs it, without this harness's waiting.
async fn kubectl(yard: &Yard, words: &[&str]) {
    let mut command = yard.cluster.kubectl_command();
    let status = command.args(words).stdout(Stdio::null()).status().await.expect("kubectl");
    assert!(status.success(), "{words:?}");
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_back_is_as_quick_as_the_clusters_own() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "pace", "replicas: 2").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, SERVING).await?;
    }
    let _ = shop.policy("", "config: { MODE: fast }").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let workload = ["deployment/checkout", "--namespace", "pace"];
    let undo = async || {
        let began = Instant::now();
        kubectl(&yard, &[&["rollout", "undo"], &workload[..]].concat()).await;
        kubectl(&yard, &[&["rollout", "status"], &workload[..]].concat()).await;
        began.elapsed()
    };
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let _ = shop.deploy("1.1").await?.exits(0);
        theirs.push(undo().await);
        // And forth again: undoing is undone by the same word.
        undo().await;
        let began = Instant::now();
        let back = shop.desk.run(["rollback", "checkout", "production", "--to", "r1"]).await?;
        ours.push(began.elapsed());
        let _ = back.exits(0);
    }
    let (theirs, ours) = (median(theirs), median(ours));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("two pods back, median of {ROUNDS}: kubectl {theirs:?}, switchback {ours:?}, ratio {ratio:.2}");
    Ok(())
}

/// Serves on while it is told to end, so that those who were sent to it are answered.
const LINGERING: &str = "trap 'sleep 2; exit 0' TERM; httpd -f -p 8080 -h /www & wait $!; wait $!";
const PODS: u32 = 10;
/// What users do to the service, by the cluster's own way to it.
const USED: &str = "/api/v1/namespaces/urgent/services/checkout:8080/proxy/";
const RATE: u64 = 25;

/// How the workload replaces its pods.
async fn own_pace(yard: &Yard, surge: u32) -> Result<Value, PartError> {
    let rule = format!(
        "{{\"spec\":{{\"strategy\":{{\"rollingUpdate\":{{\"maxSurge\":{surge},\"maxUnavailable\":0}}}},\"template\":{{\"spec\":\
         {{\"terminationGracePeriodSeconds\":10}}}}}}}}"
    );
    yard.cluster.kubectl(&["patch", "deployment/checkout", "--namespace", "urgent", "--patch", &rule]).await?;
    yard.cluster.kubectl(&["rollout", "status", "deployment/checkout", "--namespace", "urgent"]).await?;
    strategy(yard).await
}

async fn strategy(yard: &Yard) -> Result<Value, PartError> {
    Ok(yard.cluster.get("urgent", "deployment/checkout").await?["spec"]["strategy"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urgently_all_pods_are_back_at_once_and_nobody_is_turned_away() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "urgent", "replicas: 1").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, LINGERING).await?;
    }
    let _ = shop.policy("", "").await?.exits(0);
    kubectl(&yard, &["create", "service", "clusterip", "checkout", "--tcp=8080", "--namespace", "urgent"]).await;
    let _ = shop.deploy("1.0").await?.exits(0);
    let scaled = format!("--replicas={PODS}");
    kubectl(&yard, &["scale", "deployment/checkout", &scaled, "--namespace", "urgent"]).await;
    own_pace(&yard, PODS).await?;
    let _ = shop.deploy("1.1").await?.exits(0);
    let own = own_pace(&yard, 1).await?;

    let port = port::free();
    let mut proxy = yard.cluster.kubectl_command();
    proxy.args(["proxy", "--port", &port.to_string()]).stdout(Stdio::null()).kill_on_drop(true);
    let _proxy = proxy.spawn().map_err(PartError::io("start kubectl proxy"))?;
    served_at(port, USED).await;
    let load = Load::at(port, USED, RATE);

    let began = Instant::now();
    let back = shop.desk.run(["rollback", "checkout", "production", "--to", "r1", "--urgent"]).await?.exits(0);
    let ours = began.elapsed();
    let served = load.end().await;
    let words: Vec<_> = back.json["steps"].as_array().into_iter().flatten().map(|step| &step["action"]).collect();
    assert_eq!(
        words,
        ["prepare", "create", "raise_surge", "start", "verify", "restore_surge", "settle", "remove"],
        "{:#}",
        back.json
    );
    assert_eq!(served.failed, 0, "{served:?}");
    assert_eq!(strategy(&yard).await?, own, "the workload's own rule is back");
    assert_eq!(shop.answers("/").await?, vec!["1.0"; PODS as usize]);
    // That it was raised for a while is nobody's change by hand.
    let _ = shop.desk.run(["drift"]).await?.exits(0);

    // The same way once more, by the cluster's own means.
    own_pace(&yard, PODS).await?;
    let _ = shop.deploy("1.1").await?.exits(0);
    own_pace(&yard, 1).await?;
    let load = Load::at(port, USED, RATE);
    let workload = ["deployment/checkout", "--namespace", "urgent"];
    let began = Instant::now();
    kubectl(&yard, &[&["rollout", "undo"], &workload[..]].concat()).await;
    kubectl(&yard, &[&["rollout", "status"], &workload[..]].concat()).await;
    let theirs = began.elapsed();
    let under_them = load.end().await;
    println!(
        "{PODS} pods back under {RATE} requests/s: kubectl {theirs:.1?} ({} of {} failed), switchback urgently {ours:.1?} \
         ({} of {} failed), ratio {:.2}",
        under_them.failed,
        under_them.sent,
        served.failed,
        served.sent,
        ours.as_secs_f64() / theirs.as_secs_f64()
    );

    // Where there is no room it says so before anything changes; where there is some, so many start.
    kubectl(&yard, &["create", "quota", "small", "--hard=pods=13", "--namespace", "urgent"]).await;
    // Old pods on their way out take room until they are gone.
    let settled = ["wait", "--for=jsonpath={.status.used.pods}=10", "quota/small", "--namespace", "urgent"];
    kubectl(&yard, &settled).await;
    let urgent = ["rollback", "checkout", "production", "--to", "r2", "--urgent", "--dry-run"];
    let some = shop.desk.run(urgent).await?.exits(0);
    let raised = |step: &Value| step["action"] == "raise_surge" && step["detail"] == "3";
    assert!(some.json["steps"].as_array().is_some_and(|steps| steps.iter().any(raised)), "{:#}", some.json);
    kubectl(&yard, &["delete", "quota", "small", "--namespace", "urgent"]).await;
    kubectl(&yard, &["create", "quota", "full", "--hard=pods=10", "--namespace", "urgent"]).await;
    let none = shop.desk.run(urgent).await?;
    assert_eq!(none.error()["code"], "no_urgent_way", "{}", none.stderr);
    assert!(none.stderr.contains("the quota full"), "{}", none.stderr);
    Ok(())
}
