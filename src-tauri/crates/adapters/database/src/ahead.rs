//! What a run would do, before it does it.

use crate::{
    Connection, Place,
    runner::{RunError, sound, unedited},
    status::judged,
    unit::{Keep, units},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use switchback_core::migration::{Goal, Set, Way};

/// A script that would be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Which of its scripts.
    pub way: Way,
    /// The script's file.
    pub path: String,
    /// Its statements.
    pub sql: Vec<String>,
    /// Whether it is kept or dropped as one, so that it can never be half applied.
    pub whole: bool,
}

/// The scripts that lead to the goal, in order. Nothing is touched.
pub async fn planned(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    goal: &Goal,
) -> Result<Vec<Planned>, RunError> {
    let mut connection = Connection::open(place, password).await?;
    let standing = judged(&mut connection, place, set).await;
    connection.close().await;
    let (standing, busy) = standing?;
    let sound = sound(&standing);
    if busy && matches!(sound, Err(RunError::Half { .. })) {
        return Err(RunError::Locked { place: place.to_string() });
    }
    let legs = set.route(&sound?, goal)?;
    unedited(&standing, &legs)?;
    let told = legs.into_iter().map(|leg| {
        let units = units(place.dialect(), set.layout, leg.script);
        Planned {
            version: leg.migration.version.clone(),
            name: leg.migration.name.clone(),
            way: leg.way,
            path: leg.script.path.clone(),
            whole: units.len() < 2 && units.iter().all(|unit| unit.keep == Keep::Whole),
            sql: units.into_iter().flat_map(|unit| unit.statements).map(|one| one.sql).collect(),
        }
    });
    Ok(told.collect())
}
