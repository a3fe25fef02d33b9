//! Leases among processes: two stores on one file stand for two processes.

use super::*;

#[tokio::test]
async fn of_two_processes_that_race_for_a_target_exactly_one_gets_it() {
    let bench = Bench::new().await;
    let other = Store::open(&bench.path(), None).await.unwrap();
    for round in 0..10 {
        let target: Target = format!("service-{round}/production").parse().unwrap();
        let (one, two) = (owner(1), owner(2));
        let (first, second) = tokio::join!(
            bench.store.acquire(&target, &one, "deploy", at(0), &|_| false),
            other.acquire(&target, &two, "deploy", at(0), &|_| false),
        );
        assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1, "{first:?} {second:?}");
        let refused = first.err().or(second.err()).unwrap();
        assert!(matches!(refused, LedgerError::Held { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_stale_lease_is_taken_over_and_the_one_before_is_fenced_off() {
    let bench = Bench::new().await;
    let old = bench.lease().await;
    let plan = planned(1, Kind::Deploy, None, 1, "1.0.0");
    begin(&bench.store, &old, &plan, at(0)).await.unwrap();
    bench.store.heartbeat(&old, at(5)).await.unwrap();
    let early = bench.store.acquire(&target(), &owner(2), "resume", at(20), &|_| false).await.unwrap_err();
    assert!(matches!(early, LedgerError::Held { .. }));
    let new = bench.store.acquire(&target(), &owner(2), "resume", at(21), &|_| false).await.unwrap();
    assert_eq!(new.epoch, old.epoch + 1);
    let lost = LedgerError::Lost { target: target().to_string() };
    let state = State::Running { step: 0, started: true, committed: false };
    let turns = [Turn { event: Event::StepStarted { step: 0 }, state, consequences: Vec::new() }];
    assert_eq!(bench.store.heartbeat(&old, at(22)).await.unwrap_err(), lost);
    assert_eq!(bench.store.append(&old, plan.deployment, 1, &turns, at(22)).await.unwrap_err(), lost);
    Ledger::release(&bench.store, &old).await.unwrap();
    bench.store.append(&new, plan.deployment, 1, &turns, at(22)).await.unwrap();
    let page = bench.store.audit(&AuditFilter::default(), None, 1).await.unwrap();
    assert_eq!(page.rows[0].audit.action, "lease.taken-over");
}

#[tokio::test]
async fn a_dead_owner_is_not_waited_for() {
    let bench = Bench::new().await;
    bench.lease().await;
    let dead = |owner: &Owner| owner.session == uuid::Uuid::from_u128(1);
    bench.store.acquire(&target(), &owner(2), "resume", at(1), &dead).await.unwrap();
    let (holder, since, message) = bench.store.target(&target()).await.unwrap().lease.unwrap();
    assert_eq!((holder, since, message.as_str()), (owner(2), at(1), "resume"));
}

#[tokio::test]
async fn a_lease_given_back_is_free_at_once_under_a_new_epoch() {
    let bench = Bench::new().await;
    let old = bench.lease().await;
    Ledger::release(&bench.store, &old).await.unwrap();
    assert_eq!(bench.store.target(&target()).await.unwrap().lease, None);
    assert!(bench.store.heartbeat(&old, at(1)).await.is_err());
    let new = bench.store.acquire(&target(), &owner(1), "again", at(1), &|_| false).await.unwrap();
    assert_eq!(new.epoch, old.epoch + 1);
    assert_eq!(bench.store.audited().await.unwrap(), 0, "taking and giving back need no audit");
}
