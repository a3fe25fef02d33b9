//! Migrations that are no SQL: the team's own tool lists them, tells which are applied, and runs them, by four commands.
//!
//! Here is what the commands are told and must print, as types. Nobody is run here, and what a migration does is not known:
//! its files are held by their checksums, and what a way back takes away counts as unknown unless the list says that it is
//! nothing.

use super::{Layout, Migration, Problem, Script, Set, SetRule, SourceFile, Way, Wrapping, says};
use crate::{said::Said, says::parts, schema::Loss};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

/// The longest version, in bytes: it becomes a word of a command.
const LONGEST: usize = 200;
/// How long the commands that only say something may take.
const SAYING: Duration = Duration::from_secs(30);

/// The team's own tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// Prints what there is: a [`Listed`] per line.
    pub list: Vec<String>,
    /// Prints what is applied: a [`Told`] per line.
    pub status: Vec<String>,
    /// Applies one version.
    pub up: Vec<String>,
    /// Takes one version back.
    pub down: Vec<String>,
    /// Where they run.
    pub folder: PathBuf,
    /// The folder from which the list's paths are.
    pub files: PathBuf,
    /// How long one version may take.
    pub timeout: Duration,
    /// Tables in which it keeps what it applied, beside those that are known: no part of the schema.
    #[serde(default)]
    pub books: Vec<String>,
    /// Versions whose way back takes no rows with it, as the list says.
    pub lossless: BTreeSet<String>,
}

/// What there is, one version per line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The version, as the other commands are told it.
    pub version: String,
    /// What it is called; the version when left out.
    pub name: Option<String>,
    /// The file of its way there.
    pub up: String,
    /// The file of its way back, which may be the same; there is none when left out.
    pub down: Option<String>,
    /// Whether its way back takes no rows with it.
    #[serde(default)]
    pub lossless: bool,
}

/// Where a version stands, one per line. A version that is not told of is pending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Which.
    pub version: String,
    /// What became of it.
    pub state: ToldState,
}

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldState {
    /// It is applied.
    Applied,
    /// It is not.
    Pending,
    /// It was begun and not finished.
    HalfApplied,
}

impl ToldState {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::HalfApplied => "half-applied",
        }
    }
}

/// A line that is not what a command must print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {text:?}: {why}")]
pub struct BadLine {
    /// Which, from 1.
    pub line: usize,
    /// Its beginning.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// Reads what `list` printed.
pub fn listed(output: &str) -> Result<Vec<Listed>, BadLine> {
    let inside = |path: &str| {
        let outside = path.is_empty() || path.starts_with('/') || path.split('/').any(|part| part == "..");
        (!outside).then_some(()).ok_or_else(|| format!("{path:?} is no path inside the folder"))
    };
    lines(output, |one: &Listed| {
        version(&one.version)?;
        inside(&one.up)?;
        one.down.as_deref().map_or(Ok(()), inside)
    })
}

/// Reads what `status` printed.
pub fn told(output: &str) -> Result<Vec<Told>, BadLine> {
    lines(output, |one: &Told| version(&one.version))
}

fn version(version: &str) -> Result<(), String> {
    let fits = !version.is_empty()
        && version.len() <= LONGEST
        && !version.starts_with('-')
        && !version.contains(char::is_control);
    fits.then_some(()).ok_or_else(|| format!("a version has 1 to {LONGEST} letters and does not begin with a dash"))
}

fn lines<T: DeserializeOwned>(output: &str, fits: impl Fn(&T) -> Result<(), String>) -> Result<Vec<T>, BadLine> {
    let each = output.lines().enumerate().filter(|(_, text)| !text.trim().is_empty());
    each.map(|(index, text)| {
        let read = serde_json::from_str(text).map_err(|error| {
            // Its own words end with a place in the text, which is one line.
            let said = error.to_string();
            said.split(" at line ").next().unwrap_or_default().to_owned()
        });
        let bad = |why| BadLine { line: index + 1, text: text.chars().take(80).collect(), why };
        read.and_then(|one| fits(&one).map(|()| one)).map_err(bad)
    })
    .collect()
}

impl Tool {
    /// How long a command that only says something may take.
    pub fn saying(&self) -> Duration {
        self.timeout.min(SAYING)
    }

    /// The command that runs one way of a version.
    pub fn way(&self, way: Way, version: &str) -> Vec<String> {
        let command = if way == Way::Up { &self.up } else { &self.down };
        command.iter().map(|word| word.replace("{version}", version)).collect()
    }

    /// What the way back of a version takes away.
    pub fn loss(&self, version: &str) -> Option<Loss> {
        let what = parts::of_command().into();
        (!self.lossless.contains(version)).then(|| Loss { version: version.to_owned(), what, rows: None })
    }

    /// The set of what was listed; `files` are those that it names.
    pub fn set(mut self, listed: Vec<Listed>, files: &BTreeMap<String, SourceFile>) -> Set {
        let (mut migrations, mut problems) = (Vec::<Migration>::new(), Vec::new());
        let mut tell = |rule, path: &str, why: Said, rewrite: &str| {
            problems.push(Problem { rule, path: path.to_owned(), line: 1, why, rewrite: rewrite.to_owned() });
        };
        let script = |path: &String| files.get(path).map(held);
        for one in listed {
            let Listed { version, name, up, down, lossless } = one;
            if migrations.iter().any(|earlier| earlier.version == version) {
                let why = says::listed_twice(&version);
                tell(SetRule::DuplicateVersion, &up, why, "Give one of the two a version of its own.");
                continue;
            }
            let back = down.as_ref();
            if back.is_none() {
                let why = says::no_way_back(&version);
                tell(SetRule::MissingDown, &up, why, "Write the down that undoes this up, and list it.");
            }
            for path in [Some(&up), back.filter(|path| **path != up)].into_iter().flatten() {
                if !files.contains_key(path) {
                    let why = says::listed_without_file(path);
                    tell(SetRule::MissingUp, path, why, "Bring the file back, or take it out of the list.");
                }
            }
            if lossless {
                self.lossless.insert(version.clone());
            }
            migrations.push(Migration {
                name: name.unwrap_or_else(|| version.clone()),
                up: script(&up),
                down: back.and_then(script),
                version,
                repeatable: false,
            });
        }
        Set { layout: Layout::Command, migrations, problems, tool: Some(Box::new(self)) }
    }
}

/// A file that is held by its checksum and read as nothing.
fn held(file: &SourceFile) -> Script {
    Script { sql: String::new(), ..Script::whole(file, Wrapping::None) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::pins;

    fn tool() -> Tool {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        Tool {
            list: words("t list"),
            status: words("t status"),
            up: words("t up {version}"),
            down: words("t down to-{version}"),
            folder: "/shop".into(),
            files: "/shop/db".into(),
            timeout: Duration::from_mins(10),
            books: Vec::new(),
            lossless: BTreeSet::new(),
        }
    }

    fn set(output: &str) -> Set {
        let file = |path: &str| SourceFile { path: path.to_owned(), text: format!("exports.up = {path}\n") };
        let files = ["1.js", "2.js", "2.down.js"].map(|path| (path.to_owned(), file(path))).into();
        tool().set(listed(output).unwrap(), &files)
    }

    #[test]
    fn what_is_listed_is_a_set_whose_scripts_are_held_and_not_read() {
        let set = set(
            "{\"version\":\"1\",\"name\":\"users\",\"up\":\"1.js\",\"down\":\"1.js\",\"lossless\":true}\n\n{\"version\":\"2\",\"up\":\"2.js\",\"down\":\"2.down.js\"}\n",
        );
        assert_eq!((set.problems.as_slice(), set.migrations[0].name.as_str()), ([].as_slice(), "users"));
        let pins = pins(&set);
        assert_eq!(Some(&pins[0].up), pins[0].down.as_ref(), "one file holds both ways");
        assert_ne!(Some(&pins[1].up), pins[1].down.as_ref());
        assert!(set.migrations.iter().all(|one| one.up.as_ref().unwrap().sql.is_empty()));
        let tool = set.tool.unwrap();
        assert_eq!(tool.loss("1"), None, "the list says so");
        assert_eq!(tool.loss("2").unwrap().to_string(), "whatever its command takes away, which nobody can count (2)");
        assert_eq!(tool.way(Way::Down, "2"), ["t", "down", "to-2"]);
    }

    #[test]
    fn what_does_not_fit_in_a_list_is_named_with_its_file() {
        let set = set(
            "{\"version\":\"1\",\"up\":\"1.js\"}\n{\"version\":\"2\",\"up\":\"2.js\",\"down\":\"2.js\"}\n{\"version\":\"1\",\"up\":\"2.js\"}\n{\"version\":\"3\",\"up\":\"3.js\",\"down\":\"3.js\"}\n",
        );
        let told: Vec<(&str, &str)> = set.problems.iter().map(|one| (one.rule.as_str(), one.path.as_str())).collect();
        assert_eq!(told, [("missing_down", "1.js"), ("duplicate_version", "2.js"), ("missing_up", "3.js")]);
    }

    #[test]
    fn a_line_that_is_not_the_contract_is_named() {
        let said = |output: &str| listed(output).unwrap_err().to_string();
        assert!(said("{\"version\":\"1\",\"up\":\"1.js\"}\nBatch 1 run\n").starts_with("line 2, \"Batch 1 run\": "));
        assert!(said("{\"version\":\"1\",\"up\":\"1.js\",\"lossles\":true}").contains("unknown field `lossles`"));
        assert!(said("{\"version\":\"1\"}").contains("missing field `up`"));
        for path in ["", "/etc/passwd", "../x.js", "a/../../x.js"] {
            assert!(said(&format!("{{\"version\":\"1\",\"up\":\"{path}\"}}")).contains("no path inside"), "{path}");
        }
        for version in ["", "--help", "a\\nb", &"9".repeat(300)] {
            assert!(said(&format!("{{\"version\":\"{version}\",\"up\":\"1.js\"}}")).contains("a version has"));
        }
        let status = told("{\"version\":\"1\",\"state\":\"done\"}").unwrap_err().to_string();
        assert!(status.contains("unknown variant `done`"), "{status}");
        assert_eq!(told("{\"version\":\"1\",\"state\":\"half-applied\"}").unwrap()[0].state, ToldState::HalfApplied);
        assert_eq!((listed("").unwrap(), told("\n\n").unwrap()), (vec![], vec![]));
    }

    #[test]
    fn rows_that_were_not_counted_are_given_up_only_as_such() {
        let loss = |rows| Loss { version: "1".to_owned(), what: "users.note".to_owned(), rows };
        assert!(loss(Some(3)).covers(&loss(Some(2))) && !loss(Some(2)).covers(&loss(Some(3))));
        assert!(
            loss(None).covers(&loss(None)) && !loss(None).covers(&loss(Some(1))) && !loss(Some(1)).covers(&loss(None))
        );
    }
}
