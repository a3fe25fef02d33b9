//! What a proof says: a pair went there and back on a scratch database, or where it did not.

use crate::{copy::Ground, schema::Meant, script::Stopped};
use serde::{Deserialize, Serialize};
use switchback_core::{
    migration::{Migration, Script},
    port::Between,
    release::Digest,
    says,
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
        /// Tables without a row, since they took no sample or the script failed over it: what theirs would lose was not seen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unseen: Vec<String>,
        /// How long it took.
        timed: Timed,
    },
    /// The schema was another one.
    Differs {
        /// After which step: `down`, `up again` or `down again`.
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
    /// A statement would reach beyond the scratch database, and was not run there, or refused by the server.
    Beyond {
        /// In which step.
        step: String,
        /// The file.
        path: String,
        /// The line.
        line: usize,
        /// Its first line.
        sql: String,
        /// What it would reach, or the server's words.
        why: String,
    },
    /// There is no way down to prove.
    NoDown,
    /// It is run again whenever it changed.
    Repeatable,
    /// Nothing came so far.
    NotReached {
        /// Why, in words.
        because: String,
    },
}

/// What was seen of one version.
pub(crate) struct Judged {
    pub outcome: Outcome,
    /// The schemas that it leads from and to, where they were seen.
    pub between: Option<Between>,
}

impl From<Outcome> for Judged {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, between: None }
    }
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
    /// What it started from.
    pub ground: Ground,
    /// The schemas that it leads from and to, where the copy's reads as the database's does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Between>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Proof {
    /// The proof of a migration as its files are now.
    pub(crate) fn of(migration: &Migration, ground: &Ground, judged: Judged) -> Self {
        let checksum = |script: &Script| script.checksum.clone();
        Self {
            version: migration.version.clone(),
            name: migration.name.clone(),
            up: migration.up.as_ref().map(checksum),
            down: migration.down.as_ref().map(checksum),
            ground: ground.clone(),
            between: judged.between.filter(|_| matches!(ground, Ground::Copy { alike: true, .. })),
            outcome: judged.outcome,
        }
    }

    /// Whether the way back was seen to lead elsewhere, or to stop, where it had what is there in the database.
    pub(crate) fn speaks_against(&self) -> bool {
        matches!(self.ground, Ground::Copy { .. })
            && match &self.outcome {
                Outcome::Differs { .. } => true,
                Outcome::Failed { step, .. } => step != "up",
                _ => false,
            }
    }
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { outcome, ground, .. } = self;
        match outcome {
            Outcome::NoDown | Outcome::Repeatable | Outcome::NotReached { .. } => outcome.fmt(f),
            _ => write!(f, "{outcome} ({ground})"),
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Proven { lost, unseen, timed } => {
                if lost.is_empty() {
                    write!(f, "proven, up {} ms, down {} ms", timed.up_ms, timed.down_ms)?;
                } else {
                    f.write_str(&says::proven_loses(lost.join("; ")))?;
                }
                if unseen.is_empty() {
                    return Ok(());
                }
                write!(f, "; without rows in {}, which took no sample: what they lose was not seen", unseen.join(", "))
            }
            Self::Differs { after, lines } => write!(f, "another schema after {after}: {}", lines.join("; ")),
            Self::Failed { step, path, line, why } => write!(f, "{step} failed at {path}:{line}: {why}"),
            Self::Beyond { path, line, sql, why, .. } => {
                write!(f, "not proven: it reaches beyond the scratch database: `{sql}`, {path}:{line}: {why}")
            }
            Self::NoDown => f.write_str("there is no way down"),
            Self::Repeatable => f.write_str("runs again whenever it changed"),
            Self::NotReached { because } => write!(f, "not reached: {because}"),
        }
    }
}

impl Outcome {
    /// Whether the pair itself has been judged, rather than what is around it.
    pub(crate) const fn is_told(&self) -> bool {
        matches!(self, Self::Proven { .. } | Self::Differs { .. } | Self::NoDown)
    }

    /// Whether a release may rest on it.
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Proven { .. } | Self::Repeatable)
    }
}

/// Two schemas by their hashes.
pub(crate) fn between(before: &Meant, after: &Meant) -> Between {
    Between { before: before.hash(), after: after.hash() }
}

pub(crate) const fn not_reached(because: String) -> Outcome {
    Outcome::NotReached { because }
}

pub(crate) fn failed(step: &str, script: &Script, stopped: Stopped) -> Outcome {
    let (step, path, Stopped { line, why, beyond }) = (step.to_owned(), script.path.clone(), stopped);
    match beyond {
        Some(sql) => Outcome::Beyond { step, path, line, sql, why },
        None => Outcome::Failed { step, path, line, why },
    }
}

/// What is another schema than it was.
pub(crate) fn differs(after: &str, was: &Meant, is: &Meant) -> Option<Outcome> {
    let gone = was.without(is).map(|line| format!("- {line}"));
    let more = is.without(was).map(|line| format!("+ {line}"));
    let lines: Vec<String> = gone.chain(more).collect();
    (!lines.is_empty()).then(|| Outcome::Differs { after: after.to_owned(), lines })
}

/// What counts of a proof on the copy and one from an empty schema: the latter alone sees what a down leaves behind and what
/// its up takes, and reaches what nobody gets back to.
pub(crate) fn worse(mut copy: Proof, empty: Option<Proof>) -> Proof {
    let Some(empty) = empty else { return copy };
    match (&mut copy.outcome, &empty.outcome) {
        (Outcome::Proven { lost, .. }, Outcome::Proven { lost: too, .. }) => {
            let more: Vec<String> = too.iter().filter(|one| !lost.contains(one)).cloned().collect();
            lost.extend(more);
            copy
        }
        (Outcome::Proven { .. }, Outcome::Differs { .. }) => empty,
        (Outcome::NotReached { .. }, told) if told.is_told() => empty,
        _ => copy,
    }
}
