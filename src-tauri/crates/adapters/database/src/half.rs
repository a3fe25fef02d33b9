//! What a run that died left behind: what is done, what is not, and what can be done about it.
//!
//! Three ways out, each with its SQL before anything is touched: finish the script, undo what of it is done, or mark it
//! when somebody settled it by hand. Undoing runs the end of the other script; which part of it that is, is tried on a
//! copy of the database, and offered only when the schema comes out as it was.

use crate::{
    Connection, DatabaseError, Place,
    books::{self, Entry},
    lock,
    progress::{self, Row},
    runner::RunError,
    schema::{fingerprint, invalid_indexes},
    status::{State, status},
    undo::{self, Ground, Undoing},
    unit::{Keep, Unit, units, words},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use switchback_core::{
    migration::{Leg, Migration, Set, Way},
    port::Programs,
};

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayOut {
    /// Do the rest of the script.
    Finish,
    /// Undo what of it is done.
    Undo,
    /// Only write that the version is applied.
    MarkApplied,
    /// Only write that it is not.
    MarkNotApplied,
}

/// A way out with what it would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which.
    pub way_out: WayOut,
    /// Its statements, in order.
    pub sql: Vec<String>,
    /// What is known of it.
    pub why: String,
}

/// What became of a statement that was begun outside of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// The schema is as before it.
    NotDone,
    /// The schema is another one.
    Done,
    /// It left an index that is not valid.
    Broken {
        /// Which.
        index: String,
    },
    /// It was dropping an index, which is still there and serves nobody any more.
    HalfGone {
        /// Which.
        index: String,
    },
}

/// A half applied version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Which of its scripts was under way.
    pub way: Way,
    /// Whether that was being undone.
    pub undoing: bool,
    /// The file of the script that is half run.
    pub path: String,
    /// How many of its statements are done; `None` when another tool left it.
    pub done: Option<usize>,
    /// How many there are.
    pub of: usize,
    /// The line of the first statement that is not done.
    pub line: Option<usize>,
    /// What became of the one that was under way, when it was outside of a transaction.
    pub doubt: Option<Doubt>,
    /// Whether the script is not the one that was begun.
    pub edited: bool,
    /// The ways out.
    pub offers: Vec<Offer>,
    /// Why undoing could not be tried, in words; `None` where it was.
    pub untried: Option<String>,
}

/// The same with all that is needed to go on.
pub(crate) struct Found<'a> {
    pub leg: Leg<'a>,
    pub row: Option<Row>,
    /// The script that is half run, in units.
    pub units: Vec<Unit>,
    /// How many are done, the doubt settled.
    pub done: usize,
    pub doubt: Option<Doubt>,
    pub edited: bool,
}

/// What is half applied, with the ways out.
pub async fn half(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    programs: &dyn Programs,
) -> Result<Option<Half>, RunError> {
    let mut connection = Connection::open(place, password).await?;
    let found = left(&mut connection, place, set).await;
    connection.close().await;
    match found? {
        Some(found) => Ok(Some(told(&Ground { place, password, set, programs }, &found).await)),
        None => Ok(None),
    }
}

/// What a run left behind: what one that is alive is at is not. Not for whoever holds the lock.
pub(crate) async fn left<'a>(
    connection: &mut Connection,
    place: &Place,
    set: &'a Set,
) -> Result<Option<Found<'a>>, RunError> {
    if find(connection, set).await?.is_none() {
        return Ok(None);
    }
    if lock::is_kept(connection, place).await? {
        return Err(RunError::Locked { place: place.to_string() });
    }
    // It may have ended in between.
    find(connection, set).await
}

pub(crate) async fn find<'a>(connection: &mut Connection, set: &'a Set) -> Result<Option<Found<'a>>, RunError> {
    let dialect = connection.dialect();
    let row = progress::read(connection).await?;
    let version = if let Some(row) = &row {
        row.version.clone()
    } else {
        let standing = status(connection, set).await?;
        match standing.versions.iter().find(|one| one.state == State::HalfApplied) {
            Some(one) => one.version.clone(),
            None => return Ok(None),
        }
    };
    let versioned: Vec<&Migration> = set.migrations.iter().filter(|one| !one.repeatable).collect();
    let at = versioned.iter().position(|one| one.version == version);
    let missing = || RunError::NotOffered(format!("{version} is half applied, and its files are not in this folder"));
    let at = at.ok_or_else(missing)?;
    let migration = versioned[at];
    let way = row.as_ref().map_or(Way::Up, |row| row.way);
    let script = migration.script(way).ok_or_else(missing)?;
    let previous = at.checked_sub(1).map(|before| versioned[before].version.as_str());
    let leg = Leg { migration, way, script, previous };
    let running = row.as_ref().filter(|row| row.undoing).map_or(way, |_| way.back());
    let running = migration.script(running).ok_or_else(missing)?;
    let units = units(dialect, set.layout, running);
    let Some(row) = row else {
        return Ok(Some(Found { leg, row: None, units, done: 0, doubt: None, edited: false }));
    };
    let edited = row.checksum != running.checksum.to_string();
    let (mut done, mut doubt) = (row.done, None);
    if row.began && !edited {
        let at = begun(&units, row.done);
        let what = settle_doubt(connection, &row, units.get(at)).await?;
        done = at + usize::from(what == Doubt::Done);
        doubt = Some(what);
    }
    Ok(Some(Found { leg, row: Some(row), units, done, doubt, edited }))
}

/// The unit that was begun: settings of the session before it are not counted as done.
pub(crate) fn begun(units: &[Unit], done: usize) -> usize {
    let lasts = |unit: &Unit| unit.keep != Keep::Session;
    done + units.iter().skip(done).position(lasts).unwrap_or_default()
}

pub(crate) async fn settle_doubt(
    connection: &mut Connection,
    row: &Row,
    unit: Option<&Unit>,
) -> Result<Doubt, DatabaseError> {
    if fingerprint(connection).await? == row.schema {
        return Ok(Doubt::NotDone);
    }
    let sql = unit.and_then(|unit| unit.statements.first()).map(|one| one.sql.to_ascii_lowercase()).unwrap_or_default();
    let first = words(&sql).into_iter().next();
    let broken = invalid_indexes(connection).await?;
    let named = |index: &String| {
        let bare = index.rsplit('.').next().unwrap_or(index).trim_matches('"').to_ascii_lowercase();
        sql.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == bare)
    };
    Ok(match broken.into_iter().find(named) {
        Some(index) if first.as_deref() == Some("create") => Doubt::Broken { index },
        Some(index) if first.as_deref() == Some("drop") => Doubt::HalfGone { index },
        _ => Doubt::Done,
    })
}

impl<'a> Found<'a> {
    /// The script that is half run: the other one when it is being undone.
    pub fn running(&self) -> Leg<'a> {
        if self.undoing() { self.back().unwrap_or(self.leg) } else { self.leg }
    }

    /// The other script of the version.
    pub fn back(&self) -> Option<Leg<'a>> {
        let way = self.leg.way.back();
        Some(Leg { way, script: self.leg.migration.script(way)?, ..self.leg })
    }

    fn statements_done(&self) -> usize {
        self.units[..self.done.min(self.units.len())].iter().map(|unit| unit.statements.len()).sum()
    }

    /// What is removed before anything else: an index that is not valid serves nobody and is in the way. One that was
    /// being dropped goes by the script's own statement when that is finished.
    pub fn sweep(&self, way_out: WayOut) -> Option<String> {
        match &self.doubt {
            Some(Doubt::Broken { index }) => Some(format!("drop index concurrently {index}")),
            Some(Doubt::HalfGone { index }) if way_out == WayOut::Undo => {
                Some(format!("drop index concurrently {index}"))
            }
            _ => None,
        }
    }

    /// How many units count as done once that is removed.
    pub fn done(&self, way_out: WayOut) -> usize {
        let swept = way_out == WayOut::Undo && matches!(self.doubt, Some(Doubt::HalfGone { .. }));
        self.done + usize::from(swept)
    }

    pub fn knows(&self) -> bool {
        self.row.is_some() && !self.edited
    }

    pub fn undoing(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.undoing)
    }

    /// The entry that finishing leads to.
    pub fn ending(&self) -> Entry {
        if self.undoing() { Entry::Never } else { Entry::Through { ms: 0 } }
    }

    pub fn marks(&self, applied: bool) -> Entry {
        if applied == (self.leg.way == Way::Up) { Entry::Through { ms: 0 } } else { Entry::Never }
    }
}

async fn told(ground: &Ground<'_, '_>, found: &Found<'_>) -> Half {
    let (dialect, layout, leg) = (ground.place.dialect(), ground.set.layout, &found.leg);
    let entry = |what| {
        let mut sql = books::entry(dialect, layout, leg, what);
        sql.extend(found.row.as_ref().map(|_| progress::end()));
        sql
    };
    let (mut offers, mut untried) = (Vec::new(), None);
    if found.knows() {
        let mut sql: Vec<String> = found.sweep(WayOut::Finish).into_iter().collect();
        sql.extend(shown(&found.units, found.done(WayOut::Finish)));
        sql.extend(entry(found.ending()));
        let what = if found.undoing() { "the rest of what undoes it" } else { "the rest of the script" };
        offers.push(Offer { way_out: WayOut::Finish, sql, why: what.to_owned() });
        match undo::part(ground, found).await {
            Undoing::By(back) => {
                let mut sql: Vec<String> = found.sweep(WayOut::Undo).into_iter().collect();
                sql.extend(shown(&back.units, back.first));
                sql.extend(entry(Entry::Never));
                let on = if back.on_copy { "a copy of the database" } else { "a scratch database" };
                let why = format!("tried on {on}: the schema comes out as it was before");
                offers.push(Offer { way_out: WayOut::Undo, sql, why });
            }
            Undoing::No => {}
            Undoing::Untried(why) => untried = Some(why),
        }
    }
    for (way_out, applied) in [(WayOut::MarkApplied, true), (WayOut::MarkNotApplied, false)] {
        let why = "when it was settled by hand: the schema is not touched".to_owned();
        offers.push(Offer { way_out, sql: entry(found.marks(applied)), why });
    }
    Half {
        version: leg.migration.version.clone(),
        name: leg.migration.name.clone(),
        way: leg.way,
        undoing: found.undoing(),
        path: found.running().script.path.clone(),
        done: found.knows().then(|| found.statements_done()),
        of: found.units.iter().map(|unit| unit.statements.len()).sum(),
        line: found.units.get(found.done).and_then(|unit| unit.statements.first()).map(|one| one.line),
        doubt: found.doubt.clone(),
        edited: found.edited,
        offers,
        untried,
    }
}

/// What the units from `first` on send, with the transactions around them.
fn shown(units: &[Unit], first: usize) -> Vec<String> {
    let mut sql = Vec::new();
    for (index, unit) in units.iter().enumerate().filter(|(index, unit)| *index >= first || unit.keep == Keep::Session)
    {
        let brackets = unit.keep == Keep::Whole && unit.statements.len() > 1 && index >= first;
        sql.extend(brackets.then(|| "begin".to_owned()));
        sql.extend(unit.statements.iter().map(|one| one.sql.clone()));
        sql.extend(brackets.then(|| "commit".to_owned()));
    }
    sql
}
