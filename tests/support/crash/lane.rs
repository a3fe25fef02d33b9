//! One target that is deployed to again and again, each time with a death one entry later.
//!
//! The home is not made anew for each death: what a death leaves must be good enough for the next deployment too.

use super::{Act, Death, Desk, Exam, Side, World, table::Row};
use std::{
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{Output, Stdio},
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

/// More entries than any plan here writes: a lane that goes on and on has lost its way.
const TOO_MANY: u32 = 80;

/// A home with its desks.
pub struct Lane {
    program: PathBuf,
    desk: Desk,
}

impl Lane {
    /// A lane in `world`; `program` is the tests' program `crash-desk`.
    pub async fn new(world: World, program: &str) -> Self {
        world.write();
        Self { program: program.into(), desk: Desk::open(world, None).await }
    }

    /// The test's own desk, which never dies.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Whichever of the versions 1 and 2 does not run.
    pub async fn other(&self) -> Act {
        let row = self.desk.store.target(&self.desk.world.target).await.expect("the target");
        let first = row.current.is_none_or(|current| current.version != "1");
        Act::Deploy(if first { "1" } else { "2" }.to_owned())
    }

    /// Deploys `times` without any death.
    pub async fn deploy(&self, times: u32) {
        for _ in 0..times {
            let act = self.other().await;
            let ended = self.desk.act(&act).await.expect("an ending");
            assert_eq!(ended, State::Succeeded, "{act} without any death");
        }
    }

    /// Starts a desk as a process and waits for its end.
    pub async fn process(&self, command: &str, death: Option<Death>) -> Output {
        let mut desk = Command::new(&self.program);
        desk.arg(&self.desk.world.home).arg(command).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(Death { entry, side }) = death {
            desk.arg(side.to_string()).arg(entry.to_string());
        }
        desk.output().await.expect("the desk ran")
    }

    /// Does `act` again and again (`None`: deploy the other version), dying one entry later each time, until it comes
    /// through alive; examines each time.
    pub async fn die_at_every_entry(&self, name: &str, act: Option<&Act>, side: Side, ending: Ending) -> Row {
        let began = Instant::now();
        let mut row = Row::new(name, side);
        for entry in 0..TOO_MANY {
            let act = match act {
                Some(act) => act.clone(),
                None => self.other().await,
            };
            let at = format!("{name}: {act} dies {side} entry {entry}");
            let exam = Exam::before(&self.desk, &act).await;
            let output = self.process(&act.to_string(), Some(Death { entry, side })).await;
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let alive = output.status.success();
            if !alive {
                assert_eq!(output.status.signal(), Some(9), "{at}: {told}");
                let recovered = self.process("recover", None).await;
                let told = String::from_utf8_lossy(&recovered.stderr).into_owned();
                assert!(recovered.status.success(), "{at}: the recovery failed: {told}");
            }
            let ended = exam.after(&self.desk, &at).await;
            match (&ended, ending) {
                (None, _) => assert!(entry == 0 && side == Side::Before, "{at}: it never began"),
                (Some(State::Succeeded), Ending::Succeeded) | (Some(State::RolledBack { .. }), Ending::RolledBack) => {}
                (Some(other), _) => panic!("{at}: it should have {ending:?}, but {other:#?}"),
            }
            if alive {
                row.took = began.elapsed();
                return row;
            }
            row.count(ended.as_ref());
        }
        panic!("{name}: more than {TOO_MANY} entries");
    }
}
