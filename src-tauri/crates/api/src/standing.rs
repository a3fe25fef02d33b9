//! What is in the world for a target, held against what is recorded: the ground of health, drift, adopt and revert.

use crate::{Answer, App};
use switchback_core::{
    drift::{self, Difference, Part},
    failure::Failure,
    ident::{Instant, RevisionNumber},
    name::Target,
    plan::{Before, InstanceName},
    port::{Found, InstanceState, TargetRow, Upstream},
    strategy::Router,
    workload::{RuntimeKind, Settings},
};
use switchback_engine::upstream;
use switchback_policy::Document;

/// One recorded instance.
pub(crate) struct Recorded {
    /// Its name.
    pub name: InstanceName,
    /// What it does.
    pub state: InstanceState,
    /// What it really is; `None` when it is not there.
    pub found: Option<Found>,
    /// What somebody put in its place.
    pub instead: Option<Found>,
}

/// What is in the world for a target.
pub(crate) struct Standing {
    /// The recorded instances.
    pub recorded: Vec<Recorded>,
    /// Not ours, and on a port of the target's while ours is down.
    pub strangers: Vec<Found>,
    /// How all of it differs from what is recorded.
    pub differences: Vec<Difference>,
    /// What its instances ran as, if somebody deleted that.
    pub deleted: Option<String>,
    /// Why users get no answer although all instances run.
    pub cut_off: Option<String>,
    /// From where to where the router would have to be switched, when it sends traffic elsewhere.
    pub moved: Option<(Vec<Upstream>, Vec<Upstream>)>,
}

/// A router that sends traffic elsewhere than to what is recorded.
struct Astray {
    difference: Difference,
    /// Why users get no answer, if they get none.
    cut_off: Option<String>,
    /// As [`Standing::moved`].
    moved: Option<(Vec<Upstream>, Vec<Upstream>)>,
}

impl Standing {
    /// What serves in truth: recorded instances that run or what is where they were, else what stands in their place.
    pub fn serving(&self) -> Vec<&Found> {
        let found = self.recorded.iter().filter_map(|one| one.found.as_ref().or(one.instead.as_ref()));
        let running: Vec<&Found> = found.filter(|found| found.running.is_some()).collect();
        if running.is_empty() { self.strangers.iter().collect() } else { running }
    }

    /// Whether what was deployed may serve although it is not what stands there now: a workload's old pods serve on while
    /// it is on its way to another instance.
    pub fn may_serve(&self, kind: RuntimeKind) -> bool {
        kind == RuntimeKind::Kubernetes && self.deleted.is_none()
    }

    /// What is said of it when all is as it was deployed and nothing runs, because no pods are asked for.
    pub fn idle(&self) -> Option<String> {
        self.recorded.iter().find_map(|one| match &one.state {
            InstanceState::Running { idle: true, note, .. } => Some(note.clone().unwrap_or_default()),
            _ => None,
        })
    }

    /// How many serve, where the runtime counts them itself.
    pub fn pods(&self) -> Option<usize> {
        let counted = self.recorded.iter().filter_map(|one| match one.state {
            InstanceState::Running { pods, .. } => pods,
            _ => None,
        });
        counted.map(|pods| usize::try_from(pods).unwrap_or(usize::MAX)).reduce(usize::saturating_add)
    }

    /// Since when all of the recorded instances have run.
    fn since(&self) -> Option<Instant> {
        let running = self.recorded.iter().map(|one| match one.state {
            InstanceState::Running { since, .. } => Some(since),
            _ => None,
        });
        running.collect::<Option<Vec<Instant>>>()?.into_iter().max()
    }

    /// Why recorded instances do not serve, a line each.
    pub fn down(&self) -> Vec<String> {
        if let Some(deleted) = &self.deleted {
            return vec![format!("{deleted} was deleted")];
        }
        let alone = self.recorded.len() == 1;
        self.recorded
            .iter()
            .filter_map(|one| {
                let name = &one.name;
                if let Some(other) = &one.instead {
                    return Some(format!("{name} was replaced by {}", other.name));
                }
                match &one.state {
                    // Of one alone the runtime's own words say enough: a cluster counts its pods.
                    InstanceState::Running { healthy: Some(false), note: Some(note), .. } if alone => {
                        Some(note.clone())
                    }
                    // A cluster that has not taken it up yet.
                    InstanceState::Running { healthy: None, note: Some(note), .. } => Some(note.clone()),
                    InstanceState::Running { healthy: Some(false), .. } => Some(format!("{name} is unhealthy")),
                    InstanceState::Running { .. } => None,
                    other => Some(format!("{name} {}", word(other))),
                }
            })
            .collect()
    }
}

fn word(state: &InstanceState) -> String {
    match state {
        InstanceState::Running { .. } => "running".to_owned(),
        InstanceState::Absent => "is gone".to_owned(),
        InstanceState::Created => "was never started".to_owned(),
        InstanceState::Exited { code, .. } => {
            format!("exited ({})", code.map_or_else(|| "?".to_owned(), |code| code.to_string()))
        }
    }
}

impl App {
    /// What is there for what is recorded as current, behind the router the policy names.
    pub(crate) async fn standing(
        &self,
        row: &TargetRow,
        current: &Before,
        router: Option<&Router>,
    ) -> Answer<Standing> {
        let settings = &current.workload.settings;
        let runtime = self.runtime(settings.kind())?;
        let observed = runtime.observe(settings, &row.target).await?;
        let mut standing = Standing {
            recorded: Vec::new(),
            strangers: Vec::new(),
            differences: Vec::new(),
            deleted: None,
            cut_off: None,
            moved: None,
        };
        for name in &current.instances {
            let state = match observed.iter().find(|one| one.name == *name) {
                Some(one) => one.state.clone(),
                // One that was taken over carries no label of ours.
                None => runtime.state(settings, name).await?,
            };
            let found = runtime.inspect(settings, name).await?;
            let instead = match state {
                InstanceState::Running { .. } => None,
                _ => runtime.instead(settings, name).await?,
            };
            match (&state, &found, &instead) {
                (InstanceState::Running { .. }, Some(found), _) => {
                    standing.differences.extend(drift::between(&current.workload, found, router.is_some()));
                }
                (InstanceState::Running { .. }, None, _) => {}
                (_, _, Some(other)) => {
                    standing.differences.extend(drift::replaced(name, &current.workload, other));
                }
                _ => standing.differences.push(drift::down(name, &word(&state))),
            }
            standing.recorded.push(Recorded { name: name.clone(), state, found, instead });
        }
        if standing.differences.iter().any(|one| one.part == Part::Instance) {
            standing.deleted = runtime.deleted(settings).await?;
        }
        if let Some(what) = &standing.deleted {
            standing.differences = vec![drift::deleted(what)];
        }
        let in_place = |name: &InstanceName| {
            standing.recorded.iter().filter_map(|one| one.instead.as_ref()).any(|one| one.name == *name)
        };
        let known = |name: &InstanceName| current.instances.contains(name) || in_place(name);
        let extra: Vec<_> = observed.iter().filter(|one| !known(&one.name)).collect();
        for one in extra {
            if matches!(one.state, InstanceState::Running { .. }) {
                standing.differences.push(drift::extra(&one.name, "runs and was not deployed"));
            }
        }
        if standing.differences.iter().any(|one| one.part == Part::Instance) {
            standing.strangers = runtime.foreign(settings).await?;
            standing.strangers.retain(|one| !current.instances.contains(&one.name) && in_place_of(one, settings));
            let strangers = standing.strangers.iter();
            standing.differences.extend(strangers.map(|one| {
                let what = format!("stands in its place ({})", one.written);
                drift::extra(&one.name, &what)
            }));
        }
        if let Some(router) = router.filter(|_| standing.down().is_empty())
            && let Some(astray) = self.astray(row, current, router, &standing.recorded).await?
        {
            standing.differences.push(astray.difference);
            (standing.cut_off, standing.moved) = (astray.cut_off, astray.moved);
        }
        Ok(standing)
    }

    /// Since when a revision has served a target with what runs now; or why it does not, a line each.
    pub(crate) async fn serves_since(
        &self,
        document: &Document,
        target: &Target,
        revision: RevisionNumber,
    ) -> Answer<Result<Instant, Vec<String>>> {
        let row = self.history.target(target).await?;
        let Some(current) = row.current.as_ref().filter(|current| current.revision == revision) else {
            return Ok(Err(vec![format!("{revision} runs no more")]));
        };
        let resolved = document.target(target)?;
        let standing = self.standing(&row, current, crate::drift::router(&resolved)).await?;
        let (since, mut down) = (standing.since(), standing.down());
        down.extend(standing.idle());
        down.extend(standing.cut_off);
        Ok(since.filter(|_| down.is_empty()).ok_or(down))
    }

    /// How the router sends traffic elsewhere than to what is recorded. One that no deployment has set yet, because the
    /// policy names it only since, is not astray.
    async fn astray(
        &self,
        row: &TargetRow,
        current: &Before,
        router: &Router,
        recorded: &[Recorded],
    ) -> Answer<Option<Astray>> {
        let last = self.history.deployments(&row.target, None, 1).await?.rows;
        let Some(last) = last.first().filter(|_| row.running.is_none()) else { return Ok(None) };
        let (plan, _) = self.ports().ledger.load(last.id).await?;
        if plan.router.as_ref() != Some(router) {
            return Ok(None);
        }
        let settings = &current.workload.settings;
        let runtime = self.runtime(settings.kind())?;
        let asked = async {
            let mut asked = Vec::new();
            for Recorded { name, state, .. } in recorded {
                asked.push(upstream(runtime.as_ref(), settings, router, name, state).await?);
            }
            Ok::<_, Failure>(asked)
        };
        let asked = match asked.await {
            Ok(asked) => asked,
            Err(failure) if failure.passing() => return Err(failure.into()),
            // A container that is the router and does not run reaches nobody.
            Err(failure) => {
                let names = current.instances.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let difference = Difference::new(Part::Router, "router", Some(&names), None);
                return Ok(Some(Astray { difference, cut_off: Some(failure.message), moved: None }));
            }
        };
        let is = self.ports().runtimes.switchboard(settings).current(router, &row.target).await?;
        let cut_off = match &is {
            None => Some("the router does not run, or was taken by another target".to_owned()),
            // An engine that restarts may give a container another address.
            Some(is) if !is.is_empty() && !is.iter().any(|one| asked.contains(one)) => {
                let shown = is.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Some(format!("the router sends traffic to {shown}, which is nothing of ours"))
            }
            Some(_) => None,
        };
        let difference = drift::routed(&asked, is.as_deref());
        Ok(difference.map(|difference| Astray { difference, cut_off, moved: is.map(|is| (is, asked)) }))
    }
}

/// Whether something that is not ours holds a port that ours publishes.
fn in_place_of(found: &Found, settings: &Settings) -> bool {
    let (Settings::Docker(theirs), Settings::Docker(ours)) = (&found.settings, settings) else { return false };
    ours.publish.iter().any(|our| our.port != 0 && theirs.publish.iter().any(|their| their.port == our.port))
}
