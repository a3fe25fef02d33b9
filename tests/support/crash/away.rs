//! The engine goes out of reach at a moment of an act, and comes back.

use super::{Act, Desk, Lane, Moment, Row, lane::died, ledger::Strike};
use crate::line::Line;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinHandle;

/// How long.
const AWAY: Duration = Duration::from_secs(10);

/// Cuts the line now; the task ends when it is mended.
fn cut(line: &Arc<Line>) -> JoinHandle<()> {
    line.cut();
    let line = Arc::clone(line);
    tokio::spawn(async move {
        tokio::time::sleep(AWAY).await;
        line.mend();
    })
}

impl Lane {
    /// The line is cut under a desk that lives on. Says whether it was.
    pub(super) async fn loses_its_engine(&self, act: &Act, moment: Moment, line: &Arc<Line>, row: &mut Row) -> bool {
        let mending = Arc::new(Mutex::new(None));
        let (noted, line) = (Arc::clone(&mending), Arc::clone(line));
        let strike: Strike = Box::new(move || {
            *noted.lock().expect("no panic holds it") = Some(cut(&line));
            Box::pin(std::future::ready(()))
        });
        let desk = Desk::open(self.desk.world.clone(), Some((moment, strike))).await;
        let ended = desk.act(act).await;
        let mended = mending.lock().expect("no panic holds it").take();
        let struck = mended.is_some();
        if let Some(mended) = mended {
            row.waited += u32::from(mended.is_finished());
            mended.await.expect("it is mended");
        }
        ended.expect("an ending");
        struck
    }

    /// The process dies, and whoever takes up what it left finds no engine for a while.
    pub(super) async fn dies_without_engine(
        &self,
        act: &Act,
        moment: Moment,
        line: &Arc<Line>,
        row: &mut Row,
        at: &str,
    ) -> bool {
        let died = died(&self.process(&act.to_string(), Some(moment)).await, at);
        if died {
            let mended = cut(line);
            self.recovers(at).await;
            row.waited += u32::from(mended.is_finished());
            mended.await.expect("it is mended");
        }
        died
    }
}
