//! Two desks on one home: both want the same, one holds the lease, and when it dies the other takes over.

use super::{Act, Lane, Moment, lane::died, table::Row};
use std::{
    process::Output,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use switchback_core::{
    deployment::State,
    ident::DeploymentId,
    plan::Plan,
    port::{Ledger as _, LedgerError},
};
use switchback_engine::EngineError;

/// How often the store is looked at. Another process writes there, which is no event here.
const LOOK: Duration = Duration::from_millis(10);

impl Lane {
    /// A desk of its own process acts and dies; the test's own desk, with a plan of the same world, tries all the while
    /// to get in and to take over. Says whether the first one died.
    pub(super) async fn is_contested(&self, act: &Act, moment: Moment, row: &mut Row, at: &str) -> bool {
        let (plan, last) = (self.desk.plan(act).await, self.desk.last().await);
        let over = AtomicBool::new(false);
        let first = async {
            let output = self.process(&act.to_string(), Some(moment)).await;
            over.store(true, Ordering::SeqCst);
            output
        };
        let (output, refused): (Output, bool) = tokio::join!(first, self.second(plan, last, &over, at));
        row.refused += u32::from(refused);
        died(&output, at)
    }

    /// The second desk. Says whether it was refused: it may also come after a first one that died before it began, or
    /// that has rolled back and given the target back.
    async fn second(&self, plan: Plan, last: Option<DeploymentId>, over: &AtomicBool, at: &str) -> bool {
        let first_is_in = async || over.load(Ordering::SeqCst) || self.desk.last().await != last;
        while !first_is_in().await {
            tokio::time::sleep(LOOK).await;
        }
        let refused = match self.desk.execute(plan).await {
            Ok(_) => false,
            Err(EngineError::Ledger(
                LedgerError::Held { .. } | LedgerError::Unfinished { .. } | LedgerError::Conflict { .. },
            )) => true,
            Err(other) => panic!("{at}: the second desk: {other}"),
        };
        loop {
            // Asked before, so that nothing the first one left after the last look stays behind.
            let over = over.load(Ordering::SeqCst);
            let taken: Vec<State> = self.desk.recover().await.expect("a recovery");
            assert!(taken.len() <= 1, "{at}: {taken:?}");
            if over && self.desk.store.unfinished().await.expect("a list").is_empty() {
                return refused;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
