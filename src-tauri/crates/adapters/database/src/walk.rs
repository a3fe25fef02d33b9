//! One script on its way, unit by unit, each with its mark.

use crate::{
    Connection, DatabaseError,
    aside::Home,
    books::{self, Entry},
    error::{held_up, said},
    guard::Guard,
    own::Alone,
    progress,
    runner::{Moment, Progress, RunError, ms, within},
    schema::fingerprint,
    unit::{Keep, Unit},
};
use std::time::Instant;
use switchback_core::{
    migration::{Layout, Leg, Set},
    schema::Written,
};

/// What is looked at in the one transaction of a script.
#[derive(Clone, Copy)]
pub(crate) enum Watch<'a> {
    /// Nothing.
    Nothing,
    /// What a way there writes of that which its way back in this set takes away.
    Own(&'a Set),
    /// What others wrote that a way back would take away.
    Others(&'a Guard),
}

/// A script being run, unit by unit.
pub(crate) struct Walk<'a, T> {
    pub connection: &'a mut Connection,
    leg: &'a Leg<'a>,
    units: &'a [Unit],
    told: &'a mut T,
    home: Option<Home>,
}

impl<'a, T: FnMut(&Progress)> Walk<'a, T> {
    pub fn new(connection: &'a mut Connection, leg: &'a Leg<'a>, units: &'a [Unit], told: &'a mut T) -> Self {
        Self { connection, leg, units, told, home: None }
    }

    pub fn tell(&mut self, moment: Moment, at: Option<(usize, usize)>) {
        let before: usize = at.map_or(0, |(unit, _)| self.units[..unit].iter().map(|one| one.statements.len()).sum());
        let statement = at.and_then(|(unit, index)| self.units[unit].statements.get(index));
        let sql = statement.and_then(|one| one.sql.lines().next()).unwrap_or_default().to_owned();
        (self.told)(&Progress {
            version: self.leg.migration.version.clone(),
            name: self.leg.migration.name.clone(),
            way: self.leg.way,
            path: self.leg.script.path.clone(),
            line: statement.map_or(self.leg.script.line, |one| one.line),
            statement: at.map_or(0, |(_, index)| before + index + 1),
            of: self.units.iter().map(|unit| unit.statements.len()).sum(),
            sql,
            moment,
        });
    }

    fn stopped(&self, line: usize, half: bool, error: &sqlx::Error) -> RunError {
        RunError::Stopped {
            version: self.leg.migration.version.clone(),
            way: self.leg.way,
            path: self.leg.script.path.clone(),
            line,
            why: said(error),
            half,
            held_up: held_up(error),
        }
    }

    async fn statements(&mut self, unit: usize, half: bool) -> Result<(), RunError> {
        let units = self.units;
        for (index, one) in units[unit].statements.iter().enumerate() {
            self.tell(Moment::Sends, Some((unit, index)));
            let answer = self.connection.run(&one.sql).await;
            answer.map_err(|error| self.stopped(one.line, half, &error))?;
            self.tell(Moment::Answered, Some((unit, index)));
        }
        Ok(())
    }

    /// In one transaction: the statements of a unit, and then `also`.
    async fn whole(&mut self, unit: Option<usize>, also: &[String], half: bool) -> Result<(), RunError> {
        self.watched(unit, also, half, Watch::Nothing).await.map(drop)
    }

    /// The same, watched; gives what the unit alone wrote where that is asked for.
    async fn watched(
        &mut self,
        unit: Option<usize>,
        also: &[String],
        half: bool,
        watch: Watch<'_>,
    ) -> Result<Vec<Written>, RunError> {
        self.begun().await?;
        let begun = self.connection.begin().await;
        begun.map_err(|error| self.stopped(self.first_line(unit), half, &error))?;
        let done = async {
            let mut alone = None;
            match watch {
                Watch::Nothing => {}
                Watch::Own(set) => alone = Alone::begin(self.connection, set, self.leg).await?,
                Watch::Others(guard) => {
                    let beyond = guard.hold(self.connection).await;
                    let beyond = beyond.map_err(|error| self.stopped(self.first_line(unit), half, &error))?;
                    within(self.leg, &beyond)?;
                }
            }
            if let Some(unit) = unit {
                self.statements(unit, half).await?;
            }
            let written = self.own(also, alone).await;
            written.map_err(|error| self.stopped(self.first_line(unit), half, &error))
        };
        let done = done.await;
        if done.is_err() {
            let _ = self.connection.run("rollback").await;
        }
        done
    }

    fn first_line(&self, unit: Option<usize>) -> usize {
        let first = unit.and_then(|unit| self.units[unit].statements.first());
        first.map_or(self.leg.script.line, |one| one.line)
    }

    /// Where the connection was before the script, asked before its first statement.
    async fn begun(&mut self) -> Result<(), RunError> {
        if self.home.is_none() {
            self.home = Some(Home::of(self.connection).await?);
        }
        Ok(())
    }

    /// Our own statements at the end of a transaction, whatever the script has set.
    async fn own(&mut self, also: &[String], alone: Option<Alone<'_>>) -> Result<Vec<Written>, sqlx::Error> {
        let mut written = Vec::new();
        let Some(home) = &self.home else { return self.connection.run("commit").await.map(|()| written) };
        let there = home.enter(self.connection).await?;
        if let Some(alone) = alone {
            written = alone.written(self.connection).await?;
        }
        for sql in also {
            self.connection.run(sql).await?;
        }
        self.connection.run("commit").await?;
        Home::leave(self.connection, there).await?;
        Ok(written)
    }

    /// The schema's hash, read in a transaction of its own for the same reason.
    async fn fingerprint(&mut self) -> Result<String, RunError> {
        self.begun().await?;
        let refused = || DatabaseError::doing("read the schema");
        let Some(home) = &self.home else { return Ok(fingerprint(self.connection).await?) };
        self.connection.begin().await.map_err(refused())?;
        let there = home.enter(self.connection).await.map_err(refused())?;
        let schema = fingerprint(self.connection).await;
        self.connection.run("rollback").await.map_err(refused())?;
        Home::leave(self.connection, there).await.map_err(refused())?;
        Ok(schema?)
    }

    /// The whole script with its entry; gives what it alone wrote where that is asked for.
    pub async fn together(&mut self, layout: Layout, watch: Watch<'_>) -> Result<Vec<Written>, RunError> {
        let clock = Instant::now();
        let dialect = self.connection.dialect();
        let unit = (!self.units.is_empty()).then_some(0);
        let entry = books::entry(dialect, layout, self.leg, Entry::Through { ms: ms(clock) });
        let written = self.watched(unit, &entry, false, watch).await?;
        self.tell(Moment::Recorded, None);
        Ok(written)
    }

    /// The units from `first` on. Settings of the session before it are said again.
    pub async fn forward(&mut self, first: usize) -> Result<(), RunError> {
        for index in 0..self.units.len() {
            let half = index > 0;
            match self.units[index].keep {
                Keep::Session => self.statements(index, half).await?,
                _ if index < first => continue,
                Keep::Whole => self.whole(Some(index), &[progress::done(index + 1)], half).await?,
                Keep::Alone => {
                    let line = self.units[index].statements.first().map_or(1, |one| one.line);
                    let schema = self.fingerprint().await?;
                    self.mark(progress::began(&schema), line, half).await?;
                    self.statements(index, true).await?;
                    self.mark(progress::done(index + 1), line, true).await?;
                }
            }
            let last = self.units[index].statements.len().saturating_sub(1);
            self.tell(Moment::Kept, Some((index, last)));
        }
        Ok(())
    }

    /// Writes how far it came, beside what has no transaction.
    async fn mark(&mut self, sql: String, line: usize, half: bool) -> Result<(), RunError> {
        let mut written = self.connection.begin().await;
        if written.is_ok() {
            written = self.own(&[sql], None).await.map(drop);
        }
        if written.is_err() {
            let _ = self.connection.run("rollback").await;
        }
        written.map_err(|error| self.stopped(line, half, &error))
    }

    /// The script is through: the tool's table says so, and the row goes.
    pub async fn record(&mut self, entry: &[String]) -> Result<(), RunError> {
        let mut all = entry.to_vec();
        all.push(progress::end());
        self.whole(None, &all, true).await?;
        // Whether it goes or stays empty: nobody reads it then.
        let _ = self.mark(progress::drop_table(), 1, false).await;
        self.tell(Moment::Recorded, None);
        Ok(())
    }
}
