//! Many writers of one file: each store stands for a process.

use super::*;
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_to_write_gets_its_turn_though_another_writes_without_a_pause() {
    let bench = Bench::new().await;
    let busy = Store::open(&bench.path(), None).await.unwrap();
    let (enough, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let write = async {
        while !enough.load(SeqCst) {
            let work = busy.write().await.unwrap();
            // As long as a transaction takes on a machine with other things to do.
            tokio::time::sleep(Duration::from_millis(5)).await;
            work.commit_quietly().await.unwrap();
            written.fetch_add(1, SeqCst);
        }
    };
    let wait = async {
        let before = written.load(SeqCst);
        for _ in 0..40 {
            bench.store.write().await.unwrap().leave().await.unwrap();
        }
        enough.store(true, SeqCst);
        written.load(SeqCst) - before
    };
    let (others, ()) = tokio::join!(wait, write);
    assert!(others <= 120, "{others} went before forty of its own");
}
