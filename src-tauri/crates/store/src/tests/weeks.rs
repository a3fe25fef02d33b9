//! The weeks of a target count what its deployments are.

use super::*;
use switchback_core::port::WeekRow;

const WEEK: i64 = 7 * 86_400;

#[tokio::test]
async fn weeks_count_deployments_rollbacks_and_what_was_undone() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let run = async |id: u128, kind, revision, version: &str, events: fn(&Plan) -> Vec<Event>, week: i64| {
        let before = bench.store.target(&target()).await.unwrap().current;
        let plan = planned(id, kind, before, revision, version);
        begin(&bench.store, &lease, &plan, at(week * WEEK)).await.unwrap();
        walk(&bench.store, &lease, &plan, 1, &events(&plan), at(week * WEEK)).await;
    };
    run(1, Kind::Deploy, 1, "1.0.0", success, 0).await;
    run(2, Kind::Deploy, 2, "1.1.0", success, 3).await;
    run(3, Kind::Deploy, 3, "1.2.0", |_| failure(), 3).await;
    run(4, Kind::Rollback, 1, "1.0.0", success, 3).await;
    let weeks = bench.store.weeks(&target()).await.unwrap();
    let counts: Vec<_> = weeks.iter().map(|week| (week.deployments, week.rollbacks, week.undone)).collect();
    assert_eq!(counts, [(3, 1, 1), (1, 0, 0)]);
    let of = |week: &WeekRow, began: Instant| began >= week.since && began.duration_since(week.since).as_secs() < WEEK;
    assert!(of(&weeks[1], at(0)) && of(&weeks[0], at(3 * WEEK)), "{weeks:?}");
    let monday = weeks[0].since.to_zoned(jiff::tz::TimeZone::UTC).weekday();
    assert_eq!(monday, jiff::civil::Weekday::Monday);
}
