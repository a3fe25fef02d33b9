//! Releases, policy, secrets, quarantine, pauses, proposals and the generation.

use super::*;
use switchback_core::{port::Policy, release::Release, workload::SecretRef};

pub fn release(version: &str, content: &str) -> Release {
    Release {
        service: target().service,
        version: version.to_owned(),
        artifact: Artifact::Folder { path: "/srv".into(), digest: Digest::of(content.as_bytes()) },
        commit: None,
        notes: "because".to_owned(),
        by: "amara".to_owned(),
        added_at: at(0),
    }
}

#[tokio::test]
async fn a_version_keeps_its_content_and_adding_it_again_is_nothing() {
    let bench = Bench::new().await;
    let audit = entry("release.added", "checkout 1.0.0");
    bench.store.add_release(&release("1.0.0", "a"), &audit).await.unwrap();
    let generation = bench.store.generation().await.unwrap();
    bench.store.add_release(&release("1.0.0", "a"), &audit).await.unwrap();
    assert_eq!(bench.store.generation().await.unwrap(), generation);
    let refused = bench.store.add_release(&release("1.0.0", "b"), &audit).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Conflict { .. }));
    // A commit that was not known is noted; one that is known stays.
    let of = |commit: &str| Release { commit: Some(commit.to_owned()), ..release("1.0.0", "a") };
    bench.store.add_release(&of("b83d204"), &audit).await.unwrap();
    bench.store.add_release(&release("1.0.0", "a"), &audit).await.unwrap();
    assert!(matches!(bench.store.add_release(&of("0000000"), &audit).await, Err(LedgerError::Conflict { .. })));
    bench.store.add_release(&release("1.1.0", "c"), &audit).await.unwrap();
    let versions: Vec<_> =
        bench.store.releases(&target().service).await.unwrap().into_iter().map(|it| it.version).collect();
    assert_eq!(versions, ["1.1.0", "1.0.0"]);
    assert_eq!(History::release(&bench.store, &target().service, "1.0.0").await.unwrap(), of("b83d204"));
    assert!(History::release(&bench.store, &target().service, "9").await.is_err());
}

#[tokio::test]
async fn the_last_applied_policy_is_in_force() {
    let bench = Bench::new().await;
    assert_eq!(bench.store.policy().await.unwrap(), None);
    for number in 1..=2 {
        let policy = Policy { document: serde_json::json!({ "version": number }), at: at(number) };
        bench.store.apply(&policy, &entry("policy.applied", "policy")).await.unwrap();
        assert_eq!(bench.store.policy().await.unwrap(), Some(policy));
    }
}

#[tokio::test]
async fn secrets_are_noted_replaced_and_forgotten_by_reference() {
    let bench = Bench::new().await;
    let audit = entry("secret.set", "stripe");
    for fingerprint in ["one", "two"] {
        let secret = SecretRef { name: "stripe".to_owned(), fingerprint: fingerprint.to_owned() };
        bench.store.note_secret(&secret, at(5), &audit).await.unwrap();
        assert_eq!(bench.store.secrets().await.unwrap(), [(secret, at(5))]);
    }
    bench.store.forget_secret("stripe", &audit).await.unwrap();
    assert_eq!(bench.store.secrets().await.unwrap(), []);
    assert!(matches!(bench.store.forget_secret("stripe", &audit).await.unwrap_err(), LedgerError::NotFound { .. }));
}

#[tokio::test]
async fn quarantine_and_pause_end_when_a_person_says_so() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let bad = planned(1, Kind::Deploy, None, 1, "1.0.0");
    begin(&bench.store, &lease, &bad, at(0)).await.unwrap();
    walk(&bench.store, &lease, &bad, 1, &failure(), at(1)).await;
    let audit = entry("quarantine.cleared", "checkout 1.0.0");
    bench.store.clear_quarantine(&target().service, "1.0.0", &audit).await.unwrap();
    assert_eq!(bench.store.quarantine().await.unwrap(), []);
    assert!(bench.store.clear_quarantine(&target().service, "1.0.0", &audit).await.is_err());
    bench.store.release_pause(&target(), &audit).await.unwrap();
    assert_eq!(bench.store.target(&target()).await.unwrap().paused, None);
    assert!(bench.store.release_pause(&target(), &audit).await.is_err());
}

#[tokio::test]
async fn a_proposed_plan_is_forgotten_after_an_hour() {
    let bench = Bench::new().await;
    let (old, new) = (planned(1, Kind::Deploy, None, 1, "1.0.0"), planned(2, Kind::Deploy, None, 1, "2.0.0"));
    bench.store.propose(&old, at(0)).await.unwrap();
    assert_eq!(bench.store.proposed(&old.hash().0).await.unwrap(), old);
    bench.store.propose(&new, at(3601)).await.unwrap();
    assert!(matches!(bench.store.proposed(&old.hash().0).await.unwrap_err(), LedgerError::NotFound { .. }));
}

#[tokio::test]
async fn the_generation_grows_with_another_process_and_not_with_a_heartbeat() {
    let bench = Bench::new().await;
    let other = Store::open(&bench.path(), None).await.unwrap();
    let before = other.generation().await.unwrap();
    let lease = bench.lease().await;
    let after = other.generation().await.unwrap();
    assert!(after > before);
    bench.store.heartbeat(&lease, at(1)).await.unwrap();
    assert_eq!(other.generation().await.unwrap(), after);
}

#[tokio::test]
async fn a_target_never_seen_is_empty_and_begins_at_r1() {
    let bench = Bench::new().await;
    let row = bench.store.target(&target()).await.unwrap();
    assert_eq!((row.current, row.next_revision, row.lease, row.running), (None, RevisionNumber(1), None, None));
}
