//! The versions in turn: what is pending upwards, what is applied downwards, each from where the one before it led to.
//!
//! A version may fail over rows that were made up for the proof and that nobody will ever write. It fails only where it
//! does so without them, on another scratch database, which the versions before it lead to.

use super::{Proving, Run};
use crate::{
    DatabaseError, Outcome, Proof,
    copy::Ground,
    proof::{Judged, failed, not_reached, worse},
    rows::Samples,
    scratch::Scratch,
};
use switchback_core::migration::{Migration, Way};

pub(super) type Told<'t> = &'t mut (dyn FnMut(&Proof) + Send);

/// What is proven on one ground.
pub(super) struct Route<'a, 't> {
    way: Way,
    /// In the order in which they are come to.
    versions: Vec<&'a Migration>,
    ground: &'a Ground,
    told: Told<'t>,
    upwards: Vec<Proof>,
    proofs: Vec<Proof>,
}

/// A version that failed where there were rows that were made up.
struct Doubted {
    at: usize,
    judged: Judged,
}

impl<'a, 't> Route<'a, 't> {
    /// Of versions in their own order.
    pub fn new(way: Way, mut versions: Vec<&'a Migration>, ground: &'a Ground, told: Told<'t>) -> Self {
        if way == Way::Down {
            versions.reverse();
        }
        Self { way, versions, ground, told, upwards: Vec::new(), proofs: Vec::new() }
    }

    /// The same, with what came of these versions from an empty schema up.
    pub fn beside(self, upwards: Vec<Proof>) -> Self {
        Self { upwards, ..self }
    }

    fn tell(&mut self, at: usize, judged: Judged) {
        let migration = self.versions[at];
        let upward = self.upwards.iter().position(|one| one.version == migration.version);
        let upward = upward.map(|index| self.upwards.swap_remove(index));
        let proof = worse(Proof::of(migration, self.ground, judged), upward);
        (self.told)(&proof);
        self.proofs.push(proof);
    }

    /// What is not come to, because it is behind that version.
    fn behind(&self, version: &str) -> Judged {
        let because = match self.way {
            Way::Up => format!("{version} is before it"),
            Way::Down => format!("there is no way back behind {version}"),
        };
        not_reached(because).into()
    }

    fn all(mut self) -> Vec<Proof> {
        if self.way == Way::Down {
            self.proofs.reverse();
        }
        self.proofs
    }
}

impl Run<'_> {
    /// Proves the versions of a route, and removes the scratch database: none of it where it is stopped before its end. What
    /// is under way then is left as it is, and goes with its database.
    pub(super) async fn along(
        &self,
        mut scratch: Scratch,
        mut route: Route<'_, '_>,
    ) -> Result<Vec<Proof>, DatabaseError> {
        let Proving { password, ref stop, .. } = *self.proving;
        let mut doubted = None;
        loop {
            let came = tokio::select! {
                biased;
                () = stop.clone() => None,
                came = self.go(&mut scratch, &mut route, doubted) => Some(came),
            };
            scratch.remove(password).await?;
            let Some(came) = came else { return Ok(Vec::new()) };
            let Some(failed) = came? else { return Ok(route.all()) };
            match self.anew(route.ground).await? {
                Some(another) => (scratch, doubted) = (another, Some(failed)),
                None if self.stopped() => return Ok(Vec::new()),
                None => {
                    self.give_up(&mut route, failed);
                    return Ok(route.all());
                }
            }
        }
    }

    /// Another scratch database of that ground, where one can be made.
    async fn anew(&self, ground: &Ground) -> Result<Option<Scratch>, DatabaseError> {
        match ground {
            Ground::Copy { .. } => Ok(self.real().copied().await?.ok().map(|(scratch, _)| scratch)),
            Ground::Empty { .. } => Scratch::beside(self.proving.place, self.proving.password).await.map(Some),
        }
    }

    /// Up, down, up with each, or down, up, down: from the first, or from one that is in doubt, to the end or the next that
    /// is. Stops at the first that leads nowhere.
    async fn go(
        &self,
        scratch: &mut Scratch,
        route: &mut Route<'_, '_>,
        doubted: Option<Doubted>,
    ) -> Result<Option<Doubted>, DatabaseError> {
        let (first, mut samples) = match doubted {
            None => (0, Samples::Wanted),
            Some(doubted) => {
                for before in 0..doubted.at {
                    if self.past(scratch, route.versions[before], route.way).await.is_err() {
                        self.give_up(route, doubted);
                        return Ok(None);
                    }
                }
                (doubted.at, Samples::Unwanted)
            }
        };
        let mut stopped: Option<&str> = None;
        for at in first..route.versions.len() {
            let migration = route.versions[at];
            let only = self.only == Some(&migration.version);
            let judged = if let Some(version) = stopped {
                route.behind(version)
            } else if only || self.only.is_none() {
                let (judged, there) = self.one(scratch, migration, route.way, &mut samples).await?;
                if samples == Samples::Made && matches!(judged.outcome, Outcome::Failed { .. }) {
                    return Ok(Some(Doubted { at, judged }));
                }
                if samples == Samples::Unwanted {
                    samples = Samples::Wanted;
                }
                stopped = (!there).then_some(&migration.version);
                judged
            } else {
                match self.past(scratch, migration, route.way).await {
                    Ok(()) => continue,
                    Err(outcome) => {
                        stopped = Some(&migration.version);
                        outcome.into()
                    }
                }
            };
            route.tell(at, judged);
            if only {
                break;
            }
        }
        Ok(None)
    }

    /// The proof of one version, and whether the scratch database is behind it afterwards.
    async fn one(
        &self,
        scratch: &mut Scratch,
        migration: &Migration,
        way: Way,
        samples: &mut Samples,
    ) -> Result<(Judged, bool), DatabaseError> {
        match (way, &migration.up, &migration.down) {
            (Way::Up, Some(up), _) => self.there_and_back(scratch, migration, up, samples).await,
            (Way::Down, Some(up), Some(down)) => self.back_and_forth(scratch, migration, (up, down), samples).await,
            _ => Ok((Outcome::NoDown.into(), false)),
        }
    }

    /// Goes past a version without a proof of it; what its proof is where that fails.
    async fn past(&self, scratch: &mut Scratch, migration: &Migration, way: Way) -> Result<(), Outcome> {
        let script = migration.script(way).ok_or(Outcome::NoDown)?;
        let walked = self.walk(scratch, &migration.version, script, way).await;
        walked.map_err(|why| failed(way.as_str(), script, why))
    }

    /// Tells what is known of one that failed, since it cannot be tried without the rows that were made up.
    fn give_up(&self, route: &mut Route<'_, '_>, Doubted { at, judged }: Doubted) {
        let version = &route.versions[at].version;
        route.tell(at, judged);
        if self.only != Some(version) {
            for behind in at + 1..route.versions.len() {
                route.tell(behind, route.behind(version));
            }
        }
    }
}
