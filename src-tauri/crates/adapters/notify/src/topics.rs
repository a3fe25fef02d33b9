//! Which topics a channel wants, as the declarative file's `on:` says it.
//!
//! Apart, because every channel has one. Deliberately not here: filters by service or environment.

use std::collections::BTreeSet;
use switchback_core::port::Topic;

/// A set of topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics(BTreeSet<Topic>);

impl Topics {
    /// All of them.
    pub fn all() -> Self {
        Self(Topic::ALL.into())
    }

    /// These.
    pub fn only(topics: impl IntoIterator<Item = Topic>) -> Self {
        Self(topics.into_iter().collect())
    }

    /// Whether this one is among them.
    pub fn wants(&self, topic: Topic) -> bool {
        self.0.contains(&topic)
    }
}
