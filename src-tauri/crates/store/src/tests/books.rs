//! What decides what ships and what comes back cannot be changed behind the audit's back.

use super::{records::release, *};
use switchback_core::port::{ChainVerdict, Policy};

/// A policy, a release, a deployment that succeeded and one that was bad.
async fn with_books() -> Bench {
    let bench = Bench::new().await;
    let mut applied = entry("policy.applied", "switchback.yaml");
    applied.after = "version: 1".into();
    let policy = Policy { document: serde_json::json!({ "yaml": "version: 1", "base": "/" }), at: at(0) };
    bench.store.apply(&policy, &applied).await.unwrap();
    let release = release("2.0.0", "bad");
    let mut added = entry("release.added", "checkout 2.0.0");
    added.after = serde_json::json!({ "service": "checkout", "version": "2.0.0", "release": release.id() });
    bench.store.add_release(&release, &added).await.unwrap();
    let lease = bench.lease().await;
    let _ = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let before = bench.store.target(&target()).await.unwrap().current;
    let bad = planned(2, Kind::Deploy, before, 2, "2.0.0");
    begin(&bench.store, &lease, &bad, at(9)).await.unwrap();
    walk(&bench.store, &lease, &bad, 1, &failure(), at(9)).await;
    bench
}

#[tokio::test]
async fn a_book_that_was_changed_is_found_and_the_entry_that_tells_of_it_named() {
    let bench = with_books().await;
    let verdict = bench.store.verify().await.unwrap();
    assert!(matches!(verdict, ChainVerdict::Intact { .. }), "{verdict:?}");
    let free = ["policy_no_update", "policy_no_delete", "release_no_update", "release_no_delete", "revision_no_update"]
        .map(|guard| format!("drop trigger {guard}; "))
        .concat();
    for (attack, says) in [
        (
            "update policy set document = json_set(document, '$.yaml', 'version: 1 # no approvals')",
            "the policy in force",
        ),
        (
            "insert into policy (document, at) values ('{\"yaml\": \"version: 1\\n\", \"base\": \"/\"}', 1)",
            "the policy in force",
        ),
        ("delete from policy", "the policy that it tells of is gone"),
        (
            "update release set content = replace(content, 'sha256:', 'sha256:0')",
            "the release that it tells of has another",
        ),
        ("delete from release", "the release that it tells of is gone"),
        (
            "update revision set workload = replace(workload, 'sha256:', 'sha256:0')",
            "the revision that it tells of has another",
        ),
        ("delete from quarantine", "the quarantine that it tells of is gone"),
        ("update quarantine set version = '9.9.9'", "the quarantine that it tells of is gone"),
        ("update quarantine set content = 'sha256:0'", "the quarantine that it tells of has another"),
    ] {
        let bench = with_books().await;
        bench.attack(&format!("{free}{attack}")).await;
        let verdict = bench.store.verify().await.unwrap();
        assert!(
            matches!(&verdict, ChainVerdict::Broken { seq: 1.., why } if why.starts_with(says)),
            "{attack}: {verdict:?}"
        );
    }
}

#[tokio::test]
async fn what_was_let_out_of_quarantine_rightly_is_no_flaw() {
    let bench = with_books().await;
    let audit = entry("quarantine.cleared", "checkout 2.0.0");
    bench.store.clear_quarantine(&target().service, "2.0.0", &audit).await.unwrap();
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { .. }));
}
