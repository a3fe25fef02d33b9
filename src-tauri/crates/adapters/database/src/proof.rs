//! The proof: up, down, up on a scratch database, schemas compared, rows counted.

use crate::{
    DatabaseError, Place, rows,
    schema::schema_without,
    scratch::Scratch,
    script::{self, Stopped},
    tool::Hand,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Instant};
use switchback_core::{
    migration::{Migration, Script, Set, Way},
    port::Arrival,
    release::Digest,
    schema::Database,
};

/// How long each part took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timed {
    /// The way up.
    pub up_ms: u64,
    /// The way down.
    pub down_ms: u64,
    /// The way up again.
    pub again_ms: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The schema was the same after the down, and after the second up.
    Proven {
        /// What the rows lost on the way, in words; empty when they are all there.
        lost: Vec<String>,
        /// Tables that took no sample row: what theirs would lose was not seen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unseen: Vec<String>,
        /// How long it took.
        timed: Timed,
    },
    /// The schema was another one.
    Differs {
        /// After which step: `down` or `up again`.
        after: String,
        /// Lines that are too many or too few, with `+` or `-`.
        lines: Vec<String>,
    },
    /// A statement was refused.
    Failed {
        /// In which step.
        step: String,
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// The server's words.
        why: String,
    },
    /// There is no way down to prove.
    NoDown,
    /// It is run again whenever it changed.
    Repeatable,
}

/// The proof of one version, for exactly these scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// The checksum of its way up.
    pub up: Option<Digest>,
    /// The checksum of its way down.
    pub down: Option<Digest>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Proven { lost, unseen, timed } => {
                if lost.is_empty() {
                    write!(f, "proven, up {} ms, down {} ms", timed.up_ms, timed.down_ms)?;
                } else {
                    write!(f, "proven, and loses {}", lost.join(", "))?;
                }
                if unseen.is_empty() {
                    return Ok(());
                }
                write!(f, "; without rows in {}, which took no sample: what they lose was not seen", unseen.join(", "))
            }
            Self::Differs { after, lines } => write!(f, "another schema after {after}: {}", lines.join("; ")),
            Self::Failed { step, path, line, why } => write!(f, "{step} failed at {path}:{line}: {why}"),
            Self::NoDown => f.write_str("there is no way down"),
            Self::Repeatable => f.write_str("runs again whenever it changed"),
        }
    }
}

impl Outcome {
    /// Whether a release may rest on it.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Proven { .. } | Self::Repeatable)
    }
}

/// Proves every version of a set, or one, on a scratch database beside `place`. Stops at the first up that fails.
pub async fn prove(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    only: Option<&str>,
    told: impl FnMut(&Proof),
) -> Result<Vec<Proof>, DatabaseError> {
    let by = By { set, password, tool: None };
    beside(place, &by, only, told).await
}

/// The same with the team's own tool, which goes where it is told to ([`Hand::obeys`]), for the database `at`.
pub(crate) async fn prove_with(
    hand: &Hand<'_>,
    (place, at): (&Place, &Database),
    password: Option<&SecretString>,
    set: &Set,
    told: impl FnMut(&Proof),
) -> Result<Vec<Proof>, DatabaseError> {
    let by = By { set, password, tool: Some((hand, at)) };
    beside(place, &by, None, told).await
}

async fn beside(
    place: &Place,
    by: &By<'_>,
    only: Option<&str>,
    mut told: impl FnMut(&Proof),
) -> Result<Vec<Proof>, DatabaseError> {
    let mut scratch = Scratch::beside(place, by.password).await?;
    let proven = all(&mut scratch, by, only, &mut told).await;
    let removed = scratch.remove(by.password).await;
    let proven = proven?;
    removed?;
    Ok(proven)
}

/// Who runs the scripts: we ourselves, or the team's own tool.
struct By<'a> {
    set: &'a Set,
    password: Option<&'a SecretString>,
    tool: Option<(&'a Hand<'a>, &'a Database)>,
}

impl By<'_> {
    async fn walk(&self, scratch: &mut Scratch, version: &str, script: &Script, way: Way) -> Result<(), Stopped> {
        let Some((hand, at)) = self.tool else { return script::run(&mut scratch.connection, script).await };
        let stopped = |why: String| Stopped { line: script.line, why };
        match hand.walk_on(&scratch.place, (at, self.password), self.set, version, way).await {
            Ok(Arrival::Done) => Ok(()),
            Ok(Arrival::Already) => {
                let said = "its tool calls that done already on a database made for the proof: it looks elsewhere";
                Err(stopped(said.to_owned()))
            }
            Err(failure) => Err(stopped(failure.message)),
        }
    }

    /// The tool's own tables beside those that are known.
    fn books(&self) -> &[String] {
        self.set.tool.as_ref().map_or(&[], |tool| &tool.books)
    }
}

async fn all(
    scratch: &mut Scratch,
    by: &By<'_>,
    only: Option<&str>,
    told: &mut impl FnMut(&Proof),
) -> Result<Vec<Proof>, DatabaseError> {
    let mut proofs = Vec::new();
    for migration in &by.set.migrations {
        let Some(up) = &migration.up else { continue };
        let asked = only.is_none_or(|only| only == migration.version);
        let (outcome, there) = if asked {
            one(scratch, by, migration, up).await?
        } else {
            match by.walk(scratch, &migration.version, up, Way::Up).await {
                Ok(()) => continue,
                Err(stopped) => (failed("up", up, stopped), false),
            }
        };
        let checksum = |script: &Script| script.checksum.clone();
        let proof = Proof {
            version: migration.version.clone(),
            name: migration.name.clone(),
            up: Some(up.checksum.clone()),
            down: migration.down.as_ref().map(checksum),
            outcome,
        };
        told(&proof);
        proofs.push(proof);
        if !there || only.is_some_and(|only| only == migration.version) {
            break;
        }
    }
    Ok(proofs)
}

fn failed(step: &str, script: &Script, stopped: Stopped) -> Outcome {
    Outcome::Failed { step: step.to_owned(), path: script.path.clone(), line: stopped.line, why: stopped.why }
}

fn differences(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
    let gone = before.difference(after).map(|line| format!("- {line}"));
    let more = after.difference(before).map(|line| format!("+ {line}"));
    gone.chain(more).collect()
}

/// The proof of one version, and whether the scratch database is at that version afterwards.
async fn one(
    scratch: &mut Scratch,
    by: &By<'_>,
    migration: &Migration,
    up: &Script,
) -> Result<(Outcome, bool), DatabaseError> {
    let (version, books) = (&migration.version, by.books());
    let unseen = rows::sample(&mut scratch.connection, books).await?;
    let (before, rows_before) = read(scratch, books).await?;
    let clock = Clock::start();
    if let Err(stopped) = by.walk(scratch, version, up, Way::Up).await {
        return Ok((failed("up", up, stopped), false));
    }
    let up_ms = clock.ms();
    if migration.repeatable {
        return Ok((Outcome::Repeatable, true));
    }
    let Some(down) = &migration.down else { return Ok((Outcome::NoDown, true)) };
    let after = schema_without(&mut scratch.connection, books).await?;
    let clock = Clock::start();
    if let Err(stopped) = by.walk(scratch, version, down, Way::Down).await {
        return Ok((failed("down", down, stopped), false));
    }
    let down_ms = clock.ms();
    let (back, rows_back) = read(scratch, books).await?;
    let clock = Clock::start();
    if let Err(stopped) = by.walk(scratch, version, up, Way::Up).await {
        let differs = differences(&before, &back);
        // What the down left behind is why the second up fails.
        let outcome = if differs.is_empty() {
            failed("up again", up, stopped)
        } else {
            Outcome::Differs { after: "down".to_owned(), lines: differs }
        };
        return Ok((outcome, false));
    }
    let again_ms = clock.ms();
    let again = schema_without(&mut scratch.connection, books).await?;
    let outcome = if before != back {
        Outcome::Differs { after: "down".to_owned(), lines: differences(&before, &back) }
    } else if after != again {
        Outcome::Differs { after: "up again".to_owned(), lines: differences(&after, &again) }
    } else {
        let timed = Timed { up_ms, down_ms, again_ms };
        Outcome::Proven { lost: rows::lost(&rows_before, &rows_back), unseen, timed }
    };
    Ok((outcome, true))
}

async fn read(scratch: &mut Scratch, books: &[String]) -> Result<(BTreeSet<String>, rows::Rows), DatabaseError> {
    let connection = &mut scratch.connection;
    Ok((schema_without(connection, books).await?, rows::read(connection, books).await?))
}

struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }
    fn ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
