//! How long the way back takes, beside the cluster's own: `kubectl rollout undo` and `kubectl rollout status`, the same
//! workload on the same cluster in the same run.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use switchback_tests::part::PartError;

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
