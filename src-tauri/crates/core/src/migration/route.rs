//! From what is applied to what shall be: which downs run, in reverse, and then which ups.

use super::{Migration, Script, Set};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which way of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
#[ts(rename = "MigrationWay")]
pub enum Way {
    /// The way there.
    Up,
    /// The way back.
    Down,
}

impl Way {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
    /// The other one.
    #[must_use]
    pub const fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// Where a run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// All that the folder has.
    Latest,
    /// This version and all before it.
    Version(String),
    /// None of them.
    Nothing,
}

/// One script on the way.
#[derive(Debug, Clone, Copy)]
pub struct Leg<'a> {
    /// Whose.
    pub migration: &'a Migration,
    /// Which of its two.
    pub way: Way,
    /// The script.
    pub script: &'a Script,
    /// The version that stands before this one in the folder.
    pub previous: Option<&'a str>,
}

/// Why there is no route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// The folder has no such version.
    #[error("there is no version {0} in the folder")]
    NoVersion(String),
    /// A script is missing.
    #[error("{version} has no way {}", way.as_str())]
    NoWay {
        /// Whose.
        version: String,
        /// Which.
        way: Way,
    },
}

impl Set {
    /// The scripts that lead from `applied` to `goal`. What runs again whenever it changed is on no route.
    pub fn route(&self, applied: &BTreeSet<String>, goal: &Goal) -> Result<Vec<Leg<'_>>, NoRoute> {
        let all: Vec<&Migration> = self.migrations.iter().filter(|one| !one.repeatable).collect();
        let kept = match goal {
            Goal::Latest => all.len(),
            Goal::Nothing => 0,
            Goal::Version(version) => {
                let at = all.iter().position(|one| one.version == *version);
                at.ok_or_else(|| NoRoute::NoVersion(version.clone()))? + 1
            }
        };
        let leg = |index: usize, way| {
            let migration = all[index];
            let previous = index.checked_sub(1).map(|before| all[before].version.as_str());
            let script =
                migration.script(way).ok_or_else(|| NoRoute::NoWay { version: migration.version.clone(), way })?;
            Ok(Leg { migration, way, script, previous })
        };
        let is = |index: &usize| applied.contains(&all[*index].version);
        let downs = (kept..all.len()).rev().filter(is).map(|index| leg(index, Way::Down));
        let ups = (0..kept).filter(|index| !is(index)).map(|index| leg(index, Way::Up));
        downs.chain(ups).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Layout, SourceFile, read};

    fn three() -> Set {
        let file = |path: &str| SourceFile { path: path.to_owned(), text: "select count(*) from a;".to_owned() };
        let names = ["1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"];
        read(Layout::GolangMigrate, &names.map(file))
    }

    fn told(applied: &[&str], goal: &Goal) -> Result<Vec<String>, NoRoute> {
        let set = three();
        let applied = applied.iter().map(|one| (*one).to_owned()).collect();
        let word = |leg: &Leg<'_>| format!("{} {} after {:?}", leg.way.as_str(), leg.migration.version, leg.previous);
        set.route(&applied, goal).map(|legs| legs.iter().map(word).collect())
    }

    #[test]
    fn downs_go_in_reverse_and_a_way_that_is_missing_is_named() {
        let version = |version: &str| Goal::Version(version.to_owned());
        assert_eq!(told(&["1"], &version("2")).unwrap(), ["up 2 after Some(\"1\")"]);
        assert_eq!(told(&["1", "2"], &Goal::Nothing).unwrap(), ["down 2 after Some(\"1\")", "down 1 after None"]);
        let missing = NoRoute::NoWay { version: "3".to_owned(), way: Way::Down };
        assert_eq!(told(&["1", "2", "3"], &version("1")), Err(missing));
        assert_eq!(told(&[], &version("9")), Err(NoRoute::NoVersion("9".to_owned())));
        assert!(told(&["1", "2", "3"], &Goal::Latest).unwrap().is_empty());
    }
}
