//! The proof of one version on a scratch database that stands before it, or at it.

use super::{Proving, Run};
use crate::{
    DatabaseError, Outcome, Timed, numbers,
    proof::{Judged, between, differs, failed},
    rows::{self, Samples},
    schema::{Meant, meant},
    scratch::Scratch,
    script::{Piece, Stopped},
};
use std::time::Instant;
use switchback_core::{
    migration::{Migration, Script, Way},
    port::Arrival,
};

impl Run<'_> {
    /// Runs one script as its tool would.
    pub(super) async fn walk(
        &self,
        scratch: &mut Scratch,
        version: &str,
        script: &Script,
        way: Way,
    ) -> Result<(), Stopped> {
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
    pub(super) async fn there_and_back(
        &self,
        scratch: &mut Scratch,
        migration: &Migration,
        up: &Script,
        samples: &mut Samples,
    ) -> Result<(Judged, bool), DatabaseError> {
        let unseen = rows::sample(&mut scratch.connection, self.books(), samples).await?;
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
    pub(super) async fn back_and_forth(
        &self,
        scratch: &mut Scratch,
        migration: &Migration,
        (up, down): (&Script, &Script),
        samples: &mut Samples,
    ) -> Result<(Judged, bool), DatabaseError> {
        // Of what the way back takes, what people wrote is a loss; what was made up here is not.
        let theirs = self.rows(scratch).await?;
        let unseen = rows::sample(&mut scratch.connection, self.books(), samples).await?;
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
        let (again, given_back) = self.read(scratch).await?;
        let counts = numbers::read(&mut scratch.connection).await?;
        let again_ms = match self.step(scratch, migration, (down, Way::Down), "down again").await {
            Ok(took) => took,
            Err(outcome) => return Ok((outcome.into(), false)),
        };
        let (back, rows_back) = self.read(scratch).await?;
        let mut lost = rows::lost(&theirs, &given_back);
        lost.extend(rows::lost(&rows_before, &rows_back));
        lost.extend(numbers::again(&counted, &counts, |table| rows_before.contains_key(table)));
        lost.sort();
        lost.dedup();
        let timed = Timed { up_ms, down_ms, again_ms };
        let proven = || Outcome::Proven { lost, unseen, timed };
        let differs = differs("up again", &here, &again).or_else(|| differs("down again", &before, &back));
        let between = Some(between(&back, &here));
        Ok((Judged { outcome: differs.unwrap_or_else(proven), between }, true))
    }

    pub(super) async fn schema(&self, scratch: &mut Scratch) -> Result<Meant, DatabaseError> {
        meant(&mut scratch.connection, self.books()).await
    }

    async fn rows(&self, scratch: &mut Scratch) -> Result<rows::Rows, DatabaseError> {
        rows::read(&mut scratch.connection, self.books()).await
    }

    async fn read(&self, scratch: &mut Scratch) -> Result<(Meant, rows::Rows), DatabaseError> {
        Ok((self.schema(scratch).await?, self.rows(scratch).await?))
    }
}
