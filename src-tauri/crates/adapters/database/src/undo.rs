//! Which part of the other script undoes what of a script is done: found by trying. On a copy of the database, which has
//! what somebody made by hand, where one can be made and the schema before the script is known; else on the ups of the
//! folder from an empty schema.

use crate::{
    Connection, DatabaseError, Place,
    copy::Real,
    half::{Found, WayOut},
    schema::{hashed, schema},
    scratch::Scratch,
    script::Piece,
    unit::{Keep, Unit, units},
};
use secrecy::SecretString;
use std::collections::BTreeSet;
use switchback_core::{
    migration::{Script, Set, Way},
    port::{Programs, never},
};
use switchback_lint::statement::Text;

/// Most parts that are tried. Further ones would be of scripts nobody reads any more.
const MOST: usize = 24;
/// The same on copies, each of which is made anew.
const MOST_COPIES: usize = 8;

/// What it is tried for.
pub struct Ground<'a, 's> {
    pub place: &'a Place,
    pub password: Option<&'a SecretString>,
    pub set: &'s Set,
    /// What runs the server's own programs.
    pub programs: &'a dyn Programs,
}

/// The part.
pub struct Back<'a> {
    /// The other script.
    pub script: &'a Script,
    /// It in units.
    pub units: Vec<Unit>,
    /// The first of them that is run.
    pub first: usize,
    /// Whether it was tried on a copy of the database.
    pub on_copy: bool,
}

/// What trying came to.
pub enum Undoing<'a> {
    /// This part brings the schema back.
    By(Back<'a>),
    /// None of those that were tried does, there is no other script, or it is being undone already.
    No,
    /// They could not be tried, in words.
    Untried(String),
}

/// How one part did on a copy.
enum Trial {
    BringsBack,
    DoesNot,
    /// The copy was not like the database: one of them changed in between, or it has what is not copied.
    Differs,
    /// There can be none.
    NoCopy,
}

/// The part of the other script that brings the schema back.
pub async fn part<'s>(ground: &Ground<'_, 's>, found: &Found<'s>) -> Undoing<'s> {
    if found.undoing() {
        return Undoing::No;
    }
    let Some(script) = found.leg.migration.script(found.leg.way.back()) else { return Undoing::No };
    let done = &found.units[..found.done(WayOut::Undo)];
    let units = units(ground.place.dialect(), ground.set.layout, script);
    // A script undoes in reverse, so most likely it is as many from the end as are done.
    let likely = units.len().saturating_sub(done.len());
    let mut firsts: Vec<usize> = (0..=units.len()).collect();
    firsts.sort_by_key(|first| first.abs_diff(likely));
    let before = found.row.as_ref().map_or("", |row| row.before.as_str());
    let copies = if before.is_empty() { 0 } else { MOST_COPIES.min(firsts.len()) };
    let mut hindered = None;
    for (tries, first) in firsts.iter().copied().take(copies).enumerate() {
        match ground.on_a_copy(&units, first, before).await {
            Ok(Trial::BringsBack) => return Undoing::By(Back { script, units, first, on_copy: true }),
            Ok(Trial::DoesNot) if tries + 1 < copies => {}
            Ok(Trial::DoesNot) => return Undoing::No,
            Ok(Trial::Differs) if tries > 0 => {
                return Undoing::Untried("the database changed while it was tried".to_owned());
            }
            Err(error) if tries > 0 => return Undoing::Untried(error.to_string()),
            Ok(Trial::Differs | Trial::NoCopy) => break,
            Err(error) => {
                hindered = Some(error.to_string());
                break;
            }
        }
    }
    for first in firsts.into_iter().take(MOST) {
        match ground.brings_back_from_empty(found, done, &units, first).await {
            Ok(true) => return Undoing::By(Back { script, units, first, on_copy: false }),
            Ok(false) => {}
            Err(error) => return Undoing::Untried(hindered.unwrap_or_else(|| error.to_string())),
        }
    }
    hindered.map_or(Undoing::No, Undoing::Untried)
}

impl Ground<'_, '_> {
    /// The same on a copy; once more where it could not be told: what came in between is over by now, most likely.
    async fn on_a_copy(&self, back: &[Unit], first: usize, before: &str) -> Result<Trial, DatabaseError> {
        match self.brings_back(back, first, before).await {
            Err(_) | Ok(Trial::Differs) => self.brings_back(back, first, before).await,
            told => told,
        }
    }

    /// Whether the part leads from the database as it is to the schema before the script.
    async fn brings_back(&self, back: &[Unit], first: usize, before: &str) -> Result<Trial, DatabaseError> {
        let Self { place, password, programs, .. } = *self;
        let real = Real { place, password, books: &[], programs, stop: &never() };
        let Ok((mut scratch, _)) = real.copied().await? else { return Ok(Trial::NoCopy) };
        let tried = async {
            let mut connection = Connection::open(place, password).await?;
            let there = schema(&mut connection).await;
            connection.close().await;
            // An index that is not valid is not copied, and goes first.
            let there: BTreeSet<String> = there?
                .into_iter()
                .filter(|line| !(line.starts_with("index ") && line.ends_with(" not valid")))
                .collect();
            if schema(&mut scratch.connection).await? != there {
                return Ok(Trial::Differs);
            }
            let went = self.ran(&mut scratch, part_of(back, first)).await?;
            let same = went && hashed(&schema(&mut scratch.connection).await?).to_string() == before;
            Ok(if same { Trial::BringsBack } else { Trial::DoesNot })
        };
        let tried = tried.await;
        scratch.remove(password).await?;
        tried
    }

    /// Whether the part undoes what is done, on a schema that the folder's ups lead to.
    async fn brings_back_from_empty(
        &self,
        found: &Found<'_>,
        done: &[Unit],
        back: &[Unit],
        first: usize,
    ) -> Result<bool, DatabaseError> {
        let mut scratch = Scratch::beside(self.place, self.password).await?;
        let same = self.tried(&mut scratch, found, done, part_of(back, first)).await;
        scratch.remove(self.password).await?;
        same
    }

    async fn tried<'u>(
        &self,
        scratch: &mut Scratch,
        found: &Found<'_>,
        done: &'u [Unit],
        back: impl Iterator<Item = &'u Unit>,
    ) -> Result<bool, DatabaseError> {
        for migration in self.set.migrations.iter().filter(|one| !one.repeatable) {
            let own = migration.version == found.leg.migration.version;
            if own && found.leg.way == Way::Up {
                break;
            }
            if let Some(up) = &migration.up {
                self.refers(scratch).await?;
                if scratch.run(Piece::Whole(up), self.password).await.is_err() {
                    return Ok(false);
                }
            }
            if own {
                break;
            }
        }
        let before = schema(&mut scratch.connection).await?;
        let went = self.ran(scratch, done.iter().chain(back)).await?;
        Ok(went && schema(&mut scratch.connection).await? == before)
    }

    /// Runs units where they reach no further; whether all of them went.
    async fn ran<'u>(
        &self,
        scratch: &mut Scratch,
        units: impl Iterator<Item = &'u Unit>,
    ) -> Result<bool, DatabaseError> {
        let each: Vec<Text> = units.flat_map(|unit| &unit.statements).cloned().collect();
        self.refers(scratch).await?;
        Ok(scratch.run(Piece::Each(&each), self.password).await.is_ok())
    }

    /// Has the next script heed references as its tool does.
    async fn refers(&self, scratch: &mut Scratch) -> Result<(), DatabaseError> {
        let referred = scratch.connection.refer_as(self.set.layout).await;
        referred.map_err(DatabaseError::doing("run as the tool would"))
    }
}

/// The units from the first on, with what is said for the whole session.
fn part_of(back: &[Unit], first: usize) -> impl Iterator<Item = &Unit> {
    let units = back.iter().enumerate();
    units.filter(move |(index, unit)| *index >= first || unit.keep == Keep::Session).map(|(_, unit)| unit)
}
