//! What decides what ships and what comes back cannot be changed behind the audit's back.

use super::{records::release, *};
use switchback_core::{
    port::{ChainVerdict, Policy},
    workload::SecretRef,
};

/// A policy, a release, a deployment that succeeded and one that was bad.
async fn with_books() -> Bench {
    let bench = Bench::new().await;
    let mut applied = entry("policy.applied", "switchback.yaml");
    applied.after = "version: 1".into();
    let policy = |yaml: &str, nth| Policy { document: serde_json::json!({ "yaml": yaml, "base": "/" }), at: at(nth) };
    bench.store.apply(&policy("version: 1", 0), &applied).await.unwrap();
    applied.after = "version: 1 # approved".into();
    bench.store.apply(&policy("version: 1 # approved", 1), &applied).await.unwrap();
    let secret = SecretRef { name: "stripe".to_owned(), fingerprint: "1234".to_owned() };
    let mut set = entry("secret.set", "stripe");
    set.after = serde_json::json!({ "fingerprint": secret.fingerprint });
    bench.store.note_secret(&secret, at(0), &set).await.unwrap();
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
    let attacks = [
        ("update revision set version = '1.0.1' where revision = 1", "the revision that it tells of has another"),
        ("update revision set digest = 'sha256:0' where revision = 1", "the revision that it tells of has another"),
        ("update release set digest = 'sha256:0'", "the release that it tells of has another"),
        ("update target set version = '0.9.0'", "what checkout/production is said to run is not what arrived"),
        (
            "update target set workload = replace(workload, 'live', 'test')",
            "what checkout/production is said to run is not",
        ),
        ("update target set revision = 2, version = '2.0.0'", "what checkout/production is said to run is not"),
        (
            "update target set instances = '[\"sb-checkout-staging-r1-8f18aa23-0\"]'",
            "what checkout/production is said to run has other instances",
        ),
        (
            "update target set kept = '[\"sb-checkout-staging-r1-8f18aa23-0\"]'",
            "what checkout/production is said to run has",
        ),
        (
            "update target set arrived_by = json_set(arrived_by, '$.name', 'eve')",
            "what checkout/production is said to run was brought there by another",
        ),
        ("update target set deployments = deployments + 1", "the counts of checkout/production are not"),
        ("update target set undone = 0", "the counts of checkout/production are not"),
        ("update deployment set plan = 'no plan' where revision = 1", "the deployment "),
        (
            "insert into target (service, environment, instances) values ('checkout', 'staging', '[\"sb-a\"]')",
            "what checkout/staging is said to run is told of by nobody",
        ),
        ("update target set revision = null", "what checkout/production is said to run is gone"),
        ("update quarantine set why = 'no reason'", "the quarantine of checkout 2.0.0 has another reason"),
        ("update quarantine set by = 'mallory'", "the quarantine of checkout 2.0.0 has another reason"),
        (
            "insert into quarantine (service, version, since, why, by) values ('checkout', '1.0.0', 1, 'a word', 'amara')",
            "the quarantine of checkout 1.0.0 is told of by nobody",
        ),
        ("delete from pause", "the pause of checkout/production that it tells of is gone"),
        ("update pause set why = 'no reason'", "the pause of checkout/production has another reason"),
        ("update pause set environment = 'staging'", "the pause of checkout/"),
        ("update secret_ref set fingerprint = 'another'", "the secret's fingerprint that it tells of has another"),
        ("update event set event = replace(event, 'done', 'none') where seq = 2", "the deployment "),
        ("update event set at = at + 1 where seq = 1", "the deployment "),
        ("delete from event where seq = 3", "the deployment "),
        ("update deployment set reason = 'another'", "the deployment "),
        ("update deployment set version = '1.0.1' where revision = 1", "the deployment "),
        ("update deployment set state_name = 'succeeded'", "the deployment "),
        ("update deployment set ended = ended + 1", "the deployment "),
        ("delete from event; delete from deployment where revision = 2", "the deployment "),
        (
            "insert into deployment select 'another', service, environment, kind, revision, from_revision, version, \
               from_version, reason, by, plan, state, state_name, 7, ended, turned from deployment where revision = 1",
            "the deployment another is told of by nobody",
        ),
        ("update arrival set at = at + 1", "the deployment "),
        ("update arrival set deployment = 'another'", "the deployment "),
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
    ];
    all_are_found(&attacks).await;
}

#[tokio::test]
async fn a_policy_before_this_one_a_release_s_by_and_when_and_what_nobody_tells_of_are_held_too() {
    let attacks = [
        ("delete from policy where id = 1", "the policy that it tells of is"),
        (
            "update policy set document = json_set(document, '$.yaml', 'version: 1 # another') where id = 1",
            "the policy that it tells of is another",
        ),
        ("update policy set at = at + 1 where id = 1", "the policy that it tells of is another"),
        (
            "insert into policy (id, document, at) select 0, document, at - 1 from policy where id = 1",
            "the policy that it tells of is another",
        ),
        (
            "insert into release (service, version, content, digest, added_at) select service, '3.0.0', \
               replace(content, '2.0.0', '3.0.0'), digest, added_at from release",
            "the release checkout 3.0.0 is told of by nobody",
        ),
        (
            "update release set content = json_set(content, '$.by', 'mallory')",
            "the release that it tells of has another time or other notes",
        ),
        (
            "update release set content = json_set(content, '$.notes', 'another')",
            "the release that it tells of has another time or other notes",
        ),
        ("update release set added_at = added_at + 1", "the release that it tells of has another time"),
        ("update release set version = '2.0.1'", "the release that it tells of is gone"),
        (
            "insert into secret_ref (name, fingerprint, set_at) values ('paypal', '99', 1)",
            "the fingerprint of the secret paypal is told of by nobody",
        ),
        ("update secret_ref set set_at = set_at + 1", "the secret's fingerprint that it tells of has another"),
        ("delete from secret_ref", "the secret's fingerprint that it tells of is gone"),
    ];
    all_are_found(&attacks).await;
}

/// Each attack on a history of its own is found, and told with these words.
async fn all_are_found(attacks: &[(&str, &str)]) {
    let guards = [
        "policy_no_update",
        "policy_no_delete",
        "release_no_update",
        "release_no_delete",
        "revision_no_update",
        "event_no_delete",
        "arrival_no_update",
    ];
    let free = guards.map(|guard| format!("drop trigger {guard}; ")).concat();
    for (attack, says) in attacks {
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
    let released = entry("target.released", "checkout/production");
    bench.store.release_pause(&target(), &released).await.unwrap();
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { .. }));
}

#[tokio::test]
async fn a_secret_that_was_removed_rightly_is_no_flaw_and_one_put_there_again_is() {
    let bench = with_books().await;
    bench.store.forget_secret("stripe", &entry("secret.removed", "stripe")).await.unwrap();
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { .. }));
    bench.attack("insert into secret_ref (name, fingerprint, set_at) values ('stripe', '1234', 1)").await;
    let verdict = bench.store.verify().await.unwrap();
    let told = "the fingerprint of the secret stripe is told of by nobody";
    assert!(matches!(&verdict, ChainVerdict::Broken { why, .. } if why == told), "{verdict:?}");
}

#[tokio::test]
async fn a_commit_that_became_known_later_is_no_flaw_whoever_named_it() {
    let bench = with_books().await;
    let known = switchback_core::release::Release {
        commit: Some("b83d204".to_owned()),
        by: "jonas".to_owned(),
        added_at: at(30),
        ..release("2.0.0", "bad")
    };
    let mut added = entry("release.added", "checkout 2.0.0");
    added.by.name = "jonas".to_owned();
    added.after = serde_json::json!({ "service": "checkout", "version": "2.0.0", "release": known.id() });
    bench.store.add_release(&known, &added).await.unwrap();
    let verdict = bench.store.verify().await.unwrap();
    assert!(matches!(verdict, ChainVerdict::Intact { .. }), "{verdict:?}");
}

#[tokio::test]
async fn a_deployment_that_is_under_way_is_no_flaw_and_is_held_against_its_own_journal() {
    let bench = with_books().await;
    let lease = bench.store.acquire(&target(), &owner(2), "a test", at(0), &|_| true).await.unwrap();
    let before = bench.store.target(&target()).await.unwrap().current;
    let next = planned(3, Kind::Deploy, before, 3, "3.0.0");
    begin(&bench.store, &lease, &next, at(20)).await.unwrap();
    walk(&bench.store, &lease, &next, 1, &success(&next)[..2], at(21)).await;
    let verdict = bench.store.verify().await.unwrap();
    assert!(matches!(verdict, ChainVerdict::Intact { .. }), "{verdict:?}");
    // Whose entries tell no digest: what the journal leads to is judged all the same.
    bench.attack("update deployment set state_name = 'succeeded' where revision = 3").await;
    let verdict = bench.store.verify().await.unwrap();
    assert!(matches!(&verdict, ChainVerdict::Broken { why, .. } if why.contains("another state")), "{verdict:?}");
}
