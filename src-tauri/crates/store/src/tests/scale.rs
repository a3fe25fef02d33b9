//! A million audit entries: how long a page and a check take. Ignored, because filling takes a while; run it with
//! `cargo test --release -p switchback-store -- --ignored --nocapture million`.

use super::*;
use std::time::Instant as Stopwatch;
use switchback_core::port::ChainVerdict;

/// The promise for the slowest of a hundred pages, milliseconds.
const PAGE_MS: f64 = 16.0;

const ENTRIES: i64 = 1_000_000;

async fn fill(bench: &Bench) {
    let actions = ["deploy.step-started", "deploy.step-done", "deploy.probed", "deploy.started", "deploy.succeeded"];
    for block in 0..ENTRIES / 10_000 {
        let mut work = bench.store.write().await.unwrap();
        for number in block * 10_000..(block + 1) * 10_000 {
            let pick = usize::try_from(number).unwrap();
            let mut audit = entry(actions[pick % 5], &format!("service-{} 2.{}.{}", pick % 40, pick % 97, pick % 13));
            audit.by.name = ["amara", "bo", "chen", "agent"][pick / 5 % 4].to_owned();
            audit.environment = Some(["production", "staging", "test"][pick / 7 % 3].to_owned());
            work.audit(at(number * 30), &audit).await.unwrap();
        }
        work.commit().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "fills a million entries"]
async fn no_page_of_a_million_entries_takes_longer_than_a_frame() {
    let bench = Bench::new().await;
    let begun = Stopwatch::now();
    fill(&bench).await;
    println!("filled in {:?}", begun.elapsed());
    let blank = AuditFilter::default;
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        ("none", blank()),
        ("milestones", AuditFilter { milestones_only: true, ..blank() }),
        ("who", AuditFilter { who: some("chen"), ..blank() }),
        ("who, milestones", AuditFilter { who: some("chen"), milestones_only: true, ..blank() }),
        ("action", AuditFilter { action: some("deploy."), ..blank() }),
        ("environment", AuditFilter { environment: some("staging"), ..blank() }),
        (
            "who, action, environment",
            AuditFilter { who: some("bo"), action: some("deploy.s"), environment: some("test"), ..blank() },
        ),
        ("a day", AuditFilter { since: Some(at(9_000_000)), until: Some(at(9_086_400)), ..blank() }),
        ("word", AuditFilter { search: "service-7".to_owned(), ..blank() }),
        ("common word", AuditFilter { search: "deploy".to_owned(), ..blank() }),
        ("prefix", AuditFilter { search: "serv".to_owned(), milestones_only: true, ..blank() }),
        ("one letter", AuditFilter { search: "s".to_owned(), ..blank() }),
        ("long prefix", AuditFilter { search: "checko succeede".to_owned(), ..blank() }),
        ("word, who", AuditFilter { search: "2.14".to_owned(), who: some("agent"), ..blank() }),
        ("nothing", AuditFilter { search: "absent".to_owned(), ..blank() }),
        ("nobody", AuditFilter { who: some("mallory"), action: some("deploy."), ..blank() }),
    ];
    let mut slow = Vec::new();
    for (name, filter) in cases {
        let (mut times, mut cursor) = (Vec::new(), None);
        for _ in 0..100 {
            let begun = Stopwatch::now();
            let page = bench.store.audit(&filter, cursor.as_deref(), 50).await.unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            cursor = page.next.map(|next| (next.parse::<i64>().unwrap() * 99 / 100).to_string());
        }
        times.sort_by(f64::total_cmp);
        println!("{name:28} median {:6.2} ms, p99 {:6.2} ms", times[50], times[98]);
        if times[98] > PAGE_MS {
            slow.push(name);
        }
    }
    let begun = Stopwatch::now();
    let verdict = bench.store.verify().await.unwrap();
    println!("verified in {:?}", begun.elapsed());
    assert!(matches!(verdict, ChainVerdict::Intact { entries: ENTRIES, .. }));
    assert_eq!(slow, Vec::<&str>::new());
}
