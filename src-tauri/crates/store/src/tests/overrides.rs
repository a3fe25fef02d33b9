//! The book of overrides cannot be changed behind the audit's back.

use super::*;
use switchback_core::port::{ChainVerdict, Gatebook as _, OverrideRow, Passed};

async fn with_override() -> Bench {
    let bench = Bench::new().await;
    let row = OverrideRow {
        id: uuid::Uuid::from_u128(7),
        passed: Passed::Deployments {
            target: target(),
            version: "2.14.1".to_owned(),
            until: Some(at(7200)),
            let_through: Vec::new(),
        },
        by: amara(),
        reason: "checkout is down".to_owned(),
        risk: "orders twice".to_owned(),
        task: "reconcile".to_owned(),
        at: at(0),
        followed_up: None,
    };
    let mut given = entry("gate.overridden", "checkout 2.14.1");
    row.reason.clone_into(&mut given.why);
    given.after = serde_json::json!({ "override": row.id, "risk": row.risk, "task": row.task, "until": at(7200) });
    bench.store.note_override(&row, at(0), &given, None).await.unwrap();
    bench
}

#[tokio::test]
async fn an_override_that_was_wiped_away_or_changed_is_found() {
    let bench = with_override().await;
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { entries: 1, .. }));
    for attack in [
        "update override_grant set followed_up = 1, followed_up_by = 'mallory'",
        "update override_grant set task = ''",
        "update override_grant set until = until + 1",
        "delete from override_grant",
    ] {
        let bench = with_override().await;
        bench.attack(attack).await;
        let verdict = bench.store.verify().await.unwrap();
        assert!(matches!(verdict, ChainVerdict::Broken { seq: 1, .. }), "{attack}: {verdict:?}");
    }
}

#[tokio::test]
async fn one_that_was_followed_up_is_as_the_audit_says() {
    let bench = with_override().await;
    let mut row = bench.store.overrides(true, 1).await.unwrap().remove(0);
    row.followed_up = Some((at(60), "jonas".to_owned(), "done".to_owned()));
    let mut audit = entry("override.followed-up", "checkout 2.14.1");
    audit.before = serde_json::json!({ "override": row.id });
    bench.store.note_override(&row, at(60), &audit, None).await.unwrap();
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { entries: 2, .. }));
    bench.attack("update override_grant set followed_up = null").await;
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Broken { seq: 1, .. }));
}
