//! Pages return everything exactly once, whatever the filter; searches find words whatever characters they hold.

use super::*;
use proptest::{prelude::*, strategy::Strategy};

async fn everything(store: &Store, filter: &AuditFilter, limit: u32) -> (Vec<i64>, u64) {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.audit(filter, cursor.as_deref(), limit).await.unwrap();
        assert!(page.rows.len() <= limit as usize);
        seen.extend(page.rows.iter().map(|row| row.seq));
        cursor = page.next;
        if cursor.is_none() {
            return (seen, store.matching(filter).await.unwrap().count);
        }
    }
}

/// What a filter means, without any index.
fn matches(filter: &AuditFilter, at: Instant, audit: &Audit) -> bool {
    filter.who.as_ref().is_none_or(|who| *who == audit.by.name)
        && filter.action.as_ref().is_none_or(|prefix| audit.action.starts_with(prefix))
        && filter.environment.as_ref().is_none_or(|environment| Some(environment) == audit.environment.as_ref())
        && filter.since.is_none_or(|since| at >= since)
        && filter.until.is_none_or(|until| at < until)
        && (!filter.milestones_only || crate::table::audit::milestone(&audit.action))
        && (filter.search.is_empty() || audit.subject.split(' ').any(|word| word.starts_with(&filter.search)))
}

fn entries() -> impl Strategy<Value = Vec<(Audit, i64)>> {
    let one = (0..3_u8, 0..4_usize, 0..3_u8, 0..20_000_i64).prop_map(|(who, action, environment, second)| {
        let action = ["deploy.started", "deploy.step-done", "rollback.started", "policy.applied"][action];
        let mut audit = entry(action, &format!("word{} checkout", second % 3));
        audit.by.name = format!("person-{who}");
        audit.environment = (environment > 0).then(|| format!("env-{environment}"));
        (audit, second)
    });
    proptest::collection::vec(one, 0..40)
}

fn filters() -> impl Strategy<Value = AuditFilter> {
    let search = prop::sample::select(vec!["", "word1", "wor", "checkout", "nothing"]);
    let who = prop::option::of(0..3_u8);
    let action = prop::option::of(prop::sample::select(vec!["deploy.", "rollback.", "deploy.started", "x"]));
    let time = || prop::option::of(0..20_000_i64);
    (search, who, action, prop::option::of(1..3_u8), time(), time(), any::<bool>()).prop_map(
        |(search, who, action, environment, since, until, milestones_only)| AuditFilter {
            search: search.to_owned(),
            who: who.map(|it| format!("person-{it}")),
            action: action.map(str::to_owned),
            environment: environment.map(|it| format!("env-{it}")),
            since: since.map(at),
            until: until.map(at),
            milestones_only,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn pages_return_each_matching_entry_exactly_once_also_when_clocks_ran_back(
        entries in entries(), filters in proptest::collection::vec(filters(), 12), limit in 1..7_u32,
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let bench = Bench::new().await;
            let mut work = bench.store.write().await.unwrap();
            for (audit, second) in &entries {
                work.audit(at(*second), audit).await.unwrap();
            }
            work.commit().await.unwrap();
            for filter in &filters {
                let expected: Vec<i64> = (1..).zip(&entries)
                    .filter(|(_, (audit, second))| matches(filter, at(*second), audit))
                    .map(|(seq, _)| seq).collect::<Vec<_>>().into_iter().rev().collect();
                let (seen, total) = everything(&bench.store, filter, limit).await;
                assert_eq!(seen, expected, "{filter:?}");
                assert_eq!(total, expected.len() as u64, "{filter:?}");
            }
        });
    }
}

#[tokio::test]
async fn words_with_operators_quotes_and_dots_are_only_words() {
    let bench = Bench::new().await;
    bench.store.note(&entry("deploy.started", "checkout 2.14.1 \"quoted\" O'Neil")).await.unwrap();
    bench.store.note(&entry("deploy.started", "billing 3.0.0")).await.unwrap();
    for (search, found) in [
        ("2.14", 1),
        ("checkout 2.14.1", 1),
        ("billing checkout", 0),
        ("BILL", 1),
        ("\"quoted", 1),
        ("O'Neil", 1),
        ("deploy.sta", 2),
        ("amara", 2),
        ("NOT", 0),
        ("words:billing", 0),
        ("kind : milestone", 0),
        ("* ( ) \" -", 2),
        ("NEAR(", 0),
        ("14.1", 1),
        ("4.1", 0),
        ("_milestone", 0),
    ] {
        let filter = AuditFilter { search: search.to_owned(), ..AuditFilter::default() };
        let page = bench.store.audit(&filter, None, 10).await.unwrap();
        assert_eq!(
            (page.rows.len(), bench.store.matching(&filter).await.unwrap().count),
            (found, found as u64),
            "{search}"
        );
    }
    let bad = bench.store.audit(&AuditFilter::default(), Some("x"), 10).await.unwrap_err();
    assert!(matches!(bad, LedgerError::NotFound { .. }));
}

#[tokio::test]
async fn deployments_that_began_at_the_same_instant_are_paged_exactly_once() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    for number in 1..=7_u32 {
        let before = bench.store.target(&target()).await.unwrap().current;
        let plan = planned(u128::from(number), Kind::Deploy, before, number, &number.to_string());
        begin(&bench.store, &lease, &plan, at(i64::from(number / 3))).await.unwrap();
        walk(&bench.store, &lease, &plan, 1, &failure(), at(9)).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = bench.store.deployments(&target(), cursor.as_deref(), 2).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.revision.0));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_search_index_of_many_parts_is_made_one_when_the_file_is_opened() {
    let bench = Bench::new().await;
    for block in 0..10 {
        let mut work = bench.store.write().await.unwrap();
        for number in block * 101..(block + 1) * 101 {
            work.audit(at(number), &entry("deploy.started", &format!("word{}", number % 7))).await.unwrap();
        }
        work.commit().await.unwrap();
    }
    let mut raw = bench.raw().await;
    let parts = "select count(distinct segid) from audit_text_idx";
    let scattered: i64 = sqlx::query_scalar(parts).fetch_one(&mut raw).await.unwrap();
    assert!(scattered > 1, "{scattered}");
    let again = Store::open(&bench.path(), None).await.unwrap();
    let gathered: i64 = sqlx::query_scalar(parts).fetch_one(&mut raw).await.unwrap();
    assert_eq!(gathered, 1);
    let filter = AuditFilter { search: "word3".to_owned(), ..AuditFilter::default() };
    let (seen, count) = everything(&again, &filter, 50).await;
    assert_eq!((seen.len(), count), (144, 144));
    // A few more are not worth it.
    again.note(&entry("deploy.started", "word3")).await.unwrap();
    drop(Store::open(&bench.path(), None).await.unwrap());
    let few: i64 = sqlx::query_scalar(parts).fetch_one(&mut raw).await.unwrap();
    assert_eq!((few, everything(&again, &filter, 50).await.1), (2, 145));
}
