//! Proving pairs on scratch databases: what is pending goes up, down and up from where the real database stands, and what
//! is applied goes down, up and down from there. Schemas are compared, rows counted.
//!
//! A down that leaves something behind which its up does not mind is seen only where the up runs first, so what is applied
//! also goes up from an empty schema, as far as that leads anywhere: a table that somebody made by hand is not there.

use crate::{
    Connection, DatabaseError, Outcome, Place, Proof, State, Timed,
    copy::{Ground, Real},
    numbers,
    proof::{Judged, between, differs, failed, not_reached, worse},
    rows,
    schema::{Meant, meant},
    scratch::Scratch,
    script::{Piece, Stopped},
    status::judged,
    tool::Hand,
};
use futures::FutureExt as _;
use secrecy::SecretString;
use std::{collections::BTreeSet, time::Instant};
use switchback_core::{
    migration::{Migration, Script, Set, Way},
    port::{Arrival, Programs, Stop},
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

type Told<'t> = &'t mut (dyn FnMut(&Proof) + Send);

impl Run<'_> {
    async fn all(&self, told: Told<'_>) -> Result<Vec<Proof>, DatabaseError> {
        let Proving { place, password, set, programs, ref stop } = *self.proving;
        let real = Real { place, password, books: self.books(), programs, stop };
        let every: Vec<&Migration> = set.migrations.iter().filter(|one| one.up.is_some()).collect();
        let copied = match self.applied().await? {
            Ok(applied) => real.copied().await?.map(|copy| (applied, copy)),
            Err(why) => Err(why),
        };
        let (applied, (mut scratch, filled)) = match copied {
            Ok(copied) => copied,
            Err(_) if self.stopped() => return Ok(Vec::new()),
            Err(why) => return self.on_empty(&every, &Ground::Empty { why }, told).await,
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
            let proven = match self.upwards(&applied).await {
                Ok(upwards) => self.unless_stopped(self.back(&mut scratch, &applied, upwards, &ground, told)).await,
                Err(error) => Err(error),
            };
            scratch.remove(password).await?;
            proofs = proven?;
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
        let proven = self.unless_stopped(self.forth(&mut scratch, &pending, &ground, told)).await;
        scratch.remove(password).await?;
        proofs.extend(proven?);
        Ok(proofs)
    }

    fn stopped(&self) -> bool {
        self.proving.stop.clone().now_or_never().is_some()
    }

    /// What comes of proving on one scratch database: none of it where it is stopped before its end. What is under way
    /// then is left as it is, and goes with its database.
    async fn unless_stopped(
        &self,
        proving: impl Future<Output = Result<Vec<Proof>, DatabaseError>>,
    ) -> Result<Vec<Proof>, DatabaseError> {
        tokio::select! {
            biased;
            () = self.proving.stop.clone() => Ok(Vec::new()),
            proven = proving => proven,
        }
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
        migrations: &[&Migration],
        ground: &Ground,
        told: Told<'_>,
    ) -> Result<Vec<Proof>, DatabaseError> {
        let Proving { place, password, .. } = *self.proving;
        let mut scratch = Scratch::beside(place, password).await?;
        let proven = self.unless_stopped(self.forth(&mut scratch, migrations, ground, told)).await;
        scratch.remove(password).await?;
        proven
    }

    /// What is applied, from an empty schema up.
    async fn upwards(&self, applied: &[&Migration]) -> Result<Vec<Proof>, DatabaseError> {
        let why = "nobody gets back to it from where the database is".to_owned();
        self.on_empty(applied, &Ground::Empty { why }, &mut |_| {}).await
    }

    /// Up, down, up with each in turn. Stops at the first up that fails.
    async fn forth(
        &self,
        scratch: &mut Scratch,
        migrations: &[&Migration],
        ground: &Ground,
        told: Told<'_>,
    ) -> Result<Vec<Proof>, DatabaseError> {
        let mut proofs = Vec::new();
        let mut stopped: Option<&str> = None;
        for migration in migrations {
            let Some(up) = &migration.up else { continue };
            let asked = self.only.is_none_or(|only| only == migration.version);
            let judged = if let Some(version) = stopped {
                not_reached(format!("{version} is before it")).into()
            } else if asked {
                let (judged, there) = self.there_and_back(scratch, migration, up).await?;
                stopped = (!there).then_some(&migration.version);
                judged
            } else {
                match self.walk(scratch, &migration.version, up, Way::Up).await {
                    Ok(()) => continue,
                    Err(why) => {
                        stopped = Some(&migration.version);
                        failed("up", up, why).into()
                    }
                }
            };
            let proof = Proof::of(migration, ground, judged);
            told(&proof);
            proofs.push(proof);
            if self.only.is_some_and(|only| only == migration.version) {
                break;
            }
        }
        Ok(proofs)
    }

    /// Down, up, down with each of what is applied, the last first.
    async fn back(
        &self,
        scratch: &mut Scratch,
        applied: &[&Migration],
        mut upwards: Vec<Proof>,
        ground: &Ground,
        told: Told<'_>,
    ) -> Result<Vec<Proof>, DatabaseError> {
        let mut proofs = Vec::new();
        let mut stopped: Option<&str> = None;
        for migration in applied.iter().rev() {
            let asked = self.only.is_none_or(|only| only == migration.version);
            let judged = match (stopped, &migration.down, &migration.up) {
                (Some(version), ..) => not_reached(format!("there is no way back behind {version}")).into(),
                (None, Some(down), Some(up)) if asked => {
                    let (judged, there) = self.back_and_forth(scratch, migration, (up, down)).await?;
                    stopped = (!there).then_some(&migration.version);
                    judged
                }
                (None, Some(down), _) => match self.walk(scratch, &migration.version, down, Way::Down).await {
                    Ok(()) => continue,
                    Err(why) => {
                        stopped = Some(&migration.version);
                        failed("down", down, why).into()
                    }
                },
                (None, None, _) => {
                    stopped = Some(&migration.version);
                    Outcome::NoDown.into()
                }
            };
            let upward = upwards.iter().position(|one| one.version == migration.version);
            let upward = upward.map(|index| upwards.swap_remove(index));
            let proof = worse(Proof::of(migration, ground, judged), upward);
            told(&proof);
            proofs.push(proof);
            if self.only.is_some_and(|only| only == migration.version) {
                break;
            }
        }
        proofs.reverse();
        Ok(proofs)
    }

    async fn walk(&self, scratch: &mut Scratch, version: &str, script: &Script, way: Way) -> Result<(), Stopped> {
        let Proving { password, set, .. } = *self.proving;
        let stopped = |why: String| Stopped { line: script.line, why, beyond: None };
        let Some((hand, at)) = self.tool else {
            // The script has this connection for its own.
            let referred = scratch.connection.refer_as(set.layout).await;
            referred.map_err(|error| stopped(error.to_string()))?;
            return scratch.run(Piece::Whole(script), password).await;
        };
        match hand.walk_on(&scratch.place, (at, scratch.password(password)), set, version, way).await {
            Ok(Arrival::Done) => Ok(()),
            Ok(Arrival::Already) => {
                let said = "its tool calls that done already on a database made for the proof: it looks elsewhere";
                Err(stopped(said.to_owned()))
            }
            Err(failure) => Err(stopped(failure.message)),
        }
    }

    /// One step of a proof, and how many milliseconds it took; what the proof is when it is refused.
    async fn step(
        &self,
        scratch: &mut Scratch,
        migration: &Migration,
        (script, way): (&Script, Way),
        name: &str,
    ) -> Result<u64, Outcome> {
        let began = Instant::now();
        let walked = self.walk(scratch, &migration.version, script, way).await;
        walked.map_err(|stopped| failed(name, script, stopped))?;
        Ok(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// The proof of one version, and whether the scratch database is at that version afterwards.
    async fn there_and_back(
        &self,
        scratch: &mut Scratch,
        migration: &Migration,
        up: &Script,
    ) -> Result<(Judged, bool), DatabaseError> {
        let unseen = rows::sample(&mut scratch.connection, self.books()).await?;
        let (before, rows_before) = self.read(scratch).await?;
        let counted = numbers::read(&mut scratch.connection).await?;
        let up_ms = match self.step(scratch, migration, (up, Way::Up), "up").await {
            Ok(took) => took,
            Err(outcome) => return Ok((outcome.into(), false)),
        };
        let after = self.schema(scratch).await?;
        let there = |outcome, after| Judged { outcome, between: Some(between(&before, after)) };
        if migration.repeatable {
            return Ok((there(Outcome::Repeatable, &after), true));
        }
        let Some(down) = &migration.down else { return Ok((there(Outcome::NoDown, &after), true)) };
        let down_ms = match self.step(scratch, migration, (down, Way::Down), "down").await {
            Ok(took) => took,
            Err(outcome) => return Ok((outcome.into(), false)),
        };
        let (back, rows_back) = self.read(scratch).await?;
        let mut lost = rows::lost(&rows_before, &rows_back);
        lost.extend(numbers::again(&counted, &numbers::read(&mut scratch.connection).await?, |_| true));
        let again_ms = match self.step(scratch, migration, (up, Way::Up), "up again").await {
            Ok(took) => took,
            // What the down left behind is why the second up fails.
            Err(outcome) => return Ok((differs("down", &before, &back).unwrap_or(outcome).into(), false)),
        };
        let again = self.schema(scratch).await?;
        let timed = Timed { up_ms, down_ms, again_ms };
        let proven = || Outcome::Proven { lost, unseen, timed };
        let differs = differs("down", &before, &back).or_else(|| differs("up again", &after, &again));
        // The next one begins where this one ended, which is where the first up led when it holds.
        Ok((there(differs.unwrap_or_else(proven), &again), true))
    }

    /// The proof of one that is applied, and whether the scratch database is before that version afterwards.
    async fn back_and_forth(
        &self,
        scratch: &mut Scratch,
        migration: &Migration,
        (up, down): (&Script, &Script),
    ) -> Result<(Judged, bool), DatabaseError> {
        let unseen = rows::sample(&mut scratch.connection, self.books()).await?;
        let here = self.schema(scratch).await?;
        let counted = numbers::read(&mut scratch.connection).await?;
        let down_ms = match self.step(scratch, migration, (down, Way::Down), "down").await {
            Ok(took) => took,
            Err(outcome) => return Ok((outcome.into(), false)),
        };
        let (before, rows_before) = self.read(scratch).await?;
        let up_ms = match self.step(scratch, migration, (up, Way::Up), "up again").await {
            Ok(took) => took,
            Err(outcome) => return Ok((outcome.into(), false)),
        };
        let again = self.schema(scratch).await?;
        let counts = numbers::read(&mut scratch.connection).await?;
        let again_ms = match self.step(scratch, migration, (down, Way::Down), "down again").await {
            Ok(took) => took,
            Err(outcome) => return Ok((outcome.into(), false)),
        };
        let (back, rows_back) = self.read(scratch).await?;
        let mut lost = rows::lost(&rows_before, &rows_back);
        lost.extend(numbers::again(&counted, &counts, |table| rows_before.contains_key(table)));
        let timed = Timed { up_ms, down_ms, again_ms };
        let proven = || Outcome::Proven { lost, unseen, timed };
        let differs = differs("up again", &here, &again).or_else(|| differs("down again", &before, &back));
        let between = Some(between(&back, &here));
        Ok((Judged { outcome: differs.unwrap_or_else(proven), between }, true))
    }

    async fn schema(&self, scratch: &mut Scratch) -> Result<Meant, DatabaseError> {
        meant(&mut scratch.connection, self.books()).await
    }

    async fn read(&self, scratch: &mut Scratch) -> Result<(Meant, rows::Rows), DatabaseError> {
        Ok((self.schema(scratch).await?, rows::read(&mut scratch.connection, self.books()).await?))
    }
}
