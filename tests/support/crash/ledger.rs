//! The real store behind a wrapper that strikes right before or right after a chosen writing of the journal.
//!
//! The usual strike is SIGKILL to itself: no destructor runs, nothing is flushed, the lease is not given back. What the
//! kernel has not yet been told is lost, as in any crash of the program.

use async_trait::async_trait;
use futures::future::BoxFuture;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use switchback_core::{
    deployment::{Entry, Event},
    ident::{Actor, DeploymentId, Instant},
    name::{Service, Target},
    plan::Plan,
    port::{Bygone, Lease, Ledger, LedgerError, Message, Owner, Policy, Topic, Turn},
    record::{Audit, Consequence},
    release::Release,
    workload::SecretRef,
};

/// On which side of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What it tells has happened; nobody has written it down.
    Before,
    /// It is committed; nothing more has happened.
    After,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// When it strikes.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Which of its writings (each one or more entries, up to the next act), from 0.
    pub entry: u32,
    /// On which side of it.
    pub side: Side,
}

/// What happens then.
pub type Strike = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// The process kills itself.
pub fn death() -> Strike {
    Box::new(|| {
        let _ = kill(Pid::this(), Signal::SIGKILL);
        // The signal may be delivered a moment later; nothing may happen in it.
        Box::pin(std::future::pending())
    })
}

/// Counts entries and strikes at one.
pub struct Fuse {
    moment: Moment,
    strike: Strike,
    written: AtomicU32,
}

/// A ledger under which something happens to its process.
pub struct CrashLedger {
    inner: Arc<dyn Ledger>,
    fuse: Arc<Fuse>,
    trains_alone: bool,
}

type Answer<T = ()> = Result<T, LedgerError>;

impl CrashLedger {
    /// Over `inner`.
    pub fn new(inner: Arc<dyn Ledger>, moment: Moment, strike: Strike) -> Self {
        Self { inner, fuse: Arc::new(Fuse::new(moment, strike)), trains_alone: false }
    }

    /// Over `inner`; of its entries only those count that are a train's too.
    pub fn of_trains(inner: Arc<dyn Ledger>, fuse: Arc<Fuse>) -> Self {
        Self { inner, fuse, trains_alone: true }
    }
}

impl Fuse {
    /// That strikes at a moment.
    pub fn new(moment: Moment, strike: Strike) -> Self {
        Self { moment, strike, written: AtomicU32::new(0) }
    }

    async fn strike_if(&self, side: Side) {
        let Moment { entry, side: chosen } = self.moment;
        if side == chosen && self.written.load(Ordering::SeqCst) == entry {
            (self.strike)().await;
        }
    }

    /// Writes an entry.
    pub(super) async fn around(&self, write: impl Future<Output = Answer>) -> Answer {
        self.strike_if(Side::Before).await;
        write.await?;
        self.strike_if(Side::After).await;
        self.written.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[async_trait]
impl Ledger for CrashLedger {
    async fn begin(
        &self,
        lease: &Lease,
        plan: &Plan,
        event: &Event,
        now: Instant,
        consequences: &[Consequence],
    ) -> Answer {
        let begin = self.inner.begin(lease, plan, event, now, consequences);
        let counts = consequences.iter().any(|one| matches!(one, Consequence::Train { .. }));
        if self.trains_alone && !counts { begin.await } else { self.fuse.around(begin).await }
    }
    async fn append(&self, lease: &Lease, deployment: DeploymentId, seq: u32, turns: &[Turn], now: Instant) -> Answer {
        let append = self.inner.append(lease, deployment, seq, turns, now);
        if self.trains_alone { append.await } else { self.fuse.around(append).await }
    }

    // All others are the store's own.

    async fn acquire(
        &self,
        target: &Target,
        owner: &Owner,
        message: &str,
        now: Instant,
        dead: &(dyn for<'a> Fn(&'a Owner) -> bool + Send + Sync),
    ) -> Answer<Lease> {
        self.inner.acquire(target, owner, message, now, dead).await
    }
    async fn heartbeat(&self, lease: &Lease, now: Instant) -> Answer {
        self.inner.heartbeat(lease, now).await
    }
    async fn release(&self, lease: &Lease) -> Answer {
        self.inner.release(lease).await
    }
    async fn remember(&self, lease: &Lease, bygone: &[Bygone], audit: &Audit, now: Instant) -> Answer {
        self.inner.remember(lease, bygone, audit, now).await
    }
    async fn ask_abort(&self, deployment: DeploymentId, by: &Actor, reason: &str, now: Instant) -> Answer {
        self.inner.ask_abort(deployment, by, reason, now).await
    }
    async fn abort_asked(&self, deployment: DeploymentId) -> Answer<Option<(Actor, String)>> {
        self.inner.abort_asked(deployment).await
    }
    async fn confirm(&self, deployment: DeploymentId, by: &Actor, now: Instant) -> Answer {
        self.inner.confirm(deployment, by, now).await
    }
    async fn confirmed(&self, deployment: DeploymentId) -> Answer<Option<Actor>> {
        self.inner.confirmed(deployment).await
    }
    async fn load(&self, deployment: DeploymentId) -> Answer<(Plan, Vec<Entry>)> {
        self.inner.load(deployment).await
    }
    async fn unfinished(&self) -> Answer<Vec<(DeploymentId, Target)>> {
        self.inner.unfinished().await
    }
    async fn stuck(&self) -> Result<Vec<(DeploymentId, Target)>, LedgerError> {
        self.inner.stuck().await
    }
    async fn propose(&self, plan: &Plan, now: Instant) -> Answer {
        self.inner.propose(plan, now).await
    }
    async fn proposed(&self, hash: &str) -> Answer<Plan> {
        self.inner.proposed(hash).await
    }
    async fn add_release(&self, release: &Release, audit: &Audit) -> Answer {
        self.inner.add_release(release, audit).await
    }
    async fn apply(&self, policy: &Policy, audit: &Audit) -> Answer {
        self.inner.apply(policy, audit).await
    }
    async fn note_secret(&self, secret: &SecretRef, now: Instant, audit: &Audit) -> Answer {
        self.inner.note_secret(secret, now, audit).await
    }
    async fn forget_secret(&self, name: &str, audit: &Audit) -> Answer {
        self.inner.forget_secret(name, audit).await
    }
    async fn note(&self, audit: &Audit) -> Answer {
        self.inner.note(audit).await
    }
    async fn clear_quarantine(&self, service: &Service, version: &str, audit: &Audit) -> Answer {
        self.inner.clear_quarantine(service, version, audit).await
    }
    async fn release_pause(&self, target: &Target, audit: &Audit) -> Answer {
        self.inner.release_pause(target, audit).await
    }
    async fn outbox(&self, now: Instant) -> Answer<Vec<(i64, String, Message)>> {
        self.inner.outbox(now).await
    }
    async fn set_channels(&self, channels: &[(String, Vec<Topic>)]) -> Answer {
        self.inner.set_channels(channels).await
    }
    async fn tell_all(&self, message: &Message, now: Instant, audit: &Audit) -> Answer {
        self.inner.tell_all(message, now, audit).await
    }
    async fn delivered(&self, outbox: i64, outcome: Result<(), (String, Option<Instant>)>, now: Instant) -> Answer {
        self.inner.delivered(outbox, outcome, now).await
    }
}
