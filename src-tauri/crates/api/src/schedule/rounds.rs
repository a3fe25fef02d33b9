//! Beginning what is due. Somebody who is awake makes the rounds; each finds what the others have left.

use crate::{Answer, ApiError, App};
use futures::{StreamExt as _, stream};
use std::{collections::HashMap, time::Duration};
use switchback_core::{
    ident::{Actor, DeploymentId, Instant},
    port::ScheduleRow,
    record::Consequence,
};
use tokio::task::JoinHandle;

/// From one round to the next. Hours come without an event, and so does what other processes tick.
pub const ROUND: Duration = Duration::from_secs(2);

/// One that is held is asked again when anything was written, and as often as this for what is written nowhere: the
/// checks of a commit, somebody's answer who is on call.
const AGAIN: Duration = Duration::from_secs(30);

/// How many are looked at side by side. Each is planned anew, which is waiting for runtimes and registries above all. Fifty
/// that are due at one instant begin together; of hundreds, those that wait take no room yet (a plan is some megabytes).
const AT_ONCE: usize = 64;

/// What somebody who makes the rounds remembers from one to the next.
#[derive(Debug, Default)]
pub struct Rounds(HashMap<uuid::Uuid, (i64, Instant)>);

/// A scheduled deployment that began in this process.
#[derive(Debug)]
pub struct Begun {
    /// Which was scheduled.
    pub id: String,
    /// What it came to.
    pub deployment: DeploymentId,
    /// Ends with it.
    pub running: JoinHandle<()>,
}

impl App {
    /// One round: begins everything whose hour has come and that nothing holds, notes what holds the others, and ends
    /// what can begin no more.
    pub async fn begin_due(&self, rounds: &mut Rounds) -> Answer<Vec<Begun>> {
        let mut rows = self.agenda.scheduled(true, u32::MAX).await?;
        rounds.0.retain(|id, _| rows.iter().any(|row| row.id == *id));
        let (now, written) = (self.ports().clock.now(), self.history.generation().await?);
        rows.retain(|row| {
            let fresh = rounds.0.get(&row.id).is_some_and(|(seen, at)| {
                *seen == written && now >= *at && now.duration_since(*at).unsigned_abs() < AGAIN
            });
            now >= row.due && !(fresh && now < row.lapses)
        });
        // No two are of one target: the agenda takes one at a time.
        let looks = rows.into_iter().map(|row| async move { (row.id, self.look_at(&row).await) });
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let (mut begun, mut failed) = (Vec::new(), None);
        while let Some((id, looked)) = looks.next().await {
            match looked {
                Ok((one, seen)) => {
                    begun.extend(one);
                    rounds.0.insert(id, seen);
                }
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if begun.is_empty() => Err(error),
            Some(error) => {
                // What began is to be waited for; what failed is looked at again in the next round.
                tracing::warn!(%error, "a scheduled deployment could not be looked after");
                Ok(begun)
            }
            None => Ok(begun),
        }
    }

    /// Makes the rounds until the process ends.
    pub async fn keep_agenda(self) {
        let mut rounds = Rounds::default();
        let mut round = tokio::time::interval(ROUND);
        loop {
            round.tick().await;
            if let Err(error) = self.begin_due(&mut rounds).await {
                tracing::warn!(%error, "scheduled deployments could not be looked after");
            }
        }
    }

    /// What began, and when that was looked at.
    async fn look_at(&self, row: &ScheduleRow) -> Answer<(Option<Begun>, (i64, Instant))> {
        let now = self.ports().clock.now();
        let begun = Box::pin(self.look_after(row, now)).await?;
        Ok((begun, (self.history.generation().await?, now)))
    }

    async fn look_after(&self, row: &ScheduleRow, now: Instant) -> Answer<Option<Begun>> {
        let held = match self.in_the_name_of(&row.by).begin_scheduled(row, now).await {
            Ok(Next::Begun(begun)) => return Ok(Some(begun)),
            Ok(Next::Lapses(why)) => return self.ended(row, self.lapse(row, why).await).await,
            Err(error) => error.causes.join("; "),
        };
        // What held it is told on the way out, when its day is over.
        let noted = if now < row.lapses {
            self.agenda.note_waiting(row.id, &held).await.map_err(ApiError::from)
        } else {
            self.lapse(row, format!("it could not begin within a day of its hour: {held}")).await
        };
        self.ended(row, noted).await
    }

    /// That another process was quicker is no error.
    async fn ended(&self, row: &ScheduleRow, noted: Answer<()>) -> Answer<Option<Begun>> {
        match noted {
            Err(_) if !self.waits(row).await? => Ok(None),
            noted => noted.map(|()| None),
        }
    }

    async fn waits(&self, row: &ScheduleRow) -> Answer<bool> {
        Ok(self.agenda.scheduled(true, u32::MAX).await?.iter().any(|one| one.id == row.id))
    }

    async fn begin_scheduled(&self, row: &ScheduleRow, now: Instant) -> Answer<Next> {
        // First, because a deployment under way makes any other plan look stale.
        if let Some(running) = self.history.target(&row.target).await?.running {
            return Err(ApiError::new("held", format!("deployment {running} of {} has not ended", row.target)));
        }
        let plan = Box::pin(self.plan_deploy(&row.target.to_string(), &row.version)).await?;
        if plan.plan_hash != row.plan {
            let why = "it would do something else now than what was looked at: look at the plan and schedule it anew";
            return Ok(Next::Lapses(why.to_owned()));
        }
        if now >= row.lapses {
            let held: Vec<String> =
                plan.gates.iter().filter(|gate| gate.holds()).map(switchback_core::gate::Gate::told).collect();
            let held = if held.is_empty() { "nobody was awake to begin it".to_owned() } else { held.join("; ") };
            return Ok(Next::Lapses(format!("it could not begin within a day of its hour: {held}")));
        }
        let mut started = self.schedule_line("schedule.started", row, &row.reason);
        started.after = serde_json::json!({ "schedule": row.id });
        let more = vec![Consequence::Scheduled { id: row.id }, Consequence::Audit(started)];
        let environment = row.target.environment.to_string();
        let (deployment, running) = self.start_with(&row.plan, &row.reason, &environment, None, more).await?;
        Ok(Next::Begun(Begun { id: row.id.to_string(), deployment, running }))
    }

    /// The application as somebody else uses it: who asks for a deployment is who scheduled it.
    fn in_the_name_of(&self, by: &Actor) -> Self {
        let origin = format!("scheduled from {}, begun by {}", by.origin, self.actor.origin);
        Self { actor: Actor { name: by.name.clone(), origin }, ..self.clone() }
    }
}

enum Next {
    Begun(Begun),
    Lapses(String),
}
