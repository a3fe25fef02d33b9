//! Runs ups and downs on the database they are for.
//!
//! Before a script begins, its intent is in the database; after each unit, how far it came; at the end, the entry of the
//! team's tool. A script of one transaction does all three at once. What a run that died left behind is [`crate::half`]'s.

use crate::{
    Connection, DatabaseError, Place,
    aside::Home,
    books::{self, Entry},
    demanded,
    edited::Edited,
    guard::Guard,
    lock,
    port::read_only,
    progress, rights,
    schema::fingerprint,
    settle,
    status::{State, Status, status},
    unit::{Keep, Unit, units},
    walk::{Walk, Watch},
};
use secrecy::SecretString;
use serde::Serialize;
use std::{collections::BTreeSet, time::Instant};
use switchback_core::{
    migration::{Goal, Layout, Leg, NoRoute, Set, Way},
    port::{MissingRight, Unmet},
    schema::{Loss, Written},
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
    /// The server would refuse a script for rows that are there.
    #[error("{0}")]
    Unmet(Unmet),
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
    /// A way back would take away more than was counted before it.
    #[error("somebody wrote in the meantime, and the way back of {version} would lose {what}")]
    Outgrown {
        /// The version.
        version: String,
        /// What, with how many rows.
        what: String,
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
        if let Some(unmet) = demanded::unmet(place, password, &legs).await?.into_iter().next() {
            return Err(RunError::Unmet(unmet));
        }
        keep_book(connection, &standing, set.layout).await?;
    }
    let mut ran = Vec::new();
    for leg in legs {
        ran.push(script(connection, (set.layout, Watch::Nothing), &leg, &mut told).await?.0);
    }
    session.connection.close().await;
    Ok(ran)
}

/// Runs one script of a set whatever else is applied, and gives what it alone wrote; `None` when it is as it shall be
/// already. A way back that would take away more than is `known` does not run; where nothing is given, it takes what it takes.
pub(crate) async fn run_one(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    leg: &Leg<'_>,
    known: Option<&[Loss]>,
    mut told: impl FnMut(&Progress),
) -> Result<Option<Vec<Written>>, RunError> {
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
        let guard = match known {
            Some(known) if leg.way == Way::Down => Some(Guard::raise(place, password, set, leg, known).await?),
            _ => None,
        };
        let watch = match &guard {
            Some(guard) => {
                within(leg, &guard.outgrown())?;
                Watch::Others(guard)
            }
            None if leg.way == Way::Up => Watch::Own(set),
            None => Watch::Nothing,
        };
        ran = Some(script(connection, (set.layout, watch), leg, &mut told).await?.1);
    }
    session.connection.close().await;
    Ok(ran)
}

/// That a way back takes away nothing beyond what was known.
pub(crate) fn within(leg: &Leg<'_>, beyond: &[Loss]) -> Result<(), RunError> {
    if beyond.is_empty() {
        return Ok(());
    }
    let what = beyond.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Err(RunError::Outgrown { version: leg.migration.version.clone(), what })
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
    (layout, watch): (Layout, Watch<'_>),
    leg: &Leg<'_>,
    told: &mut impl FnMut(&Progress),
) -> Result<(Ran, Vec<Written>), RunError> {
    let home = Home::of(connection).await?;
    let ran = sent(connection, (layout, watch), leg, told).await;
    let anew = home.anew(connection).await;
    let ran = match ran {
        Err(stopped) => Err(settle::nothing_done(connection, layout, leg, stopped).await),
        ran => ran,
    };
    ran.and_then(|ran| anew.map(|()| ran).map_err(RunError::from))
}

async fn sent(
    connection: &mut Connection,
    (layout, watch): (Layout, Watch<'_>),
    leg: &Leg<'_>,
    told: &mut impl FnMut(&Progress),
) -> Result<(Ran, Vec<Written>), RunError> {
    let dialect = connection.dialect();
    let units = units(dialect, layout, leg.script);
    let clock = Instant::now();
    let mut walk = Walk::new(connection, leg, &units, told);
    let mut written = Vec::new();
    // One transaction holds the script and its entry: there is no half of it.
    if let [Unit { keep: Keep::Whole, .. }] | [] = units.as_slice() {
        written = walk.together(layout, watch).await?;
    } else {
        let failed = |source| RunError::from(DatabaseError::doing("write what is about to be run")(source));
        walk.connection.run(&progress::make()).await.map_err(failed)?;
        let schema = fingerprint(walk.connection).await?;
        let mut intent = vec![progress::begin(dialect, layout, leg, &schema)];
        intent.extend(books::entry(dialect, layout, leg, Entry::Begun));
        walk.connection.whole(&intent).await.map_err(failed)?;
        walk.tell(Moment::Begun, None);
        walk.forward(0).await?;
        let entry = Entry::Through { ms: ms(clock) };
        walk.record(&books::entry(dialect, layout, leg, entry)).await?;
    }
    let ran = Ran {
        version: leg.migration.version.clone(),
        name: leg.migration.name.clone(),
        way: leg.way,
        statements: units.iter().map(|unit| unit.statements.len()).sum(),
        ms: ms(clock),
    };
    Ok((ran, written))
}

pub(crate) fn ms(clock: Instant) -> u64 {
    u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX)
}
