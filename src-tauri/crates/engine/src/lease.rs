//! Keeps a target's lease alive while a deployment runs, and says when it was lost.

use procfs::{
    ProcError,
    process::{ProcState, Process},
};
use std::{sync::Arc, time::Duration};
use switchback_core::{
    ident::Clock,
    port::{Lease, Ledger, Owner},
};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// From one heartbeat to the next (product.md, defaults). A lease is stale after three of them.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// A lease with its heartbeat. Dropping it stops the heartbeat, so that a dead executor's lease grows stale.
pub struct Held {
    /// The lease itself.
    pub lease: Lease,
    lost: watch::Receiver<bool>,
    _beat: AbortOnDropHandle<()>,
}

impl Held {
    /// Starts the heartbeat of a lease just acquired.
    pub fn start(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>, lease: Lease) -> Self {
        let (tell, lost) = watch::channel(false);
        let beating = lease.clone();
        let beat = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(HEARTBEAT);
            ticks.tick().await;
            loop {
                ticks.tick().await;
                // Only a take-over ends it. A store that is busy for a moment is asked again at the next beat.
                if let Err(switchback_core::port::LedgerError::Lost { .. }) =
                    ledger.heartbeat(&beating, clock.now()).await
                {
                    let _ = tell.send(true);
                    return;
                }
            }
        });
        Self { lease, lost, _beat: AbortOnDropHandle::new(beat) }
    }

    /// Whether somebody took it over. The store refuses our appends from then on anyway; this only saves effort.
    pub fn lost(&self) -> bool {
        *self.lost.borrow()
    }
}

/// Whether an owner's process is certainly gone: on this machine, and no such process, or one that has ended and whose
/// parent has not asked how.
///
/// Read from `/proc`, because asking must not need rights over the other process. A machine without `/proc` says no,
/// and the lease is waited for until it is stale.
pub fn certainly_dead(owner: &Owner, here: &Owner) -> bool {
    if owner.host != here.host || owner.session == here.session {
        return false;
    }
    let Ok(pid) = i32::try_from(owner.pid) else { return false };
    match Process::new(pid).and_then(|process| process.stat()?.state()) {
        Ok(state) => matches!(state, ProcState::Zombie | ProcState::Dead),
        Err(ProcError::NotFound(_)) => std::path::Path::new("/proc/self").exists(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn owner(pid: u32) -> Owner {
        let session = uuid::Uuid::from_u128(u128::from(pid));
        Owner { label: "a test".to_owned(), host: "laptop".to_owned(), pid, session }
    }

    #[test]
    fn a_process_that_ended_is_dead_before_its_parent_asks_and_after_and_one_that_lives_is_not() {
        let here = owner(std::process::id());
        let mut alive = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!certainly_dead(&owner(alive.id()), &here));
        alive.kill().unwrap();
        let asked = std::time::Instant::now();
        while !certainly_dead(&owner(alive.id()), &here) {
            assert!(asked.elapsed() < Duration::from_secs(10), "nobody has asked how it ended");
        }
        alive.wait().unwrap();
        assert!(certainly_dead(&owner(alive.id()), &here));
        let elsewhere = Owner { host: "another".to_owned(), ..owner(alive.id()) };
        assert!(!certainly_dead(&elsewhere, &here));
    }
}
