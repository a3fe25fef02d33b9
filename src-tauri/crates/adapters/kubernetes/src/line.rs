//! The line before a cluster: how many questions are put to it at once. Apart from the client, which is one way of asking.
//!
//! Watches do not stand in it, nor what a pod is asked through the cluster: either may last.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

/// Questions under way at once. Each has a connection of its own (they are HTTP/1.1), and is answered in some milliseconds:
/// so many are enough for hundreds of targets in a second or two, and are a small part of the 400 that an API server answers
/// at once to everybody (`--max-requests-inflight`).
const AT_ONCE: usize = 16;

/// The line of one way into a cluster.
#[derive(Debug)]
pub(crate) struct Line {
    turns: Semaphore,
    /// For how long it may answer nobody.
    patience: Duration,
    /// When it answered anybody last.
    answered: Mutex<Instant>,
}

impl Line {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { turns: Semaphore::new(AT_ONCE), patience, answered: Mutex::new(Instant::now()) }
    }

    /// Waits for a turn, which lasts until it is dropped. `None` when the cluster answered nobody for too long: one that is
    /// away is not waited for by turns.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let began = Instant::now();
        let mut turn = pin!(self.turns.acquire());
        loop {
            let last = self.answered().max(began);
            tokio::select! {
                biased;
                turn = &mut turn => return turn.ok(),
                () = sleep_until(last + self.patience) => if self.answered() <= last { return None },
            }
        }
    }

    /// Notes that the cluster answered.
    pub(crate) fn hears(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn answered(&self) -> Instant {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt as _, future::join_all};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    #[tokio::test]
    async fn no_more_than_so_many_have_a_turn_at_once_and_all_get_one() {
        let (line, most) = (Line::new(Duration::from_mins(1)), AtomicUsize::new(0));
        let had = join_all((0..200).map(|_| async {
            let turn = line.turn().await;
            most.fetch_max(AT_ONCE - line.turns.available_permits(), Relaxed);
            tokio::task::yield_now().await;
            turn.is_some()
        }))
        .await;
        assert_eq!((most.into_inner(), had), (AT_ONCE, vec![true; 200]));
    }

    #[tokio::test]
    async fn a_cluster_that_answers_nobody_is_not_waited_for_by_turns() {
        let line = Line::new(Duration::from_millis(10));
        let held = join_all((0..AT_ONCE).map(|_| line.turn())).await;
        assert!(line.turn().await.is_none());
        drop(held);
        assert!(line.turn().now_or_never().flatten().is_some(), "who comes when there is room asks by itself");
    }

    #[tokio::test]
    async fn one_that_is_only_slow_is_waited_for() {
        let line = Line::new(Duration::from_millis(10));
        let held = join_all((0..AT_ONCE).map(|_| line.turn())).await;
        // It answers all the while.
        *line.answered.lock().unwrap() = Instant::now() + Duration::from_mins(1);
        let mut turn = pin!(line.turn());
        assert!(tokio::time::timeout(Duration::from_millis(50), &mut turn).await.is_err());
        drop(held);
        assert!(turn.await.is_some());
    }
}
