//! Whatever is done to the audit behind our back is found, and named by the first bad entry.

use super::*;
use switchback_core::port::ChainVerdict;

async fn with_entries(signer: Option<Signer>, entries: i64) -> Bench {
    let bench = Bench::with(signer).await;
    for number in 1..=entries {
        bench.store.note(&entry("notify.tested", &format!("entry {number}"))).await.unwrap();
    }
    bench
}

fn broken_at(verdict: &ChainVerdict, expected: i64) -> String {
    match verdict {
        ChainVerdict::Broken { seq, why } if *seq == expected => why.clone(),
        other => panic!("expected a flaw at {expected}, found {other:?}"),
    }
}

#[tokio::test]
async fn an_audit_of_which_nothing_is_left_is_no_new_one() {
    for attack in ["delete from audit", "drop table audit"] {
        let bench = Bench::new().await;
        for why in ["one", "two"] {
            bench.store.note(&entry("notify.tested", why)).await.unwrap();
        }
        bench.attack(attack).await;
        bench.store.close().await;
        let gone = Store::open(&bench.path(), None).await.err().unwrap();
        assert!(matches!(gone, LedgerError::Gone { entries: 2, .. }), "{attack}: {gone}");
    }
}

#[tokio::test]
async fn an_audit_that_is_gone_with_its_head_is_missed_by_what_it_told_of() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    bench.attack("delete from audit").await;
    bench.store.close().await;
    std::fs::remove_file(bench.path().with_extension("db.head")).unwrap();
    let gone = Store::open(&bench.path(), None).await.err().unwrap();
    assert!(matches!(gone, LedgerError::Gone { entries: 1.., .. }), "{gone}");
}

#[tokio::test]
async fn an_untouched_chain_is_intact_empty_signed_and_by_two_processes() {
    let bench = with_entries(Some(Signer::new(&[7; 32])), 0).await;
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { entries: 0, .. }));
    let other = Store::open(&bench.path(), None).await.unwrap();
    for _ in 0..5 {
        let audit = entry("notify.tested", "both");
        let (one, two) = tokio::join!(bench.store.note(&audit), other.note(&audit));
        one.unwrap();
        two.unwrap();
    }
    bench.store.note(&entry("notify.tested", "last")).await.unwrap();
    let verdict = bench.store.verify().await.unwrap();
    assert!(matches!(verdict, ChainVerdict::Intact { entries: 11, .. }), "{verdict:?}");
}

#[tokio::test]
async fn an_edit_is_found() {
    for column in ["why = 'another'", "actor = 'mallory'", "at = at + 1", "after = '{}'", "environment = null"] {
        let bench = with_entries(None, 5).await;
        bench.attack(&format!("update audit set {column} where seq = 3")).await;
        broken_at(&bench.store.verify().await.unwrap(), 3);
    }
}

#[tokio::test]
async fn an_entry_filed_where_its_action_does_not_belong_is_found() {
    let bench = with_entries(None, 5).await;
    bench.attack("update audit set milestone = 1 - milestone where seq = 3").await;
    broken_at(&bench.store.verify().await.unwrap(), 3);
}

#[tokio::test]
async fn stripped_signatures_are_counted_and_found_at_the_head() {
    let bench = with_entries(Some(Signer::new(&[7; 32])), 5).await;
    bench.attack("update audit set signature = null, signed_by = null where seq = 2").await;
    let verdict = bench.store.verify().await.unwrap();
    assert!(matches!(verdict, ChainVerdict::Intact { entries: 5, unsigned: 1, .. }), "{verdict:?}");
    let mut raw = bench.raw().await;
    sqlx::raw_sql("update audit set signature = null, signed_by = null").execute(&mut raw).await.unwrap();
    broken_at(&bench.store.verify().await.unwrap(), 5);
}

#[tokio::test]
async fn a_deletion_is_found_also_of_the_first() {
    for seq in [1, 3] {
        let bench = with_entries(None, 5).await;
        bench.attack(&format!("delete from audit where seq = {seq}")).await;
        broken_at(&bench.store.verify().await.unwrap(), seq);
    }
}

#[tokio::test]
async fn a_reordering_is_found() {
    let bench = with_entries(None, 5).await;
    bench
        .attack(
            "update audit set seq = 99 where seq = 2; update audit set seq = 2 where seq = 3; \
             update audit set seq = 3 where seq = 99",
        )
        .await;
    broken_at(&bench.store.verify().await.unwrap(), 2);
}

#[tokio::test]
async fn cutting_off_the_end_is_found_and_writing_on_does_not_hide_it() {
    let bench = with_entries(None, 5).await;
    bench.attack("delete from audit where seq > 3").await;
    broken_at(&bench.store.verify().await.unwrap(), 4);
    for _ in 0..4 {
        bench.store.note(&entry("notify.tested", "later")).await.unwrap();
    }
    broken_at(&bench.store.verify().await.unwrap(), 5);
}

#[tokio::test]
async fn an_edit_with_all_later_hashes_made_anew_is_found_by_the_head() {
    let bench = with_entries(None, 3).await;
    let rows = bench.store.audit(&AuditFilter::default(), None, 3).await.unwrap().rows;
    let last = &rows[0];
    let text = crate::chain::canonical(&last.audit.after).unwrap();
    let link = crate::chain::Link {
        seq: 3,
        at: last.at,
        actor: "mallory",
        origin: &last.audit.by.origin,
        action: &last.audit.action,
        subject: &last.audit.subject,
        environment: last.audit.environment.as_deref(),
        why: &last.audit.why,
        before: "null",
        after: &text,
        prev_hash: &last.prev_hash,
    };
    bench.attack(&format!("update audit set actor = 'mallory', hash = '{}' where seq = 3", link.hash())).await;
    broken_at(&bench.store.verify().await.unwrap(), 3);
}

#[tokio::test]
async fn a_missing_or_spoilt_head_is_found_and_not_replaced() {
    for spoil in [true, false] {
        let bench = with_entries(None, 3).await;
        let head = bench.folder.path().join("history.db.head");
        let spoilt = if spoil { std::fs::write(&head, "{") } else { std::fs::remove_file(&head) };
        spoilt.unwrap();
        broken_at(&bench.store.verify().await.unwrap(), 3);
        bench.store.note(&entry("notify.tested", "later")).await.unwrap();
        let again = Store::open(&bench.path(), None).await.unwrap();
        broken_at(&again.verify().await.unwrap(), 4);
    }
}

#[tokio::test]
async fn a_head_left_behind_by_a_crash_is_fine_and_catches_up() {
    let bench = with_entries(None, 3).await;
    let head = bench.folder.path().join("history.db.head");
    let old = std::fs::read(&head).unwrap();
    bench.store.note(&entry("notify.tested", "the head of this one is lost")).await.unwrap();
    std::fs::write(&head, old).unwrap();
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { entries: 4, .. }));
    bench.store.note(&entry("notify.tested", "next")).await.unwrap();
    assert!(std::fs::read_to_string(&head).unwrap().contains("\"seq\":5"));
}

#[tokio::test]
async fn a_bad_signature_a_foreign_key_and_an_unsigned_head_are_found() {
    let signer = || Some(Signer::new(&[7; 32]));
    let bench = with_entries(signer(), 4).await;
    assert!(matches!(bench.store.verify().await.unwrap(), ChainVerdict::Intact { entries: 4, .. }));
    bench.attack("update audit set signature = (select signature from audit where seq = 1) where seq = 2").await;
    assert!(broken_at(&bench.store.verify().await.unwrap(), 2).contains("signature"));

    let bench = with_entries(signer(), 4).await;
    bench.attack("update audit set signed_by = 'ffffffffffffffff' where seq = 3").await;
    assert!(broken_at(&bench.store.verify().await.unwrap(), 3).contains("unknown"));

    let bench = with_entries(signer(), 4).await;
    let path = bench.folder.path().join("history.db.head");
    let mut head: crate::head::Head = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    (head.signature, head.signed_by) = (None, None);
    std::fs::write(&path, serde_json::to_vec(&head).unwrap()).unwrap();
    broken_at(&bench.store.verify().await.unwrap(), 4);
}
