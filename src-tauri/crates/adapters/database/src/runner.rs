//! Runs ups and downs on the database they are for.
//!
//! Before a script begins, its intent is in the database; after each unit, how far it came; at the end, the entry of the
//! team's tool. A script of one transaction does all three at once. What a run that died left behind is [`crate::half`]'s.

use crate::{
    Connection, DatabaseError, Place,
    books::{self, Entry},
    edited::Edited,
    error::{held_up, said},
    lock,
    port::read_only,
    progress, rights,
    schema::fingerprint,
    settle,
    status::{State, Status, status},
    unit::{Keep, Unit, units},
};
use secrecy::SecretString;
use serde::Serialize;
use std::{collections::BTreeSet, time::Instant};
use switchback_core::{
    migration::{Goal, Layout, Leg, NoRoute, Set, Way},
    port::MissingRight,
};

/// Where in a script a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// The script's intent is written.
    Begun,
    /// A statement is about to be sent.
    Sends,
    /// It was answered.
    Answered,
    /// It is kept, and marked as done.
    Kept,
    /// The script is through, and the tool's table says so.
    Recorded,
}

/// What a run tells while it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Which of its scripts.
    pub way: Way,
    /// The script's file.
    pub path: String,
    /// The line of the statement, from 1.
    pub line: usize,
    /// The statement's number, from 1; 0 before the first.
    pub statement: usize,
    /// How many there are.
    pub of: usize,
    /// Its first line.
    pub sql: String,
    /// Where it is.
    pub moment: Moment,
}

/// A script that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Which of its scripts.
    pub way: Way,
    /// How many statements it has.
    pub statements: usize,
    /// How long it took.
    pub ms: u64,
}

/// Why a run did not begin, or did not end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database, or the way to it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no route to the goal.
    #[error(transparent)]
    NoRoute(#[from] NoRoute),
    /// Another runner is at work.
    #[error("another run of migrations is under way on {place}")]
    Locked {
        /// Where.
        place: String,
    },
    /// It takes no writes.
    #[error("{0} takes no writes")]
    ReadOnly(String),
    /// The login lacks a right that a script needs.
    #[error("{0}")]
    MissingRight(MissingRight),
    /// Something is half applied.
    #[error("{version} is half applied")]
    Half {
        /// What.
        version: String,
    },
    /// It holds what this folder does not.
    #[error("the database is ahead of this folder: it has {}", versions.join(", "))]
    Ahead {
        /// What it has.
        versions: Vec<String>,
    },
    /// A file is not what was applied.
    #[error("{edited}")]
    Edited {
        /// Which.
        edited: Edited,
    },
    /// A tool whose table is not written here.
    #[error("{} keeps a registry that it alone can write", layout.as_str())]
    OwnRegistry {
        /// The tool.
        layout: Layout,
    },
    /// A statement was refused.
    #[error("{version} {}: {path}:{line}: {why}", way.as_str())]
    Stopped {
        /// The version.
        version: String,
        /// Which of its scripts.
        way: Way,
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// The server's words.
        why: String,
        /// Whether a part of the script is done.
        half: bool,
        /// Whether it waited for somebody else's lock in vain.
        held_up: bool,
    },
    /// There is nothing to settle, or not in this way.
    #[error("{0}")]
    NotOffered(String),
}

/// A connection that holds the lock.
pub(crate) struct Session {
    pub connection: Connection,
    _held: lock::Held,
}

impl Session {
    pub async fn open(place: &Place, password: Option<&SecretString>, layout: Layout) -> Result<Self, RunError> {
        if matches!(layout, Layout::Sqitch | Layout::Command) {
            return Err(RunError::OwnRegistry { layout });
        }
        let mut connection = Connection::open(place, password).await?;
        connection.refer_as(layout).await.map_err(DatabaseError::doing("run as the tool would"))?;
        match lock::take(&mut connection, place).await? {
            Some(held) => Ok(Self { connection, _held: held }),
            None => Err(RunError::Locked { place: place.to_string() }),
        }
    }
}

/// Runs what leads to the goal. `told` is called at every moment, and the run goes on when it returns.
pub async fn run(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    goal: &Goal,
    mut told: impl FnMut(&Progress),
) -> Result<Vec<Ran>, RunError> {
    let mut session = Session::open(place, password, set.layout).await?;
    let connection = &mut session.connection;
    let standing = status(connection, set).await?;
    let legs = set.route(&sound(&standing)?, goal)?;
    unedited(&standing, &legs)?;
    if !legs.is_empty() {
        if read_only(connection).await? {
            return Err(RunError::ReadOnly(place.to_string()));
        }
        if let Some(lacks) = rights::missing(connection, set, &legs).await?.into_iter().next() {
            return Err(RunError::MissingRight(lacks));
        }
        keep_book(connection, &standing, set.layout).await?;
    }
    let mut ran = Vec::new();
    for leg in legs {
        ran.push(script(connection, set.layout, &leg, &mut told).await?);
    }
    session.connection.close().await;
    Ok(ran)
}

/// Runs one script of a set whatever else is applied; `None` when it is as it shall be already.
pub(crate) async fn run_one(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    leg: &Leg<'_>,
    mut told: impl FnMut(&Progress),
) -> Result<Option<Ran>, RunError> {
    let mut session = Session::open(place, password, set.layout).await?;
    let connection = &mut session.connection;
    let standing = status(connection, set).await?;
    let state = standing.versions.iter().find(|one| one.version == leg.migration.version).map(|one| one.state);
    if state == Some(State::HalfApplied) {
        return Err(RunError::Half { version: leg.migration.version.clone() });
    }
    let mut ran = None;
    if (state == Some(State::Applied)) != (leg.way == Way::Up) {
        keep_book(connection, &standing, set.layout).await?;
        ran = Some(script(connection, set.layout, leg, &mut told).await?);
    }
    session.connection.close().await;
    Ok(ran)
}

/// What is built on what was applied must find that. A way back is built on nothing.
pub(crate) fn unedited(standing: &Status, legs: &[Leg<'_>]) -> Result<(), RunError> {
    match standing.edited.first() {
        Some(edited) if legs.iter().any(|leg| leg.way == Way::Up) => Err(RunError::Edited { edited: edited.clone() }),
        _ => Ok(()),
    }
}

/// Makes the tool's table where there is none yet.
async fn keep_book(connection: &mut Connection, standing: &Status, layout: Layout) -> Result<(), RunError> {
    if standing.kept {
        return Ok(());
    }
    let make = books::table(connection.dialect(), layout);
    Ok(connection.whole(&make).await.map_err(DatabaseError::doing("make the tool's table"))?)
}

/// What is applied, when the database may be gone on from.
pub(crate) fn sound(status: &Status) -> Result<BTreeSet<String>, RunError> {
    if let Some(half) = status.versions.iter().find(|one| one.state == State::HalfApplied) {
        return Err(RunError::Half { version: half.version.clone() });
    }
    let named = |state| status.versions.iter().filter(move |one| one.state == state).map(|one| one.version.clone());
    let versions: Vec<String> = named(State::Unknown).collect();
    if versions.is_empty() { Ok(named(State::Applied).collect()) } else { Err(RunError::Ahead { versions }) }
}

async fn script(
    connection: &mut Connection,
    layout: Layout,
    leg: &Leg<'_>,
    told: &mut impl FnMut(&Progress),
) -> Result<Ran, RunError> {
    let dialect = connection.dialect();
    let units = units(dialect, layout, leg.script);
    let clock = Instant::now();
    let mut walk = Walk::new(connection, leg, &units, told);
    // One transaction holds the script and its entry: there is no half of it.
    if let [Unit { keep: Keep::Whole, .. }] | [] = units.as_slice() {
        walk.together(layout).await?;
    } else {
        let failed = |source| RunError::from(DatabaseError::doing("write what is about to be run")(source));
        walk.connection.run(&progress::make()).await.map_err(failed)?;
        let schema = fingerprint(walk.connection).await?;
        let mut intent = vec![progress::begin(dialect, layout, leg, &schema)];
        intent.extend(books::entry(dialect, layout, leg, Entry::Begun));
        walk.connection.whole(&intent).await.map_err(failed)?;
        walk.tell(Moment::Begun, None);
        if let Err(stopped) = walk.forward(0).await {
            return Err(settle::nothing_done(connection, layout, leg, stopped).await);
        }
        let entry = Entry::Through { ms: ms(clock) };
        walk.record(&books::entry(dialect, layout, leg, entry)).await?;
    }
    Ok(Ran {
        version: leg.migration.version.clone(),
        name: leg.migration.name.clone(),
        way: leg.way,
        statements: units.iter().map(|unit| unit.statements.len()).sum(),
        ms: ms(clock),
    })
}

pub(crate) fn ms(clock: Instant) -> u64 {
    u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A script being run, unit by unit.
pub(crate) struct Walk<'a, T> {
    pub connection: &'a mut Connection,
    leg: &'a Leg<'a>,
    units: &'a [Unit],
    told: &'a mut T,
}

impl<'a, T: FnMut(&Progress)> Walk<'a, T> {
    pub fn new(connection: &'a mut Connection, leg: &'a Leg<'a>, units: &'a [Unit], told: &'a mut T) -> Self {
        Self { connection, leg, units, told }
    }

    fn tell(&mut self, moment: Moment, at: Option<(usize, usize)>) {
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
        let line =
            unit.and_then(|unit| self.units[unit].statements.first()).map_or(self.leg.script.line, |one| one.line);
        let begun = self.connection.begin().await;
        begun.map_err(|error| self.stopped(line, half, &error))?;
        let mut done = match unit {
            Some(unit) => self.statements(unit, half).await,
            None => Ok(()),
        };
        for sql in also {
            if done.is_ok() {
                done = self.connection.run(sql).await.map_err(|error| self.stopped(line, half, &error));
            }
        }
        if done.is_ok() {
            done = self.connection.run("commit").await.map_err(|error| self.stopped(line, half, &error));
        }
        if done.is_err() {
            let _ = self.connection.run("rollback").await;
        }
        done
    }

    async fn together(&mut self, layout: Layout) -> Result<(), RunError> {
        let clock = Instant::now();
        let dialect = self.connection.dialect();
        let unit = (!self.units.is_empty()).then_some(0);
        let entry = books::entry(dialect, layout, self.leg, Entry::Through { ms: ms(clock) });
        self.whole(unit, &entry, false).await?;
        self.tell(Moment::Recorded, None);
        Ok(())
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
                    let schema = fingerprint(self.connection).await?;
                    let began = self.connection.run(&progress::began(&schema)).await;
                    began.map_err(|error| self.stopped(line, half, &error))?;
                    self.statements(index, true).await?;
                    let done = self.connection.run(&progress::done(index + 1)).await;
                    done.map_err(|error| self.stopped(line, true, &error))?;
                }
            }
            let last = self.units[index].statements.len().saturating_sub(1);
            self.tell(Moment::Kept, Some((index, last)));
        }
        Ok(())
    }

    /// The script is through: the tool's table says so, and the row goes.
    pub async fn record(&mut self, entry: &[String]) -> Result<(), RunError> {
        let mut all = entry.to_vec();
        all.push(progress::end());
        self.whole(None, &all, true).await?;
        let _ = self.connection.run(&progress::drop_table()).await;
        self.tell(Moment::Recorded, None);
        Ok(())
    }
}
