//! Many writers of one file: each store stands for a process.

use super::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_to_write_gets_its_turn_though_others_write_one_after_the_other() {
    let bench = Bench::new().await;
    let busy = [Store::open(&bench.path(), None).await.unwrap(), Store::open(&bench.path(), None).await.unwrap()];
    let (enough, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let write = async |store: &Store| {
        while !enough.load(SeqCst) {
            store.note(&entry("busy", "checkout")).await.unwrap();
            written.fetch_add(1, SeqCst);
        }
    };
    let wait = async {
        let mut longest = 0;
        for _ in 0..20 {
            let before = written.load(SeqCst);
            bench.store.note(&entry("rare", "checkout")).await.unwrap();
            longest = longest.max(written.load(SeqCst) - before);
        }
        enough.store(true, SeqCst);
        longest
    };
    let (longest, ..) = tokio::join!(wait, write(&busy[0]), write(&busy[1]));
    assert!(longest < 20, "{longest} others went before it");
}
