//! What is begun and appended comes back; what may not follow is refused and leaves no trace.

use super::*;

#[tokio::test]
async fn a_journal_comes_back_as_it_was_written_to_the_nanosecond() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let plan = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let (loaded, entries) = bench.store.load(plan.deployment).await.unwrap();
    assert_eq!(loaded, plan);
    let mut events = vec![first_event()];
    events.extend(success(&plan));
    assert_eq!(entries.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), events);
    assert!(entries.iter().all(|entry| entry.at == at(1)));
    assert!((0..).zip(&entries).all(|(seq, entry)| entry.seq == seq));
    let row = bench.store.deployment(plan.deployment).await.unwrap();
    assert_eq!((row.state, row.ended, row.turned), (State::Succeeded, Some(at(1)), None));
}

#[tokio::test]
async fn arriving_moves_the_target_and_keeps_only_the_way_back() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let one = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let two = deploy(&bench.store, &lease, 2, 2, "2.0.0").await;
    let three = deploy(&bench.store, &lease, 3, 3, "3.0.0").await;
    let row = bench.store.target(&target()).await.unwrap();
    let current = row.current.unwrap();
    assert_eq!(
        (current.revision, current.instances, current.workload),
        (three.revision, three.instances, three.workload)
    );
    assert_eq!(row.kept, two.instances, "and nothing of {:?}", one.instances);
    assert_eq!(row.arrived, Some((at(3), amara())));
    assert_eq!((row.running, row.next_revision), (None, RevisionNumber(4)));
}

#[tokio::test]
async fn a_failed_release_is_quarantined_and_pauses_the_target_in_the_same_breath() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let before = bench.store.target(&target()).await.unwrap().current;
    let bad = planned(2, Kind::Deploy, before.clone(), 2, "2.0.0");
    begin(&bench.store, &lease, &bad, at(10)).await.unwrap();
    let state = walk(&bench.store, &lease, &bad, 1, &failure(), at(11)).await;
    assert_eq!(state.name(), "rolledBack");
    let row = bench.store.deployment(bad.deployment).await.unwrap();
    assert_eq!((row.turned, row.ended), (Some(at(11)), Some(at(11))));
    let target_row = bench.store.target(&target()).await.unwrap();
    assert_eq!(target_row.current, before);
    assert_eq!(target_row.paused.unwrap().1, "amara");
    assert_eq!(bench.store.quarantine().await.unwrap()[0].version, "2.0.0");
    assert_eq!(bench.store.counts(&target()).await.unwrap(), Counts { all: 2, undone: 1, rollbacks: 0 });
    assert!(!bench.store.revision(&target(), RevisionNumber(2)).await.unwrap().ran);
    let ran: Vec<_> = bench.store.revisions(&target(), 9).await.unwrap().into_iter().map(|row| row.version).collect();
    assert_eq!(ran, ["1.0.0"]);
    assert_eq!(bench.store.durations(&target(), Kind::Deploy, 5).await.unwrap(), [0]);
}

#[tokio::test]
async fn a_rollback_goes_to_the_revision_that_is_there() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    deploy(&bench.store, &lease, 2, 2, "2.0.0").await;
    let before = bench.store.target(&target()).await.unwrap().current;
    let back = planned(3, Kind::Rollback, before, 1, "1.0.0");
    begin(&bench.store, &lease, &back, at(3)).await.unwrap();
    walk(&bench.store, &lease, &back, 1, &success(&back), at(4)).await;
    let row = bench.store.target(&target()).await.unwrap();
    assert_eq!((row.current.unwrap().revision, row.next_revision), (RevisionNumber(1), RevisionNumber(3)));
    assert_eq!(bench.store.counts(&target()).await.unwrap(), Counts { all: 3, undone: 0, rollbacks: 1 });
}

#[tokio::test]
async fn before_a_revision_ran_what_it_took_the_place_of_and_not_what_was_gone_back_from() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    for number in 1..=3 {
        deploy(&bench.store, &lease, number, u32::try_from(number).unwrap(), &format!("{number}.0.0")).await;
    }
    let row = bench.store.target(&target()).await.unwrap();
    let back = planned(4, Kind::Rollback, row.current, 2, "2.0.0");
    begin(&bench.store, &lease, &back, at(4)).await.unwrap();
    walk(&bench.store, &lease, &back, 1, &success(&back), at(4)).await;
    deploy(&bench.store, &lease, 5, 4, "4.0.0").await;
    let before = async |revision| {
        let row = bench.store.before(&target(), RevisionNumber(revision)).await.unwrap();
        row.map(|row| row.revision.0)
    };
    let all = [before(1).await, before(2).await, before(3).await, before(4).await];
    assert_eq!(all, [None, Some(1), Some(2), Some(2)]);
}

#[tokio::test]
async fn a_second_deployment_waits_for_the_first_one() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let one = planned(1, Kind::Deploy, None, 1, "1.0.0");
    begin(&bench.store, &lease, &one, at(1)).await.unwrap();
    let refused = begin(&bench.store, &lease, &planned(2, Kind::Deploy, None, 2, "2.0.0"), at(2)).await.unwrap_err();
    assert_eq!(refused, LedgerError::Unfinished { target: target().to_string(), deployment: one.deployment });
    assert_eq!(bench.store.unfinished().await.unwrap(), [(one.deployment, target())]);
}

#[tokio::test]
async fn a_plan_from_another_world_is_refused_and_leaves_no_trace() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let entries = bench.store.audited().await.unwrap();
    let stale = planned(2, Kind::Deploy, None, 2, "2.0.0");
    let refused = begin(&bench.store, &lease, &stale, at(2)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Conflict { .. }), "{refused}");
    let taken = planned(3, Kind::Deploy, bench.store.target(&target()).await.unwrap().current, 1, "3.0.0");
    let refused = begin(&bench.store, &lease, &taken, at(2)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::Conflict { .. }), "{refused}");
    assert!(bench.store.deployment(stale.deployment).await.is_err());
    let after = bench.store.audited().await.unwrap();
    assert_eq!(entries, after);
    assert_eq!(bench.store.counts(&target()).await.unwrap().all, 1);
}

#[tokio::test]
async fn an_event_out_of_turn_or_that_cannot_follow_is_a_conflict() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let plan = planned(1, Kind::Deploy, None, 1, "1.0.0");
    begin(&bench.store, &lease, &plan, at(1)).await.unwrap();
    let turn = |event, state| Turn { event, state, consequences: Vec::new() };
    let starts = turn(Event::StepStarted { step: 0 }, State::Running { step: 0, started: true, committed: false });
    let ends = turn(Event::Succeeded, State::Succeeded);
    for (seq, turns) in [
        (0, vec![starts.clone()]),
        (2, vec![starts.clone()]),
        (1, vec![ends.clone()]),
        (1, vec![turn(starts.event.clone(), State::Succeeded)]),
        (1, vec![starts.clone(), ends]),
    ] {
        let refused = bench.store.append(&lease, plan.deployment, seq, &turns, at(2)).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Conflict { .. }), "{refused}");
    }
    // Of what was refused nothing is left, not even the first of two.
    bench.store.append(&lease, plan.deployment, 1, &[starts], at(2)).await.unwrap();
}

#[tokio::test]
async fn what_people_ask_is_seen_once_and_not_after_the_end() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let plan = planned(1, Kind::Deploy, None, 1, "1.0.0");
    begin(&bench.store, &lease, &plan, at(1)).await.unwrap();
    assert_eq!(bench.store.abort_asked(plan.deployment).await.unwrap(), None);
    bench.store.ask_abort(plan.deployment, &amara(), "wrong one", at(2)).await.unwrap();
    bench.store.ask_abort(plan.deployment, &amara(), "again", at(3)).await.unwrap();
    assert_eq!(bench.store.abort_asked(plan.deployment).await.unwrap(), Some((amara(), "wrong one".to_owned())));
    bench.store.confirm(plan.deployment, &amara(), at(4)).await.unwrap();
    assert_eq!(bench.store.confirmed(plan.deployment).await.unwrap(), Some(amara()));
    walk(&bench.store, &lease, &plan, 1, &success(&plan), at(5)).await;
    assert!(bench.store.confirm(plan.deployment, &amara(), at(6)).await.is_err());
    let unknown = DeploymentId(uuid::Uuid::nil());
    let refused = bench.store.ask_abort(unknown, &amara(), "", at(6)).await.unwrap_err();
    assert!(matches!(refused, LedgerError::NotFound { .. }));
}

#[tokio::test]
async fn the_journal_the_audit_and_all_that_only_grows_refuse_changes() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let mut raw = bench.raw().await;
    for table in ["event", "audit", "revision", "arrival"] {
        for sql in [format!("delete from {table}"), format!("update {table} set rowid = rowid")] {
            let sql = if table == "event" { sql.replace("rowid", "seq") } else { sql };
            let refused = sqlx::query(AssertSqlSafe(sql)).execute(&mut raw).await.unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
    }
}

#[tokio::test]
async fn what_is_stuck_stays_so_beside_attempts_that_came_to_nothing_and_no_longer_after_one_that_did() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let bad = planned(1, Kind::Deploy, None, 1, "1.0.0");
    begin(&bench.store, &lease, &bad, at(1)).await.unwrap();
    let mut events = failure()[..3].to_vec();
    let failed = Failure::new(FailureKind::Other, "it does not stop");
    events.push(Event::UndoFailed { step: 0, failure: failed, instructions: vec!["stop it".to_owned()] });
    assert_eq!(walk(&bench.store, &lease, &bad, 1, &events, at(1)).await.name(), "stuck");
    let stuck = vec![(bad.deployment, target())];
    let never = planned(2, Kind::Deploy, None, 2, "2.0.0");
    begin(&bench.store, &lease, &never, at(2)).await.unwrap();
    assert_eq!(bench.store.stuck().await.unwrap(), [], "somebody is about to do something");
    let aborted = [Event::Aborted { reason: "its folder is gone".to_owned() }];
    walk(&bench.store, &lease, &never, 1, &aborted, at(2)).await;
    assert_eq!(bench.store.stuck().await.unwrap(), stuck);
    let undone = planned(3, Kind::Deploy, None, 3, "2.1.0");
    begin(&bench.store, &lease, &undone, at(3)).await.unwrap();
    assert_eq!(walk(&bench.store, &lease, &undone, 1, &failure(), at(3)).await.name(), "rolledBack");
    assert_eq!(bench.store.stuck().await.unwrap(), stuck, "what was there before is there again");
    deploy(&bench.store, &lease, 4, 4, "3.0.0").await;
    assert_eq!(bench.store.stuck().await.unwrap(), []);
}

#[tokio::test]
async fn nothing_begins_that_would_stop_what_is_recorded_for_another_target() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let first = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let before = bench.store.target(&target()).await.unwrap().current;
    let next = planned(2, Kind::Deploy, before, 2, "2.0.0");
    let name = &first.instances[0];
    let same =
        format!("insert into target (service, environment, instances) values ('gone', 'staging', '[\"{name}\"]')");
    bench.attack(&same).await;
    let refused = begin(&bench.store, &lease, &next, at(9)).await.unwrap_err();
    let said = format!("checkout/production is said to run {name}, which is recorded for gone/staging");
    assert_eq!(refused.to_string(), said);
    assert_eq!(bench.store.unfinished().await.unwrap(), []);
    sqlx::query("delete from target where service = 'gone'").execute(&mut bench.raw().await).await.unwrap();
    begin(&bench.store, &lease, &next, at(9)).await.unwrap();
}
