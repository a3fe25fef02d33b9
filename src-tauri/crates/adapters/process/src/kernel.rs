//! What the kernel knows of a process: whether a number still means the process it meant.
//!
//! Process numbers are used again. A process is therefore named by its number, the tick at which it started and the
//! boot it belongs to; only all three together are signalled.

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use std::fs;

/// A process, beyond doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Its number, and its group's.
    pub pid: i32,
    /// Field 22 of `/proc/<pid>/stat`: clock ticks from boot to its start.
    pub ticks: u64,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot: String,
}

impl Identity {
    /// The identity of a process that just was started and not yet waited for.
    pub fn of(pid: i32) -> Option<Self> {
        let (_, ticks) = stat(pid)?;
        Some(Self { pid, ticks, boot: boot() })
    }

    /// Whether it still runs. One that ended and was not yet waited for does not.
    pub fn alive(&self) -> bool {
        stat(self.pid).is_some_and(|(state, ticks)| state != 'Z' && state != 'X' && ticks == self.ticks)
            && self.boot == boot()
    }

    /// Sends a signal to its whole group, if it still is the one.
    pub fn signal(&self, signal: Signal) {
        if self.alive() {
            group(self.pid, signal);
        }
    }
}

/// Sends a signal to a group; one that is gone needs none.
pub fn group(pid: i32, signal: Signal) {
    let _ = killpg(Pid::from_raw(pid), signal);
}

/// State letter and start tick. The program's name stands in brackets and may hold anything, brackets too.
fn stat(pid: i32) -> Option<(char, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = text.rsplit_once(')')?;
    let mut fields = after.split_whitespace();
    let state = fields.next()?.chars().next()?;
    // After the state come fields 4 to 21, then the start time as the 22nd.
    let ticks = fields.nth(18)?.parse().ok()?;
    Some((state, ticks))
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

/// How many processes of our own control group the kernel has killed for memory. Counted before and after a child's
/// life: a kill that nobody ordered together with a grown count is one for memory.
pub fn memory_kills() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let events = fs::read_to_string(format!("/sys/fs/cgroup{path}/memory.events")).ok()?;
    events.lines().find_map(|line| line.strip_prefix("oom_kill ")).and_then(|count| count.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_used_by_another_process_is_not_taken_for_it() {
        let me = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(me.alive());
        assert!(!Identity { ticks: me.ticks + 1, ..me.clone() }.alive());
        assert!(!Identity { boot: "another".to_owned(), ..me }.alive());
    }
}
