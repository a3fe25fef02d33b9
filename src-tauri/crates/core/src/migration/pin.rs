//! What a release pinned: the checksums of its scripts, against which a later state of the folder is held.

use super::{Problem, Script, Set, SetRule, says};
use crate::{release::Digest, said::Said};
use serde::{Deserialize, Serialize};

/// One version as it was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The version.
    pub version: String,
    /// The checksum of its way up.
    pub up: Digest,
    /// The checksum of its way down, when there was one.
    pub down: Option<Digest>,
}

/// What a release of this state pins.
pub fn pins(set: &Set) -> Vec<Pin> {
    let checksum = |script: &Script| script.checksum.clone();
    let pin = |migration: &super::Migration| {
        let up = migration.up.as_ref().map(checksum)?;
        Some(Pin { version: migration.version.clone(), up, down: migration.down.as_ref().map(checksum) })
    };
    set.migrations.iter().filter(|migration| !migration.repeatable).filter_map(pin).collect()
}

/// What is not as it was released: an edited script, a version that is gone, one that was put before a released one, two
/// that changed places. `was` tells where a version was then, file and line, as far as that is known.
pub fn against_pins(set: &Set, pinned: &[Pin], was: impl Fn(&str) -> Option<(String, usize)>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut told = |rule, (path, line): (String, usize), why: Said, rewrite: &str| {
        problems.push(Problem { rule, path, line, why, rewrite: rewrite.to_owned() });
    };
    let mut tell = |rule, script: Option<&Script>, why: Said, rewrite: &str| {
        told(rule, script.map_or((String::new(), 1), |script| (script.path.clone(), script.line)), why, rewrite);
    };
    let released = |version: &str| pinned.iter().find(|pin| pin.version == version);
    let versioned: Vec<_> = set.migrations.iter().filter(|migration| !migration.repeatable).collect();
    let last = versioned.iter().rposition(|migration| released(&migration.version).is_some());
    let mut before: Option<(usize, &str)> = None;
    for (index, migration) in versioned.into_iter().enumerate() {
        let any = migration.up.as_ref().or(migration.down.as_ref());
        if let Some(at) = pinned.iter().position(|pin| pin.version == migration.version) {
            match before {
                Some((last, other)) if at < last => {
                    let why = says::behind_its_place(&migration.version, other);
                    tell(SetRule::OutOfOrder, any, why, "Put them back into the order they were released in.");
                }
                _ => before = Some((at, &migration.version)),
            }
        }
        let Some(pin) = released(&migration.version) else {
            if last.is_some_and(|last| index < last) {
                let why = says::before_released(&migration.version);
                tell(SetRule::OutOfOrder, any, why, "Give it a version behind the released ones.");
            }
            continue;
        };
        let edited = says::not_as_released(&migration.version);
        if migration.up.as_ref().is_some_and(|up| up.checksum != pin.up) {
            let rewrite = says::ways::write_new();
            tell(SetRule::EditedAfterRelease, migration.up.as_ref(), edited.clone(), &rewrite);
        }
        // A way back that was missing may be added later; one that was proven may not change unseen.
        if let (Some(down), Some(pinned)) = (&migration.down, &pin.down)
            && down.checksum != *pinned
        {
            tell(SetRule::EditedAfterRelease, migration.down.as_ref(), edited, &says::ways::take_back());
        }
    }
    for pin in pinned.iter().filter(|pin| !set.migrations.iter().any(|migration| migration.version == pin.version)) {
        let why = says::released_and_gone(&pin.version);
        let place = was(&pin.version).unwrap_or((String::new(), 1));
        told(SetRule::MissingUp, place, why, "Bring its files back: a rollback needs them.");
    }
    problems
}
