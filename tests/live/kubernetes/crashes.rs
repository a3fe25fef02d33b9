//! A crash is told as one, by what this revision's own pods said: pods of the revisions before had the same names.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";
const LAST: &str = "cannot read the licence 4711";

/// Deploys one that is slow to serve, so that its pods fail their probe for a while, then one that ends at once.
async fn crash(yard: &Yard, namespace: &str, kind: &str, more: &str) -> Result<(), PartError> {
    let (shop, workload) = Shop::of_kind(yard, namespace, kind, more).await?;
    yard.publish(REPOSITORY, "1.0", &format!("sleep 4; {SERVING}")).await?;
    yard.publish(REPOSITORY, "bad", &format!("echo reading settings; echo '{LAST}'; exit 3")).await?;
    let _ = shop.policy(&format!("workload: {workload}"), "").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let noted = yard.cluster.get(namespace, "events").await?.to_string();
    assert!(noted.contains("Readiness probe failed"), "{kind}: the pods before left something to mistake");

    let failed = shop.deploy("bad").await?.exits(4);
    let told = format!("{kind}: {:#}", failed.json);
    assert_eq!(failed.text("/state/code"), "exited", "{told}");
    assert!(failed.text("/state/cause").contains("exited (3)"), "{told}");
    let log = failed.json["log"].as_array().cloned().unwrap_or_default();
    assert_eq!(log.last().map(|line| line["text"].clone()), Some(LAST.into()), "{told}");
    assert_eq!(failed.text("/diagnosis/cause"), "unknown", "{told}");
    assert!(!failed.json["diagnosis"].to_string().contains("probe failed"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_is_told_by_its_own_pods_and_not_by_those_before_it() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let (deployment, stateful, daemon) = tokio::join!(
        crash(&yard, "crash-deployment", "Deployment", "replicas: 1"),
        crash(&yard, "crash-stateful", "StatefulSet", "replicas: 2\n  serviceName: other"),
        crash(&yard, "crash-daemon", "DaemonSet", ""),
    );
    deployment.and(stateful).and(daemon)
}
