//! The writing side: each method of the port as one transaction over the tables.
//!
//! What follows from an event is not decided here but handed in; `consequence` writes it.

mod audits;
mod bygone;
mod consequence;

use crate::{
    Store,
    fault::{Fault, conflict},
    sealed,
    table::{
        deployment, event, lease, outbox, pause, policy, proposal, quarantine, release, request, revision, secret,
        target, train,
    },
    work::Work,
};
use async_trait::async_trait;
use jiff::Timestamp;
use request::Request;
use std::borrow::Cow;
use switchback_core::{
    deployment::{Entry, Event, next},
    ident::{Actor, DeploymentId, Instant, RevisionNumber},
    name::{Service, Target},
    plan::{InstanceName, Plan},
    port::{Bygone, Lease, Ledger, LedgerError, Message, Owner, Policy, Topic, Turn},
    record::{Audit, Consequence},
    release::Release,
    workload::SecretRef,
};

type Answer<T = ()> = Result<T, LedgerError>;

#[async_trait]
impl Ledger for Store {
    async fn acquire(
        &self,
        target: &Target,
        owner: &Owner,
        message: &str,
        now: Instant,
        dead: &(dyn for<'a> Fn(&'a Owner) -> bool + Send + Sync),
    ) -> Answer<Lease> {
        let mut work = self.write().await?;
        let row = lease::read(work.on(), target).await?;
        if let Some((row, holder)) = row.and_then(|row| row.owner.clone().map(|holder| (row, holder))) {
            if !row.stale(now) && !dead(&holder) {
                let (target, since, message) = (target.to_string(), row.since, row.message);
                return Err(LedgerError::Held { target, owner: holder, since, message });
            }
            work.audit(now, &audits::taken_over(target, &holder, owner, message)).await?;
        }
        let lease = lease::take(work.on(), target, owner, message, now).await?;
        work.commit().await?;
        Ok(lease)
    }

    async fn heartbeat(&self, lease: &Lease, now: Instant) -> Answer {
        self.at_any_cost(|| async {
            let mut work = self.write().await?;
            lease::fence(work.on(), lease).await?;
            lease::beat(work.on(), &lease.target, now).await?;
            Ok(work.commit_quietly().await?)
        })
        .await
    }

    async fn release(&self, lease: &Lease) -> Answer {
        self.at_any_cost(|| async {
            let mut work = self.write().await?;
            match lease::fence(work.on(), lease).await {
                Err(Fault::Refused(refused)) if matches!(*refused, LedgerError::Lost { .. }) => {
                    return Ok(work.leave().await?);
                }
                fenced => fenced?,
            }
            lease::give_back(work.on(), &lease.target).await?;
            Ok(work.commit().await?)
        })
        .await
    }

    async fn begin(
        &self,
        lease: &Lease,
        plan: &Plan,
        event: &Event,
        now: Instant,
        consequences: &[Consequence],
    ) -> Answer {
        let Event::Planned { by, reason } = event else {
            return Err(conflict("a journal begins with its plan").into());
        };
        let state = next(plan, None, event).map_err(|illegal| conflict(illegal.to_string()))?;
        // What cannot be noted to its end does not begin.
        self.chain.reserve.fill().await.map_err(Fault::from)?;
        let mut work = self.write().await?;
        lease::fence(work.on(), lease).await?;
        if plan.target != lease.target {
            return Err(LedgerError::Lost { target: plan.target.to_string() });
        }
        may_begin(&mut work, plan).await?;
        target::count_deployment(work.on(), &plan.target, plan.kind).await?;
        revision::keep(work.on(), plan).await?;
        deployment::insert(work.on(), plan, by, reason, &state, now).await?;
        event::insert(work.on(), plan.deployment, 0, now, event).await?;
        consequence::write(&mut work, plan, by, now, consequences).await?;
        Ok(work.commit().await?)
    }

    async fn append(&self, lease: &Lease, deployment: DeploymentId, seq: u32, turns: &[Turn], now: Instant) -> Answer {
        self.at_any_cost(|| async {
            let mut work = self.write().await?;
            lease::fence(work.on(), lease).await?;
            let current = deployment::current(work.on(), deployment).await?;
            if current.plan.target != lease.target {
                return Err(LedgerError::Lost { target: current.plan.target.to_string() });
            }
            let free = event::next_seq(work.on(), deployment).await?;
            if i64::from(seq) != free {
                return Err(conflict(format!("event {seq} of deployment {deployment}: the next is {free}")).into());
            }
            let mut before = &current.state;
            for (seq, Turn { event, state, consequences }) in (seq..).zip(turns) {
                let follows =
                    next(&current.plan, Some(before), event).map_err(|illegal| conflict(illegal.to_string()))?;
                if follows != *state {
                    let (leads, told) = (follows.name(), state.name());
                    return Err(conflict(format!("the event leads to {leads}, not to {told}")).into());
                }
                event::insert(work.on(), deployment, seq, now, event).await?;
                deployment::advance(work.on(), deployment, state, now).await?;
                target::count_ending(work.on(), &lease.target, before, state).await?;
                let mut told = Cow::Borrowed(consequences.as_slice());
                if state.ended() {
                    let seal = sealed::of(work.on(), deployment).await?;
                    sealed::tell(told.to_mut(), seal);
                }
                consequence::write(&mut work, &current.plan, &current.by, now, &told).await?;
                before = state;
            }
            Ok(work.commit().await?)
        })
        .await
    }

    async fn remember(&self, lease: &Lease, all: &[Bygone], audit: &Audit, now: Instant) -> Answer {
        let mut work = self.write().await?;
        lease::fence(work.on(), lease).await?;
        bygone::write(&mut work, &lease.target, all).await?;
        let mut audit = audit.clone();
        for (one, line) in all.iter().zip(audit.after.as_array_mut().into_iter().flatten()) {
            let seal = sealed::of(work.on(), one.plan.deployment).await?;
            line.as_object_mut().map(|line| line.insert(sealed::KEY.to_owned(), seal));
        }
        work.audit(now, &audit).await?;
        Ok(work.commit().await?)
    }

    async fn ask_abort(&self, deployment: DeploymentId, by: &Actor, reason: &str, now: Instant) -> Answer {
        ask(self, deployment, Request::Abort, by, reason, now).await
    }

    async fn abort_asked(&self, deployment: DeploymentId) -> Answer<Option<(Actor, String)>> {
        Ok(request::read(&mut *self.reader().await?, deployment, Request::Abort).await?)
    }

    async fn confirm(&self, deployment: DeploymentId, by: &Actor, now: Instant) -> Answer {
        ask(self, deployment, Request::Confirm, by, "", now).await
    }

    async fn confirmed(&self, deployment: DeploymentId) -> Answer<Option<Actor>> {
        let asked = request::read(&mut *self.reader().await?, deployment, Request::Confirm).await?;
        Ok(asked.map(|(by, _)| by))
    }

    async fn load(&self, deployment: DeploymentId) -> Answer<(Plan, Vec<Entry>)> {
        let mut on = self.reader().await?;
        let current = deployment::current(&mut on, deployment).await?;
        Ok((current.plan, event::all(&mut on, deployment).await?))
    }

    async fn unfinished(&self) -> Answer<Vec<(DeploymentId, Target)>> {
        Ok(deployment::unfinished(&mut *self.reader().await?).await?)
    }

    async fn stuck(&self) -> Answer<Vec<(DeploymentId, Target)>> {
        Ok(deployment::stuck(&mut *self.reader().await?).await?)
    }

    async fn propose(&self, plan: &Plan, now: Instant) -> Answer {
        let mut work = self.write().await?;
        proposal::keep(work.on(), plan, now).await?;
        Ok(work.commit_quietly().await?)
    }

    async fn proposed(&self, hash: &str) -> Answer<Plan> {
        Ok(proposal::read(&mut *self.reader().await?, hash).await?)
    }

    async fn add_release(&self, release: &Release, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        if !release::add(work.on(), release).await? {
            return Ok(work.leave().await?);
        }
        work.audit(release.added_at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn apply(&self, policy: &Policy, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        policy::add(work.on(), policy).await?;
        work.audit(policy.at, audit).await?;
        Ok(work.commit().await?)
    }

    async fn note_secret(&self, secret: &SecretRef, now: Instant, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        secret::note(work.on(), secret, now).await?;
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }

    // The four below are given no time; the audit's entry gets the machine's.

    async fn note(&self, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        work.audit(Timestamp::now(), audit).await?;
        Ok(work.commit().await?)
    }

    async fn forget_secret(&self, name: &str, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        secret::forget(work.on(), name).await?;
        work.audit(Timestamp::now(), audit).await?;
        Ok(work.commit().await?)
    }

    async fn clear_quarantine(&self, service: &Service, version: &str, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        quarantine::clear(work.on(), service, version).await?;
        work.audit(Timestamp::now(), audit).await?;
        Ok(work.commit().await?)
    }

    async fn release_pause(&self, target: &Target, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        pause::end(work.on(), target).await?;
        work.audit(Timestamp::now(), audit).await?;
        Ok(work.commit().await?)
    }

    async fn outbox(&self, now: Instant) -> Answer<Vec<(i64, String, Message)>> {
        Ok(outbox::due(&mut *self.reader().await?, now).await?)
    }

    async fn set_channels(&self, channels: &[(String, Vec<Topic>)]) -> Answer {
        // Every process asks for them as it begins, and most only read.
        let mut wanted = channels.to_vec();
        wanted.sort();
        if outbox::channels(&mut *self.reader().await?).await? == wanted {
            return Ok(());
        }
        let mut work = self.write().await?;
        outbox::set_channels(work.on(), channels).await?;
        Ok(work.commit_quietly().await?)
    }

    async fn tell_all(&self, message: &Message, now: Instant, audit: &Audit) -> Answer {
        let mut work = self.write().await?;
        outbox::queue_for_all(work.on(), message, now).await?;
        work.audit(now, audit).await?;
        Ok(work.commit().await?)
    }

    async fn delivered(&self, outbox: i64, outcome: Result<(), (String, Option<Instant>)>, now: Instant) -> Answer {
        let mut work = self.write().await?;
        let (channel, message) = outbox::read(work.on(), outbox).await?;
        match outcome {
            Ok(()) => outbox::arrived(work.on(), outbox, now).await?,
            Err((error, retry)) => {
                outbox::failed(work.on(), outbox, &error, retry, now).await?;
                if retry.is_none() {
                    work.audit(now, &audits::given_up(&channel, &message, &error)).await?;
                }
            }
        }
        Ok(work.commit().await?)
    }
}

/// Nothing of the target is under way, no train but the plan's own moves it, and the plan was made from what runs now,
/// which is no other target's: it will be stopped.
pub(crate) async fn may_begin(work: &mut Work, plan: &Plan) -> Result<(), Fault> {
    if let Some(deployment) = deployment::under_way(work.on(), &plan.target).await? {
        return Err(LedgerError::Unfinished { target: plan.target.to_string(), deployment }.into());
    }
    if let Some(train) = train::moving(work.on(), &plan.target).await?.filter(|train| plan.train != Some(*train)) {
        return Err(LedgerError::InTrain { target: plan.target.to_string(), train: train.short() }.into());
    }
    let current = target::read(work.on(), &plan.target).await?.current.map(|current| current.revision);
    let planned = plan.before.as_ref().map(|before| before.revision);
    if current != planned {
        let name = |it: Option<RevisionNumber>| it.map_or_else(|| "nothing".to_owned(), |it| it.to_string());
        let why = format!("{} was planned from {} but runs {}", plan.target, name(planned), name(current));
        return Err(conflict(why));
    }
    let old = plan.before.iter().flat_map(|before| &before.instances);
    // Names that are not ours may be alike on two engines.
    let ours: Vec<&InstanceName> = old.filter(|name| name.deployment().is_some()).collect();
    if let Some((instance, other)) = target::of_another(work.on(), &plan.target, &ours).await? {
        return Err(LedgerError::Anothers { target: plan.target.to_string(), instance, other }.into());
    }
    Ok(())
}

/// Notes what a person asks of a deployment under way. Asking twice is asking once.
async fn ask(store: &Store, id: DeploymentId, what: Request, by: &Actor, reason: &str, now: Instant) -> Answer {
    let mut work = store.write().await?;
    let current = deployment::current(work.on(), id).await?;
    if current.state.ended() {
        return Err(conflict(format!("deployment {id} has ended: {}", current.state.name())).into());
    }
    if !request::note(work.on(), id, what, by, reason, now).await? {
        return Ok(work.leave().await?);
    }
    work.audit(now, &audits::asked(&current.plan, what, by, reason)).await?;
    Ok(work.commit().await?)
}
