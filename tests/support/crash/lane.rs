//! One target that is deployed to again and again, each time with trouble one entry later.
//!
//! The home is not made anew for each trouble: what one leaves must be good enough for the next deployment too.

use super::{Act, Desk, Exam, Moment, Side, World, table::Row};
use crate::line::Line;
use std::{
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{Output, Stdio},
    sync::Arc,
    time::Instant,
};
use switchback_core::{deployment::State, port::History as _};
use tokio::process::Command;

/// How an act must end once it has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Forwards.
    Succeeded,
    /// Undone.
    RolledBack,
}

/// What happens at a moment of an act.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// The process dies; another takes up what it left.
    Death,
    /// The engine is out of reach for a while.
    Away(Arc<Line>),
    /// The process dies and the engine is out of reach; another takes up what it left at once.
    DeathAndAway(Arc<Line>),
    /// A second desk wants the same all the while, and takes over when the first dies.
    Contest,
}

/// Which entries of the journal there is trouble at.
#[derive(Debug, Clone, Copy)]
pub struct Entries {
    /// On which side.
    pub side: Side,
    /// From this one on.
    pub first: u32,
    /// Each so many.
    pub stride: usize,
}

impl Entries {
    /// One after the other.
    pub fn all(side: Side) -> Self {
        Self { side, first: 0, stride: 1 }
    }
}

/// More entries than any plan here writes: a lane that goes on and on has lost its way.
const TOO_MANY: u32 = 80;

/// A home with its desks.
pub struct Lane {
    program: PathBuf,
    pub(super) desk: Desk,
}

impl Lane {
    /// A lane in `world`; `program` is the tests' program `crash-desk`.
    pub async fn new(world: World, program: &str) -> Self {
        world.write();
        Self { program: program.into(), desk: Desk::open(world, None).await }
    }

    /// Whichever of the versions 1 and 2 does not run.
    async fn other(&self) -> Act {
        let row = self.desk.store.target(&self.desk.world.target).await.expect("the target");
        let first = row.current.is_none_or(|current| current.version != "1");
        Act::Deploy(if first { "1" } else { "2" }.to_owned())
    }

    /// Deploys `times` without any trouble.
    pub async fn deploy(&self, times: u32) {
        for _ in 0..times {
            let act = self.other().await;
            let ended = self.desk.act(&act).await.expect("an ending");
            assert_eq!(ended, State::Succeeded, "{act} without any trouble");
        }
    }

    /// Starts a desk as a process and waits for its end.
    pub(super) async fn process(&self, command: &str, death: Option<Moment>) -> Output {
        let mut desk = Command::new(&self.program);
        desk.arg(&self.desk.world.home).arg(command).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(Moment { entry, side }) = death {
            desk.arg(side.to_string()).arg(entry.to_string());
        }
        desk.output().await.expect("the desk ran")
    }

    /// Does `act` again and again (`None`: deploy the other version), with trouble at a later entry each time, until it
    /// comes through without; examines each time.
    pub async fn trouble(
        &self,
        name: &str,
        act: Option<&Act>,
        ending: Ending,
        trouble: &Trouble,
        entries: Entries,
    ) -> Row {
        let began = Instant::now();
        let Entries { side, first, stride } = entries;
        let mut row = Row::new(name, side);
        for entry in (first..TOO_MANY).step_by(stride) {
            let act = match act {
                Some(act) => act.clone(),
                None => self.other().await,
            };
            let at = format!("{name}: {act}, trouble {side} entry {entry}");
            let exam = Exam::before(&self.desk, &act).await;
            let moment = Moment { entry, side };
            let struck = match trouble {
                Trouble::Death => self.dies(&act, moment, &at).await,
                Trouble::Away(line) => self.loses_its_engine(&act, moment, line, &mut row).await,
                Trouble::DeathAndAway(line) => self.dies_without_engine(&act, moment, line, &mut row, &at).await,
                Trouble::Contest => Box::pin(self.is_contested(&act, moment, &mut row, &at)).await,
            };
            let ended = exam.after(&self.desk, &at).await;
            match (&ended, ending) {
                (None, _) => assert!(entry == 0 && side == Side::Before, "{at}: it never began"),
                (Some(State::Succeeded), Ending::Succeeded) | (Some(State::RolledBack { .. }), Ending::RolledBack) => {}
                (Some(other), _) => panic!("{at}: it should have {ending:?}, but {other:#?}"),
            }
            if !struck {
                row.took = began.elapsed();
                return row;
            }
            row.count(ended.as_ref());
        }
        panic!("{name}: more than {TOO_MANY} entries");
    }

    async fn dies(&self, act: &Act, moment: Moment, at: &str) -> bool {
        let died = died(&self.process(&act.to_string(), Some(moment)).await, at);
        if died {
            self.recovers(at).await;
        }
        died
    }

    /// Another process takes up what was left.
    pub(super) async fn recovers(&self, at: &str) {
        let recovered = self.process("recover", None).await;
        let told = String::from_utf8_lossy(&recovered.stderr).into_owned();
        assert!(recovered.status.success(), "{at}: the recovery failed: {told}");
    }
}

/// Whether a desk was killed; if not, it must have done what it was told.
pub(super) fn died(output: &Output, at: &str) -> bool {
    let told = String::from_utf8_lossy(&output.stderr);
    let killed = output.status.signal() == Some(9);
    assert!(killed || output.status.success(), "{at}: {told}");
    killed
}
