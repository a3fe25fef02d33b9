//! Where proofs of migrations are kept: a proof is of two scripts by their checksums, so it is stale when a file changes;
//! and of the schema that it was made on, so it is stale when that was changed otherwise ([`strayed`]).

use super::LedgerError;
use crate::{
    ident::Instant,
    migration::{Migration, Script, Set},
    name::Service,
    record::Audit,
    release::Digest,
    says::parts,
    schema::Loss,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What came of proving one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proven {
    /// The version.
    pub version: String,
    /// The checksum of its way up.
    pub up: Digest,
    /// The checksum of its way down.
    pub down: Option<Digest>,
    /// Whether a release may rest on it.
    pub holds: bool,
    /// Whether the way back was seen to lead elsewhere, or to stop, on a copy of the database.
    #[serde(default)]
    pub broken: bool,
    /// In words.
    pub told: String,
    /// What rows lost on the way.
    pub lost: Vec<String>,
    /// The schemas that it leads from and to; none where it was not made on the schema of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Between>,
}

/// The schema before a version and with it, each as a hash of what the server's catalogue says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Between {
    /// Without it.
    pub before: Digest,
    /// With it.
    pub after: Digest,
}

/// A proof as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRow {
    /// What came of it.
    pub proven: Proven,
    /// When.
    pub at: Instant,
    /// Who had it made.
    pub by: String,
    /// Whether the schema that was there when somebody last looked is one that it was not made on.
    pub strayed: bool,
}

impl ProofRow {
    /// Whether it is of the scripts that this version has now.
    pub fn is_of(&self, one: &Migration) -> bool {
        let checksum = |script: &Script| script.checksum.clone();
        one.up.as_ref().map(checksum).as_ref() == Some(&self.proven.up)
            && one.down.as_ref().map(checksum) == self.proven.down
    }

    /// What going back would cost that was seen not to lead back.
    pub fn doubt(&self) -> Option<Loss> {
        let Proven { version, told, broken, .. } = &self.proven;
        broken.then(|| Loss { version: version.clone(), what: parts::not_brought_back(told).to_string(), rows: None })
    }
}

/// Of each proof, whether the schema that is there now is one that it was not made on: neither that which it began with nor
/// one that other proofs lead to from there, as the schema does when versions are applied. Where one in between was never
/// proven nobody can tell, and what was known stays.
pub fn strayed(rows: &[ProofRow], set: &Set, applied: &[String], now: &Digest) -> Vec<bool> {
    let versions: Vec<&Migration> = set.migrations.iter().filter(|one| !one.repeatable).collect();
    let next = versions.iter().rposition(|one| applied.contains(&one.version)).map_or(0, |last| last + 1);
    let proven = |one: &&Migration| rows.iter().any(|row| row.is_of(one) && row.proven.between.is_some());
    let mut reached = BTreeSet::from([now]);
    loop {
        let before = reached.len();
        for Between { before, after } in rows.iter().filter_map(|row| row.proven.between.as_ref()) {
            if reached.contains(before) || reached.contains(after) {
                reached.extend([before, after]);
            }
        }
        if reached.len() == before {
            break;
        }
    }
    let astray = |row: &ProofRow| {
        let between = row.proven.between.as_ref()?;
        let at = versions.iter().position(|one| row.is_of(one))?;
        let on_the_way = if at < next { &versions[at + 1..next] } else { &versions[next..at] };
        on_the_way.iter().all(proven).then(|| !reached.contains(&between.before))
    };
    rows.iter().map(|row| astray(row).unwrap_or(row.strayed)).collect()
}

/// Keeps proofs of a service's migrations on one of its databases.
#[async_trait]
pub trait Proofbook: Send + Sync {
    /// Keeps one. A later one of the same scripts takes its place.
    async fn keep_proof(
        &self,
        service: &Service,
        database: &str,
        row: &ProofRow,
        audit: &Audit,
    ) -> Result<(), LedgerError>;

    /// Keeps of each of these proofs whether the schema speaks against it, as of now.
    async fn keep_strayed(&self, service: &Service, database: &str, rows: &[ProofRow]) -> Result<(), LedgerError>;

    /// All of a service's on a database.
    async fn proofs(&self, service: &Service, database: &str) -> Result<Vec<ProofRow>, LedgerError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{Layout, SourceFile, read};

    fn set() -> Set {
        let file = |path: String| SourceFile { text: format!("select '{path}';"), path };
        let files = (1..=4).flat_map(|at| [format!("{at}_a.up.sql"), format!("{at}_a.down.sql")]).map(file);
        read(Layout::GolangMigrate, &files.collect::<Vec<_>>())
    }

    /// The proof of a version that leads from one schema to another.
    fn row(set: &Set, at: usize, between: Option<(&str, &str)>) -> ProofRow {
        let one = &set.migrations[at - 1];
        let of = |name: &str| Digest::of(name.as_bytes());
        let checksum = |script: &Option<Script>| script.as_ref().map(|script| script.checksum.clone());
        let proven = Proven {
            version: one.version.clone(),
            up: checksum(&one.up).unwrap(),
            down: checksum(&one.down),
            holds: true,
            broken: false,
            told: String::new(),
            lost: Vec::new(),
            between: between.map(|(before, after)| Between { before: of(before), after: of(after) }),
        };
        ProofRow { proven, at: Instant::UNIX_EPOCH, by: "amara".to_owned(), strayed: false }
    }

    fn told(rows: &[ProofRow], set: &Set, applied: &[&str], now: &str) -> Vec<bool> {
        let applied: Vec<String> = applied.iter().map(|version| (*version).to_owned()).collect();
        strayed(rows, set, &applied, &Digest::of(now.as_bytes()))
    }

    #[test]
    fn versions_that_are_applied_lead_no_proof_astray_and_what_was_made_by_hand_does() {
        let set = set();
        let rows = [row(&set, 1, Some(("0", "1"))), row(&set, 2, Some(("1", "2"))), row(&set, 3, None)];
        for (applied, now) in [(&[][..], "0"), (&["1"], "1"), (&["1", "2"], "2")] {
            assert_eq!(told(&rows, &set, applied, now), [false; 3], "{applied:?}");
        }
        assert_eq!(told(&rows, &set, &["1"], "1 and an index"), [true, true, false]);
        assert_eq!(told(&rows, &set, &[], "0 and an index"), [true, true, false]);
        // Proven again on what is there now, one is no proof of the others.
        let rows = [row(&set, 1, Some(("0", "1"))), row(&set, 2, Some(("1i", "2i")))];
        assert_eq!(told(&rows, &set, &["1"], "1i"), [true, false]);
    }

    #[test]
    fn nothing_new_is_said_where_one_in_between_was_never_proven() {
        let set = set();
        let mut rows = [row(&set, 1, Some(("0", "1"))), row(&set, 2, Some(("1", "2"))), row(&set, 4, Some(("3", "4")))];
        assert_eq!(told(&rows, &set, &["1", "2", "3"], "3"), [false; 3]);
        assert_eq!(told(&rows, &set, &["1", "2", "3"], "3 and an index"), [false, false, true]);
        rows[0].strayed = true;
        assert_eq!(told(&rows, &set, &["1", "2", "3"], "3"), [true, false, false]);
    }
}
