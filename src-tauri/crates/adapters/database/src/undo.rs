//! Which part of the other script undoes what of a script is done: found by trying on a scratch database.

use crate::{
    DatabaseError, Place, outside,
    schema::schema,
    scratch::Scratch,
    script,
    unit::{Keep, Unit, units},
};
use secrecy::SecretString;
use switchback_core::migration::{Leg, Script, Set, Way};

/// Most parts that are tried. Further ones would be of scripts nobody reads any more.
const MOST: usize = 24;

/// The part.
pub struct Back<'a> {
    /// The other script.
    pub script: &'a Script,
    /// It in units.
    pub units: Vec<Unit>,
    /// The first of them that is run.
    pub first: usize,
}

/// The part of the other script that brings the schema back; `None` when none does, or it cannot be tried.
pub async fn part<'a>(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    leg: &Leg<'a>,
    done: &[Unit],
) -> Option<Back<'a>> {
    let script = leg.migration.script(leg.way.back())?;
    let all = units(place.dialect(), set.layout, script);
    // A script undoes in reverse, so most likely it is as many from the end as are done.
    let likely = all.len().saturating_sub(done.len());
    let mut firsts: Vec<usize> = (0..=all.len()).collect();
    firsts.sort_by_key(|first| first.abs_diff(likely));
    for first in firsts.into_iter().take(MOST) {
        if brings_back(place, password, set, leg, done, &all, first).await.unwrap_or(false) {
            return Some(Back { script, units: all, first });
        }
    }
    None
}

async fn brings_back(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    leg: &Leg<'_>,
    done: &[Unit],
    back: &[Unit],
    first: usize,
) -> Result<bool, DatabaseError> {
    let mut scratch = Scratch::beside(place, password).await?;
    let same = tried(&mut scratch, set, leg, done, back, first).await;
    scratch.remove(password).await?;
    same
}

async fn tried(
    scratch: &mut Scratch,
    set: &Set,
    leg: &Leg<'_>,
    done: &[Unit],
    back: &[Unit],
    first: usize,
) -> Result<bool, DatabaseError> {
    let connection = &mut scratch.connection;
    for migration in set.migrations.iter().filter(|one| !one.repeatable) {
        let own = migration.version == leg.migration.version;
        if own && leg.way == Way::Up {
            break;
        }
        if let Some(up) = &migration.up
            && script::run(connection, up).await.is_err()
        {
            return Ok(false);
        }
        if own {
            break;
        }
    }
    let before = schema(connection).await?;
    let parts = done.iter().chain(
        back.iter()
            .enumerate()
            .filter(|(index, unit)| *index >= first || unit.keep == Keep::Session)
            .map(|(_, unit)| unit),
    );
    for one in parts.flat_map(|unit| &unit.statements) {
        if outside::reach(connection, &one.sql).await?.is_some() {
            return Ok(false);
        }
        if connection.run(&one.sql).await.is_err() {
            return Ok(false);
        }
    }
    Ok(schema(connection).await? == before)
}
