//! The other kinds of workload: pods with names of their own, and a pod on each node.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";

async fn moves(yard: &Yard, namespace: &str, kind: &str, more: &str) -> Result<(), PartError> {
    let (shop, workload) = Shop::of_kind(yard, namespace, kind, more).await?;
    let target = |day: &str| format!("config: {{ DAY: {day} }}");
    for (version, day) in [("1.0", "first"), ("1.1", "second")] {
        yard.publish(REPOSITORY, version, SERVING).await?;
        let _ = shop.policy(&format!("workload: {workload}"), &target(day)).await?.exits(0);
        let _ = shop.deploy(version).await?.exits(0);
        assert!(shop.answers("/").await?.iter().all(|page| page == version), "{kind} {version}");
    }
    yard.publish(REPOSITORY, "bad", "echo no; exit 7").await?;
    let failed = shop.deploy("bad").await?.exits(4);
    assert_eq!(failed.text("/state/code"), "exited", "{kind}: {:#}", failed.json);
    assert!(shop.answers("/").await?.iter().all(|page| page == "1.1"), "{kind}: what ran before serves again");
    let _ = shop.desk.run(["rollback", "checkout", "production", "--to", "r1"]).await?.exits(0);
    for (page, env) in shop.answers("/").await?.iter().zip(shop.answers("/env").await?) {
        assert!(page == "1.0" && env.contains("DAY=first"), "{kind}: {page} {env}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stateful_sets_and_daemon_sets_move_and_come_back_too() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let (stateful, daemon) = tokio::join!(
        moves(&yard, "stateful", "StatefulSet", "replicas: 2\n  serviceName: other"),
        moves(&yard, "daemon", "DaemonSet", ""),
    );
    stateful.and(daemon)
}
