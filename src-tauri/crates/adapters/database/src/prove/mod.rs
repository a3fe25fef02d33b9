//! Proving pairs on scratch databases: what is pending goes up, down and up from where the real database stands, and what
//! is applied goes down, up and down from there. Schemas are compared, rows counted.
//!
//! A down that leaves something behind which its up does not mind is seen only where the up runs first, so what is applied
//! also goes up from an empty schema, as far as that leads anywhere: a table that somebody made by hand is not there.

mod pair;
mod route;

use crate::{
    Connection, DatabaseError, Place, Proof, State,
    copy::{Ground, Real},
    proof::not_reached,
    schema::meant,
    scratch::Scratch,
    status::judged,
    tool::Hand,
};
use futures::FutureExt as _;
use route::{Route, Told};
use secrecy::SecretString;
use std::collections::BTreeSet;
use switchback_core::{
    migration::{Migration, Set, Way},
    port::{Programs, Stop},
    schema::Database,
};

/// What is proven, and where.
pub struct Proving<'a> {
    /// The database that it is for: it is only read.
    pub place: &'a Place,
    /// Its user's password.
    pub password: Option<&'a SecretString>,
    /// The migrations.
    pub set: &'a Set,
    /// What runs the server's own programs.
    pub programs: &'a dyn Programs,
    /// When it ends, nothing more is proven, and the scratch database is removed.
    pub stop: Stop,
}

/// Proves every version of a set, or one, on scratch databases beside the real one.
pub async fn prove(
    proving: &Proving<'_>,
    only: Option<&str>,
    mut told: impl FnMut(&Proof) + Send,
) -> Result<Vec<Proof>, DatabaseError> {
    Run { proving, tool: None, only }.all(&mut told).await
}

/// The same with the team's own tool, which goes where it is told to ([`Hand::obeys`]), for the database `at`.
pub(crate) async fn prove_with(
    proving: &Proving<'_>,
    tool: (&Hand<'_>, &Database),
    mut told: impl FnMut(&Proof) + Send,
) -> Result<Vec<Proof>, DatabaseError> {
    Run { proving, tool: Some(tool), only: None }.all(&mut told).await
}

struct Run<'a> {
    proving: &'a Proving<'a>,
    tool: Option<(&'a Hand<'a>, &'a Database)>,
    only: Option<&'a str>,
}

impl Run<'_> {
    async fn all(&self, told: Told<'_>) -> Result<Vec<Proof>, DatabaseError> {
        let (password, real) = (self.proving.password, self.real());
        let every: Vec<&Migration> = self.proving.set.migrations.iter().filter(|one| one.up.is_some()).collect();
        let copied = match self.applied().await? {
            Ok(applied) => real.copied().await?.map(|copy| (applied, copy)),
            Err(why) => Err(why),
        };
        let (applied, (mut scratch, filled)) = match copied {
            Ok(copied) => copied,
            Err(_) if self.stopped() => return Ok(Vec::new()),
            Err(why) => return self.on_empty(every, &Ground::Empty { why }, told).await,
        };
        let alike = match self.alike(&mut scratch).await {
            Ok(alike) => alike,
            Err(error) => {
                scratch.remove(password).await?;
                return Err(error);
            }
        };
        let ground = Ground::Copy { rows: filled.rows, alike, left_out: filled.left_out };
        let asked = |one: &Migration| self.only.is_none_or(|only| only == one.version);
        let (applied, pending): (Vec<&Migration>, Vec<&Migration>) =
            every.into_iter().partition(|one| applied.contains(&one.version));
        let mut proofs = Vec::new();
        if applied.iter().any(|one| asked(one)) {
            let upwards = match self.upwards(&applied).await {
                Ok(upwards) => upwards,
                Err(error) => {
                    scratch.remove(password).await?;
                    return Err(error);
                }
            };
            let route = Route::new(Way::Down, applied, &ground, &mut *told).beside(upwards);
            proofs = self.along(scratch, route).await?;
            if !pending.iter().any(|one| asked(one)) {
                return Ok(proofs);
            }
            scratch = match real.copied().await? {
                Ok((scratch, _)) => scratch,
                Err(_) if self.stopped() => return Ok(proofs),
                Err(why) => {
                    let gone = pending.iter().map(|one| Proof::of(one, &ground, not_reached(why.clone()).into()));
                    proofs.extend(gone.inspect(|proof| told(proof)));
                    return Ok(proofs);
                }
            };
        }
        proofs.extend(self.along(scratch, Route::new(Way::Up, pending, &ground, told)).await?);
        Ok(proofs)
    }

    fn stopped(&self) -> bool {
        self.proving.stop.clone().now_or_never().is_some()
    }

    fn real(&self) -> Real<'_> {
        let Proving { place, password, programs, ref stop, .. } = *self.proving;
        Real { place, password, books: self.books(), programs, stop }
    }

    /// The tool's own tables beside those that are known.
    fn books(&self) -> &[String] {
        self.proving.set.tool.as_ref().map_or(&[], |tool| &tool.books)
    }

    /// What is applied to the real database; why nothing can be built on what is there, in words.
    async fn applied(&self) -> Result<Result<BTreeSet<String>, String>, DatabaseError> {
        let Proving { place, password, set, .. } = *self.proving;
        let (applied, half) = if let Some((hand, at)) = self.tool {
            match hand.stands(at, password, set).await {
                Ok(stands) => (stands.applied, stands.half),
                Err(failure) => return Ok(Err(failure.message)),
            }
        } else {
            let mut connection = Connection::open(place, password).await?;
            let status = judged(&mut connection, place, set).await;
            connection.close().await;
            let status = match status {
                Ok((status, _)) => status,
                Err(error) => return Ok(Err(error.to_string())),
            };
            let is =
                |state| status.versions.iter().filter(move |one| one.state == state).map(|one| one.version.clone());
            (is(State::Applied).collect(), is(State::HalfApplied).next())
        };
        Ok(half.map_or_else(|| Ok(applied.into_iter().collect()), |half| Err(format!("{half} is half applied there"))))
    }

    /// Whether the copy's schema reads as the real one's.
    async fn alike(&self, scratch: &mut Scratch) -> Result<bool, DatabaseError> {
        let mut real = Connection::open(self.proving.place, self.proving.password).await?;
        let there = meant(&mut real, self.books()).await;
        real.close().await;
        Ok(there? == self.schema(scratch).await?)
    }

    async fn on_empty(
        &self,
        migrations: Vec<&Migration>,
        ground: &Ground,
        told: Told<'_>,
    ) -> Result<Vec<Proof>, DatabaseError> {
        let Proving { place, password, .. } = *self.proving;
        let scratch = Scratch::beside(place, password).await?;
        self.along(scratch, Route::new(Way::Up, migrations, ground, told)).await
    }

    /// What is applied, from an empty schema up.
    async fn upwards(&self, applied: &[&Migration]) -> Result<Vec<Proof>, DatabaseError> {
        let why = "nobody gets back to it from where the database is".to_owned();
        self.on_empty(applied.to_vec(), &Ground::Empty { why }, &mut |_| {}).await
    }
}
