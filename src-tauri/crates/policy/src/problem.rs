//! One mistake in a file, with its place. The code and its parameters are for programs, the message for people.
//!
//! Rendering (colours, the line itself) is left to whoever shows it.

use crate::places::Place;
use std::{collections::BTreeMap, fmt};

/// A mistake and where it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file's label, as it was given.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// The column in characters, counted from 1.
    pub column: u64,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// What kind of mistake: `unknown_key`, `zone_unknown`.
    pub code: &'static str,
    /// The facts of the message by name.
    pub params: BTreeMap<&'static str, String>,
}

impl Problem {
    pub(crate) fn at(place: &Place, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            message: message.into(),
            suggestion: None,
            code,
            params: BTreeMap::new(),
        }
    }

    pub(crate) fn suggesting(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " (did you mean {suggestion:?}?)"),
            None => Ok(()),
        }
    }
}

/// The known word nearest to one that is not known, if any is near enough to have been meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .min()
        // A third of the word may be wrong; two letters always may.
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(word.len()) / 3).max(2))
        .filter(|(distance, candidate)| *distance < candidate.chars().count())
        .map(|(_, candidate)| candidate.to_owned())
}
