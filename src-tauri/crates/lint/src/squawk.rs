//! squawk's judgement on PostgreSQL: syntax, and the locks of indexes and constraints. The only module that knows it.
//!
//! Only those of its rules are asked that hold a lock; its rules of taste (types, names, robust statements) are not.

use crate::{Rule, depth::roomy};
use squawk_linter::{Linter, Rule as Theirs};
use squawk_syntax::SourceFile;
use switchback_core::said::Said;

/// A rule of ours that squawk found broken, with the line.
pub struct Found {
    /// Which.
    pub rule: Rule,
    /// The line.
    pub line: usize,
}

const ASKED: [(Theirs, Rule); 6] = [
    (Theirs::RequireConcurrentIndexCreation, Rule::IndexWithoutConcurrently),
    (Theirs::RequireConcurrentIndexDeletion, Rule::DropIndexWithoutConcurrently),
    (Theirs::AddingForeignKeyConstraint, Rule::ForeignKeyWithoutNotValid),
    (Theirs::ConstraintMissingNotValid, Rule::CheckWithoutNotValid),
    (Theirs::DisallowedUniqueConstraint, Rule::UniqueConstraintLocks),
    (Theirs::AddingSerialPrimaryKeyField, Rule::UniqueConstraintLocks),
];

fn line(sql: &str, offset: usize) -> usize {
    sql.get(..offset).unwrap_or(sql).matches('\n').count() + 1
}

/// Where the script is no SQL, with what is wrong there.
pub fn syntax(sql: &str) -> Option<(usize, Said)> {
    roomy(|| {
        let errors = SourceFile::parse(sql).errors();
        let first = errors.first()?;
        Some((line(sql, first.range().start().into()), Said::theirs(first.message().to_owned())))
    })
}

/// What holds a lock in it.
pub fn locks(sql: &str) -> Vec<Found> {
    roomy(|| judged(sql))
}

fn judged(sql: &str) -> Vec<Found> {
    let parsed = SourceFile::parse(sql);
    let mut linter = Linter::from(ASKED.iter().map(|(theirs, _)| *theirs));
    // Whatever a file makes, nobody else sees before it is through.
    linter.settings.assume_in_transaction = true;
    let violations = linter.lint(&parsed, sql);
    let ours = |violation: &squawk_linter::Violation| {
        let (_, rule) = ASKED.iter().find(|(theirs, _)| *theirs == violation.code)?;
        Some(Found { rule: *rule, line: line(sql, violation.text_range.start().into()) })
    };
    violations.iter().filter_map(ours).collect()
}
